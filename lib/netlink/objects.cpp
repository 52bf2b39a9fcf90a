#include "lib/netlink/objects.hpp"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string_view>

// Newer than the headers of Debian 12.
#ifndef IFA_PROTO
#define IFA_PROTO 11
#endif

namespace netlink {

namespace {

using Attributes = std::array<nlattr*, 128>;

/// The attributes behind a message's family header, by number; false when the message is too short.
template <typename Header>
bool attributes_of(const nlmsghdr& message, Attributes& found) {
    if (nlmsg_datalen(&message) < static_cast<int>(sizeof(Header))) return false;
    return nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(Header), found.data(),
                       static_cast<int>(found.size()) - 1, nullptr) >= 0;
}

void nested(const nlattr* attribute, Attributes& found) {
    found.fill(nullptr);
    if (attribute == nullptr) return;
    (void)nla_parse_nested(found.data(), static_cast<int>(found.size()) - 1, const_cast<nlattr*>(attribute),
                           nullptr);
}

std::uint32_t u32(const nlattr* attribute, std::uint32_t otherwise = 0) {
    return attribute != nullptr && nla_len(attribute) >= 4 ? nla_get_u32(attribute) : otherwise;
}

std::uint16_t u16(const nlattr* attribute) {
    return attribute != nullptr && nla_len(attribute) >= 2 ? nla_get_u16(attribute) : std::uint16_t{0};
}

std::uint8_t u8(const nlattr* attribute) {
    return attribute != nullptr && nla_len(attribute) >= 1 ? nla_get_u8(attribute) : std::uint8_t{0};
}

std::string_view text(const nlattr* attribute) {
    if (attribute == nullptr || nla_len(attribute) <= 0) return {};
    const auto* words = static_cast<const char*>(nla_data(attribute));
    return {words, strnlen(words, static_cast<std::size_t>(nla_len(attribute)))};
}

net::IpAddress address(const nlattr* attribute, net::Family family) {
    if (attribute == nullptr || family == net::Family::none) return {};
    if (static_cast<std::size_t>(nla_len(attribute)) < net::address_size(family)) return {};
    return net::IpAddress::from_bytes(
        family, {static_cast<const std::uint8_t*>(nla_data(attribute)), net::address_size(family)});
}

net::IpAddress any(net::Family family) {
    net::IpAddress zero;
    zero.family = family;
    return zero;
}

net::LinkAddress link_address(const nlattr* attribute) {
    net::LinkAddress found;
    if (attribute == nullptr || nla_len(attribute) > static_cast<int>(found.bytes.size())) return found;
    found.length = static_cast<std::uint8_t>(nla_len(attribute));
    std::memcpy(found.bytes.data(), nla_data(attribute), found.length);
    return found;
}

LinkKind kind_of(std::string_view word) {
    if (word == "macvlan") return LinkKind::macvlan;
    if (word == "ipvlan") return LinkKind::ipvlan;
    if (word == "vrf") return LinkKind::vrf;
    if (word == "vlan") return LinkKind::vlan;
    return LinkKind::other;
}

void read_kind(const nlattr* attribute, Link& link) {
    Attributes info{}, data{};
    nested(attribute, info);
    link.kind = kind_of(text(info[IFLA_INFO_KIND]));
    nested(info[IFLA_INFO_DATA], data);
    if (link.kind == LinkKind::macvlan) link.mode = u32(data[IFLA_MACVLAN_MODE]);
    if (link.kind == LinkKind::ipvlan) {
        link.mode = u16(data[IFLA_IPVLAN_MODE]);
        link.ipvlan_flags = u16(data[IFLA_IPVLAN_FLAGS]);
    }
    if (link.kind == LinkKind::vrf) link.vrf_table = u32(data[IFLA_VRF_TABLE]);
}

/// Element `number` (IPV4_DEVCONF_*, counted from 1) or (DEVCONF_*, from 0) of an array of configuration
/// values.
std::int32_t setting(const nlattr* array, std::size_t index) {
    std::int32_t value = 0;
    if (array == nullptr || static_cast<std::size_t>(nla_len(array)) < (index + 1) * sizeof value) return 0;
    std::memcpy(&value, static_cast<const char*>(nla_data(array)) + index * sizeof value, sizeof value);
    return value;
}

void read_settings(const nlattr* attribute, Link& link) {
    Attributes families{}, inner{};
    nested(attribute, families);
    nested(families[AF_INET], inner);
    const nlattr* ipv4 = inner[IFLA_INET_CONF];
    link.arp_ignore = setting(ipv4, IPV4_DEVCONF_ARP_IGNORE - 1);
    link.arp_filter = setting(ipv4, IPV4_DEVCONF_ARPFILTER - 1);
    link.promote_secondaries = setting(ipv4, IPV4_DEVCONF_PROMOTE_SECONDARIES - 1);
    link.rp_filter = setting(ipv4, IPV4_DEVCONF_RP_FILTER - 1);
    constexpr std::size_t kForwarding = 0;  // DEVCONF_FORWARDING of linux/ipv6.h
    nested(families[AF_INET6], inner);
    link.ipv6_forwarding = setting(inner[IFLA_INET6_CONF], kForwarding) != 0;
}

}  // namespace

