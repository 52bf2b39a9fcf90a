// The configuration as values: what keepalived.conf says, checked and with every default filled in. Types carry the
// units; `operator==` answers "did this change" at a reload (design.md). Nobody writes into a model after the reader.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conf/model_address.hpp"
#include "conf/model_bfd.hpp"
#include "conf/model_control.hpp"
#include "conf/model_lagg.hpp"
#include "conf/model_lvs.hpp"
#include "conf/model_route.hpp"
#include "conf/script.hpp"
#include "conf/span.hpp"
#include "lib/net/address.hpp"
#include "lib/time/instant.hpp"

namespace conf {

using OptionalBool = std::optional<bool>;

// ------------------------------------------------------------------------------------------------ tracking

/// A line of track_interface, track_script, track_file, track_process, track_bfd, track_lagg.
struct TrackRef {
    std::string name;
    std::int32_t weight = 0;  ///< after defaulting from the object
    bool reverse = false;
    Span where;
    bool per_port = false;  ///< track_lagg: the weight counts for each port that is not live
    friend bool operator==(const TrackRef& a, const TrackRef& b) {
        return a.name == b.name && a.weight == b.weight && a.reverse == b.reverse && a.per_port == b.per_port;
    }
};

struct Tracks {
    std::vector<TrackRef> interfaces, scripts, files, processes, bfds, laggs;
    friend bool operator==(const Tracks&, const Tracks&) = default;
};

struct NotifyScripts {
    OptionalScript master, backup, fault, stop, deleted, generic, master_rx_lower_pri;
    bool notify_deleted = false;  ///< the keyword was given: the word is DELETED instead of FAULT
    friend bool operator==(const NotifyScripts&, const NotifyScripts&) = default;
};

// ------------------------------------------------------------------------------------------------ VRRP

enum class AuthType : std::uint8_t { none = 0, pass = 1, ah = 2 };
enum class HmacMode : std::uint8_t { enforce, permissive, receive_only };
enum class UnicastChecksum : std::uint8_t { automatic, always_old, never_old };

struct HmacKey {
    std::uint8_t id = 0;
    std::vector<std::uint8_t> secret;
    friend bool operator==(const HmacKey&, const HmacKey&) = default;
};

struct AuthHmac {
    std::vector<HmacKey> keys;
    std::uint8_t active_key = 0;
    Seconds time_window{5};
    bool monotonic_only = false;
    HmacMode mode = HmacMode::enforce;
    friend bool operator==(const AuthHmac&, const AuthHmac&) = default;
};

struct UnicastPeer {
    net::IpAddress address;
    std::uint8_t min_ttl = 0, max_ttl = 255;
    friend bool operator==(const UnicastPeer&, const UnicastPeer&) = default;
};

struct Garp {
    Seconds delay{5};
    std::uint32_t repeat = 5;
    Seconds refresh{0};
    std::uint32_t refresh_repeat = 1;
    Seconds lower_prio_delay{5};
    std::uint32_t lower_prio_repeat = 5;
    friend bool operator==(const Garp&, const Garp&) = default;
};

enum class VmacKind : std::uint8_t { none, macvlan, ipvlan };

struct Vmac {
    VmacKind kind = VmacKind::none;
    std::string ifname;    ///< empty = chosen (vmac_prefix)
    net::LinkAddress mac;  ///< empty = virtual MAC of the VRID
    std::optional<net::Prefix> ipvlan_address;
    std::uint8_t ipvlan_mode = 0;  ///< 0 bridge, 1 private, 2 vepa
    bool netlink_notify_msg = false;
    std::optional<std::uint32_t> group;
    bool use_vmac_addr = false;
    bool xmit_base = false;
    friend bool operator==(const Vmac&, const Vmac&) = default;
};

struct VrrpInstance {
    std::string name;
    Span where;
    bool initial_master = false;  ///< `state MASTER` after correction
    std::string interface, vrf;
    std::uint8_t vrid = 0;
    std::uint8_t priority = 100;
    Microseconds advert_interval{1'000'000};  ///< after rounding for the version
    std::uint8_t version = 2;
    net::Family family = net::Family::ipv4;
    bool native_ipv6 = false;
    bool nopreempt = false;
    Microseconds preempt_delay{0};
    std::uint32_t down_timer_adverts = 3;
    std::uint8_t timer_expired_backup = 0;
    bool higher_prio_send_advert = false, lower_prio_no_advert = false, owner_ignore_adverts = false;
    bool strict = false, dont_track_primary = false, skip_check_adv_addr = false;
    bool accept = true;
    bool promote_secondaries = false, linkbeat_use_polling = false, no_virtual_ipaddress = false;
    std::uint8_t debug = 0;
    std::uint32_t kernel_rx_buf_size = 0;
    OptionalBool smtp_alert;    ///< after inheritance from global_defs: a value
    bool config_fault = false;  ///< FAULT for good

