// What the kernel's interfaces mean for one instance: its faults and the source address of its adverts
// (vrrp-behaviour.md §8.1). Values in, values out; the shell tells the core what changed.
#pragma once

#include <cstdint>
#include <string>

#include "lib/net/address.hpp"
#include "vrrp/child/kernel_view.hpp"

namespace vrrp {

struct Facts {
    std::uint32_t faults = 0;  ///< of protocol::Fault those that interfaces and addresses decide
    net::IpAddress source;
    std::uint32_t segment = 0;   ///< ifindex of the interface whose segment it is on; 0 = none
    std::string interface_text;  ///< "interface eth0 down"
    std::string source_text;     ///< "no IPv4 address for interface"
};

/// The flags of protocol::Fault that Facts decides.
extern const std::uint32_t kInterfaceFaults;

Facts facts_of(const KernelView& kernel, std::uint32_t instance);

/// The address an interface would lend to adverts: its primary IPv4 address, its IPv6 link-local one.
net::IpAddress usable_address(const Interface* entry, net::Family family);

}  // namespace vrrp
