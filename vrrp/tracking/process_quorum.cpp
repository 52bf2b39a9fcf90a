#include "vrrp/tracking/process_quorum.hpp"

#include <algorithm>

namespace vrrp::tracking {

rows::TrackedProcess first_count(const QuorumRule& rule, std::uint32_t count) {
    return {count, rule.satisfied_by(count), kNever, kNever};
}

rows::TrackedProcess with_count(rows::TrackedProcess state, const QuorumRule& rule, std::uint32_t count,
                                Instant now) {
    state.current = count;
    const bool satisfied = rule.satisfied_by(count);
    if (satisfied == (state.have_quorum != 0)) {
        state.fork_due = state.terminate_due = kNever;
        return state;
    }
    Instant& due = satisfied ? state.fork_due : state.terminate_due;
    if (due == kNever) due = now + (satisfied ? rule.fork_delay : rule.terminate_delay);
    return at_time(state, now);
}

rows::TrackedProcess at_time(rows::TrackedProcess state, Instant now) {
    if (state.fork_due <= now) return {state.current, 1, kNever, kNever};
    if (state.terminate_due <= now) return {state.current, 0, kNever, kNever};
    return state;
}

Instant next_deadline(const rows::TrackedProcess& state) {
    return std::min(state.fork_due, state.terminate_due);
}

}  // namespace vrrp::tracking
