// From one generation to the next: all children prepare, then all commit, or nothing changes.
#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "keepalived/policy_turn.hpp"

namespace keepalived::policy {

namespace {

void begin_reload(Turn& turn) {
    State& state = turn.state;
    state.had_child = false;
    for (const Role role : kStartOrder)
        state.had_child = state.had_child || (is_protocol(role) && state[role].phase == Phase::running);
    state.reading_since = turn.now;
    turn.add(ActionKind::notify_reloading);
    turn.add(ActionKind::read_configuration);
}

}  // namespace

void on_hup(Turn& turn) {
    State& state = turn.state;
    start_delayed(turn, true);
    if (!state.started || state.reload != ReloadPhase::idle || !is_settled(state)) {
        // Only what waits for another reload is worth a word: what waits for the start is simply done after it.
        if (state.reload != ReloadPhase::idle && !std::exchange(state.queue_told, true))
            turn.detail("Reload already in progress, request queued");
        state.reload_queued = true;
        return;
    }
    begin_reload(turn);
}

void check_queue(Turn& turn) {
    State& state = turn.state;
    if (!state.reload_queued || !state.started || state.stopping) return;
    if (state.reload != ReloadPhase::idle || !is_settled(state)) return;
    state.reload_queued = false;
    if (std::exchange(state.queue_told, false)) turn.detail("Processing queued reload");
    begin_reload(turn);
}

namespace {

void commit_all(Turn& turn) {
    State& state = turn.state;
    state.reload = ReloadPhase::committing;
    state.reload_due = turn.now + kCommitLimit;
    state.settings = state.next_settings;
    turn.add(ActionKind::use_next);
    for (const Role role : kStartOrder) {
        Child& child = state[role];
        if (is_protocol(role) && child.reloading == Reloading::prepared) {
            child.reloading = Reloading::committing;
            turn.add(ActionKind::commit, role);
        } else if (child.phase == Phase::delayed) {
            // Its rows belong to the generation before.
            child.adopt = Adopt::none;
            child.holds = false;
            spawn(turn, role, Purpose::service);
        } else if (is_observer(role) && child.phase != Phase::absent &&
                   !state.settings.wanted[index_of(role)]) {
            turn.kill(role, SIGTERM);
        }
    }
    start_wanted(turn);
    check_reload_complete(turn);
}

}  // namespace

void on_read_done(Turn& turn, const Event& event) {
    State& state = turn.state;
    state.next_settings = event.settings;
    state.reload = ReloadPhase::preparing;
    const Nanoseconds reading = turn.now - state.reading_since;
    state.reload_due = turn.now + kReloadPrepareLimit + kReloadReadings * reading;
    bool any = false;
    for (const Role role : kStartOrder) {
        Child& child = state[role];
        if (!is_protocol(role) || child.phase != Phase::running) continue;
        any = true;
        child.reloading = Reloading::preparing;
        turn.prepare(role, Adopt::reload, true);
    }
    if (!any) commit_all(turn);
}

void abort_reload(Turn& turn, std::string reason) {
    State& state = turn.state;
    for (const Role role : kStartOrder) {
        Child& child = state[role];
        if (child.reloading != Reloading::no && child.pid > 0) turn.add(ActionKind::abort, role);
        child.reloading = Reloading::no;
    }
    state.reload = ReloadPhase::idle;
    state.reload_due = kNever;
    turn.add(ActionKind::drop_next);
    turn.log(fmt::format("Reload refused, the running configuration stays: {}", reason));
    turn.actions.push_back({.kind = ActionKind::notify_refused, .text = std::move(reason)});
    check_queue(turn);
}

namespace {

void on_reload_prepared(Turn& turn, Role role) {
    State& state = turn.state;
    if (state.reload != ReloadPhase::preparing || state[role].reloading != Reloading::preparing) return;
    state[role].reloading = Reloading::prepared;
    for (const Child& child : state.children)
        if (child.reloading == Reloading::preparing) return;
    commit_all(turn);
}

}  // namespace

void check_reload_complete(Turn& turn) {
    State& state = turn.state;
    if (state.reload != ReloadPhase::committing || state.stopping) return;
    for (const Role role : kStartOrder) {
        const Child& child = state[role];
        if (is_protocol(role) && (child.reloading == Reloading::committing || is_starting(child))) return;
    }
    state.reload = ReloadPhase::idle;
    state.reload_due = kNever;
    turn.log(state.had_child ? "Reload complete" : "Startup complete");
    tell_observers(turn);  // now that what they are given takes no time from the change itself
    turn.add(ActionKind::drop_old);
    turn.add(ActionKind::notify_ready);
    check_queue(turn);
}

void on_prepared(Turn& turn, const Event& event) {
    const Child& child = turn.state[event.role];
    if (child.phase == Phase::preparing) return on_first_prepared(turn, event.role);
    if (is_protocol(event.role)) on_reload_prepared(turn, event.role);
}

void on_refused(Turn& turn, const Event& event) {
    const Child& child = turn.state[event.role];
    const std::string text = fmt::format("{} process: {}", names_of(event.role).title, event.text);
    if (child.phase == Phase::running && is_protocol(event.role)) {
        if (child.reloading == Reloading::preparing) abort_reload(turn, text);
        return;
    }
    turn.log(text, logging::Level::error);
    turn.kill(event.role, SIGKILL);
}

void on_committed(Turn& turn, const Event& event) {
    Child& child = turn.state[event.role];
    if (child.phase == Phase::committing) return on_first_committed(turn, event.role);
    if (child.reloading != Reloading::committing) return;
    child.reloading = Reloading::no;
    check_reload_complete(turn);
}

void on_reload_overdue(Turn& turn) {
    State& state = turn.state;
    state.reload_due = kNever;
    if (state.reload == ReloadPhase::preparing)
        return abort_reload(turn, "not every process has read it in time");
    for (const Role role : kStartOrder)
        if (state[role].reloading == Reloading::committing) turn.kill(role, SIGKILL);
}

}  // namespace keepalived::policy
