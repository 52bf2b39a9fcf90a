// Retry and delay rules of the checkers.
#include "check/schedule/schedule.hpp"

#include <algorithm>

namespace check::schedule {

namespace {

constexpr Seconds kFirstDelay{1};
constexpr std::int64_t kGridNs = 10'000'000;

Instant next_regular(const State& state, const Config& config, Instant now) {
    Microseconds delay = config.delay_loop;
    if (config.policy.down_waits_longer && !state.up) delay = std::max(delay, config.delay_before_retry);
    if (!config.policy.from_start) return now + delay;
    return std::max(now, state.started + delay);
}

bool may_retry(const State& state, const Config& config) {
    if (state.retries_done >= config.retry) return false;
    return config.policy.retries_always || (state.up && state.has_run);
}

Decision failed(State& state, const Config& config, Instant now) {
    if (may_retry(state, config)) {
        const std::uint32_t done = state.retries_done++;
        state.due = now + config.delay_before_retry;
        return {.retries_done = done, .retries_left = config.retry - done};
    }
    const std::uint32_t retries = state.retries_done;
    state.retries_done = 0;
    const bool decides = state.up || !state.has_run;
    state.up = false;
    state.has_run = true;
    state.due = next_regular(state, config, now);
    return {.report = decides ? Report::down : Report::nothing, .retries = retries};
}

Decision succeeded(State& state, const Config& config, Instant now) {
    state.retries_done = 0;
    const bool decides = !state.up || !state.has_run;
    state.up = state.has_run = true;
    state.due = next_regular(state, config, now);
    return {.report = decides ? Report::up : Report::nothing};
}

}  // namespace

Instant first_due(const Config& config, Instant now, double random) {
    const auto part =
        static_cast<std::int64_t>(static_cast<double>(Nanoseconds(config.warmup).count()) * random);
    return on_grid(now + kFirstDelay + Nanoseconds(part));
}

Decision attempt_ended(State& state, const Config& config, Attempt attempt, Instant now) {
    switch (attempt) {
        case Attempt::success:
            return succeeded(state, config, now);
        case Attempt::failure:
            return failed(state, config, now);
        case Attempt::partial:
            state.retries_done = 0;
            state.due =
                config.policy.fast_recovery && (!state.up || !state.has_run) ? now : now + config.delay_loop;
            return {};
        case Attempt::local:
            break;
    }
    state.due = now + config.delay_loop;
    return {};
}

Instant on_grid(Instant instant) { return Instant{(instant.ns + kGridNs / 2) / kGridNs * kGridNs}; }

}  // namespace check::schedule
