// Work for thousands of objects in one go, which RLIMIT_RTTIME would take for a process that runs away.
#pragma once

#include <sys/resource.h>

#include "lib/process/uninterrupted.hpp"

namespace process {

/// While it lives, a real-time process may compute as long as it takes: without its limit, or, where it may not lift that
/// (CAP_SYS_RESOURCE), as an ordinary one. Then both are what they were, and the limit counts anew.
class LongWork {
  public:
    LongWork();
    ~LongWork();
    LongWork(const LongWork&) = delete;
    LongWork& operator=(const LongWork&) = delete;

  private:
    rlimit limit_{};
    SchedulingWish class_;
    bool lifted_ = false;
    bool lowered_ = false;
};

}  // namespace process
