#include "vrrp/child/interfaces.hpp"

#include <net/if.h>

#include <algorithm>

namespace vrrp {

bool Interface::is_running() const {
    constexpr std::uint32_t kRunning = IFF_UP | IFF_RUNNING;
    if (polled) return (link.flags & IFF_UP) != 0 && *polled;
    return (link.flags & kRunning) == kRunning;
}

Interface* Interfaces::find(std::uint32_t ifindex) {
    const auto found = interfaces_.find(ifindex);
    return found == interfaces_.end() ? nullptr : &found->second;
}

const Interface* Interfaces::find(std::uint32_t ifindex) const {
    return const_cast<Interfaces*>(this)->find(ifindex);
}

const Interface* Interfaces::find(std::string_view name) const { return find(index_of(name)); }

std::uint32_t Interfaces::index_of(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? 0 : found->second;
}

std::string Interfaces::name_of(std::uint32_t ifindex) const {
    const Interface* found = find(ifindex);
    return found == nullptr ? std::string() : found->link.name;
}

bool Interfaces::is_up(std::uint32_t ifindex) const {
    const Interface* found = find(ifindex);
    if (found == nullptr || !found->up) return false;
    const bool stacked =
        found->link.kind == netlink::LinkKind::macvlan || found->link.kind == netlink::LinkKind::ipvlan;
    if (!stacked || found->link.base == 0 || found->link.base_elsewhere) return true;
    const Interface* base = find(found->link.base);
    return base == nullptr || base->up;
}

netlink::Link Interfaces::update(netlink::Link link) {
    Interface& entry = interfaces_[link.ifindex];
    netlink::Link before = std::move(entry.link);
    if (!before.name.empty() && before.name != link.name) by_name_.erase(before.name);
    by_name_[link.name] = link.ifindex;
    entry.link = std::move(link);
    return before;
}

void Interfaces::remove(std::uint32_t ifindex) {
    const auto found = interfaces_.find(ifindex);
    if (found == interfaces_.end()) return;
    // A new interface may have taken the name already.
    const auto name = by_name_.find(found->second.link.name);
    if (name != by_name_.end() && name->second == ifindex) by_name_.erase(name);
    interfaces_.erase(found);
}

void Interfaces::add_address(const netlink::InterfaceAddress& address) {
    Interface* entry = find(address.ifindex);
    if (entry == nullptr) return;
    for (auto& known : entry->addresses) {
        if (known.prefix == address.prefix) {
            known.flags = address.flags;
            return;
        }
    }
    entry->addresses.push_back({address.prefix, address.flags});
}

bool Interfaces::remove_address(const netlink::InterfaceAddress& address) {
    Interface* entry = find(address.ifindex);
    if (entry == nullptr) return false;
    return std::erase_if(entry->addresses,
                         [&](const auto& known) { return known.prefix == address.prefix; }) > 0;
}

void Interfaces::forget_addresses() {
    for (auto& [ifindex, entry] : interfaces_) entry.addresses.clear();
}

}  // namespace vrrp
