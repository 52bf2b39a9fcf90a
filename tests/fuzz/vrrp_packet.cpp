// Received adverts: any octets, against every kind of instance. The first two octets choose the configuration, the rest is
// the packet; with one bit set its checksums and digests are put right first, so that the fuzzer gets behind them.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "vrrp/protocol/router.hpp"

using namespace vrrp::protocol;

namespace {

VirtualRouterConfig configuration(std::uint8_t kind, std::uint8_t more) {
    VirtualRouterConfig config;
    config.name = "V";
    config.vrid = 51;
    config.version = (kind & 1) != 0 ? 3 : 2;
    config.unicast = (kind & 2) != 0;
    config.check_unicast_src = (kind & 4) != 0;
    config.peers = {{net::IpAddress::v4(0x0a000002), 64, 255}};
    config.group = config.old_checksum_group = net::IpAddress::v4(0xe0000012);
    config.advertised = {net::IpAddress::v4(0x0a000064), net::IpAddress::v4(0x0a000065)};
    config.v3_checksum_as_v2 = (kind & 8) != 0;
    config.priority = (kind & 16) != 0 ? 255 : 100;
    config.nopreempt = (kind & 32) != 0;
    config.detail_log = true;
    if (config.version == 2) config.auth_type = static_cast<AuthType>((more & 3) % 3);
    if ((more & 4) != 0) {
        config.hmac = HmacConfig{.keys = {{7, std::vector<std::uint8_t>(32, 'k')}}, .active_key = 7};
        config.auth_type = AuthType::none;
    }
    if ((more & 8) != 0) {
        config.family = net::Family::ipv6;
        config.auth_type = AuthType::none;
        config.group = *net::IpAddress::parse("ff02::12");
        config.advertised = {*net::IpAddress::parse("fe80::53")};
    }
    return config;
}

/// Right VRRP checksum and AH value for whatever the packet holds.
void put_right(const VirtualRouterConfig& config, std::vector<std::uint8_t>& packet) {
    const auto parts = split_datagram(config.family, packet);
    if (!parts || config.family != net::Family::ipv4) return;
    const std::size_t at = packet.size() - parts->vrrp.size();
    const auto header = read_advert_header(parts->vrrp);
    const std::size_t size = kVrrpHeaderSize + header.count * 4U + (header.version == 2 ? kV2AuthSize : 0);
    if (at + size > packet.size()) return;
    packet[at + 6] = packet[at + 7] = 0;
    const auto message = std::span(packet).subspan(at, size);
    const auto source = net::IpAddress::from_bytes(net::Family::ipv4, std::span(packet).subspan(12, 4));
    const auto destination = net::IpAddress::from_bytes(net::Family::ipv4, std::span(packet).subspan(16, 4));
    const std::uint16_t sum = header.version == 2
                                  ? internet_checksum(message)
                                  : internet_checksum(message, ipv4_pseudo_header(source, destination, size));
    packet[at + 6] = static_cast<std::uint8_t>(sum >> 8);
    packet[at + 7] = static_cast<std::uint8_t>(sum);
    if (parts->ah.empty() || packet.size() > kMaxAdvertSize) return;
    const Icv icv = ah_icv(packet, config.auth_pass, config.unicast);
    std::copy(icv.begin(), icv.end(), packet.begin() + static_cast<std::ptrdiff_t>(at - icv.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const VirtualRouterConfig config = configuration(data[0], data[1]);
    std::vector<std::uint8_t> packet(data + 2, data + size);
    if ((data[1] & 16) != 0) put_right(config, packet);

    const bool ipv4 = config.family == net::Family::ipv4;
    net::IpAddress source = *net::IpAddress::parse(ipv4 ? "10.0.0.2" : "fe80::2");
    net::IpAddress destination =
        config.unicast ? *net::IpAddress::parse(ipv4 ? "10.0.0.1" : "fe80::1") : config.group;
    if (ipv4 && packet.size() >= kIpv4HeaderSize) {
        source = net::IpAddress::from_bytes(net::Family::ipv4, std::span(packet).subspan(12, 4));
        destination = net::IpAddress::from_bytes(net::Family::ipv4, std::span(packet).subspan(16, 4));
    }
    ActionList actions;
    Router router(RouterConfig{.instances = {config}});
    Instant now{1'000'000'000};
    router.step(SourceAddressChanged{0, *net::IpAddress::parse(ipv4 ? "10.0.0.1" : "fe80::1")}, now, actions);
    router.step(Start{}, now, actions);
    for (int time = 0; time < 3; ++time) {  // as backup, and as master
        router.step(
            PacketReceived{.instance = 0, .bytes = packet, .source = source, .destination = destination}, now,
            actions);
        if (router.next_deadline() != kNever) now = router.next_deadline();
        router.step(TimerExpired{0}, now, actions);
    }
    return 0;
}
