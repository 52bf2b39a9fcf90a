// From nothing to running: spawn, hello, prepare, commit, and "Startup complete".
#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "keepalived/policy_turn.hpp"

namespace keepalived::policy {

void spawn(Turn& turn, Role role, Purpose purpose) {
    Child& child = turn.state[role];
    child.phase = Phase::hello;
    child.purpose = purpose;
    child.pid = 0;
    child.spawned = turn.now;
    child.due = turn.now + kHelloLimit;
    child.reloading = Reloading::no;
    child.ping_due = kNever;
    child.ping_out = false;
    turn.add(ActionKind::spawn, role);
}

/// Readers of a board learn of a new one by preparing and committing the same generation again.
void tell_observers(Turn& turn) {
    for (const Role role : kStartOrder) {
        if (!is_observer(role) || turn.state[role].phase != Phase::running) continue;
        turn.prepare(role, Adopt::reload, false);
        turn.add(ActionKind::commit, role);
    }
}

void start_service(Turn& turn, Role role) {
    Child& child = turn.state[role];
    if (child.adopt == Adopt::none && is_protocol(role)) {
        turn.add(ActionKind::new_board, role);
        tell_observers(turn);
    }
    spawn(turn, role, Purpose::service);
}

namespace {

/// An observer reads all that a protocol child reads: until these are at work it would take the processor from them.
void start_once_settled(Turn& turn, Role role) {
    const Phase phase = turn.state[role].phase;
    if (phase != Phase::absent && phase != Phase::delayed) return;
    if (is_settled(turn.state)) return spawn(turn, role, Purpose::service);
    if (phase == Phase::absent) schedule(turn, role, turn.now + kObserverWarmUp);
}

void start_waiting_observers(Turn& turn) {
    for (const Role role : kStartOrder)
        if (is_observer(role) && turn.state[role].phase == Phase::delayed && turn.state[role].deaths == 0)
            schedule(turn, role, turn.now);
}

}  // namespace

void start_wanted(Turn& turn) {
    bool any = false;
    const auto& wanted = turn.state.settings.wanted;
    for (const Role role : kStartOrder) {
        if (!is_protocol(role)) continue;
        const Phase phase = turn.state[role].phase;
        any = any || wanted[index_of(role)] || phase != Phase::absent;
        if (wanted[index_of(role)] && (phase == Phase::absent || phase == Phase::delayed))
            spawn(turn, role, Purpose::service);
    }
    for (const Role role : kStartOrder)
        if (is_observer(role) && wanted[index_of(role)]) start_once_settled(turn, role);
    if (!any) turn.log("Warning - keepalived has no configuration to run");
}

void on_start(Turn& turn, const Event& event) {
    turn.state.settings = event.settings;
    turn.state.warm_up_until = turn.now + kObserverWarmUp;
    start_wanted(turn);
    check_started(turn);
}

void schedule(Turn& turn, Role role, Instant at) {
    Child& child = turn.state[role];
    child.phase = Phase::delayed;
    child.purpose = Purpose::service;
    child.due = at;
    if (at <= turn.now) start_service(turn, role);
}

void on_spawned(Turn& turn, const Event& event) {
    Child& child = turn.state[event.role];
    child.pid = event.pid;
    if (event.pid == 0) {
        child.phase = Phase::absent;
        if (turn.state.stopping) return check_end(turn);
        return schedule(turn, event.role, turn.now + std::max(Seconds{1}, respawn_delay(child.deaths++)));
    }
    if (turn.state.stopping && child.purpose == Purpose::service) turn.kill(event.role, SIGTERM);
    const RoleNames& names = names_of(event.role);
    if (child.purpose == Purpose::release)
        return turn.detail(fmt::format("Releasing what the {} process left, pid={}", names.title, event.pid));
    if (is_observer(event.role))
        return turn.detail(fmt::format("Starting {} child process, pid={}", names.title, event.pid));
    turn.log(fmt::format("Starting {} child process, pid={}", names.title, event.pid));
    turn.add(ActionKind::write_pid, event.role);
}

void on_hello(Turn& turn, const Event& event) {
    Child& child = turn.state[event.role];
    if (child.phase != Phase::hello) return;
    child.phase = Phase::preparing;
    child.due = turn.now + kFirstPrepareLimit;
    turn.prepare(event.role, child.purpose == Purpose::release ? Adopt::successor : child.adopt, false);
}

/// The answer of a starting child; of a running one see below.
void on_first_prepared(Turn& turn, Role role) {
    Child& child = turn.state[role];
    child.phase = Phase::committing;
    const bool release = child.purpose == Purpose::release;
    child.due = turn.now + (release ? kReleaseLimit : kCommitLimit);
    turn.add(release ? ActionKind::release : ActionKind::commit, role);
}

void on_first_committed(Turn& turn, Role role) {
    Child& child = turn.state[role];
    child.phase = Phase::running;
    child.due = kNever;
    child.holds = is_protocol(role);
    if (child.adopt == Adopt::successor) child.adopted_until = turn.now + kPoisonWindow;
    if (is_observer(role)) child.ping_due = turn.now + kPingInterval;
    if (is_settled(turn.state)) start_waiting_observers(turn);
    check_started(turn);
    check_reload_complete(turn);
    check_queue(turn);
}

bool is_settled(const State& state) {
    for (const Role role : kStartOrder)
        if (is_protocol(role) && is_starting(state[role])) return false;
    return true;
}

void check_started(Turn& turn) {
    State& state = turn.state;
    if (state.started || state.stopping) return;
    for (const Role role : kStartOrder) {
        if (!state.settings.wanted[index_of(role)] || state[role].phase == Phase::running) continue;
        if (is_protocol(role) || !state.warmed_up) return;
    }
    state.started = true;
    turn.log("Startup complete");
    turn.add(ActionKind::notify_ready);
    check_queue(turn);
}

void start_delayed(Turn& turn, bool vrrp_too) {
    for (const Role role : kStartOrder)
        if (turn.state[role].phase == Phase::delayed && (vrrp_too || role != Role::vrrp))
            schedule(turn, role, turn.now);
}

}  // namespace keepalived::policy
