// Signals, time, and which part an event is for.
#include "keepalived/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "keepalived/policy_turn.hpp"

namespace keepalived::policy {
namespace {

void forward(Turn& turn, Role role, int signal) {
    if (in_service(turn.state[role])) turn.kill(role, signal);
}

void on_signal(Turn& turn, const Event& event) {
    State& state = turn.state;
    if (state.stopping) return;
    switch (event.number) {
        case SIGTERM:
        case SIGINT:
            turn.log("Stopping");
            turn.add(ActionKind::notify_stopping);
            return begin_stop(turn, 0, true);
        case SIGHUP:
            return on_hup(turn);
        case SIGUSR1:
            start_delayed(turn, false);
            for (const Role role : {Role::vrrp, Role::checker, Role::bfd}) forward(turn, role, SIGUSR1);
            return turn.add(ActionKind::dump_parent);
        default:
            forward(turn, Role::vrrp, event.number);
    }
}

void watch(Turn& turn, Role role) {
    Child& child = turn.state[role];
    if (child.ping_due > turn.now) return;
    if (child.ping_out) {
        child.ping_due = kNever;
        turn.log(fmt::format("{} process({}) does not answer - forcing termination", names_of(role).title,
                             child.pid));
        return turn.kill(role, SIGKILL);
    }
    child.ping_out = true;
    child.ping_due = turn.now + kPingLimit;
    turn.add(ActionKind::ping, role);
}

void on_overdue(Turn& turn, Role role) {
    State& state = turn.state;
    Child& child = state[role];
    if (child.due > turn.now) return;
    child.due = kNever;
    if (child.phase == Phase::delayed) return start_service(turn, role);
    if (child.phase == Phase::absent) return;
    if (!state.stopping)
        turn.log(fmt::format("{} process({}) does not answer - forcing termination", names_of(role).title,
                             child.pid));
    turn.kill(role, SIGKILL);
}

void on_tick(Turn& turn) {
    State& state = turn.state;
    for (const Role role : kStartOrder) {
        on_overdue(turn, role);
        if (is_observer(role)) watch(turn, role);
    }
    if (state.reload_due <= turn.now) on_reload_overdue(turn);
    if (state.stop_due <= turn.now) on_stop_overdue(turn);
    if (state.warm_up_until <= turn.now) {
        state.warm_up_until = kNever;
        state.warmed_up = true;
        check_started(turn);
    }
}

}  // namespace

void step(State& state, const Event& event, Instant now, Actions& actions) {
    if (state.ended) return;
    Turn turn{state, now, actions};
    switch (event.kind) {
        case EventKind::start:
            return on_start(turn, event);
        case EventKind::spawned:
            return on_spawned(turn, event);
        case EventKind::exited:
            return on_exited(turn, event);
        case EventKind::hello:
            return on_hello(turn, event);
        case EventKind::prepared:
            return on_prepared(turn, event);
        case EventKind::refused:
            return on_refused(turn, event);
        case EventKind::committed:
            return on_committed(turn, event);
        case EventKind::pong: {
            Child& child = state[event.role];
            child.ping_out = false;
            child.ping_due = now + kPingInterval;
            return;
        }
        case EventKind::signal:
            return on_signal(turn, event);
        case EventKind::read_done:
            return on_read_done(turn, event);
        case EventKind::read_refused:
            // The shell has logged why.
            turn.actions.push_back({.kind = ActionKind::notify_refused, .text = event.text});
            return check_queue(turn);
        case EventKind::tick:
            return on_tick(turn);
    }
}

Instant next_deadline(const State& state) {
    Instant next = std::min({state.reload_due, state.stop_due, state.warm_up_until});
    for (const Child& child : state.children) next = std::min({next, child.due, child.ping_due});
    return next;
}

}  // namespace keepalived::policy