#include "vrrp/child/facts.hpp"

#include <linux/if_addr.h>

#include <algorithm>

#include "vrrp/protocol/state.hpp"

namespace vrrp {

namespace {

using protocol::Fault;

constexpr std::uint32_t bit(Fault fault) { return static_cast<std::uint32_t>(fault); }

/// An IPv6 address that is not yet, or never will be, ours to use.
bool is_unusable(const LocalAddress& address) {
    if ((address.flags & IFA_F_DADFAILED) != 0) return true;
    return (address.flags & IFA_F_TENTATIVE) != 0 && (address.flags & IFA_F_OPTIMISTIC) == 0;
}

net::IpAddress first_address(const Interface* entry, net::Family family, bool link_local) {
    if (entry == nullptr) return {};
    for (const auto& local : entry->addresses) {
        const net::IpAddress& address = local.prefix.address;
        if (address.family != family || is_unusable(local)) continue;
        if (family == net::Family::ipv6 && address.is_link_local() != link_local) continue;
        return address;
    }
    return {};
}

bool has_address(const KernelView& kernel, const net::IpAddress& address, std::uint32_t ifindex) {
    for (const auto& [index, entry] : kernel.interfaces.all()) {
        if (ifindex != 0 && index != ifindex) continue;
        const bool here =
            std::any_of(entry.addresses.begin(), entry.addresses.end(), [&](const LocalAddress& local) {
                return local.prefix.address == address && !is_unusable(local);
            });
        if (here) return true;
    }
    return false;
}

/// The interface's own: its primary IPv4 address, or an IPv6 link-local one (a global one towards global peers).
net::IpAddress own_address(const KernelView& kernel, const conf::VrrpInstance& instance,
                           const Placement& placement) {
    if (instance.vmac.kind == conf::VmacKind::ipvlan && instance.vmac.ipvlan_address) {
        return instance.vmac.ipvlan_address->address;
    }
    if (instance.family == net::Family::ipv4) {
        return first_address(kernel.interfaces.find(placement.configured), net::Family::ipv4, false);
    }
    const Interface* sender = kernel.interfaces.find(placement.adverts);
    const bool global_peers = instance.unicast && !instance.unicast_peers.empty() &&
                              !instance.unicast_peers.front().address.is_link_local();
    if (global_peers) {
        const net::IpAddress global = first_address(sender, net::Family::ipv6, false);
        if (!global.is_none()) return global;
    }
    return first_address(sender, net::Family::ipv6, true);
}

void interface_faults(const KernelView& kernel, const conf::VrrpInstance& instance,
                      const Placement& placement, Facts& facts) {
    const bool without_interface = instance.unicast && instance.interface.empty();
    if (without_interface) return;
    const Interface* base = kernel.interfaces.find(placement.configured);
    const bool base_down = base == nullptr || !base->up;
    facts.interface_text = "interface " + instance.interface + " down";
    if (instance.vmac.kind == conf::VmacKind::none) {
        // An interface that does not exist cannot be left untracked: there is nothing to send on.
        if (base == nullptr || (base_down && !instance.dont_track_primary))
            facts.faults |= bit(Fault::interface_down);
        return;
    }
    const Interface* own = kernel.interfaces.find(placement.vmac);
    if (!base_down && (own == nullptr || !own->up))
        facts.interface_text = "interface " + placement.vmac_name + " down";
    if (own == nullptr) facts.faults |= bit(Fault::interface_down);
    if (instance.dont_track_primary && base != nullptr) return;
    if (own != nullptr && !own->up) facts.faults |= bit(Fault::interface_down);
    if (base_down) facts.faults |= bit(Fault::base_interface_down);
}

/// The interface whose segment adverts are on: the one below a macvlan or ipvlan.
std::uint32_t segment_of(const KernelView& kernel, std::uint32_t ifindex) {
    const Interface* entry = kernel.interfaces.find(ifindex);
    if (entry == nullptr) return 0;
    const netlink::Link& link = entry->link;
    const bool stacked = link.kind == netlink::LinkKind::macvlan || link.kind == netlink::LinkKind::ipvlan;
    return stacked && link.base != 0 && !link.base_elsewhere ? link.base : ifindex;
}

}  // namespace

net::IpAddress usable_address(const Interface* entry, net::Family family) {
    return first_address(entry, family, family == net::Family::ipv6);
}

const std::uint32_t kInterfaceFaults =
    bit(Fault::interface_down) | bit(Fault::base_interface_down) | bit(Fault::no_source_address);

Facts facts_of(const KernelView& kernel, std::uint32_t index) {
    const auto& instance = kernel.model->instances[index];
    const Placement& placement = kernel.placements[index];
    Facts facts;
    interface_faults(kernel, instance, placement, facts);
    facts.segment = segment_of(kernel, placement.configured);
    if (instance.source.is_none()) {
        facts.source = own_address(kernel, instance, placement);
        facts.source_text = std::string("no ") + (instance.family == net::Family::ipv6 ? "IPv6" : "IPv4") +
                            " address for interface";
    } else {
        facts.source = instance.source;
        const bool absent =
            instance.track_src_ip && !has_address(kernel, instance.source, placement.configured);
        if (absent) facts.source = {};
        facts.source_text = "src address not configured";
    }
    if (facts.source.is_none()) facts.faults |= bit(Fault::no_source_address);
    return facts;
}

}  // namespace vrrp
