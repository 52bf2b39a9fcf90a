// Kernel objects as values: what rtnetlink tells about links, addresses, routes and rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/net/address.hpp"

struct nlmsghdr;

namespace netlink {

enum class LinkKind : std::uint8_t { other, macvlan, ipvlan, vrf, vlan };

struct Link {
    std::uint32_t ifindex = 0;
    std::string name;
    std::uint32_t flags = 0;  ///< IFF_*
    std::uint32_t mtu = 0;
    std::uint16_t hardware_type = 0;  ///< ARPHRD_*
    net::LinkAddress mac, broadcast;
    std::uint32_t base = 0;       ///< IFLA_LINK in this namespace; 0 = none
    bool base_elsewhere = false;  ///< the base interface is in another namespace
    std::uint32_t master = 0;     ///< IFLA_MASTER (vrf, bridge, bond)
    std::uint32_t group = 0;
    LinkKind kind = LinkKind::other;
    std::uint32_t mode = 0;  ///< macvlan: IFLA_MACVLAN_MODE; ipvlan: IFLA_IPVLAN_MODE
    std::uint16_t ipvlan_flags = 0;
    std::uint32_t vrf_table = 0;
    std::int32_t arp_ignore = 0, arp_filter = 0, promote_secondaries = 0, rp_filter = 0;
    bool ipv6_forwarding = false;
    friend bool operator==(const Link&, const Link&) = default;
};

struct InterfaceAddress {
    std::uint32_t ifindex = 0;
    net::Prefix prefix;   ///< the local address and its prefix length
    net::IpAddress peer;  ///< none = no peer
    std::uint8_t scope = 0;
    std::uint32_t flags = 0;    ///< IFA_F_*
    std::uint8_t protocol = 0;  ///< IFA_PROTO
};

struct RouteEvent {
    net::Family family = net::Family::none;
    net::Prefix destination;
    std::uint32_t table = 0;
    std::uint8_t protocol = 0, type = 0, tos = 0;
    std::uint32_t priority = 0;
    std::uint32_t oif = 0;
    net::IpAddress gateway;
};

struct RuleEvent {
    net::Family family = net::Family::none;
    std::uint32_t priority = 0;
    std::uint8_t protocol = 0;
    net::Prefix from, to;
    std::uint32_t table = 0;
    std::uint8_t action = 0;
};

/// nullopt: another kind of message, or one that is cut short.
std::optional<Link> parse_link(const nlmsghdr& message);
std::optional<InterfaceAddress> parse_address(const nlmsghdr& message);
std::optional<RouteEvent> parse_route(const nlmsghdr& message);
std::optional<RuleEvent> parse_rule(const nlmsghdr& message);

/// AF_INET, AF_INET6 → Family; anything else none.
net::Family family_of(int address_family);

}  // namespace netlink
