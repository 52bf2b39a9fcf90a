// One process's worth of virtual routers: instances, sync groups, trackers. Pure: no clock, no socket, no log
// (design.md, idea 1). The child feeds it packets, ticks and kernel events and carries its actions out; the
// simulator does the same in virtual time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "vrrp/protocol/advert.hpp"
#include "vrrp/protocol/config.hpp"
#include "vrrp/protocol/state.hpp"

namespace vrrp::protocol {

// ---------------------------------------------------------------------------------------------- events

/// A datagram of protocol 112 or 51, as received. IPv4: `bytes` starts with the IP header; IPv6: with the
/// VRRP header.
struct PacketReceived {
    InstanceIndex instance;  ///< found by the shell by (family, ifindex or local address, VRID)
    std::span<const std::uint8_t> bytes;
    net::IpAddress source;
    net::IpAddress destination;
    int ttl = 255;                  ///< IPv6: hop limit from the control message
    std::int64_t wallclock_us = 0;  ///< for auth_hmac's freshness
};
/// Carry out everything that is due for one instance; the shell calls it for each index that `due()` names.
/// kNone is one of them: the timer of the router itself (end of the startup delay).
struct TimerExpired {
    InstanceIndex instance;
};
/// A fault flag of an instance appeared or vanished (interface down, no source address, …).
struct FaultChanged {
    InstanceIndex instance;
    Fault fault;
    bool present;
    std::string_view detail =
        {};  ///< for log and history: "interface eth0 down", "no IPv4 address for interface"
};
/// The address which adverts come from; none = there is none (fault no_source_address goes with it).
struct SourceAddressChanged {
    InstanceIndex instance;
    net::IpAddress address;
};
/// The segment which the adverts of an instance are on, by the number of its lowest interface; 0 = none now.
struct SegmentChanged {
    InstanceIndex instance;
    std::uint32_t segment;
};
enum class Verdict : std::uint8_t { unknown, up, down };
/// A tracked object has a new result. Files carry their value, everything else only the verdict.
struct TrackerChanged {
    TrackerIndex tracker;
    Verdict verdict;
    std::int64_t value = 0;
};
/// The process starts: all instances that were not adopted leave INIT. With a startup delay their timers
/// count from its end, and until then every packet is discarded.
struct Start {};
/// Clean stop: priority 0 for masters, everything released, STOP notified.
struct Stop {
    bool dont_release = false;  ///< -V
};
/// Run-time priority and planned hand-over (beyond.md): from the control channel, until changed back or a
/// reload.
struct PrioritySet {
    InstanceIndex instance;
    std::optional<std::uint8_t>
        priority;  ///< nullopt = as configured; 0 = hand over: priority 0, then backup with 1
};

using Event = std::variant<PacketReceived, TimerExpired, FaultChanged, SourceAddressChanged, SegmentChanged,
                           TrackerChanged, Start, Stop, PrioritySet>;

// ---------------------------------------------------------------------------------------------- actions

/// Send one advertisement now (to the group, or one copy to each peer). The numbers are already counted in
/// the state.
struct SendAdvert {
    InstanceIndex instance;
    std::uint8_t priority;
    std::uint16_t ip_id;
    std::uint32_t ah_sequence;
};
/// The desired set of the instance's kernel objects: its addresses, routes, rules, firewall entries (true) or
/// nothing (false). The lines "(N) setting VIPs." and the like are the shell's: the core does not know which
/// kinds of objects there are.
struct HoldObjects {
    InstanceIndex instance;
    bool hold;
};
/// `repeat` rounds of gratuitous ARP / unsolicited NA over all addresses of the instance.
struct GarpBurst {
    InstanceIndex instance;
    std::uint32_t repeat;
};
/// Unicast instance out of FAULT: one GARP/NA for its own source address.
struct GarpSource {
    InstanceIndex instance;
};
/// Pending gratuitous ARPs of the instance are to be forgotten.
struct ForgetGarps {
    InstanceIndex instance;
};

enum class Notice : std::uint8_t {
    state,                ///< state changed: scripts, FIFO, D-Bus, SNMP, mail
    master_rx_lower_pri,  ///< script notify_master_rx_lower_pri and FIFO
    priority,             ///< FIFO only: MASTER_PRIORITY / BACKUP_PRIORITY / FAULT
};
struct NotifyInstance {
    InstanceIndex instance;
    Notice notice;
    State state;
    std::uint8_t priority;  ///< effective
};
struct NotifyGroup {
    GroupIndex group;
    State state;
};

/// A line for the log, complete ("(VI_1) Entering MASTER STATE"). `detail`: only with -D.
struct LogLine {
    std::string text;
    bool detail = false;
};

/// A transition for the history ring: from → to, and the cause in words.
struct TransitionRecord {
    InstanceIndex instance;
    State from;
    State to;
    std::string cause;
};

using Action = std::variant<SendAdvert, HoldObjects, GarpBurst, GarpSource, ForgetGarps, NotifyInstance,
                            NotifyGroup, LogLine, TransitionRecord>;

/// Actions in the order in which they are to be carried out. The caller clears and reuses it: no allocation a
/// packet.
using ActionList = std::vector<Action>;

// ---------------------------------------------------------------------------------------------- the router

/// How the instances of a new configuration continue old ones (by name, else by interface + VRID + family:
/// decisions.md §3).
struct Continuation {
    std::vector<InstanceIndex> instance_of;  ///< for each new instance its old index, or kNone
    std::vector<GroupIndex> group_of;
    std::vector<TrackerIndex> tracker_of;  ///< kNone: starts without a result
};

class Router {
  public:
    explicit Router(RouterConfig config);
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    /// Any event; actions are appended. Faults, source addresses and tracker results that are known before
    /// `Start` are given before it and cause no action.
    void step(const Event& event, Instant now, ActionList& actions);

