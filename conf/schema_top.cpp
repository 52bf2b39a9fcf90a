// The top level: which blocks and keywords there are (conf-global.md §1).
#include "conf/schema_blocks.hpp"
#include "conf/schema_host.hpp"

namespace conf {

namespace {

using namespace host_setters;

void* the_model(Context&, void* parent, const Args&) { return parent; }

using K = Keyword;

// clang-format off
constexpr Keyword kTop[] = {
    K{"linkbeat_use_polling", "-", host_flag<&Host::linkbeat_use_polling>, "off", "-", "poll the link state of all VRRP interfaces", kVrrp}.early(),
    K{"net_namespace", "NAME", net_namespace, "none", "-", "run in this network namespace", kParent}.early().lacks("$k name missing - ignoring"),
    K{"net_namespace_ipvs", "[NAME]", net_namespace_ipvs, "same namespace as the process", "-", "program IPVS in this network namespace", kParent | kChecker | kVrrp}.early(),
    K{"namespace_with_ipsets", "-", host_flag<&Host::namespace_with_ipsets>, "off", "-", "ipsets with net_namespace on kernels before 3.13", kVrrp}.early(),
    K{"use_pid_dir", "-", host_flag<&Host::use_pid_dir>, "off", "-", "pid files in /run/keepalived", kParent}.early(),
    K{"instance", "NAME", instance, "none", "-", "name of this daemon, for several in one namespace", kParent}.early().lacks("$k name missing - ignoring"),
    K{"child_wait_time", "SECS", child_wait_time, "5", "0..4294967295", "how long to wait for children at the end", kParent}.says("Invalid child_wait_time $v").early(),
    K{"global_defs", "{ ... }", nullptr, "-", "-", "settings of the whole daemon", kAll}.opens(kGlobalBlock).early(),
    K{"track_group", "NAME { group { INST ... } }", nullptr, "-", "-", "instances which fail with static entries", kVrrp}.opens(kTrackGroupBlock),
    K{"static_ipaddress", "{ address lines }", static_address, "-", "-", "addresses set while the daemon runs", kVrrp}.lines(),
    K{"static_routes", "{ route lines }", static_route, "-", "-", "routes set while the daemon runs", kVrrp}.lines(),
    K{"static_rules", "{ rule lines }", static_rule, "-", "-", "policy rules set while the daemon runs", kVrrp}.lines(),
    K{"vrrp_sync_group", "NAME { ... }", nullptr, "-", "-", "instances which change state together", kVrrp}.opens(kSyncGroupBlock),
    K{"garp_group", "{ ... }", nullptr, "-", "-", "interfaces which share a limit of GARPs", kVrrp}.opens(kGarpGroupBlock),
    K{"linkbeat_interfaces", "{ IF [MII|ETHTOOL|IOCTL] }", linkbeat_interface, "-", "-", "interfaces whose link state is polled", kVrrp}.lines(),
    K{"vrrp_instance", "NAME { ... }", nullptr, "-", "-", "a virtual router", kVrrp}.opens(kInstanceBlock),
    K{"vrrp_script", "NAME { ... }", nullptr, "-", "-", "a command whose result is tracked", kVrrp}.opens(kScriptBlock),
    K{"vrrp_track_process", "NAME { ... }", nullptr, "-", "-", "a process whose presence is tracked", kVrrp}.opens(kTrackProcessBlock),
    K{"interface_up_down_delays", "{ IF DOWN [UP] }", interface_delay, "0", "0..255 each", "link changes count when they last that long", kVrrp}.lines(),
    K{"SSL", "{ ... }", nullptr, "none (library defaults)", "one block; a second replaces the first", "certificates of TLS checkers", kChecker}.opens(kSslBlock),
    K{"virtual_server_group", "NAME { entries }", nullptr, "none", "ADDR[-END] [PORT], ADDR/LEN [PORT], fwmark N [inet|inet6]; port 1..65535, 0 or absent = any; N 0..4294967295", "addresses served by one virtual server", kChecker}.opens(kServerGroupBlock),
    K{"virtual_server", "ADDR [PORT] | fwmark N | group NAME { ... }", nullptr, "none", "port 1..65535, 0 or absent = any (persistent); fwmark 1..4294967295 (0 accepted, useless)", "a load-balanced service", kChecker}.opens(kVirtualServerBlock),
    K{"bfd_instance", "NAME { ... }", nullptr, "none", "NAME <= 31 chars, unique", "a BFD session", kBfd | kVrrp | kChecker}.opens(kBfdBlock),
    K{"lagg_instance", "IF { ... }", nullptr, "none", "1..15 chars, unique", "network interfaces of this host as one (link aggregation)", kLagg | kVrrp, kOurs}.opens(kLaggBlock).early().not_yet(),
    K{"track_file", "NAME { ... }", nullptr, "-", "-", "a file whose number is tracked", kVrrp | kChecker}.opens(kTrackFileBlock),
    K{"vrrp_track_file", "NAME { ... }", nullptr, "-", "-", "the older word for track_file", kVrrp | kChecker, "deprecated alias of track_file"}.opens(kVrrpTrackFileBlock),
};
// clang-format on

}  // namespace

constexpr Block kTopBlock{"(top)", kTop, the_model, nullptr};

}  // namespace conf
