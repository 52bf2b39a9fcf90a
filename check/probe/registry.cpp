// Factories by kind of checker.
#include <array>
#include <variant>

#include "check/probe/probe.hpp"

namespace check {

namespace {

using Table = std::array<ProbeFactory, std::variant_size_v<conf::CheckKind>>;

Table& table() {
    static Table factories{};
    return factories;
}

}  // namespace

ProbeRegistration::ProbeRegistration(std::size_t kind_index, ProbeFactory factory) {
    table()[kind_index] = factory;
}

std::unique_ptr<Probe> make_probe(const conf::Checker& checker, ProbeSubject subject,
                                  ProbeServices services) {
    const ProbeFactory factory = table()[checker.kind.index()];
    return factory == nullptr ? nullptr : factory(checker, std::move(subject), services);
}

}  // namespace check
