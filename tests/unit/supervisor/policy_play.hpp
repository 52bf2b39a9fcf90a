// The supervisor's policy, played event by event: what happens stands on the left, what is done about it on the right.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <utility>

#include "keepalived/policy.hpp"

using namespace keepalived;
using namespace keepalived::policy;

constexpr int killed_by(int signal) { return signal; }
constexpr int exited_with(int code) { return code << 8; }

inline Settings settings_with(std::initializer_list<Role> roles) {
    Settings settings;
    for (const Role role : roles) settings.wanted[index_of(role)] = true;
    return settings;
}

inline std::string words_of(const Action& action) {
    const std::string who = names_of(action.role).short_title;
    switch (action.kind) {
        case ActionKind::spawn:
            return "spawn " + who;
        case ActionKind::prepare: {
            const char* kAdopt[] = {"none", "reload", "successor"};
            return fmt::format("prepare {} {}{}", who, kAdopt[static_cast<int>(action.adopt)],
                               action.next ? " next" : "");
        }
        case ActionKind::commit:
            return "commit " + who;
        case ActionKind::abort:
            return "abort " + who;
        case ActionKind::release:
            return "release " + who;
        case ActionKind::ping:
            return "ping " + who;
        case ActionKind::crash_details:
            return "crash details";
        case ActionKind::kill:
            return fmt::format("kill {} {}", who, action.number);
        case ActionKind::log:
            return "log " + action.text;
        case ActionKind::read_configuration:
            return "read";
        case ActionKind::use_next:
            return "use next";
        case ActionKind::drop_next:
            return "drop next";
        case ActionKind::drop_old:
            return "drop old";
        case ActionKind::new_board:
            return "new board " + who;
        case ActionKind::write_pid:
            return "write pid " + who;
        case ActionKind::remove_pid:
            return "remove pid " + who;
        case ActionKind::dump_parent:
            return "dump parent";
        case ActionKind::notify_ready:
            return "notify ready";
        case ActionKind::notify_reloading:
            return "notify reloading";
        case ActionKind::notify_refused:
            return "notify refused";
        case ActionKind::notify_stopping:
            return "notify stopping";
        case ActionKind::notify_errno:
            return fmt::format("notify errno {}", action.number);
        case ActionKind::end:
            return "end";
    }
    return {};
}

/// A supervisor whose shell only writes down what it is told; forks succeed and get the next number as pid.
class World {
  public:
    State state;
    Instant now{1'000'000'000'000};
    std::vector<std::string> done;
    bool answers = true;  ///< children say hello, get prepared and commit at once
    bool reload_is_good = true;
    Nanoseconds reading{0};  ///< what the supervisor's own reading takes
    Settings next_settings;

    void start(Settings settings) { feed({.kind = EventKind::start, .settings = settings}); }
    void feed(Event event) {
        Actions actions;
        step(state, event, now, actions);
        for (const Action& action : actions) {
            done.push_back(words_of(action));
            react(action);
        }
    }
    void signal(int number) { feed({.kind = EventKind::signal, .number = number}); }
    void dies(Role role, int status) {
        REQUIRE(state[role].pid != 0);
        feed({.kind = EventKind::exited, .pid = state[role].pid, .wait_status = status});
    }
    void pass(Nanoseconds time) {
        const Instant until = now + time;
        while (next_deadline(state) <= until) {
            now = std::max(now, next_deadline(state));
            feed({.kind = EventKind::tick});
        }
        now = until;
    }
    void reload(Settings settings) {
        next_settings = settings;
        signal(SIGHUP);
    }
    /// What was done since the last call.
    std::vector<std::string> take() { return std::exchange(done, {}); }
    bool did(const std::string& words) const {
        return std::find(done.begin(), done.end(), words) != done.end();
    }
    int count(const std::string& words) const {
        return static_cast<int>(std::count(done.begin(), done.end(), words));
    }

  private:
    int next_pid_ = 100;
    void react(const Action& action) {
        if (action.kind == ActionKind::spawn) {
            feed({.kind = EventKind::spawned, .role = action.role, .pid = ++next_pid_});
            if (answers) feed({.kind = EventKind::hello, .role = action.role});
        }
        if (action.kind == ActionKind::prepare && answers)
            feed({.kind = EventKind::prepared, .role = action.role});
        if (action.kind == ActionKind::commit && answers)
            feed({.kind = EventKind::committed, .role = action.role});
        if (action.kind == ActionKind::read_configuration) {
            now = now + reading;
            feed({.kind = reload_is_good ? EventKind::read_done : EventKind::read_refused,
                  .settings = next_settings});
        }
    }
};

inline World running(std::initializer_list<Role> roles, Settings base = {}) {
    World world;
    Settings settings = settings_with(roles);
    base.wanted = settings.wanted;
    world.start(base);
    REQUIRE(world.state.started);
    world.pass(Seconds{100});  // older than the respawn window
    world.take();
    return world;
}

using Words = std::vector<std::string>;
