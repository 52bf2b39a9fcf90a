#include "lib/process/auto_priority.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lib/log/log.hpp"

namespace process {

void AutoPriority::configure(const Limits& limits) {
    const bool configured_changed = limits.configured != limits_.configured;
    limits_ = limits;
    if (raised_to_ == 0) return;
    if (configured_changed) {  // the supervisor has set it
        raised_to_ = 0;
    } else if (raised_to_ > std::max(limits.highest, 0)) {
        raised_to_ = 0;
        become(limits.configured);
    }
}

void AutoPriority::timer_was_late(Nanoseconds late) {
    const int present = std::max(raised_to_, limits_.configured);
    if (late <= limits_.patience || present >= limits_.highest) return;
    logging::info("A thread timer expired {:.6f} seconds ago", static_cast<double>(late.count()) / 1e9);
    raised_to_ = present + 1;
    become(raised_to_);
    logging::info("Set realtime priority {}", raised_to_);
}

void AutoPriority::become(int priority) const {
    // Without an end a process that spins would take the CPU from everybody else.
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    if (priority > 0) limit = {limits_.rlimit_rttime_us / 2, limits_.rlimit_rttime_us};
    if (::setrlimit(RLIMIT_RTTIME, &limit) != 0)
        logging::info("Unable to set RLIMIT_RTTIME - {}", std::strerror(errno));
    sched_param parameters{};
    parameters.sched_priority = priority;
    if (::sched_setscheduler(0, (priority > 0 ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &parameters) !=
        0)
        logging::info("Unable to set realtime priority {} - {}", priority, std::strerror(errno));
}

}  // namespace process
