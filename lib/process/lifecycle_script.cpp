#include "lib/process/lifecycle_script.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"

namespace process {

namespace {

constexpr Seconds kAfterTerm{2};
constexpr Seconds kAfterFirstKill{2};
constexpr Seconds kAfterSecondKill{10};

/// True when the process has ended before the time is over. A readable `cancelled` ends the wait early.
bool ended_within(const Spawned& child, Nanoseconds time, int cancelled = -1) {
    const Instant deadline = monotonic_now() + time;
    for (;;) {
        const Nanoseconds left = deadline - monotonic_now();
        if (left <= Nanoseconds::zero()) return false;
        pollfd watched[]{{child.pidfd.get(), POLLIN, 0}, {cancelled, POLLIN, 0}};
        const int milliseconds = static_cast<int>(left.count() / 1'000'000 + 1);
        poll(watched, 2, milliseconds);
        if (watched[0].revents != 0) return true;
        if (watched[1].revents != 0) return false;
    }
}

bool made_to_end(const Spawned& child, std::string_view which) {
    ::kill(-child.pid, SIGTERM);
    if (ended_within(child, kAfterTerm)) return true;
    ::kill(-child.pid, SIGKILL);
    if (ended_within(child, kAfterFirstKill)) return true;
    logging::info("{} script (PID {}) failed to terminate after kill", which, child.pid);
    ::kill(-child.pid, SIGKILL);
    return ended_within(child, kAfterSecondKill);
}

// The doubled word is the reference's, and people grep it.
void log_end(std::string_view which, std::string_view text, int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        logging::info("{} script script failed, signal {}", which, WTERMSIG(wait_status));
        return;
    }
    const int status = WEXITSTATUS(wait_status);
    if (status == 127) logging::info("Couldn't find command: {}", text);
    if (status == 126) logging::info("Couldn't execute command: {}", text);
    if (status == 0) {
        logging::detail("{} script script succeeded", which);
    } else {
        logging::info("{} script script failed, status {}", which, status);
    }
}

}  // namespace

void run_lifecycle_script(const Spawner& spawner, const Command& command, std::string_view which,
                          std::string_view text, Seconds timeout, int cancelled) {
    logging::detail("Running {} script {}", which, text);
    const auto child = spawner.start(command);
    if (!child) {
        logging::info("{} script could not be started: {}", which, child.error().message());
        return;
    }
    const bool in_time = ended_within(*child, timeout, cancelled);
    if (!in_time) {
        logging::info("{} script timed out", which);
        if (!made_to_end(*child, which)) return;
    }
    const Reaped reaped = reap(child->pid);
    if (const auto failure = spawn_failure_text(*child, command); !failure.empty())
        logging::info("{}", failure);
    if (in_time && reaped.ended && !reaped.lost) log_end(which, text, reaped.wait_status);
}

}  // namespace process
