// What the pure core needs to know of a configuration: plain values, no names of files, no interfaces' text.
// The child derives it from conf::Model (vrrp/core_config.cpp); the simulator writes it by hand.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "conf/rare.hpp"
#include "lib/net/address.hpp"
#include "lib/time/instant.hpp"

namespace vrrp::protocol {

using InstanceIndex = std::uint32_t;  ///< order in the model
using GroupIndex = std::uint32_t;
using TrackerIndex = std::uint32_t;
inline constexpr std::uint32_t kNone = UINT32_MAX;

enum class AuthType : std::uint8_t { none = 0, pass = 1, ah = 2 };
enum class HmacMode : std::uint8_t { enforce, permissive, receive_only };
enum class UnicastChecksum : std::uint8_t { automatic, always_old, never_old };

struct HmacKey {
    std::uint8_t id = 0;
    std::vector<std::uint8_t> secret;
    friend bool operator==(const HmacKey&, const HmacKey&) = default;
};

struct HmacConfig {
    std::vector<HmacKey> keys;
    std::uint8_t active_key = 0;
    Seconds time_window{5};
    bool monotonic_only = false;
    HmacMode mode = HmacMode::enforce;
    friend bool operator==(const HmacConfig&, const HmacConfig&) = default;
};

struct UnicastPeer {
    net::IpAddress address;
    std::uint8_t min_ttl = 0;
    std::uint8_t max_ttl = 255;
    friend bool operator==(const UnicastPeer&, const UnicastPeer&) = default;
};

/// Gratuitous ARP / unsolicited NA of one instance; bursts are `repeat` rounds over all its addresses.
struct GarpConfig {
    Seconds delay{5};
    std::uint32_t repeat = 5;
    Seconds refresh{0};
    std::uint32_t refresh_repeat = 1;
    Seconds lower_prio_delay{5};
    std::uint32_t lower_prio_repeat = 5;
    friend bool operator==(const GarpConfig&, const GarpConfig&) = default;
};

struct VirtualRouterConfig {
    std::string name;  ///< for log lines only
    net::Family family = net::Family::ipv4;
    std::uint8_t version = 2;
    std::uint8_t vrid = 0;
    std::uint8_t priority = 100;  ///< base; 255 = address owner
    bool owner_starts_as_backup =
        false;  ///< `state BACKUP` of an owner: it is told as BACKUP before it leads
    Microseconds advert_interval{1'000'000};
    std::uint32_t down_timer_adverts = 3;
    bool nopreempt = false;
    Microseconds preempt_delay{0};
    std::uint8_t timer_expired_backup = 0;  ///< 0 = off
    bool lower_prio_no_advert = false;
    bool higher_prio_send_advert = false;
    bool owner_ignore_adverts = false;
    bool skip_check_adv_addr = false;
    bool strict = false;
    bool v3_checksum_as_v2 = false;
    bool config_fault = false;  ///< FAULT for good (unicast_fault_no_peer, VMAC on a wrong parent, …)

    bool unicast = false;
    net::IpAddress group;  ///< multicast destination
    std::vector<UnicastPeer> peers;
    bool check_unicast_src = false;
    int unicast_ttl = -1;  ///< -1 = default (IPv4 255, IPv6 the kernel's)
    UnicastChecksum unicast_checksum = UnicastChecksum::automatic;
    net::IpAddress old_checksum_group;  ///< destination in the historical unicast checksum: vrrp_mcast_group4

    AuthType auth_type = AuthType::none;
    std::array<std::uint8_t, 8> auth_pass{};
    conf::Rare<HmacConfig> hmac;

    std::vector<net::IpAddress> advertised;  ///< VIPs in configuration order, at most 255
    GarpConfig garp;
    GroupIndex group_index = kNone;
    std::uint32_t interface_key = 0;  ///< instances with equal keys share the slots of the advert grid
    bool notify_priority_changes = false;
    bool detail_log = false;  ///< -D: emit the (-D) lines

    bool is_owner() const { return priority == 255; }
    friend bool operator==(const VirtualRouterConfig&, const VirtualRouterConfig&) = default;
};

struct SyncGroupConfig {
    std::string name;
    std::vector<InstanceIndex> members;
    friend bool operator==(const SyncGroupConfig&, const SyncGroupConfig&) = default;
};

enum class TrackerKind : std::uint8_t { interface, script, file, process, bfd };

/// One use of a tracked object by an instance (group trackers are expanded to each member beforehand).
struct TrackerUse {
    InstanceIndex instance = kNone;
    std::int32_t weight = 0;  ///< 0 = FAULT when not OK; files: multiplier
    bool reverse = false;
    friend bool operator==(const TrackerUse&, const TrackerUse&) = default;
};

struct TrackerConfig {
    std::string name;
    TrackerKind kind = TrackerKind::script;
    std::vector<TrackerUse> uses;
    friend bool operator==(const TrackerConfig&, const TrackerConfig&) = default;
};

struct RouterConfig {
    std::vector<VirtualRouterConfig> instances;
    std::vector<SyncGroupConfig> groups;
    std::vector<TrackerConfig> trackers;
    Microseconds startup_delay{0};
    bool log_unknown_vrids = false;
    bool instances_may_meet = false;  ///< allow_if_changes: on one segment, by a change of interfaces
    friend bool operator==(const RouterConfig&, const RouterConfig&) = default;
};

}  // namespace vrrp::protocol
