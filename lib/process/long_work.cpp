#include "lib/process/long_work.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace process {

namespace {

constexpr long kSleepNs = 100'000;

bool is_limited() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_RTTIME, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/// The kernel counts from the last sleep; one that is over before it begins is none.
void count_anew() {
    const timespec sleep{0, kSleepNs};
    ::nanosleep(&sleep, nullptr);
}

}  // namespace

LongWork::LongWork() {
    if (!is_limited() || ::getrlimit(RLIMIT_RTTIME, &limit_) != 0) return;
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    lifted_ = ::setrlimit(RLIMIT_RTTIME, &unlimited) == 0;
    if (lifted_ || ::syscall(SYS_sched_getattr, 0, &class_, sizeof class_, 0U) != 0) return;
    if (class_.policy != SCHED_RR && class_.policy != SCHED_FIFO) return;
    SchedulingWish ordinary;
    ordinary.policy = SCHED_OTHER;
    ordinary.flags = class_.flags;
    ordinary.nice = class_.nice;
    ordinary.slice_ns = kShortestSliceNs;  // asked for anew each time the class changes
    lowered_ = ::syscall(SYS_sched_setattr, 0, &ordinary, 0U) == 0;
}

// What the supervisor has set meanwhile holds.
LongWork::~LongWork() {
    if (lifted_ && !is_limited()) {
        count_anew();
        (void)::setrlimit(RLIMIT_RTTIME, &limit_);
    }
    if (lowered_ && is_limited()) {
        (void)::syscall(SYS_sched_setattr, 0, &class_, 0U);
        count_anew();
    }
}

}  // namespace process
