// Comparisons which leave positions out: moving an object within the file changes nothing.
#include "conf/model.hpp"

#include <tuple>

namespace conf {

bool operator==(const VrrpInstance& a, const VrrpInstance& b) {
    const auto identity = [](const VrrpInstance& i) {
        return std::tie(i.name, i.initial_master, i.interface, i.vrf, i.vrid, i.priority, i.advert_interval,
                        i.version, i.family, i.native_ipv6, i.nopreempt, i.preempt_delay,
                        i.down_timer_adverts, i.timer_expired_backup, i.higher_prio_send_advert,
                        i.lower_prio_no_advert, i.owner_ignore_adverts, i.strict, i.dont_track_primary,
                        i.skip_check_adv_addr);
    };
    const auto switches = [](const VrrpInstance& i) {
        return std::tie(i.accept, i.promote_secondaries, i.linkbeat_use_polling, i.no_virtual_ipaddress,
                        i.debug, i.kernel_rx_buf_size, i.smtp_alert, i.config_fault, i.vmac, i.garp_extra_if,
                        i.garp_extra_if_all, i.notify, i.notify_priority_changes, i.garp, i.sync_group,
                        i.tracks);
    };
    const auto wire = [](const VrrpInstance& i) {
        return std::tie(i.source, i.track_src_ip, i.unicast, i.unicast_configured, i.unicast_fault_no_peer,
                        i.mcast_dst, i.unicast_peers, i.check_unicast_src, i.unicast_ttl, i.unicast_checksum,
                        i.v3_checksum_as_v2, i.auth_type, i.auth_pass, i.auth_hmac, i.vips, i.evips, i.routes,
                        i.rules);
    };
    const auto extensions = [](const VrrpInstance& i) {
        return std::tie(i.vip_lifetime, i.pause_guard, i.duplicate_owner_check, i.duplicate_owner_fault,
                        i.dual_stack, i.announce_adaptive, i.peers);
    };
    return identity(a) == identity(b) && switches(a) == switches(b) && wire(a) == wire(b) &&
           extensions(a) == extensions(b);
}

bool operator==(const SyncGroup& a, const SyncGroup& b) {
    const auto fields = [](const SyncGroup& g) {
        return std::tie(g.name, g.members, g.tracks, g.notify, g.smtp_alert, g.notify_priority_changes,
                        g.tracking_weight);
    };
    return fields(a) == fields(b);
}

bool operator==(const VrrpScript& a, const VrrpScript& b) {
    const auto fields = [](const VrrpScript& s) {
        return std::tie(s.name, s.script, s.interval, s.timeout, s.weight, s.reverse, s.rise, s.fall,
                        s.init_fail);
    };
    return fields(a) == fields(b);
}

bool operator==(const TrackFile& a, const TrackFile& b) {
    const auto fields = [](const TrackFile& f) {
        return std::tie(f.name, f.path, f.weight, f.reverse, f.init_value, f.init_overwrite);
    };
    return fields(a) == fields(b);
}

bool operator==(const TrackProcess& a, const TrackProcess& b) {
    const auto fields = [](const TrackProcess& p) {
        return std::tie(p.name, p.process, p.parameters, p.param_match, p.weight, p.reverse, p.quorum,
                        p.quorum_max, p.terminate_delay, p.fork_delay, p.full_command);
    };
    return fields(a) == fields(b);
}

bool operator==(const TrackGroup& a, const TrackGroup& b) {
    return a.name == b.name && a.instances == b.instances;
}

}  // namespace conf