net::Family family_of(int address_family) {
    if (address_family == AF_INET) return net::Family::ipv4;
    if (address_family == AF_INET6) return net::Family::ipv6;
    return net::Family::none;
}

std::optional<Link> parse_link(const nlmsghdr& message) {
    Attributes found{};
    if (!attributes_of<ifinfomsg>(message, found)) return std::nullopt;
    const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(&message));
    if (header->ifi_family != AF_UNSPEC) return std::nullopt;  // AF_BRIDGE speaks of ports
    Link link;
    link.ifindex = static_cast<std::uint32_t>(header->ifi_index);
    link.flags = header->ifi_flags;
    link.hardware_type = header->ifi_type;
    link.name = text(found[IFLA_IFNAME]);
    link.mtu = u32(found[IFLA_MTU]);
    link.mac = link_address(found[IFLA_ADDRESS]);
    link.broadcast = link_address(found[IFLA_BROADCAST]);
    link.base = u32(found[IFLA_LINK]);
    link.base_elsewhere = found[IFLA_LINK_NETNSID] != nullptr;
    link.master = u32(found[IFLA_MASTER]);
    link.group = u32(found[IFLA_GROUP]);
    read_kind(found[IFLA_LINKINFO], link);
    read_settings(found[IFLA_AF_SPEC], link);
    return link;
}

std::optional<InterfaceAddress> parse_address(const nlmsghdr& message) {
    Attributes found{};
    if (!attributes_of<ifaddrmsg>(message, found)) return std::nullopt;
    const auto* header = static_cast<const ifaddrmsg*>(nlmsg_data(&message));
    const net::Family family = family_of(header->ifa_family);
    InterfaceAddress entry;
    entry.ifindex = header->ifa_index;
    entry.prefix.length = header->ifa_prefixlen;
    entry.scope = header->ifa_scope;
    entry.flags = found[IFA_FLAGS] != nullptr ? u32(found[IFA_FLAGS]) : header->ifa_flags;
    entry.protocol = u8(found[IFA_PROTO]);
    const net::IpAddress local = address(found[IFA_LOCAL], family);
    const net::IpAddress other = address(found[IFA_ADDRESS], family);
    entry.prefix.address = local.is_none() ? other : local;
    if (!local.is_none() && !other.is_none() && local != other) entry.peer = other;
    if (entry.prefix.address.is_none()) return std::nullopt;
    return entry;
}

std::optional<RouteEvent> parse_route(const nlmsghdr& message) {
    Attributes found{};
    if (!attributes_of<rtmsg>(message, found)) return std::nullopt;
    const auto* header = static_cast<const rtmsg*>(nlmsg_data(&message));
    RouteEvent route;
    route.family = family_of(header->rtm_family);
    if (route.family == net::Family::none) return std::nullopt;
    route.destination.address = address(found[RTA_DST], route.family);
    if (route.destination.address.is_none()) route.destination.address = any(route.family);
    route.destination.length = header->rtm_dst_len;
    route.table = u32(found[RTA_TABLE], header->rtm_table);
    route.protocol = header->rtm_protocol;
    route.type = header->rtm_type;
    route.tos = header->rtm_tos;
    route.priority = u32(found[RTA_PRIORITY]);
    route.oif = u32(found[RTA_OIF]);
    route.gateway = address(found[RTA_GATEWAY], route.family);
    return route;
}

std::optional<RuleEvent> parse_rule(const nlmsghdr& message) {
    Attributes found{};
    if (!attributes_of<fib_rule_hdr>(message, found)) return std::nullopt;
    const auto* header = static_cast<const fib_rule_hdr*>(nlmsg_data(&message));
    RuleEvent rule;
    rule.family = family_of(header->family);
    if (rule.family == net::Family::none) return std::nullopt;
    rule.priority = u32(found[FRA_PRIORITY]);
    rule.protocol = u8(found[FRA_PROTOCOL]);
    rule.from = {address(found[FRA_SRC], rule.family), header->src_len};
    rule.to = {address(found[FRA_DST], rule.family), header->dst_len};
    rule.table = u32(found[FRA_TABLE], header->table);
    rule.action = header->action;
    return rule;
}

}  // namespace netlink
