#include "vrrp/objects/addresses.hpp"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <iterator>

// Newer than the headers of Debian 12 (kernel 5.18).
#ifndef IFA_PROTO
#define IFA_PROTO 11
#endif

namespace vrrp::objects {

namespace {

constexpr std::uint32_t kForever = UINT32_MAX;

std::uint32_t flags_of(const conf::Address& address) {
    std::uint32_t flags = 0;
    if (address.home) flags |= IFA_F_HOMEADDRESS;
    if (address.mngtmpaddr) flags |= IFA_F_MANAGETEMPADDR;
    if (address.noprefixroute) flags |= IFA_F_NOPREFIXROUTE;
    if (address.autojoin) flags |= IFA_F_MCAUTOJOIN;
    // A VIP is used at once: duplicate address detection takes 1.5 s and would disable it while the old
    // master lives.
    if (address.prefix.address.is_v6() && !address.no_dad_off) flags |= IFA_F_NODAD;
    return flags;
}

/// The lifetime of an IPv6 address: /128 is deprecated by default, so that nothing chooses it as a source.
bool lifetime_of(const conf::Address& address, ifa_cacheinfo& lifetime) {
    if (!address.prefix.address.is_v6()) return false;
    if (!address.preferred_lft && address.prefix.length != 128) return false;
    lifetime.ifa_prefered = address.preferred_lft.value_or(0);
    lifetime.ifa_valid = kForever;
    return true;
}

ifaddrmsg header_of(const net::Prefix& prefix, std::uint32_t ifindex) {
    ifaddrmsg header{};
    header.ifa_family = static_cast<std::uint8_t>(net::address_family(prefix.address.family));
    header.ifa_prefixlen = prefix.length;
    header.ifa_index = ifindex;
    return header;
}

}  // namespace

net::Prefix kernel_prefix(const conf::Address& address) {
    net::Prefix prefix = address.prefix;
    if (!address.peer.is_none()) prefix.length = net::address_bits(prefix.address.family);
    return prefix;
}

netlink::Request add_address(const conf::Address& address, std::uint32_t ifindex) {
    netlink::Request request(RTM_NEWADDR, 0);
    ifaddrmsg header = header_of(kernel_prefix(address), ifindex);
    if (address.prefix.address.is_v4()) header.ifa_scope = address.scope.value_or(RT_SCOPE_UNIVERSE);
    request.header(header);
    if (ifa_cacheinfo lifetime{}; lifetime_of(address, lifetime)) request.value(IFA_CACHEINFO, lifetime);
    request.address(IFA_LOCAL, address.prefix.address);
    if (!address.peer.is_none()) request.address(IFA_ADDRESS, address.peer);
    if (!address.broadcast.is_none()) request.address(IFA_BROADCAST, address.broadcast);
    if (!address.label.empty()) request.text(IFA_LABEL, address.label);
    if (const std::uint32_t flags = flags_of(address); flags != 0) request.u32(IFA_FLAGS, flags);
    request.u8(IFA_PROTO, kProtocolKeepalived);
    return request;
}

netlink::Request remove_address(const AddressKey& key) {
    netlink::Request request(RTM_DELADDR, 0);
    request.header(header_of(key.prefix, key.ifindex));
    request.address(IFA_LOCAL, key.prefix.address);
    // Without a peer in it: the kernel then compares the local address alone.
    return request;
}

Difference difference(const std::vector<AddressKey>& desired, const std::vector<AddressKey>& actual) {
    Difference result;
    std::set_difference(desired.begin(), desired.end(), actual.begin(), actual.end(),
                        std::back_inserter(result.add));
    std::set_difference(actual.begin(), actual.end(), desired.begin(), desired.end(),
                        std::back_inserter(result.remove));
    return result;
}

}  // namespace vrrp::objects
