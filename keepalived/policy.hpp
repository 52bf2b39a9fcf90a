// The supervisor's policy: when to spawn, back off, release, give up, forward a signal, switch generation.
// Pure: events in, actions out, time passed in (design.md; cli-signals.md §3, §4, §8; decisions.md §1, §3,
// §5).
//
// A child's life, and the message that ends each phase:
//
//   absent ─spawn→ hello ─hello→ preparing ─prepared→ committing ─committed→ running
//      ↑                                                                       │ dies
//      └── delayed (0 1 2 4 8 16 32 60 60 … s) ←── [released] ←────────────────┘
//
// "released": a run of the same executable which only takes down what the dead one left (decisions.md §5).
//
// A reload: read (shell) → prepare to all running → all prepared → commit to all → all committed. One
// refusal, death or 2 s of silence before the commit aborts for all, and the old generation stays in force.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "keepalived/role.hpp"
#include "lib/log/level.hpp"
#include "lib/time/instant.hpp"

namespace keepalived::policy {

using control::Adopt;

inline constexpr Seconds kHelloLimit{5};  ///< spawn → hello
inline constexpr Seconds kFirstPrepareLimit{
    30};  ///< prepare → prepared at a start: a large file on a busy box
inline constexpr Seconds kReloadPrepareLimit{2};
/// …and so many times what the supervisor's own reading took: a child reads the same, and builds on it.
inline constexpr int kReloadReadings = 8;
inline constexpr Seconds kCommitLimit{30};
inline constexpr Seconds kReleaseLimit{5};
inline constexpr Seconds kObserverWarmUp{1};  ///< "Startup complete" waits no longer for an observer
inline constexpr Milliseconds kObserverStop{100};
inline constexpr Seconds kRespawnWindow{60};  ///< a child that lived longer starts the delay sequence again
inline constexpr Seconds kPoisonWindow{
    10};  ///< a child that dies so soon after an adoption is not given the board again
inline constexpr Seconds kPingInterval{5};
inline constexpr Seconds kPingLimit{10};

struct Settings {
    bool dont_respawn = false;              ///< -R
    bool dont_release_vrrp = false;         ///< -V
    bool dont_release_ipvs = false;         ///< -I
    bool detail = false;                    ///< -D
    Nanoseconds child_wait{Seconds{5}};     ///< child_wait_time
    Nanoseconds shortest_hold{Seconds{3}};  ///< shortest 3 × advert_int of the instances
    std::array<bool, kRoles> wanted{};      ///< configured, enabled, and its executable is there
};

enum class Phase : std::uint8_t { absent, delayed, hello, preparing, committing, running };

/// What a process was started for.
enum class Purpose : std::uint8_t { service, release };

/// Answer awaited from a running child during a reload.
enum class Reloading : std::uint8_t { no, preparing, prepared, committing };

struct Child {
    Phase phase = Phase::absent;
    Purpose purpose = Purpose::service;
    Reloading reloading = Reloading::no;
    int pid = 0;
    Instant spawned{};
    Instant due = kNever;        ///< end of the delay, or of patience with a silent child
    Instant respawn_at{};        ///< when a release is over: the time of the restart
    std::uint32_t deaths = 0;    ///< position in the delay sequence
    Adopt adopt = Adopt::none;   ///< for the next start
    Instant adopted_until = {};  ///< end of the poison window of the last adoption
    bool holds = false;          ///< has been in force since its last release: kernel objects may exist
    Instant ping_due = kNever;
    bool ping_out = false;
};

enum class ReloadPhase : std::uint8_t { idle, preparing, committing };

struct State {
    Settings settings;
    std::array<Child, kRoles> children{};
    bool started = false;    ///< "Startup complete" is out
    bool had_child = false;  ///< a protocol child was running when the reload began
    Instant warm_up_until = kNever;
    bool warmed_up = false;  ///< "Startup complete" waits for observers no longer
    ReloadPhase reload = ReloadPhase::idle;
    Settings next_settings;
    Instant reload_due = kNever;
    Instant reading_since;  ///< of the reload under way
    bool reload_queued = false;
    bool queue_told = false;  ///< the log knows of the queued one
    bool stopping = false;
    Instant stop_due = kNever;  ///< then SIGKILL
    int exit_code = 0;
    bool run_shutdown_script = true;
    bool ended = false;

    Child& operator[](Role role) { return children[index_of(role)]; }
    const Child& operator[](Role role) const { return children[index_of(role)]; }
};

enum class EventKind : std::uint8_t {
    start,
    spawned,  ///< pid; 0 = fork failed
    exited,   ///< pid, wait_status
    hello,
    prepared,
    refused,  ///< text = reason
    committed,
    pong,
    signal,        ///< number: HUP, TERM, INT or one to forward
    read_done,     ///< the new configuration can be run; settings = what follows from it
    read_refused,  ///< the old one stays
    tick,
};

struct Event {
    EventKind kind = EventKind::tick;
    Role role = Role::supervisor;
    int pid = 0;
    int wait_status = 0;
    int number = 0;
    std::string text;
    Settings settings;
};

enum class ActionKind : std::uint8_t {
    spawn,    ///< start the executable; answered at once by event `spawned`
    prepare,  ///< adopt, next
    commit,
    abort,
    release,
    ping,
    crash_details,       ///< log version, command line and build options
    kill,                ///< number = signal
    log,                 ///< level, text
    read_configuration,  ///< "Reloading ..."; answered at once by read_done or read_refused
    use_next,  ///< the prepared generation becomes the current one; the old one stays until drop_old
    drop_next,
    drop_old,
    new_board,  ///< a zeroed board for this child in the current generation
    write_pid,  ///< the child's pid file
    remove_pid,
    dump_parent,
    notify_ready,  ///< systemd
    notify_reloading,
    notify_refused,  ///< text
    notify_stopping,
    notify_errno,  ///< number
    end,           ///< everything is over: state.exit_code, state.run_shutdown_script
};

struct Action {
    ActionKind kind = ActionKind::log;
    Role role = Role::supervisor;
    Adopt adopt = Adopt::none;
    bool next = false;  ///< prepare: the generation which a reload has read, not the one in force
    int number = 0;
    logging::Level level = logging::Level::info;
    std::string text;
};

using Actions = std::vector<Action>;

void step(State& state, const Event& event, Instant now, Actions& actions);

/// When step() wants a tick at the latest.
Instant next_deadline(const State& state);

/// Delay before the nth restart (0 = first): 0 1 2 4 8 16 32 60 60 …
constexpr Seconds respawn_delay(std::uint32_t nth) {
    if (nth == 0) return Seconds{0};
    return nth > 6 ? Seconds{60} : Seconds{1LL << (nth - 1)};
}

}  // namespace keepalived::policy
