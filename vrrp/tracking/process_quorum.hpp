// Does a tracked process run often enough, and not too often; with delays (conf-vrrp.md §3.4). Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/time/instant.hpp"
#include "vrrp/rows.hpp"

namespace vrrp::tracking {

struct QuorumRule {
    std::uint32_t quorum = 1;
    std::optional<std::uint32_t> quorum_max;
    Nanoseconds fork_delay{0};       ///< wait before the quorum counts as gained
    Nanoseconds terminate_delay{0};  ///< wait before it counts as lost

    bool satisfied_by(std::uint32_t count) const {
        return count >= quorum && (!quorum_max || count <= *quorum_max);
    }
};

/// At a start: no delay.
rows::TrackedProcess first_count(const QuorumRule& rule, std::uint32_t count);
/// `count` processes run now. A change the other way cancels one that waits.
rows::TrackedProcess with_count(rows::TrackedProcess state, const QuorumRule& rule, std::uint32_t count,
                                Instant now);
/// Carries out a delayed change that is due.
rows::TrackedProcess at_time(rows::TrackedProcess state, Instant now);
/// kNever: nothing waits.
Instant next_deadline(const rows::TrackedProcess& state);

}  // namespace vrrp::tracking
