#include "lib/process/long_work.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <ctime>

#include "scheduled_child.hpp"

using scheduled::may_be_real_time;
using scheduled::status_of;

namespace {

constexpr rlimit kLimit{5'000, 10'000};  // µs: a warning, then death

void compute_for_30_ms() {
    const auto used_ms = [] {
        timespec now{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
    };
    for (const auto begin = used_ms(); used_ms() < begin + 30;) continue;
}

bool is_limited_real_time() {
    rlimit now{};
    return ::getrlimit(RLIMIT_RTTIME, &now) == 0 && now.rlim_cur == kLimit.rlim_cur &&
           now.rlim_max == kLimit.rlim_max && (::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_RR;
}

bool become_limited_real_time() {
    const sched_param priority{10};
    return ::setrlimit(RLIMIT_RTTIME, &kLimit) == 0 && ::sched_setscheduler(0, SCHED_RR, &priority) == 0;
}

}  // namespace

TEST_CASE("a limited real-time process outlives long work, and is limited and real-time after it") {
    if (!may_be_real_time()) {
        WARN("not checked: nobody may be real-time here");
        return;
    }
    CHECK(status_of([] {
              if (!become_limited_real_time()) return 1;
              {
                  const process::LongWork work;
                  compute_for_30_ms();
              }
              return is_limited_real_time() ? 0 : 2;
          }) == 0);
    // Without it the kernel ends the process: -1, no status of its own.
    CHECK(status_of([] {
              if (!become_limited_real_time()) return 1;
              compute_for_30_ms();
              return 0;
          }) == -1);
}
