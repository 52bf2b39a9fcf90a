// Runs scripts beside an Asio loop: track scripts, MISC_CHECK, notifies (decisions.md §11).
//
// Each child is waited for by its own pidfd, so nothing has to be done on SIGCHLD and nobody else's children
// are touched; only waitpid(-1) elsewhere in the process would disturb it. Starts go out one a turn of the
// loop: a hundred notifies at once do not hold up the adverts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "lib/process/command.hpp"
#include "lib/process/spawn.hpp"
#include "lib/time/instant.hpp"

namespace boost::asio {
class io_context;
}

namespace process {

/// How a script ended.
struct ScriptEnd {
    int wait_status = 0;       ///< as waitpid(2) gives it
    bool timed_out = false;    ///< it was told to end because its time was over
    bool not_started = false;  ///< fork failed: wait_status means nothing

    bool succeeded() const;   ///< exit status 0, in time
    int exit_status() const;  ///< -1 when it did not exit
    int signal() const;       ///< 0 when it was not killed
};

using RunId = std::uint64_t;  ///< 0 = none

struct ScriptRun {
    Command command;
    Nanoseconds timeout{0};                   ///< 0 = for ever
    std::function<void(pid_t)> started = {};  ///< may be empty
    std::function<void()> time_over = {};     ///< SIGTERM has been sent to the group; may be empty
    std::function<void()> being_killed = {};  ///< SIGKILL has been sent, 2 s later; may be empty
    std::function<void(const ScriptEnd&)> ended = {};
};

class ScriptRunner {
  public:
    ScriptRunner(boost::asio::io_context& loop, Baseline baseline);
    ~ScriptRunner();  ///< SIGKILL to all groups, no callbacks

    /// Queues the script; its callbacks come from the loop, never from inside this call.
    RunId start(ScriptRun run);
    /// SIGTERM to the group, SIGKILL 2 s later; `ended` still comes. A queued one ends as not started.
    void terminate(RunId run);
    /// SIGKILL to the group at once.
    void kill(RunId run);
    /// No callback of this run comes any more; the script itself is terminated.
    void abandon(RunId run);

    std::size_t running() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace process
