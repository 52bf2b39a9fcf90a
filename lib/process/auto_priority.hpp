// max_auto_priority: a process which finds itself scheduled too late makes itself a real-time one, and raises its priority
// by one each time it happens again (conf-global.md §2.5, cli-signals.md §12).
#pragma once

#include <cstdint>

#include "lib/time/instant.hpp"

namespace process {

class AutoPriority {
  public:
    struct Limits {
        int highest = 0;                     ///< SCHED_RR priority that is never exceeded; 0 and below: off
        Nanoseconds patience{Seconds{1}};    ///< what a timer may be late
        int configured = 0;                  ///< the process's rt priority of the file, 0 = none
        std::uint32_t rlimit_rttime_us = 0;  ///< hard limit, the soft one is half of it
        friend bool operator==(const Limits&, const Limits&) = default;
    };

    /// A new generation. What was raised stays while it is within the limits.
    void configure(const Limits& limits);
    /// A timer was handled so much after its time.
    void timer_was_late(Nanoseconds late);

  private:
    void become(int priority) const;

    Limits limits_;
    int raised_to_ = 0;  ///< 0 = not raised
};

}  // namespace process