    net::IpAddress source;  ///< mcast_src_ip / unicast_src_ip; none = the interface's
    bool track_src_ip = false;
    bool unicast = false;             ///< peers are used
    bool unicast_configured = false;  ///< a unicast keyword was given
    bool unicast_fault_no_peer = false;
    net::IpAddress mcast_dst;  ///< the group, default filled in
    std::vector<UnicastPeer> unicast_peers;
    bool check_unicast_src = false;
    int unicast_ttl = -1;
    UnicastChecksum unicast_checksum = UnicastChecksum::automatic;
    bool v3_checksum_as_v2 = false;

    Vmac vmac;
    std::uint32_t garp_extra_if = 0;  ///< seconds, 0 = off
    bool garp_extra_if_all = false;

    std::vector<Address> vips;  ///< at most what fits a packet; the excess has been moved to evips
    std::vector<Address> evips;
    std::vector<Route> routes;
    std::vector<Rule> rules;

    AuthType auth_type = AuthType::none;
    std::string auth_pass;  ///< at most 8 bytes; a secret
    std::optional<AuthHmac> auth_hmac;

    Tracks tracks;  ///< its own, without the group's
    NotifyScripts notify;
    bool notify_priority_changes = false;
    Garp garp;
    std::string sync_group;  ///< empty = none

    // Extensions (beyond.md); global_defs has the defaults.
    Seconds vip_lifetime{0};  ///< the kernel removes the addresses when nobody renews them; 0 = off
    bool pause_guard = true;  ///< a master listens first when it has stood still
    bool duplicate_owner_check = false, duplicate_owner_fault = false;
    bool dual_stack = false;  ///< one half of an instance with addresses of both families
    bool announce_adaptive = false;
    std::vector<std::string> peers;  ///< as written: names are resolved again while it runs

