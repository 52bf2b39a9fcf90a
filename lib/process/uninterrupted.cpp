#include "lib/process/uninterrupted.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace process {

namespace {

/// The kernel counts real-time ticks towards the limit until the process sleeps in that class, which it never does here.
bool real_time_is_limited() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_RTTIME, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY ||
           limit.rlim_max != RLIM_INFINITY;
}

bool set(const SchedulingWish& wish) { return ::syscall(SYS_sched_setattr, 0, &wish, 0U) == 0; }

}  // namespace

Uninterrupted::Uninterrupted() {
    if (::syscall(SYS_sched_getattr, 0, &before_, sizeof before_, 0U) != 0) return;
    if (before_.policy != SCHED_OTHER || real_time_is_limited()) return;
    SchedulingWish raised;
    raised.policy = SCHED_FIFO;
    raised.priority = 1;
    raised.flags = before_.flags;
    raised_ = set(raised);
}

Uninterrupted::~Uninterrupted() {
    // What the supervisor has set meanwhile holds.
    if (raised_ && (::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO) (void)set(before_);
}

}  // namespace process
