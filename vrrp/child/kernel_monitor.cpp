#include "vrrp/child/kernel_monitor.hpp"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/child/facts.hpp"
#include "vrrp/core_config.hpp"

namespace vrrp {

namespace {

/// An ipvlan, or a macvlan with 00:00:5e:00:01 or 02 (RFC 9568 §7.3).
bool may_be_ours(const netlink::Link& link) {
    if (link.kind == netlink::LinkKind::ipvlan) return true;
    if (link.kind != netlink::LinkKind::macvlan) return false;
    const std::uint8_t vrid = link.mac.bytes[5];
    return link.mac == net::virtual_router_mac(net::Family::ipv4, vrid) ||
           link.mac == net::virtual_router_mac(net::Family::ipv6, vrid);
}

/// The interfaces whose state instances depend on; those above them (VMACs) are not in it.
std::set<std::string, std::less<>> interfaces_of_instances(const conf::Model& model) {
    std::set<std::string, std::less<>> names;
    const auto add = [&](const std::string& name) {
        if (!name.empty()) names.insert(name);
    };
    const auto add_tracked = [&](const conf::Tracks& tracks) {
        for (const auto& track : tracks.interfaces) add(track.name);
    };
    for (const auto& instance : model.instances) {
        add(instance.interface);
        add(instance.vrf);
        for (const auto& name : object_interfaces(instance)) add(name);
        add_tracked(instance.tracks);
    }
    for (const auto& group : model.sync_groups) add_tracked(group.tracks);
    const auto add_grouped = [&](const std::string& track_group, const std::string& name) {
        if (!track_group.empty()) add(name);
    };
    for (const auto& address : model.static_addresses) add_grouped(address.track_group, address.dev);
    for (const auto& route : model.static_routes) add_grouped(route.track_group, route.dev);
    for (const auto& rule : model.static_rules) add_grouped(rule.track_group, rule.iif);
    return names;
}

constexpr int kEventBuffer = 8 * 1024 * 1024;
constexpr int kDumpAttempts = 5;

netlink::Request link_dump() {
    netlink::Request request(RTM_GETLINK, 0);
    request.header(ifinfomsg{});
    return request;
}

netlink::Request address_dump() {
    netlink::Request request(RTM_GETADDR, 0);
    request.header(ifaddrmsg{});
    return request;
}

/// A dump that was disturbed is asked for again; the last attempt counts, the events after it repair the rest.
Result<> dump_with(netlink::RequestSocket& socket, netlink::Request (*make)(),
                   const netlink::MessageHandler& handler, const std::function<void()>& restart) {
    for (int attempt = 1;; ++attempt) {
        restart();
        netlink::Request request = make();
        auto done = socket.dump(request, handler);
        if (done || done.error().code != EINTR || attempt == kDumpAttempts) {
            if (!done && done.error().code != EINTR) return done.error();
            return {};
        }
    }
}

}  // namespace

Result<> KernelMonitor::open(const conf::Model& model) {
    const auto& wanted = model.global.vrrp_netlink_monitor;
    auto socket = netlink::EventSocket::open(NETLINK_ROUTE,
                                             std::max(kEventBuffer, static_cast<int>(wanted.bytes)), true);
    if (!socket) return socket.error();
    events_ = std::move(*socket);
    for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}) {
        if (auto done = events_.join(group); !done) return done.error();
    }
    return {};
}

void KernelMonitor::configure(const conf::Model& model) {
    std::set<int> wanted;
    const auto need = [&](const std::vector<conf::Route>& routes, const std::vector<conf::Rule>& rules) {
        for (const auto& route : routes) {
            if (!route.no_track)
                wanted.insert(route.family == net::Family::ipv6 ? RTNLGRP_IPV6_ROUTE : RTNLGRP_IPV4_ROUTE);
        }
        for (const auto& rule : rules) {
            if (!rule.no_track)
                wanted.insert(rule.family == net::Family::ipv6 ? RTNLGRP_IPV6_RULE : RTNLGRP_IPV4_RULE);
        }
    };
    need(model.static_routes, model.static_rules);
    for (const auto& instance : model.instances) need(instance.routes, instance.rules);
    for (const int group : wanted) {
        if (!joined_.contains(group)) (void)events_.join(group);
    }
    for (const int group : joined_) {
        if (!wanted.contains(group)) (void)events_.leave(group);
    }
    joined_ = std::move(wanted);
    watched_ = interfaces_of_instances(model);
    set_delays();
    linkbeat_.configure(model, monotonic_now());
    poll_links();
}

/// The debounce delay must leave time for the master down interval (conf-vrrp.md §3.7).
Microseconds KernelMonitor::capped(Microseconds delay, const std::string& interface) const {
    for (const auto& instance : kernel_.model->instances) {
        if (instance.interface != interface) continue;
        const std::int64_t interval = instance.advert_interval.count();
        const std::int64_t adverts = instance.down_timer_adverts - 1;
        const Microseconds longest{adverts * interval - (interval + 128) / 256};
        if (delay <= longest) continue;
        logging::info("{}: interface {} debounce timer(s) not less that {} * advert_int - resetting",
                      instance.name, interface, adverts);
        delay = longest;
    }
    return delay;
}

