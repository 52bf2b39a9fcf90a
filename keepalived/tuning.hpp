// Scheduling of the children, set from outside so that it can change at a reload (conf-global.md §2.5). Memory locking
// is the child's own affair (control::kNoSwap).
#pragma once

#include <sys/types.h>

#include "conf/model.hpp"

namespace keepalived {

/// Lets a process which sleeps most of the time and must be on time when it wakes up have the processor before those which
/// compute: from Linux 6.12 on the scheduler takes a wish for slices (0.1 ms), older kernels ignore it. Weight and
/// privileges stay what they are (sched(7), sched_setattr(2)).
void ask_for_short_slices(pid_t pid);

/// Makes the process what `wanted` says, as far as it differs from `present`.
void tune(pid_t pid, const conf::ProcessTuning& present, const conf::ProcessTuning& wanted);

}  // namespace keepalived
