// The daemon from its first log line to its last: what is done once, before and after the supervisor's loop.
#pragma once

#include "keepalived/command_line.hpp"

namespace keepalived {

/// Returns the exit code; in the launcher (which daemonises) it does not return.
int run_daemon(CommandLine line, int argc, char** argv);

}  // namespace keepalived