void KernelMonitor::set_delays() {
    for (const auto& [ifindex, known] : kernel_.interfaces.all()) {
        Interface& entry = *kernel_.interfaces.find(ifindex);
        entry.down_delay = entry.up_delay = Microseconds{0};
    }
    for (const auto& delay : kernel_.model->interface_delays) {
        Interface* entry = kernel_.interfaces.find(kernel_.interfaces.index_of(delay.name));
        if (entry == nullptr) continue;
        entry->down_delay = capped(delay.down, delay.name);
        entry->up_delay = capped(delay.up, delay.name);
    }
}

Result<> KernelMonitor::dump() {
    dumping_ = true;
    std::set<std::uint32_t> seen;
    auto links = dump_with(
        objects_.requests(), link_dump,
        [&](const nlmsghdr& message) {
            if (const auto link = netlink::parse_link(message)) seen.insert(link->ifindex);
            if (message.nlmsg_type == RTM_NEWLINK) on_link(message);
        },
        [&] { seen.clear(); });
    std::vector<std::uint32_t> gone;
    for (const auto& [ifindex, entry] : kernel_.interfaces.all()) {
        if (!seen.contains(ifindex)) gone.push_back(ifindex);
    }
    for (const std::uint32_t ifindex : gone) kernel_.interfaces.remove(ifindex);
    dumping_ = false;
    if (!links) return links.error();
    return dump_addresses();
}

Result<> KernelMonitor::dump_addresses() {
    dumping_ = true;
    auto done = dump_with(
        objects_.requests(), address_dump,
        [&](const nlmsghdr& message) {
            if (message.nlmsg_type == RTM_NEWADDR) on_address(message, true);
        },
        [&] {
            kernel_.interfaces.forget_addresses();
            kernel_.addresses.forget_presence();
        });
    dumping_ = false;
    for (std::uint32_t owner = 0; owner < kernel_.owners(); ++owner) changes_.addresses_of.insert(owner);
    changes_.sources = true;
    return done;
}

void KernelMonitor::read() {
    if (events_.read([this](const nlmsghdr& message) { handle(message); })) return;
    // Events were lost: look at what there is. Whatever vanished meanwhile is seen as missing and set again.
    logging::info("Netlink: event buffer overflow, reading the kernel's state again");
    (void)dump();
    for (const auto& [ifindex, entry] : kernel_.interfaces.all()) changes_.came_up.insert(ifindex);
    changes_.links = changes_.names = true;
}

void KernelMonitor::handle(const nlmsghdr& message) {
    const Instant now = monotonic_now();
    switch (message.nlmsg_type) {
        case RTM_NEWLINK:
            return on_link(message);
        case RTM_DELLINK:
            return on_link_removed(message);
        case RTM_NEWADDR:
            return on_address(message, true);
        case RTM_DELADDR:
            return on_address(message, false);
        case RTM_DELROUTE:
            if (const auto route = netlink::parse_route(message)) objects_.route_vanished(*route, now);
            return;
        case RTM_DELRULE:
            if (const auto rule = netlink::parse_rule(message)) objects_.rule_vanished(*rule, now);
            return;
        default:
            return;
    }
}

void KernelMonitor::on_link(const nlmsghdr& message) {
    auto link = netlink::parse_link(message);
    if (!link) return;
    const std::uint32_t ifindex = link->ifindex;
    const std::string name = link->name;
    const netlink::Link before = kernel_.interfaces.update(std::move(*link));
    Interface& entry = *kernel_.interfaces.find(ifindex);
    entry.told_wallclock_us = wallclock_us();
    const bool is_new = before.ifindex == 0;
    if (is_new || before.name != name) entry.polled = linkbeat_.ask(name);
    if (is_new) {
        changes_.names = changes_.links = true;
        if (!dumping_) set_delays();
        if (!dumping_) logging::detail("Interface {} added", name);
    } else if (before.name != name) {
        changes_.names = changes_.links = true;
        logging::info("Interface name has changed from {} to {}", before.name, name);
        logging::detail("Interface {} added", name);
    }
    if (before != entry.link) changes_.links = true;
    if (!is_new && before.mac != entry.link.mac && is_news(entry)) {
        logging::detail("({}) MAC Address changed from {} to {}", name, before.mac.to_string(),
                        entry.link.mac.to_string());
    }
    settle(entry, is_new);
}

/// What happens to it matters to an instance, and was not our own doing.
bool KernelMonitor::is_news(const Interface& entry) const {
    if (entry.removed_by_us) return false;
    if (watched_.contains(entry.link.name)) return true;
    const bool stacked =
        entry.link.kind == netlink::LinkKind::macvlan || entry.link.kind == netlink::LinkKind::ipvlan;
    return stacked && watched_.contains(kernel_.interfaces.name_of(entry.link.base));
}

