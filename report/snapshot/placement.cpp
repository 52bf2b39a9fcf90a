#include "report/snapshot/placement.hpp"

namespace report {
namespace {

/// The VMAC which we made on `base` for this instance's addresses (use_vmac_addr, use_vmac of an address).
const vrrp::rows::Interface* address_vmac(const std::string& base, net::Family family,
                                          const conf::VrrpInstance& instance, const VrrpSnapshot& vrrp) {
    const auto* below = find_interface(vrrp, base);
    if (below == nullptr) return nullptr;
    const auto mac = net::virtual_router_mac(family, instance.vrid);
    for (const auto& row : vrrp.interfaces)
        if (row.created_by_us != 0 && row.is_vmac != 0 && row.base_ifindex == below->ifindex &&
            row.mac == mac)
            return &row;
    return nullptr;
}

}  // namespace

InstanceInterfaces interfaces_of(const conf::VrrpInstance& instance, const vrrp::rows::Instance& row) {
    if (instance.vmac.kind == conf::VmacKind::none) return {instance.interface, ""};
    std::string name = field_text(row.vmac_ifname);
    if (name.empty()) name = instance.vmac.ifname;
    if (name.empty()) return {instance.interface, ""};
    return {name, instance.interface};
}

AddressPlace place_of(const conf::Address& address, const conf::VrrpInstance& instance,
                      const InstanceInterfaces& interfaces, const VrrpSnapshot& vrrp) {
    const net::Family family = address.prefix.address.family;
    const std::string dev = address.dev.empty() ? instance.interface : address.dev;
    // An ipvlan carries adverts only (run: 2.2.7).
    const bool on_instances_vmac = instance.vmac.kind == conf::VmacKind::macvlan &&
                                   !interfaces.base.empty() && dev == instance.interface &&
                                   family == instance.family;
    if (on_instances_vmac || (dev == interfaces.own && !address.use_vmac))
        return {interfaces.own, interfaces.base};
    if (address.use_vmac || instance.vmac.use_vmac_addr)
        if (const auto* vmac = address_vmac(dev, family, instance, vrrp))
            return {field_text(vmac->name), dev};
    return {dev, ""};
}

}  // namespace report
