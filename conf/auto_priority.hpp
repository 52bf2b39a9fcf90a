// max_auto_priority of one process, in the terms of the one who carries it out.
#pragma once

#include "conf/model.hpp"
#include "lib/process/auto_priority.hpp"

namespace conf {

inline process::AutoPriority::Limits auto_priority_limits(const Global& global, const ProcessTuning& tuning) {
    return {global.max_auto_priority.value_or(0), Microseconds{global.min_auto_priority_delay_us},
            tuning.rt_priority, tuning.rlimit_rttime_us};
}

}  // namespace conf
