// vrrp_instance: one row a keyword (conf-vrrp.md §2). What depends on other statements is decided in check_vrrp.cpp.
#include <algorithm>

#include "conf/check_notes.hpp"
#include "conf/grammar/route.hpp"
#include "conf/grammar/rule.hpp"
#include "conf/schema_blocks.hpp"
#include "conf/schema_extensions.hpp"
#include "conf/schema_instance.hpp"
#include "conf/schema_setters.hpp"
#include "conf/schema_tracks.hpp"

namespace conf {

namespace {

using namespace instance_setters;

using Draft = InstanceDraft;
using Row = Setters<InstanceDraft>;
using I = VrrpInstance;

void set_state(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    const auto word = args.value();
    if (word == "MASTER") {
        draft.wants_master = true;
        return;
    }
    if (word != "BACKUP") {
        context
            .error(args.span(),
                   fmt::format("({}) unknown state '{}', defaulting to BACKUP", context.object, word))
            .expected = "MASTER or BACKUP";
    } else if (draft.wants_master == true) {
        context.error(args.span(),
                      fmt::format("({}) state previously set as MASTER - ignoring BACKUP", context.object));
        return;
    }
    draft.wants_master = draft.wants_master.value_or(false);
}

void set_interface(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto name = args.value();
    if (!name.empty() && !interface_name_fits(context, name, args.span())) return;
    const auto* interface = context.interface(name);
    if (interface != nullptr && interface->is_loopback()) {
        context.error(args.span(),
                      fmt::format("({}) cannot use a loopback interface ({}) for vrrp - ignoring",
                                  context.object, name));
        draft_of(target).refused_interface = name;
        return;
    }
    draft_of(target).value.interface = name;
    if (context.interface_usable(name)) return;
    context
        .report(
            Class::warning, args.span(),
            fmt::format("WARNING - interface {} for vrrp_instance {} doesn't exist", name, context.object))
        .hint = context.similar_interface(name);
}

void set_vrf(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (args.value().size() > kLongestInterfaceName) {
        context.error(args.span(), fmt::format("({}) VRF interface name '{}' too long - ignoring",
                                               context.object, args.value()));
        return;
    }
    if (!draft_of(target).value.interface.empty()) {
        context.error(args.span(), fmt::format("({}) Cannot specify VRF interface and interface - ignoring",
                                               context.object));
        return;
    }
    draft_of(target).value.vrf = args.value();
    if (context.interface_usable(args.value())) return;
    context.report(
        Class::warning, args.span(),
        fmt::format("({}) WARNING - VRF interface {} doesn't exist", context.object, args.value()));
}

void set_version(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    const auto value = read_integer(context, args.value(), args.span(), 2, 3, Number::lenient);
    if (!value) {
        context.error(args.span(), fmt::format("({}): Version must be either 2 or 3", context.object));
    } else if (*value == 2 && draft.family == net::Family::ipv6) {
        context.error(args.span(),
                      fmt::format("({}) vrrp_version 2 conflicts with IPv6 - ignoring", context.object));
    } else {
        draft.version = static_cast<std::uint8_t>(*value);
    }
}

void set_native_ipv6(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    if (draft.family == net::Family::ipv4) {
        context.error(args.where(),
                      fmt::format("({}) Cannot specify native_ipv6 with IPv4 addresses", context.object));
        return;
    }
    draft.family = net::Family::ipv6;
    draft.value.native_ipv6 = true;
}

void set_timer_expired(Context& context, void* target, const Args& args) {
    constexpr std::uint8_t kWithoutValue = 254;
    if (args.keyword.name == "thread_timer_expired") {
        context.report(
            Class::warning, args.where(),
            fmt::format("({}) thread_timer_expired - please use timer_expired_backup", context.object));
    }
    auto& field = draft_of(target).value.timer_expired_backup;
    if (args.empty()) {
        field = kWithoutValue;
    } else if (const auto value = read_unsigned(context, args.value(), args.span(), 1, 254, Number::strict)) {
        field = static_cast<std::uint8_t>(*value);
    } else {
        context.error(args.span(), fmt::format("({}) {} '{}' is not a priority from 1 to 254 - ignoring",
                                               context.object, args.keyword.name, args.value()));
    }
}

void set_linkbeat_use_polling(Context& context, void* target, const Args& args) {
    draft_of(target).value.linkbeat_use_polling = true;
    context.report(Class::deprecated, args.where(),
                   fmt::format("({}) 'linkbeat_use_polling' in vrrp instance deprecated - use "
                               "linkbeat_interfaces block",
                               context.object));
}

void set_accept(Context&, void* target, const Args& args) {
    draft_of(target).accept = args.keyword.name == "accept";
}

void set_preempt(Context&, void* target, const Args& args) {
    draft_of(target).value.nopreempt = args.keyword.name == "nopreempt";
}

void set_priority(Context& context, void* target, const Args& args) {
    constexpr std::uint8_t kDefault = 100;
    if (!context.need(args)) return;
    const auto value = read_unsigned(context, args.value(), args.span(), 1, 255, Number::strict);
    draft_of(target).priority = value ? static_cast<std::uint8_t>(*value) : kDefault;
    if (!value) complain(context, args, args.value());
}

/// GARP counts: 0 is taken as 1.
template <auto Member>
void set_repeat(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto value = read_unsigned(context, args.value(), args.span(), 0, UINT32_MAX, Number::lenient);
    if (!value) return complain(context, args, args.value());
    if (*value == 0) {
        context.error(args.span(), fmt::format("({}): {} must be greater than 0, setting to 1",
                                               context.object, args.keyword.name));
    }
    field_of<Member, Draft>(target) = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(*value));
}

void set_garp_extra_if(Context& context, void* target, const Args& args) {
    auto& value = draft_of(target).value;
    if (args.keyword.name == "vmac_garp_intvl") {
        context.report(Class::deprecated, args.where(),
                       fmt::format("Keyword \"vmac_garp_intvl\" is deprecated - please use \"garp_extra_if\"",
                                   context.object));
    }
    const bool all = !args.empty() && args.value() == "all";
    const std::size_t at = all ? 1 : 0;
    if (args.count() <= at) {
        context.error(args.where(), fmt::format("({}): {} specified without time - ignoring", context.object,
                                                args.keyword.name));
        return;
    }
    const auto seconds = read_unsigned(context, args.value(at), args.span(at), 0, 86400, Number::lenient);
    if (!seconds) {
        context.error(args.span(at), fmt::format("({}): {} '{}' invalid - ignoring", context.object,
                                                 args.keyword.name, args.value(at)));
        return;
    }
    value.garp_extra_if = static_cast<std::uint32_t>(*seconds);
    value.garp_extra_if_all = all;
}

void add_route(Context& context, void* target, const Args& args) {
    if (auto route = read_route(context, args, RouteUse::virtual_route)) {
        draft_of(target).value.routes.push_back(std::move(*route));
    }
}

void add_rule(Context& context, void* target, const Args& args) {
    if (auto rule = read_rule(context, args, RuleUse::virtual_rule)) {
        draft_of(target).value.rules.push_back(std::move(*rule));
    }
}

void track_interface(Context& c, void* t, const Args& a) {
    track_interface_line(c, draft_of(t).value.tracks, {}, a);
}
void track_script(Context& c, void* t, const Args& a) { track_script_line(c, draft_of(t).value.tracks, a); }
void track_file(Context& c, void* t, const Args& a) { track_file_line(c, draft_of(t).value.tracks, a); }
void track_process(Context& c, void* t, const Args& a) { track_process_line(c, draft_of(t).value.tracks, a); }
void track_bfd(Context& c, void* t, const Args& a) { track_bfd_line(c, draft_of(t).value.tracks, a); }
void track_lagg(Context& c, void* t, const Args& a) { track_lagg_line(c, draft_of(t).value.tracks, a); }

template <auto Member>
void notify(Context& context, void* target, const Args& args) {
    notify_script(context, draft_of(target).value.notify.*Member, args);
}

void notify_deleted(Context& context, void* target, const Args& args) {
    auto& scripts = draft_of(target).value.notify;
    scripts.notify_deleted = true;
    if (args.empty()) return;
    if (scripts.deleted) {
        context.error(args.span(), fmt::format("({}) notify_deleted already specified - ignoring {}",
                                               context.object, args.value()));
        return;
    }
    notify_script(context, scripts.deleted, args);
}

void set_kernel_rx_buf(Context& context, void* target, const Args& args) {
    if (args.count() > 1) return complain(context, args, args.value());
    Row::number<&I::kernel_rx_buf_size, Number::strict>(context, target, args);
}

void set_lvs_sync_interface(Context& context, void* target, const Args& args) {
    context.report(Class::deprecated, args.where(),
                   fmt::format("({}) Specifying lvs_sync_daemon_interface against a vrrp is deprecated.",
                               context.object));
    context.report(Class::deprecated, args.where(), "       Please use global lvs_sync_daemon");
    auto& daemon = context.model.global.lvs_sync_daemon;
    if (!context.need(args)) return;
    if (daemon) {
        context.error(
            args.span(),
            fmt::format("({}) lvs_sync_daemon_interface has already been specified as {} - ignoring",
                        context.object, daemon->interface));
        return;
    }
    daemon = Global::SyncDaemon{};
    daemon->interface = args.value();
    daemon->instance = draft_of(target).value.name;
}

void set_auth_type(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& type = draft_of(target).value.auth_type;
    if (args.value() == "PASS") {
        type = AuthType::pass;
    } else if (args.value() == "AH") {
        type = AuthType::ah;
    } else {
        context
            .error(args.span(),
                   fmt::format("({}) unknown authentication type '{}'", context.object, args.value()))
            .expected = "PASS or AH";
    }
}

void set_auth_pass(Context& context, void* target, const Args& args) {
    constexpr std::size_t kLongest = 8;
    if (!context.need(args)) return;
    if (args.value().size() > kLongest) {
        context.error(args.span(), fmt::format("Truncating auth_pass to {} characters", kLongest)).expected =
            "at most 8 characters";
    }
    draft_of(target).value.auth_pass = args.value().substr(0, kLongest);
}

/// A sub-block which fills the same draft.
void* same_target(Context&, void* parent, const Args&) { return parent; }

using K = Keyword;

// clang-format off
constexpr Keyword kAuthentication[] = {
    K{"auth_type", "PASS|AH", set_auth_type, "none", "PASS|AH", "PASS: password in clear; AH: IPsec AH, HMAC-MD5-96", kVrrp},
    K{"auth_pass", "STRING", set_auth_pass, "none", "first 8 bytes used", "the shared password", kVrrp},
};
// clang-format on

}  // namespace

