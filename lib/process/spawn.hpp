// Starting a script: fork and exec with the environment of conf-global.md §7.3. Between the two only
// async-signal-safe calls are made; the parent never waits for the exec (a hung file system must not stop
// adverts).
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/process/command.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace process {

/// What a script gets back although the daemon changed it for itself. Capture it before tuning the process.
struct Baseline {
    struct Limit {
        int resource = 0;
        rlimit value{};
    };
    std::vector<Limit> limits;  ///< RTTIME, MEMLOCK; NOFILE and CORE: lib/process/limits.hpp
    int nice = 0;

    static Baseline capture();
};

/// The steps between fork and exec that can fail.
enum class SpawnStep : int { groups = 1, gid, uid, exec };

/// What the child reports over its close-on-exec pipe when it could not become the script.
struct SpawnFailure {
    SpawnStep step = SpawnStep::exec;
    int error = 0;  ///< errno
};

/// A started script: a pidfd to wait on, and the pipe on which a SpawnFailure may be found once it has ended.
struct Spawned {
    pid_t pid = 0;
    UniqueFd pidfd;
    UniqueFd failure_pipe;
};

/// Prepared once for each process: /dev/null and the filtered environment (without IFS LD_PRELOAD
/// LD_LIBRARY_PATH).
class Spawner {
  public:
    explicit Spawner(Baseline baseline);
    Result<Spawned> start(const Command& command) const;

  private:
    Baseline baseline_;
    UniqueFd null_;
    std::vector<std::string> environment_;
};

/// Why the script could not be started, in the words of conf-global.md §7.5; empty when it was.
std::string spawn_failure_text(const Spawned& spawned, const Command& command);

struct Reaped {
    bool ended = false;
    bool lost = false;  ///< somebody else has collected it: the status is not known
    int wait_status = 0;
};
/// Collects the process if it has ended; does not wait.
Reaped reap(pid_t pid);

}  // namespace process
