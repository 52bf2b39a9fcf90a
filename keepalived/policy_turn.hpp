// What the parts of the policy share: one call of step(), and what each part does for the others.
#pragma once

#include <string>
#include <utility>

#include "keepalived/policy.hpp"

namespace keepalived::policy {

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

inline bool is_observer(Role role) { return names_of(role).is_observer; }
inline bool is_protocol(Role role) { return role != Role::supervisor && !is_observer(role); }
inline bool in_service(const Child& child) { return child.purpose == Purpose::service && child.pid > 0; }
inline bool is_starting(const Child& child) {
    return child.phase == Phase::hello || child.phase == Phase::preparing || child.phase == Phase::committing;
}

// policy_start.cpp: from nothing to running
void on_start(Turn& turn, const Event& event);
void on_spawned(Turn& turn, const Event& event);
void on_hello(Turn& turn, const Event& event);
void on_first_prepared(Turn& turn, Role role);
void on_first_committed(Turn& turn, Role role);
void spawn(Turn& turn, Role role, Purpose purpose);
void start_service(Turn& turn, Role role);
void start_wanted(Turn& turn);
void start_delayed(Turn& turn, bool vrrp_too);
/// At once when the time is over.
void schedule(Turn& turn, Role role, Instant at);
void tell_observers(Turn& turn);
bool is_settled(const State& state);
void check_started(Turn& turn);

// policy_reload.cpp: from one generation to the next
void on_hup(Turn& turn);
void on_read_done(Turn& turn, const Event& event);
void on_prepared(Turn& turn, const Event& event);
void on_refused(Turn& turn, const Event& event);
void on_committed(Turn& turn, const Event& event);
void on_reload_overdue(Turn& turn);
void abort_reload(Turn& turn, std::string reason);
void check_reload_complete(Turn& turn);
/// A HUP which came at a bad moment.
void check_queue(Turn& turn);

// policy_end.cpp: deaths, and the end of all
void on_exited(Turn& turn, const Event& event);
void on_stop_overdue(Turn& turn);
void begin_stop(Turn& turn, int code, bool with_script);
void check_end(Turn& turn);

}  // namespace keepalived::policy
