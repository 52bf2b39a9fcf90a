// What the main of every child executable is made of (decisions.md §1, §3). A child looks like this:
//
//     int main() {
//         child::Process process{{control::Role::vrrp, "Keepalived_vrrp"}};
//         if (const int status = process.start(); status >= 0) return status;   // not started by keepalived,
//         other build child::Handlers on; on.prepare = [&](child::Prepare& next) -> Result<std::uint64_t> { …
//         parse next.generation_fd, change nothing … }; on.commit  = [&]() -> Result<> { … the prepared
//         generation is now in force … }; on.abort   = [&] { … forget it … }; on.stop    = [&] { … clean
//         stop; when all is done: process.finish(); }; process.handle_with(std::move(on)); return
//         process.run();                                                 // or an event loop of one's own,
//         below
//     }
//
// With an event loop of one's own (Asio): wait until control_fd() or signal_fd() is readable (both
// non-blocking, level triggered, neither is ever replaced), then call handle(); leave the loop once
// finished() is true and return exit_status().
//
// start(), in this order: descriptor 3 must be a SOCK_SEQPACKET socket (else one line on stderr, exit 1);
// opens the signalfd (we are started with every signal blocked, so none is lost); process name `keepalived`;
// the supervisor's hello (build id checked, Options, pid file); PDEATHSIG = TERM and a getppid() check; opens
// the log; answers hello.
//
// Answered here, without the child's help: ping, log, version checks, the loss of the supervisor (= stop).
// The line "Reloading" is written here before the commit of a reload, "Stopped" by finish() after a stop; the dump of -d
// is asked for after the first commit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lib/process/control.hpp"
#include "lib/process/signals.hpp"
#include "lib/process/spawn.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace child {

struct Identity {
    control::Role role = control::Role::vrrp;
    const char* ident = "Keepalived_vrrp";  ///< syslog ident without suffix
};

/// A generation the child is asked to get ready for. The descriptors are the child's to move out and keep.
struct Prepare {
    std::uint32_t generation = 0;
    control::Adopt adopt = control::Adopt::none;
    bool same_text = false;  ///< as what is in force: a child which can keep its model need not read it again
    UniqueFd generation_fd;  ///< for conf::open_sealed
    UniqueFd board;          ///< read-write; an observer: the VRRP child's, read-only
    UniqueFd
        old_board;  ///< none with Adopt::none, none for observers; after a crash the same board as `board`
    std::vector<UniqueFd> more;  ///< observers: boards of checker, bfd, lagg, read-only
};

struct Handlers {
    /// Parse, map, allocate: whatever can fail; nothing visible may change. The value is the model hash.
    /// An error's message() becomes the reason of the refusal.
    std::function<Result<std::uint64_t>(Prepare&)> prepare;
    /// Must succeed in the ordinary course; an error ends the child with kSoftware, and it is started again on
    /// the new generation. The answer `committed` is sent when it returns.
    std::function<Result<>()> commit;
    std::function<void()> abort;
    /// Clean stop (TERM, INT, the message, or the supervisor has gone). Called once. Call finish() when all
    /// is done.
    std::function<void()> stop;
    /// Run-once cleaner of what a dead predecessor left (decisions.md §5). Follows a prepare with
    /// Adopt::successor that was *not* committed. Default: stop.
    std::function<void()> release;
    /// HUP, USR1, USR2, CHLD, XCPU, JSON, STATS_CLEAR. TERM and INT never come here.
    std::function<void(int signal)> signal;
    /// Kinds not dealt with here: dump and done (report), set, done of a dump we asked for.
    std::function<void(control::Received&)> message;
};

class Process {
  public:
    explicit Process(Identity identity) : identity_(identity) {}

    /// -1: go on. Otherwise the exit status to end with.
    int start();
    void handle_with(Handlers handlers) { handlers_ = std::move(handlers); }

    int control_fd() const { return channel_.fd(); }
    int signal_fd() const { return signals_.fd(); }
    /// Deals with everything that is readable on both descriptors. Never blocks.
    void handle();
    /// A poll(2) loop over the two until finished(), for children without an event loop of their own.
    int run();

    const control::Options& options() const { return options_; }
    std::uint32_t generation() const { return generation_; }
    /// For the Spawner and the ScriptRunner: limits and nice value as they were before the daemon was tuned.
    const process::Baseline& baseline() const { return baseline_; }
    bool stopping() const { return stopping_; }

    /// Sends; a failure other than a full channel means the supervisor has gone.
    bool send(const control::Message& message, std::span<const int> descriptors = {});
    /// Asks the supervisor for a dump file of this process; the rows must be published before.
    bool request_dump(control::Dump kind);

    /// Again after a change of credentials, which clears PDEATHSIG: returns false when the supervisor has
    /// died meanwhile.
    bool set_parent_death_signal();

    void finish(int status = 0);
    bool finished() const { return finished_; }
    int exit_status() const { return exit_status_; }

  private:
    bool is_observer() const { return identity_.role >= control::Role::report; }
    bool say_hello();
    bool take_hello();
    void open_log() const;
    void on_message(control::Received& received);
    void on_prepare(control::Received& received);
    void on_commit();
    void on_signal(int number);
    void log_cpu_time_exceeded() const;
    void begin_stop();
    void log_stopped() const;
    void remove_pid_file_if_orphaned() const;

    Identity identity_;
    control::Channel channel_;
    signals::Stream signals_;
    control::Options options_{};
    process::Baseline baseline_;
    Handlers handlers_;
    int supervisor_ = 0;
    UniqueFd pid_file_;
    std::string pid_path_;
    std::string prepared_name_;
    std::uint32_t prepared_flags_ = 0;
    std::uint32_t prepared_generation_ = 0;
    control::Adopt prepared_adopt_ = control::Adopt::none;
    std::uint32_t generation_ = 0;
    bool prepared_ = false;
    bool stopping_ = false;
    bool orphaned_ = false;
    bool finished_ = false;
    int exit_status_ = 0;
};

}  // namespace child
