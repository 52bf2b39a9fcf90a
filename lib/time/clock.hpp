// The only places where the shells read a clock.
#pragma once

#include <ctime>

#include "lib/time/instant.hpp"

/// CLOCK_MONOTONIC now.
inline Instant monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return {static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec};
}

/// CLOCK_BOOTTIME now, nanoseconds: goes on while the machine sleeps; the age of an advert after a crash is measured with it.
inline std::int64_t boottime_now_ns() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

/// Microseconds since the epoch, for what people read.
inline std::int64_t wallclock_us() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}
