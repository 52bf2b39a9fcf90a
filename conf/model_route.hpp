// Routes and rules as values: one line of virtual_routes, virtual_rules and of their static sisters.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/net/address.hpp"

namespace conf {

enum class RouteInsert : std::uint8_t { prepend, add, append };
enum class EncapKind : std::uint8_t { none, ip, ip6, mpls, ila };

struct Encap {
    EncapKind kind = EncapKind::none;
    std::optional<std::uint64_t> id;
    net::IpAddress dst, src;
    std::optional<std::uint8_t> tos, ttl;
    std::optional<std::uint16_t> flags;
    std::vector<std::uint32_t> labels;  ///< MPLS
    std::uint64_t locator = 0;          ///< ILA
    friend bool operator==(const Encap&, const Encap&) = default;
};

struct NextHop {
    net::IpAddress via;
    std::string dev;
    std::uint16_t weight = 0;  ///< as written, 1..256; 0 = not given
    bool onlink = false;
    Encap encap;
    std::optional<std::uint32_t> realms;
    friend bool operator==(const NextHop&, const NextHop&) = default;
};

/// A numeric route metric: RTAX_* number, value, lock bit.
struct RouteMetric {
    std::uint16_t rtax = 0;
    std::uint32_t value = 0;
    bool lock = false;
    bool raw_time = false;  ///< rtt, rttvar without a unit
    friend bool operator==(const RouteMetric&, const RouteMetric&) = default;
};

/// One line of virtual_routes or static_routes (conf-vrrp.md §5).
struct Route {
    net::Family family = net::Family::none;
    net::Prefix destination;  ///< default = none address of the family with length 0
    bool is_default = false;
    std::uint8_t type = 1;  ///< RTN_*, 1 = unicast
    net::IpAddress src, via;
    std::optional<net::Prefix> from;
    std::string dev;
    std::optional<std::uint8_t> tos, scope;
    std::optional<std::uint32_t> table;
    std::uint8_t protocol = 18;  ///< 0: not tracked and none is given; the kernel is told 18
    std::optional<std::uint32_t> metric;
    bool onlink = false;
    std::optional<std::uint32_t> realms, expires;
    std::vector<RouteMetric> metrics;
    std::string congctl;
    bool congctl_lock = false;
    std::optional<std::uint8_t> pref;
    std::optional<bool> ttl_propagate;
    Encap encap;
    std::vector<NextHop> nexthops;
    RouteInsert insert = RouteInsert::prepend;
    bool no_track = false;
    std::string track_group, vrf;
    friend bool operator==(const Route&, const Route&) = default;
};

enum class RuleAction : std::uint8_t { table, jump, nop, blackhole, unreachable, prohibit };

/// One line of virtual_rules or static_rules (conf-vrrp.md §6).
struct Rule {
    net::Family family = net::Family::ipv4;
    bool invert = false;
    std::optional<net::Prefix> from, to;
    std::uint32_t priority = 0;
    std::optional<std::uint8_t> tos, ip_protocol;
    std::optional<std::uint32_t> fwmark, fwmask, realms;
    std::string iif, oif;
    std::optional<std::uint32_t> suppress_prefixlength, suppress_ifgroup;
    std::optional<std::uint64_t> tunnel_id;
    std::optional<std::array<std::uint32_t, 2>> uid_range;
    std::optional<std::array<std::uint16_t, 2>> sport, dport;
    bool l3mdev = false;
    std::uint8_t protocol = 18;
    RuleAction action = RuleAction::table;
    std::uint32_t table_or_target = 0;
    bool no_track = false;
    std::string track_group;
    friend bool operator==(const Rule&, const Rule&) = default;
};

}  // namespace conf
