// One line for each kernel object of the configuration: addresses, routes, rules (state-files.md §4). The
// same text stands in the dump (after five blanks), in keepalived.json, in D-Bus, and in the log where one is restored.
#pragma once

#include <cstdint>
#include <string>

#include "conf/model.hpp"

namespace conf {

/// Where an address lives now, apart from what the configuration says.
struct Placement {
    std::string interface;    ///< the interface's name; for an address on a VMAC the VMAC's
    std::string base;         ///< of a VMAC: the interface below it; else empty
    bool set = false;         ///< present on the interface now
    bool firewalled = false;  ///< packets to it are dropped (no_accept) by an entry of ours
};

/// "10.1.0.100/24 dev v0 scope global label v0:vip set"
std::string address_line(const Address& address, const Placement& placement);
/// "prepend 192.0.2.0/24 via inet 10.1.0.254 dev v0 proto 18"
std::string route_line(const Route& route);
/// "from 10.1.0.100 priority 1000 tos 0x0 protocol 18 lookup 88"
std::string rule_line(const Rule& rule);

/// An address with its length, which a host address leaves out.
std::string short_prefix(const net::Prefix& prefix);

}  // namespace conf
