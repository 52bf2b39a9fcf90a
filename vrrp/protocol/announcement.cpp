// Gratuitous ARP and unsolicited neighbour advertisements: RFC 5227 §3, RFC 4861 §7.2.6, RFC 4391
// (InfiniBand); vrrp-behaviour.md §2.6, §2.7.
#include <cassert>

#include "vrrp/protocol/advert.hpp"
#include "vrrp/protocol/wire.hpp"

namespace vrrp::protocol {

namespace {

constexpr std::uint16_t kEtherTypeArp = 0x0806;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr std::uint16_t kHardwareEthernet = 1;
constexpr std::uint16_t kHardwareInfiniband = 32;
constexpr std::uint8_t kIcmpv6 = 58;
constexpr std::uint8_t kNeighbourAdvertisement = 136;
constexpr std::uint8_t kFlagRouter = 0x80;
constexpr std::uint8_t kFlagOverride = 0x20;
constexpr std::uint8_t kTargetLinkLayerAddress = 2;

constexpr std::array<std::uint8_t, 6> kAllNodesMac{0x33, 0x33, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> kAllNodes{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 20> kInfinibandIpv6Broadcast{
    0, 0xff, 0xff, 0xff, 0xff, 0x12, 0x60, 0x1b, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};

std::span<const std::uint8_t> octets(const net::LinkAddress& address) {
    return {address.bytes.data(), address.length};
}

void write_link_header(Writer& out, std::span<const std::uint8_t> destination, const net::LinkAddress& sender,
                       bool infiniband, std::uint16_t ether_type) {
    out.bytes(destination);
    if (!infiniband) out.bytes(octets(sender));
    out.u16(ether_type);
    if (infiniband) out.u16(0);  // the IPoIB header: type, reserved
}

}  // namespace

std::size_t encode_gratuitous_arp(const net::LinkAddress& sender, const net::LinkAddress& broadcast,
                                  bool infiniband, const net::IpAddress& address,
                                  std::span<std::uint8_t> space) {
    assert(address.is_v4());
    Writer out(space);
    write_link_header(out, octets(broadcast), sender, infiniband, kEtherTypeArp);
    out.u16(infiniband ? kHardwareInfiniband : kHardwareEthernet);
    out.u16(0x0800);
    out.u8(sender.length);
    out.u8(4);
    out.u16(1);  // request
    out.bytes(octets(sender));
    out.bytes(address.data());
    out.bytes(octets(broadcast));  // not zero: as keepalived sends it
    out.bytes(address.data());
    return out.size();
}

std::size_t encode_unsolicited_na(const net::LinkAddress& sender, bool infiniband,
                                  const net::IpAddress& address, bool router, std::span<std::uint8_t> space) {
    assert(address.is_v6());
    const std::uint8_t option_units = infiniband ? 3 : 1;  // of 8 octets
    const auto payload = static_cast<std::uint16_t>(24 + option_units * 8);
    Writer out(space);
    if (infiniband)
        write_link_header(out, kInfinibandIpv6Broadcast, sender, true, kEtherTypeIpv6);
    else
        write_link_header(out, kAllNodesMac, sender, false, kEtherTypeIpv6);
    out.u32(0x60000000);  // version 6, class 0, flow label 0
    out.u16(payload);
    out.u8(kIcmpv6);
    out.u8(255);
    out.bytes(address.data());
    out.bytes(kAllNodes);
    const std::size_t icmp_at = out.size();
    out.u8(kNeighbourAdvertisement);
    out.u8(0);
    out.u16(0);  // checksum
    out.u8(static_cast<std::uint8_t>(kFlagOverride | (router ? kFlagRouter : 0)));
    out.zeros(3);
    out.bytes(address.data());
    out.u8(kTargetLinkLayerAddress);
    out.u8(option_units);
    if (infiniband) out.u16(0);
    out.bytes(octets(sender));

    std::array<std::uint8_t, 40> pseudo{};
    Writer header(pseudo);
    header.bytes(address.data());
    header.bytes(kAllNodes);
    header.u32(payload);
    header.u32(kIcmpv6);
    put_u16(space.subspan(icmp_at + 2), internet_checksum(out.written().subspan(icmp_at), pseudo));
    return out.size();
}

}  // namespace vrrp::protocol
