// Names of the macvlan and ipvlan interfaces of instances and of single addresses (conf-vrrp.md §2.3).
#pragma once

#include <cstdint>
#include <string>

#include "conf/model.hpp"

namespace vrrp {

/// The interface of `use_vmac` or `use_ipvlan`: as configured, else PREFIX.VRID, or the first free alternative when an
/// earlier instance of the file has that name.
std::string vmac_name(const conf::Model& model, std::uint32_t instance);

/// The interface below the VMAC which one address has for itself (`use_vmac` of the address, `use_vmac_addr` of the
/// instance); empty = it has none: it is on an interface as it is, or on the instance's VMAC.
std::string address_vmac_base(const conf::VrrpInstance& instance, const conf::Address& address);

/// The VMAC which one address is put on (`use_vmac` of the address, `use_vmac_addr` of the instance); empty = none.
std::string address_vmac_name(const conf::Model& model, const conf::VrrpInstance& instance,
                              const conf::Address& address);

}  // namespace vrrp
