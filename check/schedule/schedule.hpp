// When a checker runs next, and when its failures count: retries, delays, warm-up (lvs-behaviour.md §6). Pure.
#pragma once

#include <cstdint>
#include <type_traits>

#include "lib/time/instant.hpp"

namespace check::schedule {

/// What differs from type to type.
struct Policy {
    bool retries_always = false;     ///< SMTP_CHECK: retries also at the first run and while down
    bool from_start = false;         ///< MISC_CHECK: delay_loop counts from the start of the script
    bool down_waits_longer = false;  ///< HTTP_GET: while down max(delay_loop, delay_before_retry)
    bool fast_recovery = false;      ///< HTTP_GET: the next url at once while not yet run or down
};

struct Config {
    Microseconds delay_loop{60'000'000};
    Microseconds delay_before_retry{1'000'000};
    Microseconds warmup{60'000'000};
    std::uint32_t retry = 1;
    Policy policy;
};

/// Trivially copyable: part of the checker's board row.
struct State {
    std::uint32_t retries_done = 0;
    bool up = true;  ///< what the quorum core was told last
    bool has_run = false;
    bool enabled = true;   ///< ha_suspend
    Instant started = {};  ///< of the attempt that runs, or ran last
    Instant due = kNever;
};
static_assert(std::is_trivially_copyable_v<State>);

enum class Attempt : std::uint8_t {
    success,
    partial,  ///< one url of several is good: nothing is decided yet
    failure,
    local,  ///< could not be tried (no socket, bind failed): the state stays
};

enum class Report : std::uint8_t { nothing, up, down };

struct Decision {
    Report report = Report::nothing;
    std::uint32_t retries = 0;  ///< retries behind a `down`: "failed after N retries"
    // Of a failure that does not count yet:
    std::uint32_t retries_done = 0;
    std::uint32_t retries_left = 0;
};

/// First run: a second after the start, plus a random part of the warm-up.
/// @param random  uniform in [0, 1)
Instant first_due(const Config& config, Instant now, double random);

/// After an attempt: what to tell the quorum core, and in `state.due` when the next one starts.
Decision attempt_ended(State& state, const Config& config, Attempt attempt, Instant now);

/// The nearest point of the 10 ms grid (decisions.md §7), so that checks wake the process together. Nearest, not next: a
/// check that takes half a millisecond stays at its interval instead of slipping by a point each time.
Instant on_grid(Instant instant);

}  // namespace check::schedule
