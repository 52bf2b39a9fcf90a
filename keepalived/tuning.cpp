#include "keepalived/tuning.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "lib/log/log.hpp"
#include "lib/process/uninterrupted.hpp"

namespace keepalived {
namespace {

void complain(const char* doing, pid_t pid) {
    logging::info("Unable to {} of process {} - {}", doing, pid, std::strerror(errno));
}

void set_priority(pid_t pid, const conf::ProcessTuning& wanted) {
    if (::setpriority(PRIO_PROCESS, static_cast<id_t>(pid), wanted.nice.value_or(0)) != 0)
        complain("set nice value", pid);
}

/// SCHED_RR with a limit of CPU time: the soft one (SIGXCPU) at half of the hard one (SIGKILL).
void set_realtime(pid_t pid, const conf::ProcessTuning& wanted) {
    const bool realtime = wanted.rt_priority > 0;
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    if (realtime) limit = {wanted.rlimit_rttime_us / 2, wanted.rlimit_rttime_us};
    if (::prlimit(pid, RLIMIT_RTTIME, &limit, nullptr) != 0) complain("set RLIMIT_RTTIME", pid);
    sched_param parameters{};
    parameters.sched_priority = wanted.rt_priority;
    if (::sched_setscheduler(pid, (realtime ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &parameters) !=
        0)
        complain("set realtime priority", pid);
}

void set_affinity(pid_t pid, const conf::ProcessTuning& wanted) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    if (wanted.cpu_affinity.empty())
        ::sched_getaffinity(0, sizeof cpus, &cpus);  // the supervisor's: as at the start
    for (const int cpu : wanted.cpu_affinity) CPU_SET(static_cast<unsigned>(cpu), &cpus);
    if (::sched_setaffinity(pid, sizeof cpus, &cpus) != 0) complain("set CPU affinity", pid);
}

}  // namespace

void ask_for_short_slices(pid_t pid) {
    process::SchedulingWish wanted;
    wanted.policy = SCHED_OTHER;
    wanted.flags = 1;  // SCHED_FLAG_RESET_ON_FORK: not for scripts
    wanted.slice_ns = process::kShortestSliceNs;
    errno = 0;
    wanted.nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(pid));
    if (errno == 0) (void)::syscall(SYS_sched_setattr, pid, &wanted, 0U);
}

void tune(pid_t pid, const conf::ProcessTuning& present, const conf::ProcessTuning& wanted) {
    if (present.nice != wanted.nice) set_priority(pid, wanted);
    if (present.rt_priority != wanted.rt_priority ||
        (wanted.rt_priority > 0 && present.rlimit_rttime_us != wanted.rlimit_rttime_us))
        set_realtime(pid, wanted);
    if (present.cpu_affinity != wanted.cpu_affinity) set_affinity(pid, wanted);
}

}  // namespace keepalived
