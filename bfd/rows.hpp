// Rows of the BFD child's board: the only header of this subsystem that observers include (decisions.md §4). Sessions
// stand in the order of the model's bfd_instances.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "lib/time/instant.hpp"

namespace bfd::rows {

/// One row: the process.
struct Process {
    static constexpr std::uint32_t kKind = 0x42460001;
    std::uint32_t pid = 0;
    std::uint32_t generation = 0;
    std::uint64_t started_boottime_ns = 0;
    std::int32_t fd_in = -1;           ///< UDP port 3784
    std::int32_t multihop_fd_in = -1;  ///< UDP port 4784
    std::uint64_t adoptions = 0;
    std::uint64_t packets_dropped = 0;
};

/// State variables of RFC 5880 §6.8.1, with the numbers of the wire.
struct Session {
    static constexpr std::uint32_t kKind = 0x42460002;
    std::uint8_t local_state = 1;  ///< 0 AdminDown, 1 Down, 2 Init, 3 Up
    std::uint8_t remote_state = 1;
    std::uint8_t local_diagnostic = 0;
    std::uint8_t remote_diagnostic = 0;
    std::uint32_t local_discriminator = 0;
    std::uint32_t remote_discriminator = 0;
    std::uint32_t remote_min_tx_us = 0;
    std::uint32_t remote_min_rx_us = 0;
    std::uint8_t local_demand = 0;
    std::uint8_t remote_demand = 0;
    std::uint8_t remote_multiplier = 0;
    std::uint8_t poll = 0, final = 0;
    std::uint8_t send_error = 0;
    std::int32_t fd_out = -1;
    std::uint32_t local_tx_us = 0;  ///< interval in use
    std::uint32_t remote_tx_us = 0;
    std::uint64_t local_detection_us = 0;
    std::uint64_t remote_detection_us = 0;
    Instant open_due = kNever;    ///< the socket is tried again
    Instant out_due = kNever;     ///< next packet
    Instant expire_due = kNever;  ///< detection time
    Instant reset_due = kNever;   ///< remote state is forgotten
    std::int64_t last_seen_wallclock_us = 0;
    std::int64_t last_transition_wallclock_us = 0;
    std::uint64_t packets_in = 0, packets_out = 0, ups = 0, downs = 0;
};

static_assert(std::is_trivially_copyable_v<Process> && std::is_trivially_copyable_v<Session>);

}  // namespace bfd::rows
