#include "vrrp/child/kernel_objects.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "conf/lines/kernel_lines.hpp"
#include "lib/log/log.hpp"
#include "vrrp/objects/routes.hpp"
#include "vrrp/objects/rules.hpp"

namespace vrrp {

namespace {

constexpr int kRequestBuffer = 1024 * 1024;
/// IPv6 addresses are quadratic in the groups of an interface: more of them would keep an advert waiting.
constexpr std::size_t kIpv6Batch = 64;
constexpr std::uint64_t kNumberBits = 28;

objects::FindInterface finder(const KernelView& kernel) {
    return [&kernel](std::string_view name) { return kernel.interfaces.index_of(name); };
}

/// The route itself, or with `vrf` a copy which names the table of that device.
struct RouteInTable {
    RouteInTable(const conf::Route& route, const KernelView& kernel) : written(route) {
        const Interface* vrf = route.vrf.empty() ? nullptr : kernel.interfaces.find(route.vrf);
        if (vrf == nullptr) return;
        copy = route;
        copy->table = vrf->link.vrf_table;
    }
    operator const conf::Route&() const { return copy ? *copy : written; }

    const conf::Route& written;
    std::optional<conf::Route> copy;
};
RouteInTable in_its_table(const conf::Route& route, const KernelView& kernel) { return {route, kernel}; }

const char* name_of(std::uint16_t type) {
    switch (type) {
        case RTM_NEWADDR:
            return "RTM_NEWADDR";
        case RTM_DELADDR:
            return "RTM_DELADDR";
        case RTM_NEWROUTE:
            return "RTM_NEWROUTE";
        case RTM_DELROUTE:
            return "RTM_DELROUTE";
        case RTM_NEWRULE:
            return "RTM_NEWRULE";
        case RTM_DELRULE:
            return "RTM_DELRULE";
        default:
            return "unknown";
    }
}

/// Errors that mean: it is as we wanted it.
bool is_as_desired(const netlink::Failure& failure) {
    switch (failure.type) {
        case RTM_NEWADDR:
        case RTM_NEWROUTE:
        case RTM_NEWRULE:
            return failure.code == EEXIST;
        case RTM_DELADDR:
            return failure.code == EADDRNOTAVAIL || failure.code == ENODEV;
        case RTM_DELROUTE:
            return failure.code == ESRCH || failure.code == ENODEV;
        case RTM_DELRULE:
            return failure.code == ENOENT || failure.code == EAFNOSUPPORT;
        default:
            return false;
    }
}

/// The link is administratively up: an address or route that vanishes with its link is not repaired.
bool link_is_up(const KernelView& kernel, std::uint32_t ifindex) {
    const Interface* entry = kernel.interfaces.find(ifindex);
    return entry != nullptr && (entry->link.flags & 1U) != 0;  // IFF_UP
}

}  // namespace

std::uint64_t KernelObjects::tag(Kind kind, std::uint32_t owner, std::size_t number) {
    return static_cast<std::uint64_t>(kind) << 60 | std::uint64_t{owner} << kNumberBits | number;
}

Result<> KernelObjects::open(const conf::Model& model) {
    const auto& wanted = model.global.vrrp_netlink_cmd;
    auto socket =
        netlink::RequestSocket::open(NETLINK_ROUTE, std::max(kRequestBuffer, static_cast<int>(wanted.bytes)));
    if (!socket) return socket.error();
    requests_ = std::move(*socket);
    return {};
}

void KernelObjects::configure() {
    progress_.assign(kernel_.owners(), {});
    queue_.clear();
    later_.clear();
    repairs_.clear();
    with_routes_.clear();
    with_rules_.clear();
    for (std::uint32_t owner = 0; owner < kernel_.owners(); ++owner) {
        const Objects objects = kernel_.objects(owner);
        if (!objects.routes->empty()) with_routes_.push_back(owner);
        if (!objects.rules->empty()) with_rules_.push_back(owner);
    }
}

void KernelObjects::hold(std::uint32_t owner, bool hold) {
    kernel_.placements[owner].held = hold;
    Progress& progress = progress_[owner];
    progress.next = 0;
    progress.hold = hold;
    progress.silent = false;
    if (progress.queued) {
        std::erase(later_, owner);
        if (std::find(queue_.begin(), queue_.end(), owner) != queue_.end()) return;
    }
    progress.queued = true;
    queue_.push_back(owner);
}

void KernelObjects::complete(std::uint32_t owner) {
    if (progress_[owner].queued && progress_[owner].hold) return;
    hold(owner, true);
    progress_[owner].silent = true;
}

void KernelObjects::clear_residue(std::uint32_t owner) {
    if (progress_[owner].queued) return;
    // A VMAC was made just now, or adopted with what is on it: there is nothing to tell.
    const bool silent = kernel_.placements[owner].vmac != 0;
    progress_[owner] = {0, true, false, silent};
    queue_.push_back(owner);
}

bool KernelObjects::step() {
    if (!queue_.empty()) {
        step_addresses();
    } else if (!later_.empty()) {
        step_later();
    }
    return !idle();
}

void KernelObjects::append(netlink::Batch& batch, const netlink::Request& request, std::uint64_t tag) {
    if (batch.size() == netlink::kBatchLimit) run(batch);
    batch.add(request, tag);
}

void KernelObjects::step_addresses() {
    // What vanished before this batch must not be taken for something that vanished after it.
    if (callbacks_.read_events) callbacks_.read_events();
    netlink::Batch batch;
    std::vector<std::uint32_t> finished;
    while (!queue_.empty() && batch.size() < netlink::kBatchLimit) {
        const std::uint32_t owner = queue_.front();
        Progress& progress = progress_[owner];
        if (progress.hold && progress.next == 0 && callbacks_.guard) callbacks_.guard(owner, true);
        if (progress.next == 0 && !progress.silent) log_begin(owner, progress.hold);
        if (progress.hold) {
            if (!add_addresses(owner, batch)) break;
        } else {
            remove_all(owner, batch);
        }
        queue_.pop_front();
        finished.push_back(owner);
    }
    run(batch);
    // Who is set is announced before anything else is done.
    for (const std::uint32_t owner : finished) {
        if (progress_[owner].hold) callbacks_.addresses_set(owner);
    }
    if (callbacks_.read_events) callbacks_.read_events();
    for (const std::uint32_t owner : finished) {
        if (!progress_[owner].hold) {
            if (callbacks_.guard) callbacks_.guard(owner, false);
        } else {
            const Objects objects = kernel_.objects(owner);
            if (!objects.routes->empty() || !objects.rules->empty()) {
                later_.push_back(owner);
                continue;
            }
        }
        progress_[owner].queued = false;
        callbacks_.done(owner);
    }
}

/// False: the batch is full, the rest comes with the next one.
bool KernelObjects::add_addresses(std::uint32_t owner, netlink::Batch& batch) {
    Progress& progress = progress_[owner];
    const Objects objects = kernel_.objects(owner);
    for (; progress.next < objects.addresses(); ++progress.next) {
        IndexedAddress* entry = kernel_.entry(owner, progress.next);
        if (entry == nullptr || entry->key.ifindex == 0 || entry->present) continue;
        const bool is_v6 = entry->key.prefix.address.is_v6();
        if (batch.size() >= (is_v6 ? kIpv6Batch : netlink::kBatchLimit)) return false;
        entry->refused = false;
        batch.add(objects::add_address(objects.address(progress.next), entry->key.ifindex),
                  tag(Kind::address, owner, progress.next));
        asked_.emplace_back(owner, progress.next);
    }
    return true;
}

bool KernelObjects::wanted_by_another(const objects::AddressKey& key, std::uint32_t owner) {
    const auto same = kernel_.addresses.find(key);
    return std::any_of(same.begin(), same.end(), [&](const IndexedAddress& entry) {
        return entry.owner != owner && kernel_.placements[entry.owner].held;
    });
}

/// Rules, routes, addresses: the kernel carries them out in this order.
void KernelObjects::remove_all(std::uint32_t owner, netlink::Batch& batch) {
    const Objects objects = kernel_.objects(owner);
    const auto find = finder(kernel_);
    for (auto rule = objects.rules->rbegin(); rule != objects.rules->rend(); ++rule) {
        append(batch, objects::remove_rule(*rule), tag(Kind::nothing, owner, 0));
    }
    for (const auto& route : *objects.routes) {
        if (auto request = objects::remove_route(in_its_table(route, kernel_), find))
            append(batch, *request, tag(Kind::nothing, owner, 0));
    }
    for (std::size_t number = 0; number < objects.addresses(); ++number) {
        const IndexedAddress* entry = kernel_.entry(owner, number);
        if (entry == nullptr || !entry->present || wanted_by_another(entry->key, owner)) continue;
        append(batch, objects::remove_address(entry->key), tag(Kind::address, owner, number));
    }
}

void KernelObjects::step_later() {
    netlink::Batch batch;
    std::vector<std::uint32_t> finished;
    while (!later_.empty() && batch.size() < netlink::kBatchLimit / 2) {
        const std::uint32_t owner = later_.front();
        later_.pop_front();
        if (!progress_[owner].silent) log_routes(owner, true);
        add_routes_and_rules(owner, batch);
        finished.push_back(owner);
    }
    run(batch);
    for (const std::uint32_t owner : finished) {
        progress_[owner].queued = false;
        callbacks_.done(owner);
    }
}

void KernelObjects::add_routes_and_rules(std::uint32_t owner, netlink::Batch& batch) {
    const Objects objects = kernel_.objects(owner);
    const auto find = finder(kernel_);
    for (std::size_t number = 0; number < objects.routes->size(); ++number) {
        if (auto request = objects::add_route(in_its_table((*objects.routes)[number], kernel_), find)) {
            append(batch, *request, tag(Kind::route, owner, number));
        }
    }
    for (std::size_t number = 0; number < objects.rules->size(); ++number) {
        append(batch, objects::add_rule((*objects.rules)[number]), tag(Kind::rule, owner, number));
    }
}

void KernelObjects::run(netlink::Batch& batch) {
    if (batch.empty()) {
        asked_.clear();
        return;
    }
    const netlink::Outcome outcome = requests_.run(batch);
    for (const auto& failure : outcome.failures) {
        if (!is_as_desired(failure)) report(failure);
    }
    // The kernel announces an IPv6 address only once its work queue has run: what was not refused is there.
    for (const auto& [owner, number] : asked_) {
        IndexedAddress* entry = kernel_.entry(owner, number);
        const auto asked = tag(Kind::address, owner, number);
        const bool refused = entry == nullptr || std::any_of(outcome.failures.begin(), outcome.failures.end(),
                                                             [asked](const netlink::Failure& failure) {
                                                                 return failure.tag == asked;
                                                             });
        if (!refused && !outcome.unknown) entry->present = true;
    }
    asked_.clear();
    if (outcome.unknown && callbacks_.read_events) callbacks_.read_events();
}

void KernelObjects::report(const netlink::Failure& failure) {
    ++errors_;
    logging::info("Netlink: error: {}({}), type={}({}), seq={}, pid=0", std::strerror(failure.code),
                  failure.code, name_of(failure.type), failure.type, failure.sequence);
    const auto kind = static_cast<Kind>(failure.tag >> 60);
    const auto owner = static_cast<std::uint32_t>(failure.tag >> kNumberBits & UINT32_MAX);
    const std::size_t number = failure.tag & ((1U << kNumberBits) - 1);
    if (kind == Kind::nothing || owner >= kernel_.owners()) return;
    const Objects objects = kernel_.objects(owner);
    const std::string reason = failure.text.empty() ? std::strerror(failure.code) : failure.text;
    std::string object;
    if (kind == Kind::address && number < objects.addresses()) {
        IndexedAddress* entry = kernel_.entry(owner, number);
        if (entry != nullptr && failure.type == RTM_NEWADDR) entry->refused = true;
        object = "address " + objects.address(number).prefix.to_string() + " on " +
                 (entry != nullptr ? kernel_.interfaces.name_of(entry->key.ifindex) : std::string("?"));
    } else if (kind == Kind::route && number < objects.routes->size()) {
        object = "route " + objects::route_destination((*objects.routes)[number]);
    } else if (kind == Kind::rule && number < objects.rules->size()) {
        object = "rule " + objects::rule_text((*objects.rules)[number]);
    }
    logging::info("({}) the kernel refuses {}: {}", kernel_.name(owner), object, reason);
}

void KernelObjects::log_begin(std::uint32_t owner, bool hold) const {
    if (!logging::detailed() || owner == kernel_.static_owner()) return;
    const Objects objects = kernel_.objects(owner);
    const char* verb = hold ? "setting" : "removing";
    if (!hold) log_routes(owner, false);
    if (!objects.vips->empty()) logging::detail("({}) {} VIPs.", kernel_.name(owner), verb);
    if (!objects.evips->empty()) logging::detail("({}) {} E-VIPs.", kernel_.name(owner), verb);
}

void KernelObjects::log_routes(std::uint32_t owner, bool hold) const {
    if (!logging::detailed() || owner == kernel_.static_owner()) return;
    const Objects objects = kernel_.objects(owner);
    const char* verb = hold ? "setting" : "removing";
    if (!hold && !objects.rules->empty()) logging::detail("({}) {} Virtual Rules", kernel_.name(owner), verb);
    if (!objects.routes->empty()) logging::detail("({}) {} Virtual Routes", kernel_.name(owner), verb);
    if (hold && !objects.rules->empty()) logging::detail("({}) {} Virtual Rules", kernel_.name(owner), verb);
}

void KernelObjects::remove(const Obsolete& obsolete) {
    netlink::Batch batch;
    const std::uint64_t nobody = tag(Kind::nothing, UINT32_MAX, 0);
    for (const auto& rule : obsolete.rules) append(batch, objects::remove_rule(rule), nobody);
    for (const auto& route : obsolete.routes) {
        if (auto request = objects::remove_route(in_its_table(route, kernel_), finder(kernel_)))
            append(batch, *request, nobody);
    }
    for (const auto& key : obsolete.addresses) append(batch, objects::remove_address(key), nobody);
    run(batch);
}

// ---------------------------------------------------------------------------------------------- repair

void KernelObjects::vanished(std::uint64_t object, const std::string& what, Instant now) {
    if (!repairs_.vanished(object, now)) return;
    logging::info("Somebody keeps removing {}: it is put back once a second only", what);
}

void KernelObjects::warn_static(std::uint32_t owner, const char* kind,
                                const std::function<std::string()>& line) const {
    if (owner == kernel_.static_owner()) logging::info("Restoring deleted static {} {}", kind, line());
}

void KernelObjects::address_vanished(std::uint32_t owner, std::uint32_t number, Instant now) {
    const conf::Address& address = kernel_.objects(owner).address(number);
    if (!kernel_.placements[owner].held || progress_[owner].queued || address.no_track) return;
    vanished(tag(Kind::address, owner, number), "address " + address.prefix.to_string(), now);
}

void KernelObjects::route_vanished(const netlink::RouteEvent& event, Instant now) {
    const auto find = finder(kernel_);
    for (const std::uint32_t owner : with_routes_) {
        if (!kernel_.placements[owner].held || progress_[owner].queued) continue;
        const auto& routes = *kernel_.objects(owner).routes;
        for (std::size_t number = 0; number < routes.size(); ++number) {
            if (routes[number].no_track ||
                !objects::is_same_route(in_its_table(routes[number], kernel_), event, find))
                continue;
            vanished(tag(Kind::route, owner, number), "route " + objects::route_destination(routes[number]),
                     now);
        }
    }
}

void KernelObjects::rule_vanished(const netlink::RuleEvent& event, Instant now) {
    for (const std::uint32_t owner : with_rules_) {
        if (!kernel_.placements[owner].held || progress_[owner].queued) continue;
        const auto& rules = *kernel_.objects(owner).rules;
        for (std::size_t number = 0; number < rules.size(); ++number) {
            if (rules[number].no_track || !objects::is_same_rule(rules[number], event)) continue;
            vanished(tag(Kind::rule, owner, number), "rule " + objects::rule_text(rules[number]), now);
        }
    }
}

void KernelObjects::repair_due(Instant now) {
    if (repairs_.next_deadline() > now) return;
    repairs_.due(now, due_);
    netlink::Batch batch;
    const auto find = finder(kernel_);
    for (const std::uint64_t object : due_) {
        const auto kind = static_cast<Kind>(object >> 60);
        const auto owner = static_cast<std::uint32_t>(object >> kNumberBits & UINT32_MAX);
        const std::size_t number = object & ((1U << kNumberBits) - 1);
        if (owner >= kernel_.owners() || !kernel_.placements[owner].held || progress_[owner].queued) continue;
        const Objects objects = kernel_.objects(owner);
        if (kind == Kind::address) {
            const IndexedAddress* entry = kernel_.entry(owner, number);
            if (entry == nullptr || entry->present || !link_is_up(kernel_, entry->key.ifindex)) continue;
            warn_static(owner, "address", [&] {
                const std::string& name = kernel_.interfaces.name_of(entry->key.ifindex);
                return conf::address_line(objects.address(number),
                                          {.interface = name, .base = {}, .set = true});
            });
            append(batch, objects::add_address(objects.address(number), entry->key.ifindex), object);
            asked_.emplace_back(owner, number);
        } else if (kind == Kind::route) {
            const auto& route = (*objects.routes)[number];
            if (!route.dev.empty() && !link_is_up(kernel_, find(route.dev))) continue;
            auto request = objects::add_route(in_its_table(route, kernel_), find);
            if (!request) continue;
            warn_static(owner, "route", [&] { return conf::route_line(route); });
            append(batch, *request, object);
        } else {
            const auto& rule = (*objects.rules)[number];
            warn_static(owner, "rule", [&] { return conf::rule_line(rule); });
            append(batch, objects::add_rule(rule), object);
        }
        ++repaired_;
    }
    run(batch);
    if (callbacks_.read_events) callbacks_.read_events();
}

}  // namespace vrrp