constexpr Block kAuthenticationBlock{"vrrp_instance/authentication", kAuthentication, same_target, nullptr};

namespace {

void lint_ignore(Context& context, void* target, const Args& args) {
    ignore_notes(context, args, draft_of(target).lint_ignored);
}

// clang-format off
constexpr Keyword kInstance[] = {
    K{"use_vmac", "[[name] NAME] [MAC] [group N] [netlink_notify_msg]", use_vmac, "off", "IFNAME <= 15 chars; MAC 5 or 6 octets; GROUP 0..2147483647 or name", "run on a macvlan with the virtual router's MAC address", kVrrp},
    K{"use_vmac_addr", "-", Row::flag<&Vmac::use_vmac_addr>, "off", "-", "VIPs on other interfaces get a VMAC there too", kVrrp},
    K{"vmac_xmit_base", "-", Row::flag<&Vmac::xmit_base>, "off; on with VMAC and unicast peers", "-", "send and receive adverts on the parent interface", kVrrp},
    K{"use_ipvlan", "[[name] NAME] [ADDR] [bridge|private|vepa] [group N]", use_ipvlan, "off", "IFNAME <= 15 chars; mode bridge, private, vepa; GROUP 0..2147483647 or name", "run on an ipvlan interface", kVrrp},
    K{"unicast_peer", "{ ADDR [min_ttl N] [max_ttl N] }", add_unicast_peer, "none", "0..255", "send adverts to these routers instead of the multicast group", kVrrp}.lines(end_unicast_peers),
    K{"unicast_fault_no_peer", "-", set_unicast_fault, "off", "-", "FAULT instead of multicast when no peer is left", kVrrp},
    K{"check_unicast_src", "-", set_check_unicast_src, "vrrp_check_unicast_src", "-", "drop adverts whose source is not a listed peer", kVrrp},
    K{"old_unicast_checksum", "[never]", set_unicast_checksum, "auto", "never", "VRRPv3 checksum form of old releases with unicast", kVrrp},
    K{"native_ipv6", "-", set_native_ipv6, "off", "-", "an IPv6 instance, whatever its addresses", kVrrp},
    K{"state", "MASTER|BACKUP", set_state, "MASTER if priority 255, else BACKUP", "MASTER|BACKUP", "the state wished for at start", kVrrp},
    K{"interface", "IF", set_interface, "none; required unless unicast with unicast_src_ip", "1..15 chars", "where adverts are sent and VIPs go", kVrrp},
    K{"vrf", "IF", set_vrf, "none", "1..15 chars", "VRF of a unicast instance without an interface", kVrrp},
    K{"dont_track_primary", "-", Row::flag<&I::dont_track_primary>, "off", "-", "the own interface going down is no fault", kVrrp},
    K{"track_interface", "{ IF [weight N [reverse]] }", track_interface, "none", "-253..253", "interfaces whose link state counts", kVrrp}.lines(),
    K{"track_script", "{ SCRIPT [weight N [reverse|noreverse]] }", track_script, "none", "-253..253", "vrrp_script results which count", kVrrp}.lines(),
    K{"track_file", "{ FILE [weight N [reverse|noreverse]] }", track_file, "none", "-254..254", "track_file values which count", kVrrp}.lines(),
    K{"track_process", "{ PROC [weight N [reverse|noreverse]] }", track_process, "none", "-254..254", "vrrp_track_process results which count", kVrrp}.lines(),
    K{"track_bfd", "{ BFD [weight N [reverse|noreverse]] }", track_bfd, "none", "-253..253", "BFD sessions whose state counts", kVrrp}.lines(),
    K{"track_lagg", "{ LAGG [weight N [reverse|noreverse]] [per_port] }", track_lagg, "none", "-253..253", "lagg_instances whose state counts", kVrrp, kOurs}.lines().not_yet(),
    K{"mcast_src_ip", "ADDR", set_source, "interface address", "-", "source address of multicast adverts", kVrrp},
    K{"unicast_src_ip", "ADDR", set_source, "interface address", "-", "source address of unicast adverts", kVrrp},
    K{"mcast_dst_ip", "ADDR", set_mcast_dst, "vrrp_mcast_group4/6", "IPv4 multicast; IPv6 link-local multicast", "multicast group of this instance", kVrrp},
    K{"track_src_ip", "-", Row::flag<&I::track_src_ip>, "off", "-", "FAULT while the source address is absent", kVrrp},
    K{"virtual_router_id", "N", Row::number<&I::vrid, Number::strict>, "required", "1..255", "the VRID, the same on all routers of the group", kVrrp}.says("($n): VRID '$v' not valid - must be between 1 & 255"),
    K{"unicast_ttl", "N", set_unicast_ttl, "255 (IPv4); kernel default 64 (IPv6)", "0..255", "TTL of unicast adverts", kVrrp}.says("($n): TTL '$v' not valid - must be between 0 & 255"),
    K{"version", "N", set_version, "vrrp_version (2); IPv6: 3", "2..3", "VRRP version", kVrrp},
    K{"priority", "N", set_priority, "100; 255 with state MASTER and no priority", "1..255", "the higher one becomes master; 255 owns the addresses", kVrrp}.says("($n) Priority not valid! must be between 1 & 255. Using default 100"),
    K{"advert_int", "SECS", Row::seconds<&Draft::advert_us>, "1", "0.01..255 (v2: rounded to whole seconds, min 1; v3: rounded to 0.01, max 40.95)", "interval of the master's adverts", kVrrp}.says("($n) Advert interval ($v) not valid! Must be > 0 - ignoring"),
    K{"virtual_ipaddress", "{ ADDR[/N] options }", add_address, "-", "-", "the virtual addresses, advertised", kVrrp}.lines(),
    K{"virtual_ipaddress_excluded", "{ ADDR[/N] options }", add_address, "-", "-", "addresses set like VIPs but not advertised", kVrrp}.lines(),
    K{"no_virtual_ipaddress", "-", Row::flag<&I::no_virtual_ipaddress>, "off", "-", "an instance without VIPs is meant", kVrrp, "after 2.2.7"},
    K{"promote_secondaries", "-", Row::flag<&I::promote_secondaries>, "off", "-", "set the sysctl promote_secondaries on the interface", kVrrp},
    K{"linkbeat_use_polling", "-", set_linkbeat_use_polling, "off", "-", "poll the interface's link state", kVrrp, "deprecated, use linkbeat_interfaces"},
    K{"v3_checksum_as_v2", "[BOOL]", Row::boolean<&I::v3_checksum_as_v2>, "v3_checksum_as_v2", "on yes true off no false", "VRRPv3 IPv4 checksum without pseudo header", kVrrp, "after 2.2.7"}.says("($n) invalid v3_checksum_as_v2 option '$v' specified"),
    K{"virtual_routes", "{ route }", add_route, "-", "-", "routes which the master has", kVrrp}.lines(),
    K{"virtual_rules", "{ rule }", add_rule, "-", "-", "policy rules which the master has", kVrrp}.lines(),
    K{"accept", "-", set_accept, "on unless strict and priority < 255", "-", "a master which is not the owner answers on the VIPs", kVrrp},
    K{"no_accept", "-", set_accept, "off; on if strict and priority < 255", "-", "drop packets to the VIPs on a master which is not the owner", kVrrp},
    K{"skip_check_adv_addr", "[BOOL]", Row::boolean<&I::skip_check_adv_addr>, "vrrp_skip_check_adv_addr", "on yes true off no false", "do not compare the addresses in adverts of the same sender", kVrrp}.says("($n) invalid skip_check_adv_addr $v specified"),
    K{"strict_mode", "[BOOL]", Row::boolean<&Draft::strict>, "vrrp_strict", "on yes true off no false", "follow the RFC to the letter", kVrrp}.says("($n) invalid strict_mode $v specified"),
    K{"preempt", "-", set_preempt, "on", "-", "take over from a master of lower priority", kVrrp},
    K{"nopreempt", "-", set_preempt, "off", "-", "leave a master of lower priority alone", kVrrp},
    K{"preempt_delay", "SECS", Row::seconds<&I::preempt_delay>, "0", "0..1000", "wait before taking over from a master of lower priority", kVrrp}.says("($n) Preempt_delay not valid! must be between 0-1000"),
    K{"debug", "N", Row::number<&I::debug>, "0", "0..4", "shown in dumps only", kVrrp}.says("($n) Debug value '$v' not valid; must be between 0-4"),
    K{"notify_backup", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::backup>, "none", "-", "run on entering BACKUP", kVrrp}.shell_words(),
    K{"notify_master", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::master>, "none", "-", "run on entering MASTER", kVrrp}.shell_words(),
    K{"notify_fault", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::fault>, "none", "-", "run on entering FAULT", kVrrp}.shell_words(),
    K{"notify_stop", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::stop>, "none", "-", "run when the instance stops", kVrrp}.shell_words(),
    K{"notify_deleted", "[SCRIPT [USER [GROUP]]] (quoted)", notify_deleted, "none (FAULT is notified)", "-", "run when a reload removes the instance", kVrrp}.shell_words(),
    K{"notify", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::generic>, "none", "-", "run on every change: INSTANCE NAME STATE PRIORITY", kVrrp}.shell_words(),
    K{"notify_master_rx_lower_pri", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::master_rx_lower_pri>, "none", "-", "run when a master hears a lower priority", kVrrp}.shell_words(),
    K{"smtp_alert", "[BOOL]", Row::boolean<&I::smtp_alert>, "smtp_alert_vrrp, smtp_alert, off", "on yes true off no false", "mail on state changes", kVrrp}.says("Invalid vrrp_instance smtp_alert parameter $v"),
    K{"notify_priority_changes", "[BOOL]", Row::boolean<&Draft::notify_priority_changes>, "group, then vrrp_notify_priority_changes", "on yes true off no false", "FIFO lines on priority changes", kVrrp}.says("($n) Invalid value '$v' for notify_priority_changes specified"),
    K{"lvs_sync_daemon_interface", "IF", set_lvs_sync_interface, "none", "-", "deprecated: lvs_sync_daemon", kVrrp, "-"},
    K{"garp_master_delay", "SECS", Row::number<&Garp::delay>, "vrrp_garp_master_delay", "0..4294", "second GARP/NA burst after becoming master; 0 = none", kVrrp}.says("($n): garp_master_delay '$v' invalid - ignoring"),
    K{"garp_master_refresh", "SECS", Row::number<&Garp::refresh>, "vrrp_garp_master_refresh", "0..4294967295", "interval of repeated GARP/NA; 0 = off", kVrrp}.says("($n): Invalid garp_master_refresh '$v' - ignoring"),
    K{"garp_master_repeat", "N", set_repeat<&Garp::repeat>, "vrrp_garp_master_repeat", "1..4294967295", "GARP/NA messages a burst", kVrrp}.says("($n): garp_master_repeat '$v' invalid - ignoring"),
    K{"garp_master_refresh_repeat", "N", set_repeat<&Garp::refresh_repeat>, "vrrp_garp_master_refresh_repeat", "1..4294967295", "GARP/NA messages a refresh", kVrrp}.says("($n): garp_master_refresh_repeat '$v' invalid - ignoring"),
    K{"garp_lower_prio_delay", "SECS", Row::number<&Draft::garp_lower_prio_delay>, "vrrp_garp_lower_prio_delay; strict: 0", "0..4294", "second burst after an advert of lower priority", kVrrp}.says("($n): garp_lower_prio_delay '$v' invalid - ignoring"),
    K{"garp_lower_prio_repeat", "N", Row::number<&Draft::garp_lower_prio_repeat>, "vrrp_garp_lower_prio_repeat; strict: 0", "0..2147483647", "GARP/NA messages after an advert of lower priority", kVrrp}.says("($n): Invalid garp_lower_prio_repeat '$v'"),
    K{"down_timer_adverts", "N", Row::number<&I::down_timer_adverts>, "vrrp_down_timer_adverts", "1..100", "missed adverts until the master is down", kVrrp}.says("($n): Invalid down_timer_adverts [1:100] '$v'"),
    K{"timer_expired_backup", "[PRIORITY]", set_timer_expired, "off; without value 254", "1..254", "go to BACKUP when the process woke too late", kVrrp, "after 2.2.7"},
    K{"thread_timer_expired", "[PRIORITY]", set_timer_expired, "off; without value 254", "1..254", "the older word for timer_expired_backup", kVrrp, "alias of timer_expired_backup; after 2.2.7"},
    K{"garp_extra_if", "[all] SECS", set_garp_extra_if, "vrrp_garp_extra_if", "0..86400", "periodic GARP/NA on other interfaces of the VIPs", kVrrp},
    K{"vmac_garp_intvl", "[all] SECS", set_garp_extra_if, "vrrp_garp_extra_if", "0..86400", "the older word for garp_extra_if", kVrrp, "deprecated alias of garp_extra_if"},
    K{"lower_prio_no_advert", "[BOOL]", Row::boolean<&Draft::lower_prio_no_advert>, "vrrp_lower_prio_no_advert; strict: on", "on yes true off no false", "do not answer an advert of lower priority", kVrrp}.says("($n) invalid lower_prio_no_advert $v specified"),
    K{"higher_prio_send_advert", "[BOOL]", Row::boolean<&Draft::higher_prio_send_advert>, "vrrp_higher_prio_send_advert; strict: off", "on yes true off no false", "one more advert before giving way", kVrrp}.says("($n) invalid higher_prio_send_advert $v specified"),
    K{"owner_ignore_adverts", "[BOOL]", Row::boolean<&Draft::owner_ignore_adverts>, "priority 255: on if strict, else vrrp_owner_ignore_adverts; otherwise off", "on yes true off no false", "the address owner drops every advert", kVrrp, "after 2.2.7"}.says("($n) invalid owner_ignore_adverts $v specified"),
    K{"kernel_rx_buf_size", "BYTES", set_kernel_rx_buf, "0 (vrrp_rx_bufs_policy)", "0..4294967295", "receive buffer of the socket", kVrrp}.says("($n) invalid kernel_rx_buf_size specified").lacks("($n) invalid kernel_rx_buf_size specified"),
    K{"authentication", "{ ... }", nullptr, "none", "-", "VRRPv2 authentication", kVrrp}.opens(kAuthenticationBlock),
    K{"auth_hmac", "{ ... }", nullptr, "none", "-", "adverts are signed with HMAC-SHA-256 (extension)", kVrrp, "after 2.2.7"}.opens(kHmacBlock),
    K{"lint_ignore", "NAME ...", lint_ignore, "none", "-", "silence these notes for this instance", kAll, kOurs},
};
// clang-format on

constexpr auto kAllInstance = join(std::to_array(kInstance), extensions::instance_rows());

void* open_instance(Context& context, void*, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "vrrp_instance must have a name").expected = "a name";
        return nullptr;
    }
    if (args.count() > 1) {
        context.error(args.span(1), "vrrp_instance must have a name").hint = "quote a name with blanks";
        return nullptr;
    }
    const std::string name(args.value());
    const auto [known, fresh] =
        context.instance_index.try_emplace(name, context.instances.size(), args.span());
    if (!fresh) {
        context.error(args.span(), fmt::format("vrrp instance {} already defined", name))
            .related.emplace_back(known->second.second, "first defined here");
        return nullptr;
    }
    auto& draft = context.instances.emplace_back();
    const auto& global = context.model.global;
    auto& value = draft.value;
    value.name = name;
    value.where = args.span();
    value.dual_stack = context.dual_stack.contains(name);
    value.garp = global.garp;
    value.down_timer_adverts = global.down_timer_adverts;
    value.skip_check_adv_addr = global.skip_check_adv_addr;
    value.v3_checksum_as_v2 = global.v3_checksum_as_v2;
    value.check_unicast_src = global.check_unicast_src;
    value.garp_extra_if = global.garp_extra_if;
    value.garp_extra_if_all = global.garp_extra_if_all;
    context.object = name;
    return &draft;
}