    // `where` is not compared: moving an instance within the file changes nothing.
    friend bool operator==(const VrrpInstance& a, const VrrpInstance& b);
};

struct SyncGroup {
    std::string name;
    Span where;
    std::vector<std::string> members;
    Tracks tracks;
    NotifyScripts notify;
    OptionalBool smtp_alert;
    OptionalBool notify_priority_changes;
    bool tracking_weight = false;  ///< sync_group_tracking_weight
    friend bool operator==(const SyncGroup& a, const SyncGroup& b);
};

struct VrrpScript {
    std::string name;
    Span where;
    Script script;
    Microseconds interval{1'000'000};
    Microseconds timeout{0};  ///< 0 = interval
    std::int32_t weight = 0;
    bool reverse = false;
    std::uint32_t rise = 1, fall = 1;
    bool init_fail = false;
    friend bool operator==(const VrrpScript& a, const VrrpScript& b);
};

struct TrackFile {
    std::string name;
    Span where;
    std::string path;
    std::int32_t weight = 1;
    bool reverse = false;
    std::optional<std::int32_t> init_value;
    bool init_overwrite = false;
    friend bool operator==(const TrackFile& a, const TrackFile& b);
};

enum class ParamMatch : std::uint8_t { none, exact, initial, partial };

struct TrackProcess {
    std::string name;
    Span where;
    std::string process;
    std::vector<std::string> parameters;
    ParamMatch param_match = ParamMatch::none;
    std::int32_t weight = 0;
    bool reverse = false;
    std::uint32_t quorum = 1;
    std::optional<std::uint32_t> quorum_max;
    Microseconds terminate_delay{0}, fork_delay{0};
    bool full_command = false;
    friend bool operator==(const TrackProcess& a, const TrackProcess& b);
};

struct TrackGroup {
    std::string name;
    Span where;
    std::vector<std::string> instances;
    friend bool operator==(const TrackGroup& a, const TrackGroup& b);
};

struct GarpGroup {
    Microseconds garp_interval{0}, gna_interval{0};
    std::vector<std::string> interfaces;
    friend bool operator==(const GarpGroup&, const GarpGroup&) = default;
};

struct InterfaceDelay {
    std::string name;
    Microseconds down{0}, up{0};
    friend bool operator==(const InterfaceDelay&, const InterfaceDelay&) = default;
};

enum class Linkbeat : std::uint8_t { automatic, mii, ethtool, ioctl };
struct LinkbeatInterface {
    std::string name;
    Linkbeat method = Linkbeat::automatic;
    friend bool operator==(const LinkbeatInterface&, const LinkbeatInterface&) = default;
};

// ------------------------------------------------------------------------------------------------ global_defs

struct Fifo {
    std::string path;
    std::optional<std::string> user, group;
    std::uint32_t uid = 0, gid = 0;
    std::optional<Script> script;
    friend bool operator==(const Fifo&, const Fifo&) = default;
};

struct ProcessTuning {
    std::string name;  ///< comm; empty = keepalived
    std::optional<int> nice;
    bool no_swap = false;
    int rt_priority = 0;
    std::vector<int> cpu_affinity;
    std::uint32_t rlimit_rttime_us = 10'000;
    friend bool operator==(const ProcessTuning&, const ProcessTuning&) = default;
};

struct BufferSize {
    std::uint32_t bytes = 0;
    bool force = false;
    friend bool operator==(const BufferSize&, const BufferSize&) = default;
};

struct Global {
    // identity, files
    std::string parent_process_name;
    ProcessTuning vrrp_process, checker_process, bfd_process;
    std::string router_id;  ///< default filled in: the local host name
    std::string local_name;
    std::optional<std::uint32_t> umask;
    bool data_use_instance = false;
    std::string state_dump_file, stats_dump_file, json_dump_file;
    int json_version = 1;
    std::string iproute_usr_dir = "/etc/iproute2", iproute_etc_dir = "/etc/iproute2";
    // mail
    std::vector<std::string> notification_email;
    std::string email_from;
    net::IpAddress smtp_server;
    std::string smtp_interface;  ///< of a link-local server: what stands behind its %
    std::uint16_t smtp_port = 25;
    std::string smtp_helo_name;
    Microseconds smtp_connect_timeout{30'000'000};
    OptionalBool smtp_alert, smtp_alert_vrrp, smtp_alert_checker;
    bool no_email_faults = false, no_checker_emails = false;
    // scripts, FIFOs
    std::uint32_t script_uid = 0, script_gid = 0;
    bool script_user_set = false;
    bool script_security = false, use_symlink_paths = false, set_supplementary_groups = false;
    std::optional<Script> startup_script, shutdown_script;
    Seconds startup_script_timeout{10}, shutdown_script_timeout{10};
    std::optional<Fifo> notify_fifo, vrrp_notify_fifo, lvs_notify_fifo;
    bool vrrp_notify_priority_changes = false, fifo_write_vrrp_states_on_reload = false;
    // reading and reloading
    std::string config_save_dir, tmp_config_directory;
    std::optional<std::string> reload_check_config;
    std::string reload_time_file;
    bool reload_repeat = false;
    std::optional<std::string> reload_file;
    // scheduling
    std::optional<int> max_auto_priority;
    std::uint32_t min_auto_priority_delay_us = 1'000'000;
    // VRRP defaults
    std::uint8_t vrrp_version = 2;
    bool vrrp_strict = false;
    net::IpAddress mcast_group4, mcast_group6;
    Garp garp;
    Microseconds garp_interval{0}, gna_interval{0};
    bool min_garp = false;
    Seconds vip_lifetime{0};
    bool pause_guard = true;
    bool duplicate_owner_check = false, duplicate_owner_fault = false;
    std::vector<net::IpAddress> owner_witness;
    bool owner_witness_required = false;
    std::uint32_t garp_extra_if = 0;
    bool garp_extra_if_all = false;
    std::uint32_t down_timer_adverts = 3;
    bool lower_prio_no_advert = false, higher_prio_send_advert = false, owner_ignore_adverts = false;
    bool check_unicast_src = false, skip_check_adv_addr = false, v3_checksum_as_v2 = false,
         log_unknown_vrids = false;
    Microseconds startup_delay{0}, delay_after_boot{0};
    std::string default_interface = "eth0";
    bool dynamic_interfaces = false, allow_if_changes = false;
    bool disable_local_igmp = false;
    std::string vmac_prefix, vmac_addr_prefix;
    // firewall
    bool nftables = false;
    std::string nftables_table = "keepalived";
    int nftables_priority = -1;
    bool nftables_ifindex = false, nftables_counters = false;
    bool nftables_ipvs = false;
    std::string nftables_ipvs_table = "keepalived_ipvs";
    int nftables_ipvs_priority = -1;
    std::uint32_t nftables_ipvs_start_fwmark = 1000;
    std::optional<std::vector<std::string>> vrrp_iptables, vrrp_ipsets;
    // LVS
    std::optional<std::uint32_t> lvs_timeout_tcp, lvs_timeout_tcpfin, lvs_timeout_udp;
    bool lvs_flush = false;
    enum class FlushOnStop : std::uint8_t { disabled, full, vs } lvs_flush_on_stop = FlushOnStop::disabled;
    struct SyncDaemon {
        std::string interface, instance;
        std::optional<std::uint8_t> id;
        std::uint16_t maxlen = 0, port = 0;
        std::uint8_t ttl = 0;
        net::IpAddress group;
        friend bool operator==(const SyncDaemon&, const SyncDaemon&) = default;
    };
    std::optional<SyncDaemon> lvs_sync_daemon;
    bool checker_log_all_failures = false, rs_init_notifies = false;
    bool share_checks = false;
    // buffers
    BufferSize vrrp_netlink_cmd, vrrp_netlink_monitor, lvs_netlink_cmd, lvs_netlink_monitor, process_monitor;
    enum class RxPolicy : std::uint8_t { none, mtu, advert, bytes } rx_policy = RxPolicy::none;
    std::uint32_t rx_bytes = 0, rx_multiplier = 3;
    // SNMP, D-Bus
    std::string snmp_socket;
    bool traps = false, snmp_vrrp = false, snmp_checker = false, snmp_rfcv2 = false, snmp_rfcv3 = false;
    Microseconds snmp_vs_interval{5'000'000}, snmp_rs_interval{5'000'000};
    bool dbus = false;
    std::string dbus_service_name, dbus_no_interface_name = "none";
    // extensions
    Control control;
    bool lagg_modprobe = true, snmp_lagg = false;

