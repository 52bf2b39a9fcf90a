// The complete state of one virtual router: trivially copyable, because it *is* the core's part of a board
// row (decisions.md §4). A respawned child reads it and goes on; nothing starts afresh.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "lib/net/address.hpp"
#include "lib/time/instant.hpp"

namespace vrrp::protocol {

/// Numbers are those of keepalived.json and D-Bus (state-files.md §6).
enum class State : std::uint8_t { init = 0, backup = 1, master = 2, fault = 3, deleted = 97, stop = 98 };

/// Its word in log lines, FIFO lines and the arguments of scripts.
constexpr std::string_view name_of(State state) {
    switch (state) {
        case State::init:
            return "INIT";
        case State::backup:
            return "BACKUP";
        case State::master:
            return "MASTER";
        case State::fault:
            return "FAULT";
        case State::deleted:
            return "DELETED";
        case State::stop:
            return "STOP";
    }
    return "?";
}

/// Why an instance is in FAULT; a set of these is kept for each instance (flags, never counters: counters
/// drift).
enum class Fault : std::uint32_t {
    interface_down = 1U << 0,
    base_interface_down = 1U << 1,
    duplicate_vrid = 1U << 2,
    no_source_address = 1U << 3,
    config = 1U << 4,  ///< for good, until a reload
    unspecified = 1U << 5,
    tracker = 1U << 6,       ///< one or more weight-0 trackers are down
    tracker_init = 1U << 7,  ///< a weight-0 script has no first result yet: FAULT without notification
    sync_group = 1U << 8,    ///< another member of the group is faulty
    static_track_group = 1U << 9,
};

struct Counters {
    std::uint64_t advert_rcvd = 0;
    std::uint64_t advert_sent = 0;
    std::uint64_t become_master = 0;
    std::uint64_t release_master = 0;
    std::uint64_t packet_len_err = 0;
    std::uint64_t advert_interval_err = 0;
    std::uint64_t ip_ttl_err = 0;
    std::uint64_t invalid_type_rcvd = 0;
    std::uint64_t addr_list_err = 0;
    std::uint64_t invalid_authtype = 0;
    std::uint64_t authtype_mismatch = 0;
    std::uint64_t auth_failure = 0;
    std::uint64_t auth_ext_missing = 0;
    std::uint64_t auth_ext_malformed = 0;
    std::uint64_t auth_ext_unknown_key = 0;
    std::uint64_t auth_ext_invalid_hmac = 0;
    std::uint64_t auth_ext_stale = 0;
    std::uint64_t auth_ext_replay = 0;
    std::uint64_t pri_zero_rcvd = 0;
    std::uint64_t pri_zero_sent = 0;
    // SNMP and metrics only
    std::uint64_t version_err = 0;
    std::uint64_t checksum_err = 0;
    std::uint64_t vrid_err = 0;
};

/// A sender whose authenticated sequence is remembered against replay (auth_hmac; vrrp-behaviour.md §1.8).
struct AuthSender {
    net::IpAddress address;
    std::uint64_t sequence = 0;  ///< UTC seconds << 32 | fraction << 16 | counter
    std::int64_t last_used_ns = 0;
};

inline constexpr std::size_t kAuthSenders = 4;

/// Belongs to the state, and lies beside it: few routers use auth_hmac.
struct AuthMemory {
    std::array<AuthSender, kAuthSenders> senders{};
};

struct VirtualRouterState {
    State state = State::init;
    State wanted = State::init;
    std::uint8_t effective_priority = 0;
    std::uint8_t master_priority = 0;         ///< last heard; 0 = none ever
    std::uint8_t highest_other_priority = 0;  ///< for timer_expired_backup
    std::uint32_t faults = 0;                 ///< set of Fault
    std::int32_t total_priority = 0;          ///< before clamping
    std::uint16_t trackers_in_init = 0;
    std::uint16_t tracker_faults = 0;

    net::IpAddress source;                      ///< the address our adverts come from; none = not known
    net::IpAddress master_address;              ///< last accepted master
    Microseconds master_advert_interval{0};     ///< M: learned (v3), reset to ours on becoming master
    Microseconds last_master_down_interval{0};  ///< the value last used, for the dump

    Instant advert_due = kNever;        ///< MASTER: next advert
    Instant master_down_due = kNever;   ///< BACKUP: Master_Down_Timer
    Instant preempt_due = kNever;       ///< preempt_delay runs until then
    Instant garp_delayed_due = kNever;  ///< second burst after garp_master_delay
    Instant garp_refresh_due = kNever;
    Instant garp_lower_prio_due = kNever;
    Instant rogue_due = kNever;  ///< owner conflict timer (vrrp-behaviour.md §5.4)
    Instant started = {};        ///< timers count from here (vrrp_startup_delay)

    Instant last_advert_sent = {};
    std::int64_t last_advert_sent_boottime_ns =
        0;  ///< age of the last advert after a crash (decisions.md §5)
    std::int64_t last_advert_sent_wallclock_us = 0;
    std::int64_t last_transition_wallclock_us = 0;
    Instant last_advert_received = {};

    std::uint32_t ah_sequence = 0;
    std::uint16_t ip_id = 0;
    std::uint16_t grid_slot = 0;  ///< phase on the 10 ms grid, +1; 0 = not chosen
    std::uint32_t logged_once =
        0;  ///< packet problems already logged since the last change of state or master
    std::uint32_t rogue_count = 0;  ///< owner conflict: adverts still to be sent before the rogue is judged
    Microseconds rogue_interval{0};
    bool ah_cycle = false;
    bool old_unicast_checksum = false;  ///< auto-detected, sticky
    bool priority_reduced = false;      ///< owner stepped down to 254
    bool fault_announced =
        false;  ///< FAULT was logged and notified; not so while only first script results are missing
    bool holds_objects = false;  ///< the desired set of kernel objects is not empty
    std::uint8_t priority_override =
        0;  ///< run-time base priority (keepalivedctl priority, failover); 0 = as configured

    std::uint64_t hmac_sequence_sent = 0;  ///< of the last trailer sent

    Counters counters;  ///< monotonic; STATS_CLEAR only moves a baseline
};

static_assert(std::is_trivially_copyable_v<VirtualRouterState>);

struct SyncGroupState {
    State state = State::init;
    std::uint32_t members_in_fault = 0;
    std::uint32_t members_in_init = 0;
    bool fault_announced = false;  ///< as in VirtualRouterState
    /// Another group of equal priority led at the same time and had the higher address on one of our segments. If ours is
    /// the higher one on the next segment, both yield; so from then on the down timers are spread (groups.cpp).
    bool tied = false;
};

static_assert(std::is_trivially_copyable_v<SyncGroupState>);

}  // namespace vrrp::protocol
