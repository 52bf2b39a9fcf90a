// startup_script and shutdown_script: run by the supervisor, which waits for them (conf-global.md §7.6).
#pragma once

#include <string_view>

#include "lib/process/spawn.hpp"
#include "lib/time/instant.hpp"

namespace process {

/// Runs the command, logs as the reference does, and returns when it has ended, or when it cannot be made to
/// end: time-out, SIGTERM to the group, 2 s later SIGKILL, 2 s later SIGKILL again, 10 s later given up.
/// @param which      "startup" or "shutdown"
/// @param text       the command as written, for the log
/// @param cancelled  a readable descriptor (the supervisor's signalfd) ends the wait as the time-out does; -1
/// = none
void run_lifecycle_script(const Spawner& spawner, const Command& command, std::string_view which,
                          std::string_view text, Seconds timeout, int cancelled = -1);

}  // namespace process