/// The debounce of interface_up_down_delays: a state counts once it has lasted.
void KernelMonitor::settle(Interface& entry, bool initial) {
    const bool running = entry.is_running();
    if (initial) {
        entry.up = running;
        entry.seen_up = running;
        return;
    }
    if (running == entry.up) {
        entry.change_due = kNever;
        return;
    }
    const Microseconds delay = running ? entry.up_delay : entry.down_delay;
    if (delay.count() == 0) return set_up(entry, running);
    if (entry.change_due == kNever) entry.change_due = monotonic_now() + delay;
}

void KernelMonitor::set_up(Interface& entry, bool up) {
    entry.change_due = kNever;
    entry.up = up;
    const bool is_new_vmac = up && !entry.seen_up && may_be_ours(entry.link);
    entry.seen_up = entry.seen_up || up;
    changes_.links = true;
    if (up) changes_.came_up.insert(entry.link.ifindex);
    // A VMAC which we have just made is no news.
    if (is_new_vmac || !is_news(entry)) return;
    logging::info("Netlink reports {} {}", entry.link.name, up ? "up" : "down");
}

void KernelMonitor::poll_links() {
    for (const auto& [ifindex, known] : kernel_.interfaces.all()) {
        Interface& entry = *kernel_.interfaces.find(ifindex);
        const auto answer = linkbeat_.ask(entry.link.name);
        if (answer == entry.polled) continue;
        entry.polled = answer;
        settle(entry, false);
    }
}

void KernelMonitor::run_due(Instant now) {
    if (linkbeat_.is_due(now)) poll_links();
    for (const auto& [ifindex, entry] : kernel_.interfaces.all()) {
        if (entry.change_due <= now) set_up(*kernel_.interfaces.find(ifindex), entry.is_running());
    }
}

Instant KernelMonitor::next_deadline() const {
    Instant earliest = linkbeat_.next_deadline();
    for (const auto& [ifindex, entry] : kernel_.interfaces.all())
        earliest = std::min(earliest, entry.change_due);
    return earliest;
}

void KernelMonitor::on_link_removed(const nlmsghdr& message) {
    const auto link = netlink::parse_link(message);
    if (!link) return;
    const Interface* entry = kernel_.interfaces.find(link->ifindex);
    if (entry == nullptr) return;
    if (!entry->removed_by_us) logging::info("Interface {} deleted", entry->link.name);
    const bool stacked = link->kind == netlink::LinkKind::macvlan || link->kind == netlink::LinkKind::ipvlan;
    if (stacked) changes_.virtual_links.insert(link->ifindex);
    kernel_.interfaces.remove(link->ifindex);
    changes_.names = changes_.links = true;
}

void KernelMonitor::on_address(const nlmsghdr& message, bool added) {
    const auto address = netlink::parse_address(message);
    if (!address) return;
    const net::IpAddress& ip = address->prefix.address;
    const auto entries = kernel_.addresses.find(objects::AddressKey{address->prefix, address->ifindex});
    for (auto& entry : entries) {
        if (entry.present == added) continue;
        entry.present = added;
        changes_.addresses_of.insert(entry.owner);
        if (added || dumping_) continue;
        if (kernel_.placements[entry.owner].held) {
            logging::detail("Netlink reflector reports IP {} removed from {}", ip.to_string(),
                            kernel_.interfaces.name_of(address->ifindex));
        }
        objects_.address_vanished(entry.owner, entry.number, monotonic_now());
    }
    if (!entries.empty()) return;
    if (added && !dumping_ && !kernel_.addresses.find(ip).empty()) report_foreign(*address);
    const Interface* entry = kernel_.interfaces.find(address->ifindex);
    const net::IpAddress before = usable_address(entry, ip.family);
    if (added)
        kernel_.interfaces.add_address(*address);
    else
        (void)kernel_.interfaces.remove_address(*address);
    changes_.sources = true;
    if (dumping_ || entry == nullptr || !is_news(*entry)) return;
    // Only whether there is one is told, not which of several adverts come from (run: 2.2.7).
    const net::IpAddress after = usable_address(entry, ip.family);
    if (before.is_none() && !after.is_none())
        logging::detail("Assigned address {} for interface {}", after.to_string(), entry->link.name);
    if (!before.is_none() && after.is_none())
        logging::detail("Deassigned address {} from interface {}", before.to_string(), entry->link.name);
}

/// The same address with another prefix length, or elsewhere: somebody else's, reported and left alone (decisions.md §6).
void KernelMonitor::report_foreign(const netlink::InterfaceAddress& address) {
    for (const auto& entry : kernel_.addresses.find(address.prefix.address)) {
        if (!kernel_.placements[entry.owner].held) continue;
        logging::info("({}) somebody added {} on {}, which is not as configured ({} on {}): left alone",
                      kernel_.name(entry.owner), address.prefix.to_string(),
                      kernel_.interfaces.name_of(address.ifindex), entry.key.prefix.to_string(),
                      kernel_.interfaces.name_of(entry.key.ifindex));
        return;
    }
}

KernelMonitor::Changes KernelMonitor::take_changes() {
    Changes taken;
    std::swap(taken, changes_);
    return taken;
}

}  // namespace vrrp
