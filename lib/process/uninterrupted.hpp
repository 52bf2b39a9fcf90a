// A few system calls in a row which nothing that computes may come between.
#pragma once

#include <cstdint>

namespace process {

/// What a process that must be on time asks for: the least that can be.
constexpr std::uint64_t kShortestSliceNs = 100'000;

/// struct sched_attr of sched_setattr(2), which the C library lacks and the kernel's header defines beside its own.
struct SchedulingWish {
    std::uint32_t size = 48;
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t slice_ns = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};

/// While it lives, the process has the lowest real-time priority, if it may and is an ordinary one: whoever its system
/// calls wake (listeners of netlink, the kernel's own workers) runs after it, not instead of it, and neither does
/// who waited for the end of a slice. For what takes less than a few milliseconds.
class Uninterrupted {
  public:
    Uninterrupted();
    ~Uninterrupted();
    Uninterrupted(const Uninterrupted&) = delete;
    Uninterrupted& operator=(const Uninterrupted&) = delete;

  private:
    SchedulingWish before_;
    bool raised_ = false;
};

}  // namespace process
