// One line of virtual_ipaddress and its like (conf-vrrp.md §4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/net/address.hpp"

namespace conf {

/// One line of virtual_ipaddress, virtual_ipaddress_excluded, static_ipaddress or of a lagg (conf-vrrp.md §4).
struct Address {
    net::Prefix prefix;
    std::string dev;                    ///< empty = the instance's interface
    std::optional<std::uint8_t> scope;  ///< IPv4; default global (0)
    std::string scope_name;
    net::IpAddress broadcast;  ///< none = no broadcast attribute
    std::string label;
    net::IpAddress peer;
    bool home = false, no_dad_off = false /* -nodad */, mngtmpaddr = false, noprefixroute = false,
         autojoin = false;
    std::optional<std::uint32_t>
        preferred_lft;  ///< IPv6; nullopt = default (0 for /128, forever otherwise); UINT32_MAX = forever
    bool no_track = false;
    bool use_vmac = false;
    std::string track_group;
    friend bool operator==(const Address&, const Address&) = default;
};

}  // namespace conf