    friend bool operator==(const Global&, const Global&) = default;
};

/// Top-level keywords which belong to the supervisor.
struct Host {
    std::string net_namespace;
    std::optional<std::string> net_namespace_ipvs;
    bool namespace_with_ipsets = false, use_pid_dir = false, linkbeat_use_polling = false;
    std::string instance;
    std::uint32_t child_wait_time = 5;
    friend bool operator==(const Host&, const Host&) = default;
};

/// One generation. Vectors are in the order of the file.
struct Model {
    Host host;
    Global global;
    std::vector<Address> static_addresses;
    std::vector<Route> static_routes;
    std::vector<Rule> static_rules;
    std::vector<TrackGroup> track_groups;
    std::vector<GarpGroup> garp_groups;
    std::vector<InterfaceDelay> interface_delays;
    std::vector<LinkbeatInterface> linkbeat_interfaces;
    std::vector<VrrpInstance> instances;
    std::vector<SyncGroup> sync_groups;
    std::vector<VrrpScript> scripts;
    std::vector<TrackFile> track_files;
    std::vector<TrackProcess> track_processes;
    Lvs lvs;
    std::vector<BfdInstance> bfd;
    std::vector<LaggInstance> laggs;

    // Which children the file asks for (cli-signals.md §4).
    bool wants_vrrp = false, wants_checker = false, wants_bfd = false, wants_lagg = false;

    friend bool operator==(const Model&, const Model&) = default;
};

}  // namespace conf
