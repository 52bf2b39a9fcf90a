// Deaths: respawn, release, give up; and the end of all.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "keepalived/policy_turn.hpp"
#include "lib/process/exit_code.hpp"

namespace keepalived::policy {

namespace {

/// Kernel objects may be left behind which a run with `release` takes down.
bool needs_release(const State& state, Role role, bool ending) {
    if (!state[role].holds) return false;
    if (role == Role::vrrp) return !state.settings.dont_release_vrrp;
    // Between two checkers the table stays as it is; only the end of the daemon empties it.
    return role == Role::checker && ending && !state.settings.dont_release_ipvs;
}

bool is_clean(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

void log_reason(Turn& turn, const std::string& name, int status) {
    if (WIFEXITED(status)) {
        if (WEXITSTATUS(status) != 0)
            turn.log(fmt::format("{} exited with status {}", name, WEXITSTATUS(status)));
        return;
    }
    const int signal = WTERMSIG(status);
    if (signal == SIGSEGV) {
        turn.log(fmt::format("{} exited due to segmentation fault (SIGSEGV).", name));
        return turn.add(ActionKind::crash_details);
    }
    turn.log(fmt::format("{} exited due to signal {} ({}){}", name, signal, ::strsignal(signal),
                         signal == SIGKILL ? " - has rlimit_rttime been exceeded?" : ""));
}

const char* permanent_word(int code) {
    switch (code) {
        case exit_code::kFatal:
            return "FATAL";
        case exit_code::kConfig:
            return "CONFIG";
        default:
            return "missing permission";
    }
}

}  // namespace

void begin_stop(Turn& turn, int code, bool with_script) {
    State& state = turn.state;
    if (state.stopping) return;
    state.stopping = true;
    state.exit_code = code;
    state.run_shutdown_script = with_script;
    state.stop_due = turn.now + state.settings.child_wait;
    state.reload = ReloadPhase::idle;
    state.reload_due = kNever;
    for (const Role role : kStartOrder) {
        Child& child = state[role];
        child.reloading = Reloading::no;
        if (is_protocol(role) && in_service(child)) turn.kill(role, SIGTERM);
        if (child.phase != Phase::delayed && child.phase != Phase::absent) continue;
        child.phase = Phase::absent;
        child.due = kNever;
        if (needs_release(state, role, true)) spawn(turn, role, Purpose::release);
    }
    check_end(turn);
}

namespace {

void respawn(Turn& turn, Role role, int status, Nanoseconds lived) {
    State& state = turn.state;
    Child& child = state[role];
    Seconds delay{0};
    if (lived >= kRespawnWindow) {
        child.deaths = 0;
    } else {
        delay = respawn_delay(child.deaths++);
        turn.log(fmt::format("Restart of {} process delayed {} seconds to limit respawn rate",
                             names_of(role).title, delay.count()));
    }
    child.respawn_at = turn.now + delay;
    const bool poisoned = turn.now < child.adopted_until;
    const bool between_generations = state.reload == ReloadPhase::committing;
    child.adopt =
        is_clean(status) || !child.holds || poisoned || between_generations ? Adopt::none : Adopt::successor;
    if (is_clean(status) || between_generations) child.holds = false;
    if ((poisoned || delay > state.settings.shortest_hold) && needs_release(state, role, false))
        return spawn(turn, role, Purpose::release);
    schedule(turn, role, child.respawn_at);
}

void on_service_death(Turn& turn, Role role, int pid, int status, Nanoseconds lived, bool was_in_force) {
    State& state = turn.state;
    const RoleNames& names = names_of(role);
    if (state.stopping) {
        log_reason(turn, names.ident, status);
        state[role].phase = Phase::absent;
        // Who was stopped before it came into force took down nothing: its predecessor's objects are still there.
        if (is_clean(status) && was_in_force) state[role].holds = false;
        if (needs_release(state, role, true)) return spawn(turn, role, Purpose::release);
        return check_end(turn);
    }
    const std::string name = fmt::format("pid {}", pid);
    if (WIFEXITED(status) && exit_code::is_permanent(WEXITSTATUS(status))) {
        const int code = WEXITSTATUS(status);
        turn.log(fmt::format("{} exited with permanent error {}. Terminating", name, permanent_word(code)));
        turn.actions.push_back(
            {.kind = ActionKind::notify_errno, .number = code == exit_code::kNoPermission ? 1 : 22});
        return begin_stop(turn, code, false);
    }
    log_reason(turn, name, status);
    turn.log(fmt::format("{} child process({}) died: {}", names.title, pid,
                         state.settings.dont_respawn ? "Exiting" : "Respawning"),
             logging::Level::alert);
    if (is_clean(status)) state[role].holds = false;
    if (state.settings.dont_respawn) {
        turn.log("Stopping");
        turn.add(ActionKind::notify_stopping);
        return begin_stop(turn, 0, true);
    }
    turn.log("  Please report this with your configuration files and the log");
    turn.log("  of the minutes around it: a child process should never end by itself,");
    turn.log("  and what it did is taken over by its successor");
    respawn(turn, role, status, lived);
    check_reload_complete(turn);
}

void on_observer_death(Turn& turn, Role role, Nanoseconds lived) {
    State& state = turn.state;
    Child& child = state[role];
    child.phase = Phase::absent;
    child.ping_due = kNever;
    if (state.stopping) return check_end(turn);
    if (!state.settings.wanted[index_of(role)]) return;
    if (lived >= kRespawnWindow) child.deaths = 0;
    const Seconds delay = respawn_delay(child.deaths++);
    turn.log(fmt::format("{} process ended, restart in {} seconds", names_of(role).title, delay.count()));
    schedule(turn, role, turn.now + delay);
    check_started(turn);
}

void on_release_over(Turn& turn, Role role) {
    Child& child = turn.state[role];
    child.holds = false;
    child.purpose = Purpose::service;
    child.phase = Phase::absent;
    if (turn.state.stopping) return check_end(turn);
    schedule(turn, role, std::max(turn.now, child.respawn_at));
    check_queue(turn);
}

}  // namespace

void on_exited(Turn& turn, const Event& event) {
    State& state = turn.state;
    for (const Role role : kStartOrder) {
        Child& child = state[role];
        if (child.pid != event.pid || event.pid == 0) continue;
        child.pid = 0;
        child.due = kNever;
        const Nanoseconds lived = turn.now - child.spawned;
        if (child.purpose == Purpose::release) return on_release_over(turn, role);
        if (is_observer(role)) return on_observer_death(turn, role, lived);
        const bool was_preparing = state.reload == ReloadPhase::preparing && child.reloading != Reloading::no;
        const bool was_in_force = child.phase == Phase::running || child.phase == Phase::committing;
        child.reloading = Reloading::no;
        child.phase = Phase::absent;
        if (was_preparing)
            abort_reload(turn, fmt::format("{} process died while reading it", names_of(role).title));
        return on_service_death(turn, role, event.pid, event.wait_status, lived, was_in_force);
    }
}

/// Observers go last: what they give back of their memory takes the processor from nobody who still has addresses or
/// virtual servers to take down.
void check_end(Turn& turn) {
    State& state = turn.state;
    if (!state.stopping || state.ended) return;
    bool observers = false;
    for (const Role role : kStartOrder) {
        const Child& child = state[role];
        const bool alive = child.phase != Phase::absent && child.phase != Phase::delayed;
        if (is_protocol(role) && alive) return;
        observers = observers || alive;
    }
    if (!observers) {
        state.ended = true;
        return turn.add(ActionKind::end);
    }
    for (const Role role : kStartOrder) {
        Child& child = state[role];
        if (!is_observer(role) || child.phase == Phase::absent || child.due <= turn.now + kObserverStop)
            continue;
        child.due = turn.now + kObserverStop;
        turn.kill(role, SIGTERM);
    }
}

void on_stop_overdue(Turn& turn) {
    turn.state.stop_due = kNever;
    for (const Role role : kStartOrder) {
        if (!is_protocol(role) || !in_service(turn.state[role])) continue;
        turn.log(fmt::format("{} process failed to die - forcing termination", names_of(role).short_title));
        turn.kill(role, SIGKILL);
    }
}

}  // namespace keepalived::policy
