// The ways from state to state: vrrp-behaviour.md §5.5 and §5.6, in the order of actions given there.
#include "vrrp/protocol/router_impl.hpp"
#include "vrrp/protocol/timing.hpp"

namespace vrrp::protocol {

void Router::Impl::record(InstanceIndex i, State from, const std::string& cause) {
    emit(TransitionRecord{i, from, states[i].state, cause});
}

void Router::Impl::notify(InstanceIndex i, Notice notice) {
    emit(NotifyInstance{i, notice, states[i].state, states[i].effective_priority});
}

void Router::Impl::enter_master(InstanceIndex i, const std::string& cause) {
    VirtualRouterState& state = edit(i);
    const State from = state.state;
    state.state = state.wanted = State::master;
    state.master_down_due = state.preempt_due = kNever;
    state.master_advert_interval = conf(i).advert_interval;
    state.logged_once = 0;
    ++state.counters.become_master;
    if (state.ah_cycle) {
        state.ah_cycle = false;
        state.ah_sequence = 0;
    }
    if (state.priority_reduced) {
        state.priority_reduced = false;
        state.effective_priority = 255;
        log("({}) Restoring our priority to 255 since no other address owner is heard", conf(i).name);
    }
    send_advert(i, state.effective_priority);  // first, so that the old master lets its addresses go
    log("({}) Entering MASTER STATE", conf(i).name);
    state.holds_objects = true;
    emit(HoldObjects{i, true});
    send_gratuitous_arps(i);
    schedule_first_periodic_advert(i);
    record(i, from, cause);
    notify(i);
}

void Router::Impl::enter_backup(InstanceIndex i, Nanoseconds timer, const std::string& cause) {
    VirtualRouterState& state = edit(i);
    const State from = state.state;
    log("({}) Entering BACKUP STATE{}", conf(i).name, from == State::init ? " (init)" : "");
    if (from == State::master) leave_master(i);
    if (from == State::fault && state.fault_announced && conf(i).unicast && !state.source.is_none())
        emit(GarpSource{i});
    state.state = state.wanted = State::backup;
    state.fault_announced = false;
    state.preempt_due = kNever;
    state.logged_once = 0;
    start_down_timer(i, timer);
    record(i, from, cause);
    notify(i);
}

// A script without its first result keeps an instance in FAULT, but says nothing.
void Router::Impl::enter_fault(InstanceIndex i, const std::string& cause) {
    VirtualRouterState& state = edit(i);
    const State from = state.state;
    const bool follows_group = (state.faults & ~bit(Fault::sync_group)) == 0;
    const bool loud = is_loud(i);
    // A configuration that cannot work was complained of when it was read (run: 2.2.7).
    const bool known = from == State::init && state.faults == bit(Fault::config);
    if (loud && !follows_group && !known) log_faults(i, cause);
    if (from == State::master) send_advert(i, 0);
    if (loud && !known)
        log("({}) Entering FAULT STATE{}", conf(i).name, from == State::init ? " (init)" : "");
    if (from == State::master) {
        if (!follows_group) {  // a second copy, as the reference: the first may be lost, and waiting costs
                               // seconds
            send_advert(i, 0);
            log_detail(i, "({}) sent 0 priority", conf(i).name);
        }
        leave_master(i);
    }
    state.state = State::fault;
    state.wanted = known ? State::backup : State::fault;
    state.master_down_due = state.preempt_due = kNever;
    state.logged_once = 0;
    state.fault_announced = loud;
    if (from == State::fault && !loud) return;
    record(i, from, cause);
    if (loud) notify(i);
}

void Router::Impl::enter_stop(InstanceIndex i, bool dont_release) {
    VirtualRouterState& state = edit(i);
    const State from = state.state;
    if (from == State::master) {
        if (!dont_release) {
            send_advert(i, 0);
            log_detail(i, "({}) sent 0 priority", conf(i).name);
        }
        leave_master(i, !dont_release);
    }
    state.state = state.wanted = State::stop;
    state.master_down_due = state.preempt_due = kNever;
    record(i, from, "stopped");
}

void Router::Impl::leave_master(InstanceIndex i, bool release_objects) {
    VirtualRouterState& state = edit(i);
    ++state.counters.release_master;
    leave_grid(i);
    state.advert_due = kNever;
    state.garp_delayed_due = state.garp_refresh_due = state.garp_lower_prio_due = kNever;
    state.rogue_due = kNever;
    state.rogue_count = 0;
    if (!release_objects) return;
    state.holds_objects = false;
    emit(ForgetGarps{i});
    emit(HoldObjects{i, false});
}

}  // namespace vrrp::protocol
