// Sending, and the timers of a virtual router: vrrp-behaviour.md §4 and §6.
#include <algorithm>

#include "vrrp/protocol/router_impl.hpp"

namespace vrrp::protocol {

namespace {

/// An advert out of turn starts the timer again; this much earlier than a full interval it may run out, for
/// the grid's sake.
constexpr Milliseconds kGridTolerance{30};

}  // namespace

void Router::Impl::send_advert(InstanceIndex i, std::uint8_t priority) {
    VirtualRouterState& state = edit(i);
    if (state.source.is_none()) return;
    if (++state.ip_id == 0) state.ip_id = 1;
    if (conf(i).auth_type == AuthType::ah) {
        if (state.ah_sequence >= kLastAhSequence)
            state.ah_cycle = true;
        else
            ++state.ah_sequence;
    }
    ++state.counters.advert_sent;
    if (priority == 0) ++state.counters.pri_zero_sent;
    state.last_advert_sent = now;
    emit(SendAdvert{i, priority, state.ip_id, state.ah_sequence});
}

void Router::Impl::send_extra_advert(InstanceIndex i) {
    send_advert(i, states[i].effective_priority);
    VirtualRouterState& state = edit(i);
    const Microseconds interval = conf(i).advert_interval;
    leave_grid(i);
    const auto place =
        grid.choose(conf(i).interface_key, interval, now, now + interval - kGridTolerance, now + interval);
    state.grid_slot = place.slot;
    state.advert_due = place.at;
    grid.take(conf(i).interface_key, interval, place.slot);
}

// The first advert of a new master went out at once; from the second on it has a slot of its own.
void Router::Impl::schedule_first_periodic_advert(InstanceIndex i) {
    VirtualRouterState& state = edit(i);
    const Microseconds interval = conf(i).advert_interval;
    leave_grid(i);
    const auto place = grid.choose(conf(i).interface_key, interval, now, now, now + interval);
    state.grid_slot = place.slot;
    state.advert_due = place.at;
    grid.take(conf(i).interface_key, interval, place.slot);
}

void Router::Impl::schedule_next_advert(InstanceIndex i) {
    VirtualRouterState& state = edit(i);
    const Nanoseconds interval = conf(i).advert_interval;
    state.advert_due = state.advert_due + interval;
    if (state.advert_due > now) return;
    state.advert_due = state.advert_due +
                       ((now - state.advert_due) / interval + 1) * interval;  // slept: what is past is past
}

void Router::Impl::leave_grid(InstanceIndex i) {
    VirtualRouterState& state = edit(i);
    if (state.grid_slot != 0) grid.leave(conf(i).interface_key, conf(i).advert_interval, state.grid_slot);
    state.grid_slot = 0;
}

void Router::Impl::start_down_timer(InstanceIndex i, Nanoseconds timer) {
    VirtualRouterState& state = edit(i);
    state.master_down_due = now + timer + spread_after_tie(i);
    const Nanoseconds delay = std::max(delay_until - now, Nanoseconds{0});
    state.last_master_down_interval =
        std::chrono::duration_cast<Microseconds>(timer - std::min(delay, timer));
}

void Router::Impl::send_gratuitous_arps(InstanceIndex i) {
    VirtualRouterState& state = edit(i);
    const GarpConfig& garp = conf(i).garp;
    if (garp.repeat > 0) emit(GarpBurst{i, garp.repeat});
    state.garp_delayed_due = garp.delay.count() > 0 ? now + garp.delay : kNever;
    state.garp_refresh_due = garp.refresh.count() > 0 ? now + garp.delay + garp.refresh : kNever;
}

void Router::Impl::answer_lower_priority(InstanceIndex i) {
    const auto burst = [this](InstanceIndex m) {
        if (states[m].state != State::master) return;
        const GarpConfig& garp = conf(m).garp;
        if (garp.lower_prio_repeat == 0) return;
        emit(GarpBurst{m, garp.lower_prio_repeat});
        if (garp.lower_prio_delay.count() > 0) edit(m).garp_lower_prio_due = now + garp.lower_prio_delay;
    };
    burst(i);
    if (group_of(i) == kNone) return;
    for (const InstanceIndex member : config.groups[group_of(i)].members)
        if (member != i) burst(member);
}

void Router::Impl::garp_timers(InstanceIndex i) {
    VirtualRouterState& state = edit(i);
    const GarpConfig& garp = conf(i).garp;
    if (state.garp_delayed_due <= now) {
        state.garp_delayed_due = kNever;
        emit(GarpBurst{i, garp.repeat});
    }
    if (state.garp_lower_prio_due <= now) {
        state.garp_lower_prio_due = kNever;
        emit(GarpBurst{i, garp.lower_prio_repeat});
    }
    if (state.garp_refresh_due <= now) {
        if (garp.refresh_repeat > 0) emit(GarpBurst{i, garp.refresh_repeat});
        state.garp_refresh_due = garp.refresh.count() > 0 ? now + garp.refresh : kNever;
    }
}

Instant Router::Impl::deadline_of(InstanceIndex i) const {
    const VirtualRouterState& state = states[i];
    return std::min({state.advert_due, state.master_down_due, state.garp_delayed_due, state.garp_refresh_due,
                     state.garp_lower_prio_due, state.rogue_due});
}

}  // namespace vrrp::protocol
