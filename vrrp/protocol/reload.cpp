// How a new configuration continues an old one, and a new process a dead one. decisions.md §3-§5,
// conf-vrrp.md §7.
#include <algorithm>

#include "vrrp/protocol/router_impl.hpp"
#include "vrrp/protocol/timing.hpp"

namespace vrrp::protocol {

namespace {

constexpr std::uint32_t kTrackerFaults = bit(Fault::tracker) | bit(Fault::tracker_init);

bool is_running(State state) {
    return state == State::backup || state == State::master || state == State::fault;
}

/// What a fresh start keeps of a predecessor: counters, and the numbers which peers remember.
VirtualRouterState fresh_start_of(const VirtualRouterState& row) {
    VirtualRouterState state;
    state.counters = row.counters;
    state.ah_sequence = row.ah_sequence;
    state.ah_cycle = row.ah_cycle;
    state.ip_id = row.ip_id;
    state.hmac_sequence_sent = row.hmac_sequence_sent;
    state.last_transition_wallclock_us = row.last_transition_wallclock_us;
    return state;
}

bool has_addition(const std::vector<net::IpAddress>& before, const std::vector<net::IpAddress>& after) {
    return std::ranges::any_of(
        after, [&](const net::IpAddress& a) { return std::ranges::find(before, a) == before.end(); });
}

void rebuild_grid(Router::Impl& router, const RouterConfig& before,
                  const std::vector<InstanceIndex>& instance_of);
void continue_instance(Router::Impl& router, InstanceIndex i, const VirtualRouterConfig& before);

}  // namespace

// ---------------------------------------------------------------------------------------------- crash

void Router::adopt(std::span<const VirtualRouterState> instances, std::span<const SyncGroupState> groups,
                   Instant now, std::int64_t boottime_now_ns, std::vector<InstanceIndex>& released) {
    Impl& self = *impl_;
    released.clear();
    const std::size_t count = std::min(instances.size(), self.states.size());
    const auto is_too_old = [&](InstanceIndex i) {
        const VirtualRouterState& row = instances[i];
        const std::int64_t age = boottime_now_ns - row.last_advert_sent_boottime_ns;
        return row.state == State::master && age > Nanoseconds{3 * self.conf(i).advert_interval}.count();
    };
    for (InstanceIndex i = 0; i < count; ++i) {
        const auto& members_of = [&]() -> std::vector<InstanceIndex> {
            if (self.group_of(i) == kNone) return {i};
            return self.config.groups[self.group_of(i)].members;
        }();
        const VirtualRouterState& row = instances[i];
        VirtualRouterState& state = self.edit(i);
        const VirtualRouterState seen = state;  // faults, source address as they are now
        const bool too_old =
            row.state == State::master &&
            std::ranges::any_of(members_of, [&](InstanceIndex m) { return m < count && is_too_old(m); });
        if (too_old) released.push_back(i);
        state = !is_running(row.state) || too_old ? fresh_start_of(row) : row;
        state.faults =
            (seen.faults & ~kTrackerFaults) | (state.faults & (kTrackerFaults | bit(Fault::sync_group)));
        if (!seen.source.is_none()) state.source = seen.source;
        self.delay_until = std::max(self.delay_until, state.started);
        if (state.state == State::master) {
            state.advert_due = std::clamp(state.advert_due, now, now + self.conf(i).advert_interval);
            if (state.grid_slot != 0) {
                state.grid_slot = AdvertGrid::slot_of(self.conf(i).advert_interval, state.advert_due);
                self.grid.take(self.conf(i).interface_key, self.conf(i).advert_interval, state.grid_slot);
            }
        }
        // Nobody listened for a while. If an advert can have been missed, silence so far proves nothing.
        if (state.state == State::backup) {
            const Nanoseconds whole = master_down_interval(self.conf(i), state);
            const bool deaf = now - state.last_advert_received > master_interval(self.conf(i), state);
            if (deaf) state.master_down_due = std::max(state.master_down_due, now + whole);
            state.master_down_due = std::min(state.master_down_due, std::max(now, self.delay_until) + whole);
        }
    }
    for (GroupIndex g = 0; g < std::min(groups.size(), self.groups.size()); ++g) {
        const auto& members = self.config.groups[g].members;
        const bool fresh = std::ranges::any_of(
            members, [&](InstanceIndex m) { return self.states[m].state == State::init; });
        if (!fresh) self.edit_group(g) = groups[g];
    }
    self.end_turn();
}

// ---------------------------------------------------------------------------------------------- reload

void Router::let_go(const Continuation& continuation, Instant now, ActionList& actions) {
    Impl& self = *impl_;
    self.begin_turn(now, actions);
    std::vector<std::uint8_t> goes_on(self.states.size(), 0);
    for (const InstanceIndex old : continuation.instance_of)
        if (old != kNone) goes_on[old] = 1;
    for (InstanceIndex i = 0; i < self.states.size(); ++i) {
        if (goes_on[i] != 0) continue;
        VirtualRouterState& state = self.edit(i);
        const State from = state.state;
        if (from == State::master) {
            self.send_advert(i, 0);
            self.log_detail(i, "({}) sent 0 priority", self.conf(i).name);
            self.leave_master(i);
        }
        state.state = state.wanted = State::deleted;
        state.master_down_due = kNever;
        self.record(i, from, "no longer configured");
        if (from != State::fault) self.notify(i);  // peers of the FIFO were told FAULT already
    }
    self.end_turn();
}

void Router::reconfigure(RouterConfig next, const Continuation& continuation, Instant now,
                         ActionList& actions) {
    Impl& self = *impl_;
    const RouterConfig before = std::exchange(self.config, std::move(next));
    const auto continued = [](const auto& old_items, const std::vector<std::uint32_t>& index,
                              std::size_t count) {
        std::remove_cvref_t<decltype(old_items)> items(count);
        for (std::size_t i = 0; i < count && i < index.size(); ++i)
            if (index[i] != kNone) items[i] = old_items[index[i]];
        return items;
    };
    const std::size_t count = self.config.instances.size();
    decltype(self.fault_details) details;
    const auto memories = std::exchange(self.auth_memories, {});
    self.states = continued(self.states, continuation.instance_of, count);
    self.segments = continued(self.segments, continuation.instance_of, count);
    self.groups = continued(self.groups, continuation.group_of, self.config.groups.size());
    self.results = continued(self.results, continuation.tracker_of, self.config.trackers.size());
    self.size_tables();
    for (InstanceIndex i = 0; i < count && i < continuation.instance_of.size(); ++i) {
        const InstanceIndex old = continuation.instance_of[i];
        if (old == kNone) continue;
        if (const auto told = self.fault_details.find(old); told != self.fault_details.end())
            details.emplace(i, std::move(told->second));
        if (!self.auth_memories.empty() && !memories.empty()) self.auth_memories[i] = memories[old];
    }
    self.fault_details = std::move(details);
    self.index_trackers();
    self.begin_turn(now, actions);
    if (self.delay_announced) self.deadlines.set(static_cast<InstanceIndex>(count), self.delay_until);

    rebuild_grid(self, before, continuation.instance_of);
    for (InstanceIndex i = 0; i < count; ++i) {
        VirtualRouterState& state = self.edit(i);
        const InstanceIndex old = i < continuation.instance_of.size() ? continuation.instance_of[i] : kNone;
        state.faults &= ~(bit(Fault::config) | bit(Fault::sync_group));
        if (self.conf(i).config_fault) state.faults |= bit(Fault::config);
        if (old != kNone) continue_instance(self, i, before.instances[old]);
        self.judge_segment(i);
        if (self.running) self.evaluate_trackers(i);
    }
    if (self.running) {
        self.start_groups();
        std::vector<std::uint8_t> joins(count, 0);
        for (InstanceIndex i = 0; i < count; ++i) {
            if (self.states[i].state != State::init) continue;
            joins[i] = 1;
            self.set_first_priority(i);
            self.start_instance(i);
            if (self.group_of(i) != kNone) self.settle_faults(i);
        }
        for (InstanceIndex i = 0; i < count; ++i) {
            if (joins[i] == 0) self.settle_faults(i);
            if (self.states[i].state == State::backup || self.states[i].state == State::master)
                self.apply_priority(i, self.conf(i).priority);
        }
    }
    for (GroupIndex g = 0; g < self.groups.size(); ++g) self.changed_groups.add(g);
    self.end_turn();
}

namespace {

/// Masters keep their slots where interface and interval are the same; the others get one without a gap in
/// their adverts.
void rebuild_grid(Router::Impl& router, const RouterConfig& before,
                  const std::vector<InstanceIndex>& instance_of) {
    router.grid.clear();
    const auto keeps_slot = [&](InstanceIndex i) {
        const VirtualRouterConfig& was = before.instances[instance_of[i]];
        return was.interface_key == router.conf(i).interface_key &&
               was.advert_interval == router.conf(i).advert_interval;
    };
    const auto masters = [&](auto use) {
        for (InstanceIndex i = 0; i < router.states.size(); ++i)
            if (router.states[i].state == State::master && router.states[i].grid_slot != 0) use(i);
    };
    // Keys of interfaces are numbered anew in each generation: only equal configurations of both say that
    // they are the same.
    masters([&](InstanceIndex i) {
        if (keeps_slot(i))
            router.grid.take(router.conf(i).interface_key, router.conf(i).advert_interval,
                             router.states[i].grid_slot);
    });
    masters([&](InstanceIndex i) {
        if (keeps_slot(i)) return;
        VirtualRouterState& state = router.edit(i);
        const VirtualRouterConfig& config = router.conf(i);
        const Instant latest = std::min(state.advert_due, router.now + config.advert_interval);
        const auto place = router.grid.choose(config.interface_key, config.advert_interval, router.now,
                                              router.now, std::max(latest, router.now + kGridStep));
        state.grid_slot = place.slot;
        state.advert_due = place.at;
        router.grid.take(config.interface_key, config.advert_interval, place.slot);
    });
}

/// State, timers and counters stay; what the new configuration changes takes effect without a transition.
void continue_instance(Router::Impl& router, InstanceIndex i, const VirtualRouterConfig& before) {
    VirtualRouterState& state = router.edit(i);
    const VirtualRouterConfig& config = router.conf(i);
    state.priority_override = 0;
    state.old_unicast_checksum =
        state.old_unicast_checksum && before.unicast_checksum == config.unicast_checksum;
    if (!config.is_owner()) state.priority_reduced = false;
    // In FAULT it keeps its last value otherwise.
    if (state.state == State::fault && before.priority != config.priority)
        state.effective_priority = config.priority;
    if (config.version != before.version || config.advert_interval != before.advert_interval) {
        const Microseconds down_before = master_down_interval(before, state);
        if (config.version == 2 || state.state != State::backup)
            state.master_advert_interval = config.advert_interval;
        if (state.state == State::backup && state.master_down_due != kNever)
            state.master_down_due =
                state.master_down_due + (master_down_interval(config, state) - down_before);
    }
    if (state.state != State::master || !has_addition(before.advertised, config.advertised)) return;
    router.emit(HoldObjects{i, true});
    router.send_gratuitous_arps(i);
}

}  // namespace

}  // namespace vrrp::protocol
