// Where an instance and its addresses live: the names of interfaces as the dumps write them.
#pragma once

#include <string>

#include "report/snapshot/snapshot.hpp"

namespace report {

/// The interfaces of one instance.
struct InstanceInterfaces {
    std::string own;   ///< the VMAC's (or IPVLAN's) name, else the configured interface; may be empty
    std::string base;  ///< of a VMAC: the configured interface; else empty
};

InstanceInterfaces interfaces_of(const conf::VrrpInstance& instance, const vrrp::rows::Instance& row);

struct AddressPlace {
    std::string interface;
    std::string base;  ///< not empty: `interface` is a VMAC on it
};

/// @param address  one of the instance's virtual addresses
AddressPlace place_of(const conf::Address& address, const conf::VrrpInstance& instance,
                      const InstanceInterfaces& interfaces, const VrrpSnapshot& vrrp);

}  // namespace report
