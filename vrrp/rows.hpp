// Rows of the VRRP child's board: the only header of this subsystem that observers include (decisions.md §4).
// No configuration strings: an object's index is its order in the model of the same generation.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "lib/net/address.hpp"
#include "vrrp/protocol/state.hpp"

namespace vrrp::rows {

inline constexpr std::size_t kNameLength = 16;  ///< IFNAMSIZ
inline constexpr std::size_t kReasonLength = 96;
inline constexpr std::size_t kHistoryLength = 1000;
inline constexpr std::size_t kMaxInterfaces = 4096;
inline constexpr std::size_t kAddressesARow = 512;  ///< bits of AddressSet
inline constexpr std::size_t kInterfaceAddresses = 16;

/// One row: the process.
struct Process {
    static constexpr std::uint32_t kKind = 0x56500001;
    std::uint32_t pid = 0;
    std::uint32_t generation = 0;
    std::uint64_t started_boottime_ns = 0;
    std::int64_t started_wallclock_us = 0;
    std::uint32_t interfaces_used = 0;      ///< rows of Interface in use
    std::uint32_t interfaces_overflow = 0;  ///< interfaces for which there was no row
    std::uint64_t history_next = 0;         ///< transitions written ever; slot = n % kHistoryLength
    std::uint64_t adoptions = 0;
    std::uint64_t repairs = 0;
    std::uint64_t late_timers = 0;  ///< timers later than 25 % of the smallest interval
    std::int64_t max_lateness_ns = 0;
    std::uint64_t netlink_errors = 0;
    std::uint64_t rx_overflow = 0;  ///< SO_RXQ_OVFL
    std::uint64_t unknown_vrid = 0;
    std::uint32_t delayed_start_pending = 0;
    // Settings of the namespace as they were before we changed them; -1 = not changed.
    std::int32_t original_rp_filter_all = -1, original_rp_filter_default = -1, original_local_igmp = -1;
};

struct Instance {
    static constexpr std::uint32_t kKind = 0x56500002;
    protocol::VirtualRouterState core;
    protocol::AuthMemory auth;
    protocol::Counters baseline;  ///< moved by STATS_CLEAR: shown = core.counters − baseline
    protocol::State notified = protocol::State::init;
    std::uint8_t notify_finished = 1;  ///< 0: the scripts of `notified` may not have run
    std::int32_t fd_in = -1;
    std::int32_t fd_out = -1;
    std::uint32_t ifindex = 0;  ///< interface adverts go over
    std::array<char, kNameLength> ifname{};
    std::uint32_t vmac_ifindex = 0;
    std::array<char, kNameLength> vmac_ifname{};
    std::array<char, kReasonLength> reason{};  ///< why the present state, in words
    std::uint32_t holds = 0;                   ///< desired set applied
    std::uint64_t identity = 0;                ///< of the virtual router, the same in every generation
};

/// Which configured addresses of an instance are on their interface now: bit n = nth of vips, then evips.
/// Row of instance i: i × rows_an_instance (one row for each 512 addresses, from `first_row` in the model order).
struct AddressSet {
    static constexpr std::uint32_t kKind = 0x56500003;
    std::uint32_t instance = 0;  ///< the number of instances: the static addresses
    std::uint32_t first = 0;     ///< number of the first address of this row
    std::array<std::uint64_t, kAddressesARow / 64> set{};
};

struct Group {
    static constexpr std::uint32_t kKind = 0x56500004;
    std::uint64_t identity = 0;  ///< of the group's name
    protocol::SyncGroupState core;
    protocol::State notified = protocol::State::init;
    std::uint8_t notify_finished = 1;
};

enum class ScriptInit : std::uint8_t { init = 0, init_failed = 1, reload = 2, has_run = 3 };
enum class ScriptRun : std::uint8_t {
    idle = 0,
    running = 1,
    requested_termination = 2,
    forcing_termination = 3
};

struct Script {
    static constexpr std::uint32_t kKind = 0x56500005;
    std::int32_t result = 0;        ///< counter 0 … rise + fall − 1
    std::int32_t last_status = -1;  ///< wait status of the last run, -1 = none
    ScriptInit init = ScriptInit::init;
    ScriptRun run = ScriptRun::idle;
    std::uint8_t verdict = 0;  ///< protocol::Verdict
    std::int32_t pid = 0;
    Instant next_run = kNever;
    std::uint64_t runs = 0;
    std::uint64_t timeouts = 0;
    std::int64_t last_change_wallclock_us = 0;
};

struct File {
    static constexpr std::uint32_t kKind = 0x56500006;
    std::int64_t value = 0;
    std::uint8_t readable = 0;
};

struct TrackedProcess {
    static constexpr std::uint32_t kKind = 0x56500007;
    std::uint32_t current = 0;
    std::uint8_t have_quorum = 0;
    Instant fork_due = kNever;
    Instant terminate_due = kNever;
};

struct Bfd {
    static constexpr std::uint32_t kKind = 0x56500008;
    std::uint8_t up = 0;
};

/// Interfaces of the namespace in ifindex order.
struct Interface {
    static constexpr std::uint32_t kKind = 0x56500009;
    std::uint32_t ifindex = 0;  ///< 0: configured, does not exist (deleted)
    std::array<char, kNameLength> name{};
    std::uint32_t flags = 0;  ///< IFF_*
    std::uint32_t mtu = 0;
    std::uint16_t hardware_type = 0;  ///< ARPHRD_*
    std::uint8_t is_vmac = 0;         ///< a macvlan, or an ipvlan
    std::uint8_t created_by_us = 0;
    std::uint32_t base_ifindex = 0;
    std::uint32_t group = 0;
    std::uint32_t vrf_ifindex = 0;
    std::uint32_t vrf_table = 0;
    std::uint8_t macvlan_mode = 0;
    std::uint8_t is_ipvlan = 0, ipvlan_mode = 0, ipvlan_flags = 0;
    std::uint8_t seen_up = 0;
    std::uint8_t delayed_change = 0;
    net::LinkAddress mac;
    net::LinkAddress broadcast;
    std::uint8_t ipv4_count = 0;  ///< first is the primary; at most kInterfaceAddresses are kept
    std::uint8_t ipv6_count = 0;
    std::array<net::IpAddress, kInterfaceAddresses> ipv4{};
    std::array<net::IpAddress, kInterfaceAddresses> ipv6{};
    std::int32_t original_arp_ignore = 0;
    std::int32_t original_arp_filter = 0;
    std::int32_t original_promote_secondaries = 0;
    std::uint32_t reset_arp_counter = 0;
    std::uint32_t reset_promote_counter = 0;
    std::int32_t rp_filter = -1;
    std::uint8_t ipv6_forwarding = 0;
    std::int64_t forwarding_checked_wallclock_us = 0;
};

struct Transition {
    static constexpr std::uint32_t kKind = 0x5650000a;
    std::uint64_t number = 0;  ///< 1, 2, 3 …
    std::int64_t wallclock_us = 0;
    std::uint32_t generation = 0;
    std::uint32_t instance = 0;
    protocol::State from = protocol::State::init;
    protocol::State to = protocol::State::init;
    std::uint8_t priority = 0;
    std::array<char, 64> name{};  ///< the instance's name then: rows outlive a reload
    std::array<char, kReasonLength> cause{};
};

static_assert(std::is_trivially_copyable_v<Instance> && std::is_trivially_copyable_v<Interface> &&
              std::is_trivially_copyable_v<Transition>);

}  // namespace vrrp::rows
