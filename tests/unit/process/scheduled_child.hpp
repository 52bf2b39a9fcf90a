// Tests of scheduling run in processes of their own: limits and priorities of the test stay as they are.
#pragma once

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace scheduled {

/// The exit status of a child which runs `run`; −1 where a signal ended it.
inline int status_of(const std::function<int()>& run) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(run());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline bool may_be_real_time() {
    return status_of([] {
               const sched_param lowest{1};
               return ::sched_setscheduler(0, SCHED_FIFO, &lowest) == 0 ? 1 : 0;
           }) == 1;
}

}  // namespace scheduled
