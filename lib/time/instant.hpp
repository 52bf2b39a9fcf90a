// Time in the pure cores: an Instant is passed in with each event, no core reads a clock (decisions.md §12).
#pragma once

#include <chrono>
#include <cstdint>
#include <type_traits>

using Nanoseconds = std::chrono::nanoseconds;
using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;
using Centiseconds = std::chrono::duration<std::int64_t, std::centi>;
using Seconds = std::chrono::seconds;

/// Nanoseconds of CLOCK_MONOTONIC; in the simulator, of virtual time. Trivially copyable: it lives in board rows.
struct Instant {
    std::int64_t ns = 0;

    friend constexpr auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant at, Nanoseconds by) { return {at.ns + by.count()}; }
    friend constexpr Instant operator-(Instant at, Nanoseconds by) { return {at.ns - by.count()}; }
    friend constexpr Nanoseconds operator-(Instant a, Instant b) { return Nanoseconds{a.ns - b.ns}; }
};

/// "No deadline".
inline constexpr Instant kNever{INT64_MAX};

static_assert(std::is_trivially_copyable_v<Instant>);
