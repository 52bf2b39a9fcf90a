// Comparison without positions, and the BSD words.
#include "conf/model_lagg.hpp"

#include <array>
#include <tuple>

namespace conf {

bool operator==(const LaggInstance& a, const LaggInstance& b) {
    const auto links = [](const LaggInstance& l) {
        return std::tie(l.name, l.protocol, l.ports, l.primary, l.primary_reselect, l.failover_rx_all, l.hash,
                        l.miimon, l.updelay, l.downdelay, l.use_carrier, l.arp_interval, l.arp_targets,
                        l.arp_validate, l.arp_all_targets, l.arp_missed_max, l.rr_limit);
    };
    const auto lacp = [](const LaggInstance& l) {
        return std::tie(l.lacp_fast_timeout, l.lacp_active, l.lacp_strict, l.lacp_min_links, l.ad_select,
                        l.ad_actor_sys_prio, l.ad_actor_system, l.ad_user_port_key);
    };
    const auto interface = [](const LaggInstance& l) {
        return std::tie(l.num_grat_arp, l.peer_notif_delay, l.resend_igmp, l.fast_switch, l.garp_on_failover,
                        l.flap_limit, l.min_ports, l.fail_over_mac, l.mac, l.mac_port, l.mtu, l.addresses);
    };
    const auto handling = [](const LaggInstance& l) {
        return std::tie(l.migrate_addresses, l.adopt, l.recreate, l.release_foreign, l.adopt_changes,
                        l.on_exit, l.notify, l.notify_up, l.notify_down, l.notify_port, l.debug);
    };
    return links(a) == links(b) && lacp(a) == lacp(b) && interface(a) == interface(b) &&
           handling(a) == handling(b);
}

const char* lagg_protocol_word(LaggProtocol protocol) {
    constexpr std::array kWords{"failover",  "lacp", "loadbalance", "roundrobin",
                                "broadcast", "tlb",  "alb",         "none"};
    return kWords[static_cast<std::size_t>(protocol)];
}

}  // namespace conf
