// Rows of the checker child's board: the only header of this subsystem that observers include (decisions.md §4). Services
// stand in the order of the model; servers and checkers are numbered through, service by service, server by server.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "check/quorum/state.hpp"
#include "check/schedule/schedule.hpp"

namespace check::rows {

inline constexpr std::size_t kReasonLength = 96;

/// net.ipv4.ping_group_range as it was before PING_CHECK needed more of it.
struct PingRange {
    std::uint8_t changed = 0;
    std::uint32_t low = 0, high = 0;
};

/// One row: the process.
struct Process {
    static constexpr std::uint32_t kKind = 0x43480001;
    std::uint32_t pid = 0;
    std::uint32_t generation = 0;
    std::uint32_t ipvs_version = 0;  ///< 0x00010201 = 1.2.1; 0: the kernel has no ip_vs
    std::uint64_t started_boottime_ns = 0;
    std::uint64_t adoptions = 0;
    std::uint64_t netlink_batches = 0;
    std::uint64_t netlink_edits = 0;
    std::uint64_t netlink_errors = 0;
    std::uint64_t checks = 0;  ///< attempts ended, ever
    std::uint64_t late_checks = 0;
    PingRange ping_range;
};

struct Service {
    static constexpr std::uint32_t kKind = 0x43480002;
    quorum::ServiceState core;
    std::uint32_t ha_addresses = 0;  ///< addresses of the service that are on this host (ha_suspend)
    std::uint32_t mark = 0;          ///< nftables_ipvs: the firewall mark chosen for its group
    std::uint8_t suspended = 0;
    std::uint8_t reloaded = 0;
    std::uint64_t gained = 0, lost = 0;  ///< quorum, ever
    std::int64_t last_transition_wallclock_us = 0;
};

struct Server {
    static constexpr std::uint32_t kKind = 0x43480003;
    quorum::ServerState core;
    std::uint32_t service = 0;
    std::uint8_t reloaded = 0;
    std::uint32_t ups = 0, downs = 0;
    std::int64_t last_transition_wallclock_us = 0;
};
static_assert(sizeof(Server) <= 64,
              "one cache line a copy: there are tens of thousands, and every check writes one");

struct Checker {
    static constexpr std::uint32_t kKind = 0x43480004;
    quorum::CheckerState core;
    schedule::State schedule;
    std::uint32_t server = 0;
    std::int32_t last_errno = 0;
    std::int32_t last_status = 0;  ///< MISC_CHECK: exit code
    std::int64_t last_ran_wallclock_us = 0;
    std::uint32_t icmp_sequence = 0;  ///< PING_CHECK: of the next request
    std::uint32_t next_url = 0;       ///< HTTP_GET: how far a pass has come
    std::uint8_t reloaded = 0;
    std::uint64_t successes = 0, failures = 0;
    std::int64_t last_duration_ns = 0;
};

/// Of the checker with the same number: its last failure, in words. Never written while it has none, so that most take no
/// memory.
struct Reason {
    static constexpr std::uint32_t kKind = 0x43480006;
    std::array<char, kReasonLength> text{};
};

/// A track_file that FILE_CHECKs use.
struct TrackFile {
    static constexpr std::uint32_t kKind = 0x43480005;
    std::int64_t value = 0;
};

static_assert(std::is_trivially_copyable_v<Process> && std::is_trivially_copyable_v<Service> &&
              std::is_trivially_copyable_v<Server> && std::is_trivially_copyable_v<Checker> &&
              std::is_trivially_copyable_v<Reason>);

}  // namespace check::rows
