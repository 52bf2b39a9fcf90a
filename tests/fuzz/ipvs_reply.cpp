// What the kernel's IPVS family answers: damaged attributes are refused, and what was read is read again from what we
// write of it.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "lib/netlink/ipvs/messages.hpp"

namespace {

using namespace netlink::ipvs;

constexpr std::size_t kHeaders = 16 + 4;  // nlmsghdr, genlmsghdr

std::span<const std::uint8_t> payload(const Requests& requests) { return requests.bytes().subspan(kHeaders); }

/// Once through the encoder the value is as we would set it; from then on it must not change.
template <typename Read, typename Write, typename Value>
void check_round_trip(Value value, Read read, Write write) {
    for (int times = 0; times < 2; ++times) {
        Requests requests(30);
        write(requests, value);
        const auto again = read(payload(requests));
        if (!again) std::abort();
        if (times == 1 && !(*again == value)) std::abort();
        value = *again;
    }
}

std::optional<Service> service_of(std::span<const std::uint8_t> bytes) {
    const auto status = parse_service(bytes);
    if (!status) return std::nullopt;
    return status->service;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    if (auto service = service_of(bytes)) {
        if (service->scheduler.size() >= size || service->persistence_engine.size() >= size) std::abort();
        check_round_trip(*service, service_of, [](Requests& requests, const Service& value) {
            requests.service(Command::new_service, value, 1, 0);
        });
    }
    for (const auto family : {net::Family::ipv4, net::Family::ipv6}) {
        const auto status = parse_destination(bytes, family);
        if (status && status->destination.key.address.is_none()) std::abort();
    }
    if (const auto daemon = parse_daemon(bytes); daemon && daemon->interface.size() >= size) std::abort();
    (void)parse_timeouts(bytes);
    (void)parse_info(bytes);
    return 0;
}
