#include <fmt/format.h>

#include "conf/lines/kernel_lines.hpp"

namespace conf {
namespace {

std::string scope_text(const Address& address) {
    if (!address.scope_name.empty()) return address.scope_name;
    switch (address.scope.value_or(0)) {
        case 0:
            return "global";
        case 200:
            return "site";
        case 253:
            return "link";
        case 254:
            return "host";
        case 255:
            return "nowhere";
        default:
            return fmt::format("{}", *address.scope);
    }
}

/// IPv6 only: a host address is deprecated by default, so that it is never chosen as a source (conf-vrrp.md
/// §4).
std::string lifetime_text(const Address& address) {
    const bool is_host = address.prefix.length == net::address_bits(net::Family::ipv6);
    const std::uint32_t lifetime = address.preferred_lft.value_or(is_host ? 0 : UINT32_MAX);
    if (lifetime == 0) return " deprecated";
    if (lifetime == UINT32_MAX) return " preferred_lft forever";
    return fmt::format(" preferred_lft {}", lifetime);
}

}  // namespace

std::string short_prefix(const net::Prefix& prefix) {
    return prefix.length == net::address_bits(prefix.address.family) ? prefix.address.to_string()
                                                                     : prefix.to_string();
}

std::string address_line(const Address& address, const Placement& placement) {
    std::string line = short_prefix(address.prefix);
    if (!address.broadcast.is_none()) line += " brd " + address.broadcast.to_string();
    line += " dev " + placement.interface;
    if (!placement.base.empty()) line += "@" + placement.base;
    if (address.use_vmac) line += " use_vmac";
    line += " scope " + scope_text(address);
    if (!address.label.empty()) line += " label " + address.label;
    if (!address.peer.is_none())
        line += fmt::format(" peer {}/{}", address.peer.to_string(), net::address_bits(address.peer.family));
    if (address.home) line += " home";
    if (address.no_dad_off) line += " -nodad";
    if (address.mngtmpaddr) line += " mngtmpaddr";
    if (address.noprefixroute) line += " noprefixroute";
    if (address.autojoin) line += " autojoin";
    if (address.no_track) line += " no_track";
    if (!address.track_group.empty()) line += " track_group " + address.track_group;
    if (address.prefix.address.is_v6()) line += lifetime_text(address);
    if (placement.set) line += " set";
    if (placement.set && placement.firewalled) line += " nftable_set";
    return line;
}

}  // namespace conf
