// The kernel objects of one instance as lines, in the order of the configuration.
#pragma once

#include <string>
#include <vector>

#include "report/snapshot/placement.hpp"

namespace report {

struct InstanceAddressLines {
    std::vector<std::string> vips, evips;
};

/// @param index  order of the instance in the model
InstanceAddressLines instance_address_lines(const conf::Model& model, const VrrpSnapshot& vrrp,
                                            std::size_t index);

/// With the table of its VRF, as long as that exists.
std::string shown_route(const conf::Route& route, const VrrpSnapshot& vrrp);

}  // namespace report
