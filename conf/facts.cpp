// Typed questions over texts: how each is spelt, how its answer is read back.
#include "conf/facts.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <charconv>
#include <cstring>
#include <span>
#include <unordered_map>

#include "conf/fact_text.hpp"

namespace conf {

bool Interface::is_loopback() const { return (flags & IFF_LOOPBACK) != 0; }

HostName HostFacts::host_name() const {
    const FactFields fields(answer("host_name"));
    return {fields.text(0), fields.text(1)};
}

Caller HostFacts::caller() const {
    const FactFields fields(answer("caller"));
    return {fields.number(0), fields.number(1), fields.text(2)};
}

std::optional<User> HostFacts::user(std::string_view name) const {
    const FactFields fields(answer(fact_text({"user", name})));
    if (fields.size() < 3) return std::nullopt;
    return User{fields.number(0), fields.number(1), parse_numbers(fields.text(2))};
}

std::optional<std::uint32_t> HostFacts::group(std::string_view name) const {
    const FactFields fields(answer(fact_text({"group", name})));
    if (fields.size() == 0) return std::nullopt;
    return fields.number(0);
}

ScriptFact HostFacts::script(const ScriptQuestion& question) const {
    const FactFields fields(answer(fact_text(
        {"script", question.command, fmt::format("{}", question.uid), fmt::format("{}", question.gid),
         format_numbers(question.groups), question.use_symlink_paths ? "1" : "0"})));
    ScriptFact fact;
    if (fields.size() < 6) {
        fact.state = ScriptFact::State::inaccessible;
        return fact;
    }
    fact.state = static_cast<ScriptFact::State>(fields.number(0));
    fact.error = static_cast<int>(fields.number(1));
    fact.cleaned = fields.text(2);
    fact.path = fields.text(3);
    fact.insecure = fields.number(4) != 0;
    fact.insecure_path = fields.text(5);
    return fact;
}

FileFact HostFacts::file(std::string_view path) const {
    const FactFields fields(answer(fact_text({"file", path})));
    FileFact fact;
    if (fields.size() < 5) return fact;
    fact.type = static_cast<FileType>(fields.number(0));
    fact.error = static_cast<int>(fields.number(1));
    fact.mode = fields.number(2);
    fact.uid = fields.number(3);
    fact.gid = fields.number(4);
    return fact;
}

std::optional<std::string> HostFacts::secret(std::string_view path) const {
    auto text = answer(fact_text({kSecretQuestion, path}));
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::optional<ResolvedHost> HostFacts::resolve(std::string_view host) const {
    const std::string text = answer(fact_text({"resolve", host}));
    const auto percent = text.find('%');
    const auto address = net::IpAddress::parse(std::string_view(text).substr(0, percent));
    if (!address) return std::nullopt;
    return ResolvedHost{*address, percent == std::string::npos ? std::string() : text.substr(percent + 1)};
}

int HostFacts::directory_error(std::string_view path) const {
    return static_cast<int>(FactFields(answer(fact_text({"directory", path}))).number(0));
}

std::uint32_t HostFacts::online_cpus() const {
    const auto cpus = FactFields(answer("online_cpus")).number(0);
    return cpus == 0 ? 1 : cpus;
}

std::optional<std::uint32_t> HostFacts::number_of(NameTable table, std::string_view name,
                                                  std::string_view usr_dir, std::string_view etc_dir) const {
    const std::string kind = fmt::format("{}", static_cast<int>(table));
    const FactFields fields(answer(fact_text({"name", kind, name, usr_dir, etc_dir})));
    if (fields.size() == 0) return std::nullopt;
    return fields.number(0);
}

struct HostFacts::InterfaceList {
    bool reachable = false;
    std::vector<Interface> interfaces;
    std::unordered_map<std::string_view, const Interface*> by_name;
};

std::string interfaces_question(std::string_view net_namespace) {
    return fact_text({"interfaces", net_namespace});
}

namespace {

constexpr std::size_t kFieldsBeforeAddresses = 9;

std::vector<Interface> decode_interfaces(const FactFields& fields) {
    std::vector<Interface> interfaces;
    for (std::size_t at = 1; at + kFieldsBeforeAddresses < fields.size();) {
        Interface entry;
        entry.name = fields.text(at);
        entry.index = fields.number(at + 1);
        entry.mtu = fields.number(at + 2);
        entry.type = static_cast<std::uint16_t>(fields.number(at + 3));
        entry.flags = fields.number(at + 4);
        entry.kind = fields.text(at + 5);
        entry.link = fields.number(at + 6);
        entry.master = fields.number(at + 7);
        entry.address = net::LinkAddress::parse(fields.text(at + 8)).value_or(net::LinkAddress{});
        std::size_t count = fields.number(at + 9);
        for (at += 10; count > 0 && at + 1 < fields.size(); --count, at += 2) {
            if (const auto address = net::IpAddress::parse(fields.text(at))) {
                entry.addresses.push_back({*address, static_cast<std::uint8_t>(fields.number(at + 1))});
            }
        }
        interfaces.push_back(std::move(entry));
    }
    return interfaces;
}

}  // namespace

std::string encode_interfaces(const std::vector<Interface>& interfaces) {
    std::vector<std::string> fields{"ok"};
    for (const auto& entry : interfaces) {
        for (auto text : {entry.name, fmt::format("{}", entry.index), fmt::format("{}", entry.mtu),
                          fmt::format("{}", entry.type), fmt::format("{}", entry.flags), entry.kind,
                          fmt::format("{}", entry.link), fmt::format("{}", entry.master),
                          entry.address.length == 0 ? std::string() : entry.address.to_string(),
                          fmt::format("{}", entry.addresses.size())}) {
            fields.push_back(std::move(text));
        }
        for (const auto& prefix : entry.addresses) {
            fields.push_back(prefix.address.to_string());
            fields.push_back(fmt::format("{}", prefix.length));
        }
    }
    return fact_text(fields);
}

const HostFacts::InterfaceList* HostFacts::interface_list(std::string_view net_namespace) const {
    auto found = interfaces_.find(net_namespace);
    if (found == interfaces_.end()) {
        auto list = std::make_shared<InterfaceList>();
        const FactFields fields(answer(interfaces_question(net_namespace)));
        list->reachable = fields.size() > 0;
        list->interfaces = decode_interfaces(fields);
        for (const auto& entry : list->interfaces) list->by_name.emplace(entry.name, &entry);
        found = interfaces_.emplace(std::string(net_namespace), std::move(list)).first;
    }
    return found->second.get();
}

const std::vector<Interface>* HostFacts::interfaces(std::string_view net_namespace) const {
    const auto* list = interface_list(net_namespace);
    return list->reachable ? &list->interfaces : nullptr;
}

const Interface* HostFacts::interface(std::string_view net_namespace, std::string_view name) const {
    const auto* list = interface_list(net_namespace);
    const auto found = list->by_name.find(name);
    return found == list->by_name.end() ? nullptr : found->second;
}

std::string RecordedFacts::answer(const std::string& question) const {
    const auto known = table_.find(question);
    return known == table_.end() ? std::string() : known->second;
}

}  // namespace conf