/// What the words of the block alone decide; the rest follows when everything is read.
void close_instance(Context& context, void* target) {
    auto& draft = draft_of(target);
    auto& value = draft.value;
    // The next instance's go to the same place, instead of leaving a hole beside what stays of this one.
    draft.address_keys = {};
    value.vips.shrink_to_fit();
    value.evips.shrink_to_fit();
    const bool unicast = !value.unicast_peers.empty();
    const auto say = [&](std::string text) { context.at_end(std::move(text)); };
    // As the reference, for any unicast keyword: also where no peer follows and the instance will be multicast.
    const bool asks_unicast = unicast || value.unicast_configured;
    const bool has_interface = !value.interface.empty() && (context.model.global.dynamic_interfaces ||
                                                            context.interface(value.interface) != nullptr);
    if (value.vmac.kind != VmacKind::none && asks_unicast && !has_interface) {
        say(fmt::format("({}): Cannot use VMAC/ipvlan with unicast and no interface - clearing use_vmac",
                        value.name));
        value.vmac = {};
    }
    if (value.vmac.kind == VmacKind::macvlan && asks_unicast && !value.vmac.xmit_base) {
        say(fmt::format("({}) unicast with use_vmac requires vmac_xmit_base - setting", value.name));
        value.vmac.xmit_base = true;
    }
    if (draft.unicast_ttl_given && !unicast) {
        say(fmt::format("({}): Cannot use unicast_ttl without unicast peers - resetting", value.name));
        value.unicast_ttl = -1;
    }
    if (draft.vmac_last_octet_is_vrid) value.vmac.mac.bytes[5] = value.vrid;
}

}  // namespace

constexpr Block kInstanceBlock{"vrrp_instance", kAllInstance, open_instance, close_instance};

}  // namespace conf