    /// After a crash: goes on from the rows of the predecessor. Call it after the faults, addresses and
    /// tracker results of now were given, and before `Start`, which then starts the rest and acts on what
    /// changed meanwhile. Masters whose last advert is older than 3 × advert_int (by CLOCK_BOOTTIME) are not
    /// adopted: `released` names them, they are as fresh starts (decisions.md §5). No notification.
    void adopt(std::span<const VirtualRouterState> instances, std::span<const SyncGroupState> groups,
               Instant now, std::int64_t boottime_now_ns, std::vector<InstanceIndex>& released);

    /// Reload, first half, still with the old configuration and its indices: instances which nothing
    /// continues are let go (masters with priority 0, DELETED notified). Carry the actions out before
    /// `reconfigure`.
    void let_go(const Continuation& continuation, Instant now, ActionList& actions);
    /// Reload, second half: instances that continue keep state, timers, counters; the others start. An
    /// unchanged master sends nothing. Afterwards the shell gives faults, addresses and tracker results of
    /// what is new, and applies the new desired sets of all that hold objects.
    void reconfigure(RouterConfig next, const Continuation& continuation, Instant now, ActionList& actions);

    /// Indices whose deadline is ≤ now, in order of deadline; adverts that are due come first. Clears `out`.
    void due(Instant now, std::vector<InstanceIndex>& out);
    /// Earliest deadline of all instances; kNever when there is none.
    Instant next_deadline() const;
    /// The same, where it is that of a backup which would take over then; kNever otherwise.
    Instant next_takeover() const;

    /// The startup delay has not run out yet.
    bool startup_delay_pending() const;

    const RouterConfig& config() const;
    const VirtualRouterState& state(InstanceIndex instance) const;
    /// The shell's own stamps (last_advert_sent_boottime_ns, wallclock) are written through this; nothing
    /// else is.
    VirtualRouterState& shell_state(InstanceIndex instance);
    /// Of auth_hmac; belongs into the row with the state, and comes back by `adopt_auth_memory` before `adopt`.
    const AuthMemory& auth_memory(InstanceIndex instance) const;
    void adopt_auth_memory(InstanceIndex instance, const AuthMemory& memory);
    const SyncGroupState& group_state(GroupIndex group) const;
    /// Instances whose state changed since the last call: their board rows are to be published before the
    /// actions are carried out. Clears the set.
    void take_changed(std::vector<InstanceIndex>& instances, std::vector<GroupIndex>& groups);

    struct Impl;  ///< router_impl.hpp, for the sources of this folder

  private:
    std::unique_ptr<Impl> impl_;
};

/// The changing fields of an advert that `action` asks for; takes the next auth_hmac sequence number from
/// `state` (Router::shell_state). Call it once an advert, then set `destination` for each copy.
AdvertFields advert_fields(const SendAdvert& action, VirtualRouterState& state, std::int64_t wallclock_us);

}  // namespace vrrp::protocol
