#include "keepalived/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "lib/process/exit_code.hpp"

namespace keepalived::policy {
namespace {

/// One call of step(): what it works on.
struct Turn {
    State& state;
    Instant now;
    Actions& actions;

    void add(ActionKind kind, Role role = Role::supervisor) {
        actions.push_back({.kind = kind, .role = role});
    }
    void log(std::string text, logging::Level level = logging::Level::info) {
        actions.push_back({.kind = ActionKind::log, .level = level, .text = std::move(text)});
    }
    void detail(std::string text) {
        if (state.settings.detail) log(std::move(text));
    }
    void kill(Role role, int signal) {
        if (state[role].pid > 0)
            actions.push_back({.kind = ActionKind::kill, .role = role, .number = signal});
    }
    void prepare(Role role, Adopt adopt, bool next) {
        actions.push_back({.kind = ActionKind::prepare, .role = role, .adopt = adopt, .next = next});
    }
};

bool is_observer(Role role) { return names_of(role).is_observer; }
bool is_protocol(Role role) { return role != Role::supervisor && !is_observer(role); }
bool in_service(const Child& child) { return child.purpose == Purpose::service && child.pid > 0; }
bool is_starting(const Child& child) {
    return child.phase == Phase::hello || child.phase == Phase::preparing || child.phase == Phase::committing;
}

void check_started(Turn& turn);
void check_reload_complete(Turn& turn);
void check_queue(Turn& turn);
void check_end(Turn& turn);

// ------------------------------------------------------------------------------------------- starting

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

void start_wanted(Turn& turn) {
    bool any = false;
    for (const Role role : kStartOrder) {
        Child& child = turn.state[role];
        any = any || (is_protocol(role) &&
                      (turn.state.settings.wanted[index_of(role)] || child.phase != Phase::absent));
        if (!turn.state.settings.wanted[index_of(role)]) continue;
        if (child.phase == Phase::absent || child.phase == Phase::delayed)
            spawn(turn, role, Purpose::service);
    }
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

// ------------------------------------------------------------------------------------------- reload

void start_delayed(Turn& turn, bool vrrp_too) {
    for (const Role role : kStartOrder)
        if (turn.state[role].phase == Phase::delayed && (vrrp_too || role != Role::vrrp))
            schedule(turn, role, turn.now);
}

void begin_reload(Turn& turn) {
    State& state = turn.state;
    state.had_child = false;
    for (const Role role : kStartOrder)
        state.had_child = state.had_child || (is_protocol(role) && state[role].phase == Phase::running);
    turn.add(ActionKind::notify_reloading);
    turn.add(ActionKind::read_configuration);
}

void on_hup(Turn& turn) {
    State& state = turn.state;
    start_delayed(turn, true);
    if (!state.started || state.reload != ReloadPhase::idle || !is_settled(state)) {
        if (!state.reload_queued) turn.detail("Reload already in progress, request queued");
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
    turn.detail("Processing queued reload");
    begin_reload(turn);
}

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
    tell_observers(turn);
    start_wanted(turn);
    check_reload_complete(turn);
}

void on_read_done(Turn& turn, const Event& event) {
    State& state = turn.state;
    state.next_settings = event.settings;
    state.reload = ReloadPhase::preparing;
    state.reload_due = turn.now + kReloadPrepareLimit;
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

void on_reload_prepared(Turn& turn, Role role) {
    State& state = turn.state;
    if (state.reload != ReloadPhase::preparing || state[role].reloading != Reloading::preparing) return;
    state[role].reloading = Reloading::prepared;
    for (const Child& child : state.children)
        if (child.reloading == Reloading::preparing) return;
    commit_all(turn);
}

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

// ------------------------------------------------------------------------------------------- deaths

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
        if (child.pid > 0 && child.purpose == Purpose::service) turn.kill(role, SIGTERM);
        if (child.phase != Phase::delayed && child.phase != Phase::absent) continue;
        child.phase = Phase::absent;
        child.due = kNever;
        if (needs_release(state, role, true)) spawn(turn, role, Purpose::release);
    }
    check_end(turn);
}

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

void on_service_death(Turn& turn, Role role, int pid, int status, Nanoseconds lived) {
    State& state = turn.state;
    const RoleNames& names = names_of(role);
    if (state.stopping) {
        log_reason(turn, names.ident, status);
        state[role].phase = Phase::absent;
        if (is_clean(status)) state[role].holds = false;
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
        child.reloading = Reloading::no;
        child.phase = Phase::absent;
        if (was_preparing)
            abort_reload(turn, fmt::format("{} process died while reading it", names_of(role).title));
        return on_service_death(turn, role, event.pid, event.wait_status, lived);
    }
}

// ------------------------------------------------------------------------------------------- stop, signals,
// time

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
        if (is_observer(role) && child.phase != Phase::absent && child.due > turn.now + kObserverStop)
            child.due = turn.now + kObserverStop;
    }
}

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

void on_stop_overdue(Turn& turn) {
    turn.state.stop_due = kNever;
    for (const Role role : kStartOrder) {
        if (!is_protocol(role) || !in_service(turn.state[role])) continue;
        turn.log(fmt::format("{} process failed to die - forcing termination", names_of(role).short_title));
        turn.kill(role, SIGKILL);
    }
}

void on_reload_overdue(Turn& turn) {
    State& state = turn.state;
    state.reload_due = kNever;
    if (state.reload == ReloadPhase::preparing)
        return abort_reload(turn, "not every process has read it in time");
    for (const Role role : kStartOrder)
        if (state[role].reloading == Reloading::committing) turn.kill(role, SIGKILL);
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
