// Scheduling of the children, set from outside so that it can change at a reload (conf-global.md §2.5). Memory locking
// is the child's own affair (control::kNoSwap).
#pragma once

#include <sys/types.h>

#include "conf/model.hpp"

namespace keepalived {

/// Makes the process what `wanted` says, as far as it differs from `present`.
void tune(pid_t pid, const conf::ProcessTuning& present, const conf::ProcessTuning& wanted);

}  // namespace keepalived
