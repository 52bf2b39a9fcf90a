#include "vrrp/child/row_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "lib/time/clock.hpp"
#include "vrrp/board_layout.hpp"

namespace vrrp {

namespace {

std::uint64_t fnv(std::uint64_t hash, std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
    return hash;
}

template <std::size_t N>
void copy_text(std::array<char, N>& to, std::string_view from) {
    to.fill('\0');
    std::memcpy(to.data(), from.data(), std::min(from.size(), N - 1));
}

std::uint8_t mode_of(const netlink::Link& link) {
    return static_cast<std::uint8_t>(std::min<std::uint32_t>(link.mode, UINT8_MAX));
}

void copy_addresses(const Interface& from, rows::Interface& to) {
    for (const auto& local : from.addresses) {
        const net::IpAddress& address = local.prefix.address;
        auto& count = address.is_v4() ? to.ipv4_count : to.ipv6_count;
        auto& list = address.is_v4() ? to.ipv4 : to.ipv6;
        if (count < list.size()) list[count++] = address;
    }
}

}  // namespace

std::uint64_t identity_of(const conf::VrrpInstance& instance) {
    std::uint64_t hash = fnv(14695981039346656037ULL, instance.interface);
    hash = fnv(hash, instance.vrf);
    const char numbers[] = {static_cast<char>(instance.vrid), static_cast<char>(instance.family),
                            static_cast<char>(instance.unicast), static_cast<char>(instance.vmac.kind)};
    hash = fnv(hash, {numbers, sizeof numbers});
    return fnv(hash, instance.unicast ? instance.source.to_string() : instance.mcast_dst.to_string());
}

std::uint64_t identity_of(const conf::SyncGroup& group) { return fnv(14695981039346656037ULL, group.name); }

void RowWriter::open(board::Board board, const board::Board* old, const conf::Model& model,
                     std::uint32_t generation) {
    board_ = std::move(board);
    instances_ = board_.table<rows::Instance>();
    groups_ = board_.table<rows::Group>();
    addresses_ = board_.table<rows::AddressSet>();
    interfaces_ = board_.table<rows::Interface>();
    processes_ = board_.table<rows::Process>();
    transitions_ = board_.table<rows::Transition>();
    bfds_ = board_.table<rows::Bfd>();
    identities_.clear();
    group_identities_.clear();
    for (const auto& instance : model.instances) identities_.push_back(identity_of(instance));
    for (const auto& group : model.sync_groups) group_identities_.push_back(identity_of(group));
    first_address_row_ = first_address_rows(model);
    process_ = {};
    if (old != nullptr) {
        (void)old->table<rows::Process>().read(0, process_);
        const auto history = old->table<rows::Transition>();
        rows::Transition transition;
        for (std::uint32_t i = 0; i < history.rows(); ++i) {
            if (history.read(i, transition)) transitions_.publish(i, transition);
        }
    }
    if (process_.pid != static_cast<std::uint32_t>(::getpid())) {
        process_.pid = static_cast<std::uint32_t>(::getpid());
        process_.started_boottime_ns = static_cast<std::uint64_t>(boottime_now_ns());
        process_.started_wallclock_us = wallclock_us();
    }
    process_.generation = generation;
}

void RowWriter::publish_process() { processes_.publish(0, process_); }

void RowWriter::publish_instance(std::uint32_t instance, const protocol::VirtualRouterState& state,
                                 const protocol::AuthMemory& auth, const KernelView& kernel,
                                 const Adverts& adverts) {
    rows::Instance row;
    if (!instances_.read(instance, row)) row = {};
    const Placement& placement = kernel.placements[instance];
    row.identity = identities_[instance];
    row.core = state;
    row.auth = auth;
    std::tie(row.fd_in, row.fd_out) = adverts.descriptors(instance);
    row.ifindex = placement.adverts;
    row.vmac_ifindex = placement.vmac;
    row.holds = placement.held ? 1 : 0;
    const Interface* own = kernel.interfaces.find(placement.adverts);
    copy_text(row.ifname, own != nullptr ? std::string_view(own->link.name) : std::string_view());
    copy_text(row.vmac_ifname, placement.vmac_name);
    instances_.publish(instance, row);
}

void RowWriter::publish_group(std::uint32_t group, const protocol::SyncGroupState& state) {
    rows::Group row;
    if (!groups_.read(group, row)) row = {};
    row.identity = group_identities_[group];
    row.core = state;
    groups_.publish(group, row);
}

void RowWriter::continue_instance(std::uint32_t instance, const rows::Instance& old) {
    instances_.publish(instance, old);
}
void RowWriter::continue_group(std::uint32_t group, const rows::Group& old) { groups_.publish(group, old); }

void RowWriter::publish_addresses(std::uint32_t instance, KernelView& kernel) {
    const Objects objects = kernel.objects(instance);
    rows::AddressSet row;
    row.instance = instance;
    for (std::size_t number = 0; number < objects.addresses(); ++number) {
        const std::size_t place = number % rows::kAddressesARow;
        const IndexedAddress* entry = kernel.entry(instance, number);
        if (entry != nullptr && entry->present) row.set[place / 64] |= 1ULL << (place % 64);
        const bool last = number + 1 == objects.addresses();
        if (place + 1 < rows::kAddressesARow && !last) continue;
        const auto index = static_cast<std::uint32_t>(number / rows::kAddressesARow);
        row.first = index * static_cast<std::uint32_t>(rows::kAddressesARow);
        addresses_.publish(first_address_row_[instance] + index, row);
        row.set = {};
    }
}

void RowWriter::publish_interfaces(const KernelView& kernel,
                                   const std::vector<std::uint32_t>& created_by_us) {
    std::uint32_t used = 0, overflow = 0;
    for (const auto& [ifindex, entry] : kernel.interfaces.all()) {
        if (used == interfaces_.rows()) {
            ++overflow;
            continue;
        }
        const netlink::Link& link = entry.link;
        rows::Interface row;
        row.ifindex = ifindex;
        copy_text(row.name, link.name);
        row.flags = link.flags;
        row.mtu = link.mtu;
        row.hardware_type = link.hardware_type;
        row.is_vmac =
            link.kind == netlink::LinkKind::macvlan || link.kind == netlink::LinkKind::ipvlan ? 1 : 0;
        row.created_by_us =
            std::find(created_by_us.begin(), created_by_us.end(), ifindex) != created_by_us.end() ? 1 : 0;
        row.base_ifindex = row.is_vmac != 0 ? link.base : 0;
        row.group = link.group;
        const Interface* master = kernel.interfaces.find(link.master);
        if (master != nullptr && master->link.kind == netlink::LinkKind::vrf) row.vrf_ifindex = link.master;
        row.vrf_table = link.vrf_table;
        if (link.kind == netlink::LinkKind::ipvlan) {
            row.is_ipvlan = 1;
            row.ipvlan_mode = mode_of(link);
            row.ipvlan_flags = static_cast<std::uint8_t>(link.ipvlan_flags);
        } else {
            row.macvlan_mode = mode_of(link);
        }
        row.seen_up = entry.seen_up ? 1 : 0;
        row.delayed_change = entry.change_due != kNever ? 1 : 0;
        row.mac = link.mac;
        row.broadcast = link.broadcast;
        copy_addresses(entry, row);
        row.original_arp_ignore = entry.originals.arp_ignore;
        row.original_arp_filter = entry.originals.arp_filter;
        row.original_promote_secondaries = entry.originals.promote_secondaries;
        row.reset_arp_counter = entry.originals.arp_users;
        row.reset_promote_counter = entry.originals.promote_users;
        row.rp_filter = link.rp_filter;
        row.ipv6_forwarding = link.ipv6_forwarding ? 1 : 0;
        row.forwarding_checked_wallclock_us = entry.told_wallclock_us;
        interfaces_.publish(used++, row);
    }
    for (std::uint32_t i = used; i < process_.interfaces_used; ++i) interfaces_.publish(i, {});
    process_.interfaces_used = used;
    process_.interfaces_overflow = overflow;
    publish_process();
}

void RowWriter::publish_bfd(std::uint32_t session, bool up) {
    rows::Bfd row;
    row.up = up ? 1 : 0;
    bfds_.publish(session, row);
}

void RowWriter::record(const protocol::TransitionRecord& transition, std::string_view name,
                       std::uint8_t priority) {
    rows::Transition row;
    row.number = process_.history_next + 1;
    row.wallclock_us = wallclock_us();
    row.generation = process_.generation;
    row.instance = transition.instance;
    row.from = transition.from;
    row.to = transition.to;
    row.priority = priority;
    copy_text(row.name, name);
    copy_text(row.cause, transition.cause);
    transitions_.publish(static_cast<std::uint32_t>(process_.history_next % rows::kHistoryLength), row);
    ++process_.history_next;
    publish_process();
    rows::Instance instance;
    if (!instances_.read(transition.instance, instance)) return;
    copy_text(instance.reason, transition.cause);
    instances_.publish(transition.instance, instance);
}

void RowWriter::notified(std::uint32_t instance, protocol::State state, bool finished) {
    rows::Instance row;
    if (!instances_.read(instance, row)) return;
    row.notified = state;
    row.notify_finished = finished ? 1 : 0;
    instances_.publish(instance, row);
}

void RowWriter::group_notified(std::uint32_t group, protocol::State state, bool finished) {
    rows::Group row;
    if (!groups_.read(group, row)) return;
    row.notified = state;
    row.notify_finished = finished ? 1 : 0;
    groups_.publish(group, row);
}

void RowWriter::clear_statistics(std::uint32_t instance, const protocol::Counters& counters) {
    rows::Instance row;
    if (!instances_.read(instance, row)) return;
    row.baseline = counters;
    instances_.publish(instance, row);
}

}  // namespace vrrp
