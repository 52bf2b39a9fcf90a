#include "lib/process/uninterrupted.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "scheduled_child.hpp"

using scheduled::may_be_real_time;
using scheduled::status_of;

namespace {

process::SchedulingWish wish() {
    process::SchedulingWish now;
    (void)::syscall(SYS_sched_getattr, 0, &now, sizeof now, 0U);
    return now;
}

}  // namespace

TEST_CASE("who must not be interrupted is real-time for a while, then what it was before") {
    if (!may_be_real_time()) {
        WARN("not checked: nobody may be real-time here");
        return;
    }
    CHECK(status_of([] {
              process::SchedulingWish before = wish();
              before.nice = 3;
              before.slice_ns = 200'000;
              before.flags = 1;  // not for children
              if (::syscall(SYS_sched_setattr, 0, &before, 0U) != 0) return 1;
              before = wish();
              {
                  const process::Uninterrupted work;
                  if ((::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) != SCHED_FIFO) return 2;
              }
              const process::SchedulingWish after = wish();
              if (after.policy != SCHED_OTHER || after.nice != 3 || after.flags != before.flags) return 3;
              return after.slice_ns == before.slice_ns ? 0 : 4;
          }) == 0);
}

TEST_CASE("a process whose real-time is limited, or which is real-time already, stays as it is") {
    if (!may_be_real_time()) {
        WARN("not checked: nobody may be real-time here");
        return;
    }
    CHECK(status_of([] {
              const rlimit limit{10'000, 10'000};
              if (::setrlimit(RLIMIT_RTTIME, &limit) != 0) return 1;
              const process::Uninterrupted work;
              return ::sched_getscheduler(0) == SCHED_OTHER ? 0 : 2;
          }) == 0);
    CHECK(status_of([] {
              const sched_param priority{5};
              if (::sched_setscheduler(0, SCHED_RR, &priority) != 0) return 1;
              {
                  const process::Uninterrupted work;
                  if (::sched_getscheduler(0) != SCHED_RR) return 2;
              }
              return wish().priority == 5 ? 0 : 3;
          }) == 0);
}
