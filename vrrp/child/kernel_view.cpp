#include "vrrp/child/kernel_view.hpp"

#include <algorithm>

#include "vrrp/child/vmac_names.hpp"

namespace vrrp {

Objects KernelView::objects(std::uint32_t owner) const {
    static const std::vector<conf::Address> kNone;
    if (owner == static_owner()) {
        return {&model->static_addresses, &kNone, &model->static_routes, &model->static_rules};
    }
    const auto& instance = model->instances[owner];
    return {&instance.vips, &instance.evips, &instance.routes, &instance.rules};
}

const std::string& KernelView::name(std::uint32_t owner) const {
    static const std::string kStatic = "static";
    return owner == static_owner() ? kStatic : model->instances[owner].name;
}

std::uint32_t KernelView::interface_of(std::uint32_t owner, const conf::Address& address) const {
    if (owner == static_owner()) {
        return interfaces.index_of(address.dev.empty() ? model->global.default_interface : address.dev);
    }
    const auto& instance = model->instances[owner];
    const Placement& placement = placements[owner];
    if (!address_vmac_base(instance, address).empty())
        return interfaces.index_of(address_vmac_name(*model, instance, address));
    const bool own = address.dev.empty() || address.dev == instance.interface;
    if (!own) return interfaces.index_of(address.dev);
    // An ipvlan carries adverts only (run: 2.2.7).
    const bool on_vmac =
        instance.vmac.kind == conf::VmacKind::macvlan && address.prefix.address.family == instance.family;
    return on_vmac ? placement.vmac : placement.configured;
}

objects::AddressKey KernelView::key(std::uint32_t owner, std::size_t number) const {
    const conf::Address& address = objects(owner).address(number);
    return {objects::kernel_prefix(address), interface_of(owner, address)};
}

IndexedAddress* KernelView::entry(std::uint32_t owner, std::size_t number) {
    return addresses.find(key(owner, number), owner, static_cast<std::uint32_t>(number));
}

void KernelView::place() {
    placements.resize(owners());
    addresses.clear();
    for (std::uint32_t owner = 0; owner < owners(); ++owner) {
        if (owner != static_owner()) {
            const auto& instance = model->instances[owner];
            Placement& placement = placements[owner];
            placement.configured = instance.interface.empty() ? interfaces.index_of(instance.vrf)
                                                              : interfaces.index_of(instance.interface);
            const bool has_vmac = instance.vmac.kind != conf::VmacKind::none;
            placement.vmac_name = has_vmac ? vmac_name(*model, owner) : std::string();
            placement.vmac = has_vmac ? interfaces.index_of(placement.vmac_name) : 0;
            const bool on_vmac = has_vmac && !instance.vmac.xmit_base;
            placement.adverts = on_vmac ? placement.vmac : placement.configured;
        }
        for (std::size_t number = 0; number < objects(owner).addresses(); ++number) {
            addresses.add(key(owner, number), owner, static_cast<std::uint32_t>(number));
        }
    }
    addresses.sort();
}

}  // namespace vrrp
