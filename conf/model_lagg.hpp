// Link aggregation: lagg_instance blocks (lagg.md §4). Every default is filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conf/model_address.hpp"
#include "conf/script.hpp"
#include "conf/span.hpp"
#include "lib/net/address.hpp"
#include "lib/time/instant.hpp"

namespace conf {

enum class LaggProtocol : std::uint8_t { failover, lacp, loadbalance, roundrobin, broadcast, tlb, alb, none };
// The numbers are those of the bonding driver.
enum class PrimaryReselect : std::uint8_t { always = 0, better = 1, failure = 2 };
enum class LaggHash : std::uint8_t { l2 = 0, l34 = 1, l23 = 2, encap23 = 3, encap34 = 4, vlan_srcmac = 5 };
enum class AdSelect : std::uint8_t { stable = 0, bandwidth = 1, count = 2 };
enum class ArpValidate : std::uint8_t {
    none = 0,
    active = 1,
    backup = 2,
    all = 3,
    filter = 4,
    filter_active = 5,
    filter_backup = 6
};
enum class FailOverMac : std::uint8_t { none = 0, active = 1, follow = 2 };
/// What is left behind at the end (lagg.md §4.5).
enum class LaggExit : std::uint8_t { keep, release, destroy, restore };

struct LaggPort {
    std::string name;
    std::int32_t priority = 0;  ///< higher wins when the active port is chosen
    std::uint16_t queue_id = 0;
    std::optional<std::uint32_t> mtu;
    friend bool operator==(const LaggPort&, const LaggPort&) = default;
};

struct FlapLimit {
    std::uint32_t changes = 5;
    Seconds within{60};
    friend bool operator==(const FlapLimit&, const FlapLimit&) = default;
};

struct LaggInstance {
    std::string name;
    Span where;
    LaggProtocol protocol = LaggProtocol::failover;
    std::vector<LaggPort> ports;  ///< in order: the first one is the master of `failover`
    std::string primary;          ///< empty = none
    PrimaryReselect primary_reselect = PrimaryReselect::always;
    bool failover_rx_all = false;
    LaggHash hash = LaggHash::l34;
    // LACP
    bool lacp_fast_timeout = false, lacp_active = true, lacp_strict = true;
    std::uint32_t lacp_min_links = 0;
    AdSelect ad_select = AdSelect::stable;
    std::uint16_t ad_actor_sys_prio = 65535;
    net::LinkAddress ad_actor_system;  ///< empty = the kernel's choice
    std::uint16_t ad_user_port_key = 0;
    std::uint32_t rr_limit = 1;  ///< packets a port; 0 = random
    // Which links are alive: miimon or ARP, never both
    Milliseconds miimon{50}, updelay{0}, downdelay{0};
    bool use_carrier = true;
    Milliseconds arp_interval{0};
    std::vector<net::IpAddress> arp_targets;
    ArpValidate arp_validate = ArpValidate::none;
    bool arp_all_targets = false;  ///< all of them must answer, not any
    std::uint8_t arp_missed_max = 2;
    // After a failover
    std::uint8_t num_grat_arp = 3;
    Milliseconds peer_notif_delay{200};
    std::uint8_t resend_igmp = 1;
    bool fast_switch = true, garp_on_failover = true;
    FlapLimit flap_limit;
    std::uint32_t min_ports = 1;
    // The interface itself
    FailOverMac fail_over_mac = FailOverMac::none;
    net::LinkAddress mac;  ///< empty: of `mac_port`
    std::string mac_port;  ///< empty: the first port
    std::optional<std::uint32_t> mtu;
    std::vector<Address> addresses;
    // What the daemon may do to it
    bool migrate_addresses = false, adopt = true, recreate = false;
    bool release_foreign = false, adopt_changes = false;
    LaggExit on_exit = LaggExit::keep;
    OptionalScript notify, notify_up, notify_down, notify_port;
    bool debug = false;

    // `where` is not compared.
    friend bool operator==(const LaggInstance& a, const LaggInstance& b);
};

/// "failover", "lacp", …: the BSD word.
const char* lagg_protocol_word(LaggProtocol protocol);

}  // namespace conf
