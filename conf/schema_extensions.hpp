// Rows of keywords which no other suite has (beyond.md), by the block whose table takes them in. Lagg and the extra
// checkers have files of their own.
#pragma once

#include <array>

#include "conf/schema_setters.hpp"

namespace conf::extensions {

void set_lifetime(Context&, void* global, const Args&);
void set_instance_lifetime(Context&, void* draft, const Args&);
void add_witnesses(Context&, void* global, const Args&);
void add_peer(Context&, void* draft, const Args&);
void http_listen(Context&, void* global, const Args&);
void metrics_listen(Context&, void* global, const Args&);
void metrics_path(Context&, void* global, const Args&);
void metrics_tls(Context&, void* global, const Args&);
void control_path(Context&, void* global, const Args&);
void control_group(Context&, void* global, const Args&);
void log_format(Context&, void* global, const Args&);
void initial_state(Context&, void* draft, const Args&);
void announce(Context&, void* draft, const Args&);
void owner_action(Context&, void* global, const Args&);
void instance_owner_action(Context&, void* draft, const Args&);

template <auto Member>
void control_number(Context& context, void* target, const Args& args) {
    Setters<Control>::number<Member, Number::strict>(context, &static_cast<Global*>(target)->control, args);
}
template <auto Member>
void control_flag(Context& context, void* target, const Args& args) {
    Setters<Control>::boolean<Member>(context, &static_cast<Global*>(target)->control, args);
}
template <auto Member>
void control_choice(Context& context, void* target, const Args& args) {
    Setters<Control>::choice<Member>(context, &static_cast<Global*>(target)->control, args);
}

using K = Keyword;
using GlobalRow = Setters<Global>;
using InstanceRow = Setters<InstanceDraft>;
using VirtualRow = Setters<VirtualDraft>;
using RealRow = Setters<RealDraft>;

inline constexpr const char* kBoolWords = "true on yes false off no; none = true";
inline constexpr std::string_view kBadGlobal = "Invalid $k '$v' - ignoring";
inline constexpr std::string_view kBadInstance = "($n) $k '$v' is invalid - ignoring";
inline constexpr std::string_view kBadVirtual = "virtual server $k '$v' invalid - ignoring";
inline constexpr std::string_view kBadReal = "real server $k '$v' invalid - ignoring";

// clang-format off
constexpr std::array<Keyword, 20> global_rows() {
    using G = Global;
    return {
        K{"vip_lifetime", "SECS|off", set_lifetime, "off", "2..600", "the kernel removes virtual addresses when nobody renews them any more", kVrrp, kOurs}.says(kBadGlobal).not_yet(),
        K{"pause_guard", "[BOOL]", GlobalRow::boolean<&G::pause_guard>, "on", kBoolWords, "after standing still, a master listens before it believes it is one", kVrrp, kOurs}.says(kBadGlobal).not_yet(),
        K{"duplicate_owner_check", "[BOOL]", GlobalRow::boolean<&G::duplicate_owner_check>, "off", kBoolWords, "ask by ARP/ND who else has the addresses", kVrrp, kOurs}.says(kBadGlobal).not_yet(),
        K{"duplicate_owner_action", "log|fault", owner_action, "log", "-", "what happens when somebody has", kVrrp, kOurs}.says(kBadGlobal).not_yet(),
        K{"owner_witness", "ADDR ...", add_witnesses, "off", "IPv4 and IPv6; lines add up", "who is asked by a backup whether it is itself cut off", kVrrp, kOurs}.not_yet(),
        K{"owner_witness_required", "[BOOL]", GlobalRow::boolean<&G::owner_witness_required>, "off", kBoolWords, "without an answer of a witness a backup does not take over", kVrrp, kOurs}.says(kBadGlobal).not_yet(),
        K{"share_checks", "[BOOL]", GlobalRow::boolean<&G::share_checks>, "off", kBoolWords, "one check for equal targets and settings", kChecker, kOurs}.says(kBadGlobal).not_yet(),
        K{"http_listen", "[ADDR:PORT] [TOKEN_FILE]", http_listen, "none; without value 127.0.0.1:8480", "port 1..65535; repeatable", "status page and control over HTTP; read-only without a token file", kReport, kOurs}.not_yet(),
        K{"control_socket", "PATH", control_path, "/run/keepalived/control.sock", "an absolute path", "the control socket", kReport, kOurs}.says(kBadGlobal).not_yet(),
        K{"control_group", "GROUP", control_group, "keepalived", "an existing group", "who may read the control socket", kReport, kOurs}.says(kBadGlobal).not_yet(),
        K{"metrics_listen", "[ADDR:PORT|unix:PATH]", metrics_listen, "none; without value 127.0.0.1:9165", "port 1..65535; repeatable", "a listener for metrics alone", kReport, kOurs}.not_yet(),
        K{"metrics_path", "PATH", metrics_path, "/metrics", "begins with /", "path of the metrics", kReport, kOurs}.says(kBadGlobal).not_yet(),
        K{"metrics_compat", "none|a|b|ab", control_choice<&Control::metrics_compat>, "a", "-", "names of other exporters beside ours", kReport, kOurs}.says(kBadGlobal).not_yet(),
        K{"metrics_max_series", "N", control_number<&Control::metrics_max_series>, "200000", "1..4294967295", "above that, metrics of real servers are left out", kReport, kOurs}.says(kBadGlobal).not_yet(),
        K{"metrics_checker_detail", "[BOOL]", control_flag<&Control::metrics_checker_detail>, "off", kBoolWords, "duration of checks by real server", kReport, kOurs}.says(kBadGlobal).not_yet(),
        K{"metrics_tls", "CERT_FILE [KEY_FILE]", metrics_tls, "off", "KEY_FILE: default CERT_FILE", "TLS for metrics_listen", kReport, kOurs}.not_yet(),
        K{"log_format", "text|json", log_format, "text", "-", "how log lines look", kAll, kOurs}.says(kBadGlobal).not_yet(),
        K{"reload_confirm", "SECS", control_number<&Control::reload_confirm>, "0 (off)", "0..86400", "a reload is taken back unless it is confirmed in time", kParent, kOurs}.says(kBadGlobal).not_yet(),
        K{"lagg_modprobe", "[BOOL]", GlobalRow::boolean<&G::lagg_modprobe>, "on", kBoolWords, "load the bonding driver when it is needed", kLagg, kOurs}.says(kBadGlobal).not_yet(),
        K{"enable_snmp_lagg", "[BOOL]", GlobalRow::boolean<&G::snmp_lagg>, "off", kBoolWords, "tables of lagg_instance in SNMP", kReport, kOurs}.says(kBadGlobal).not_yet(),
    };
}

constexpr std::array<Keyword, 7> instance_rows() {
    using D = InstanceDraft;
    return {
        K{"vip_lifetime", "SECS|off", set_instance_lifetime, "global vip_lifetime", "2..600", "the kernel removes the addresses when nobody renews them any more", kVrrp, kOurs}.says(kBadInstance).not_yet(),
        K{"pause_guard", "[BOOL]", InstanceRow::boolean<&D::pause_guard>, "global pause_guard", kBoolWords, "after standing still, a master listens before it believes it is one", kVrrp, kOurs}.says(kBadInstance).not_yet(),
        K{"duplicate_owner_check", "[BOOL]", InstanceRow::boolean<&D::duplicate_owner_check>, "global duplicate_owner_check", kBoolWords, "ask by ARP/ND who else has the addresses", kVrrp, kOurs}.says(kBadInstance).not_yet(),
        K{"duplicate_owner_action", "log|fault", instance_owner_action, "global duplicate_owner_action", "-", "what happens when somebody has", kVrrp, kOurs}.says(kBadInstance).not_yet(),
        K{"peers", "{ ADDR|NAME ... }", add_peer, "none", "own addresses are skipped", "unicast among these hosts; the list may be the same on all of them", kVrrp, kOurs}.lines(),
        K{"dual_stack", "-", InstanceRow::flag<&VrrpInstance::dual_stack>, "off", "-", "addresses of both families: two instances which change state together", kVrrp, kOurs},
        K{"announce", "adaptive|fixed", announce, "fixed", "-", "adaptive: gratuitous ARP/NA until the gateway has learned", kVrrp, kOurs}.says(kBadInstance).not_yet(),
    };
}

constexpr std::array<Keyword, 6> virtual_server_rows() {
    using D = VirtualDraft;
    return {
        K{"fast_interval", "SECS", VirtualRow::seconds<&D::fast_interval_us>, "delay_loop", "0.000001..18446744073709.551614", "time between checks while the state is changing", kChecker, kOurs}.says(kBadVirtual).not_yet(),
        K{"down_interval", "SECS", VirtualRow::seconds<&D::down_interval_us>, "delay_loop", "0.000001..18446744073709.551614", "time between checks while a server is down", kChecker, kOurs}.says(kBadVirtual).not_yet(),
        K{"slow_start", "SECS", VirtualRow::number<&D::slow_start, Number::strict>, "0", "0..86400", "weights climb in steps after recovery", kChecker, kOurs}.says(kBadVirtual).not_yet(),
        K{"drain_timeout", "SECS", VirtualRow::number<&D::drain_timeout, Number::strict>, "0", "0..86400", "a removed server keeps its connections that long", kChecker, kOurs}.says(kBadVirtual).not_yet(),
        K{"panic_threshold", "PERCENT", VirtualRow::number<&VirtualServer::panic_threshold, Number::strict>, "0 (off)", "0..100", "with fewer servers alive, the last ones stay in service", kChecker, kOurs}.says(kBadVirtual).not_yet(),
        K{"initial_state", "up|down", initial_state, "up", "-", "down: servers are down until a check succeeds, as alpha", kChecker, kOurs}.says(kBadVirtual),
    };
}

constexpr std::array<Keyword, 4> real_server_rows() {
    using D = RealDraft;
    return {
        K{"fast_interval", "SECS", RealRow::seconds<&D::fast_interval_us>, "virtual server", "0.000001..18446744073709.551614", "time between checks while the state is changing", kChecker, kOurs}.says(kBadReal).not_yet(),
        K{"down_interval", "SECS", RealRow::seconds<&D::down_interval_us>, "virtual server", "0.000001..18446744073709.551614", "time between checks while it is down", kChecker, kOurs}.says(kBadReal).not_yet(),
        K{"slow_start", "SECS", RealRow::number<&D::slow_start, Number::strict>, "virtual server", "0..86400", "its weight climbs in steps after recovery", kChecker, kOurs}.says(kBadReal).not_yet(),
        K{"drain_timeout", "SECS", RealRow::number<&D::drain_timeout, Number::strict>, "virtual server", "0..86400", "when removed it keeps its connections that long", kChecker, kOurs}.says(kBadReal).not_yet(),
    };
}
// clang-format on

}  // namespace conf::extensions
