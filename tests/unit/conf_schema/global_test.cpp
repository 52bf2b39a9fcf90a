// global_defs and the top level: values, defaults, messages.
#include <catch2/catch.hpp>

#include "reading.hpp"

using namespace reading;
using namespace std::chrono_literals;

TEST_CASE("global_defs have the defaults of keepalived") {
    const auto outcome = read_global("");
    CHECK(outcome.exit() == 0);
    const auto& g = outcome.model().global;
    CHECK(g.vrrp_version == 2);
    CHECK(g.garp == conf::Garp{});
    CHECK(g.mcast_group4.to_string() == "224.0.0.18");
    CHECK(g.mcast_group6.to_string() == "ff02::12");
    CHECK(g.smtp_connect_timeout == 30s);
    CHECK(g.default_interface == "eth0");
    CHECK_FALSE(g.router_id.empty());
    CHECK(outcome.model().host.child_wait_time == 5);
}

TEST_CASE("global values are taken") {
    const auto outcome = read_global(
        "router_id R\nvrrp_version 3\nvrrp_strict\nvrrp_garp_master_delay 1\nvrrp_garp_interval 0.5\n"
        "vrrp_startup_delay 3.5\nnotification_email {\na@b c@d\n\"E F <e@f>\"\n}\n"
        "smtp_server 127.0.0.1 2525\nlvs_sync_daemon eth0 inst VI_1 id 7\nlvs_flush_on_stop VS\n"
        "vrrp_rx_bufs_policy ADVERT\nmax_auto_priority\njson_version 2\numask IRWXG|IRWXO\n"
        "vrrp_rt_priority 50\nchecker_priority -5\nstate_dump_file /d/x\nprocess_names\n"
        "vrrp_min_garp\nlvs_timeouts tcp 10 udp 20");
    const auto& g = outcome.model().global;
    CHECK(g.router_id == "R");
    CHECK(g.vrrp_version == 3);
    CHECK(g.vrrp_strict);
    CHECK(g.garp.delay == 1s);
    CHECK(g.garp.repeat == 1);
    CHECK(g.garp_interval == 500ms);
    CHECK(g.startup_delay == 3500ms);
    CHECK(g.notification_email == std::vector<std::string>{"a@b", "c@d", "E F <e@f>"});
    CHECK(g.smtp_port == 2525);
    CHECK(g.lvs_sync_daemon->instance == "VI_1");
    CHECK(g.lvs_sync_daemon->id == 7);
    CHECK(g.lvs_flush_on_stop == conf::Global::FlushOnStop::vs);
    CHECK(g.rx_policy == conf::Global::RxPolicy::advert);
    CHECK(g.max_auto_priority == 99);
    CHECK(g.json_version == 2);
    CHECK(g.umask == 077);
    CHECK(g.vrrp_process.rt_priority == 50);
    CHECK(g.vrrp_process.name == "keepalived_vrrp");
    CHECK(g.checker_process.nice == -5);
    CHECK(g.state_dump_file == "/d/x");
    CHECK(g.lvs_timeout_tcp == 10);
    CHECK(g.lvs_timeout_udp == 20);
}

TEST_CASE("bad global values are reported in the words of the reference") {
    struct Case {
        const char* line;
        const char* text;
    };
    for (const auto& [line, text] : {
             Case{"vrrp_strict maybe", "Invalid value 'maybe' for global vrrp_strict specified"},
             Case{"use_symlink_paths x", "Invalid value 'x' for global use_symlink_path specified"},
             Case{"data_use_instance x", "Invalid value 'x' for global date_use_instance specified"},
             Case{"vrrp_owner_ignore_adverts x",
                  "Invalid value 'vrrp_owner_ignore_adverts' for global x specified"},
             Case{"vrrp_version 4", "VRRP Error: Version must be either 2 or 3"},
             Case{"vrrp_garp_interval 0", "vrrp_garp_interval '0' is invalid"},
             Case{"vrrp_garp_master_refresh 1.0", "Invalid vrrp_garp_master_refresh '1.0' - ignoring"},
             Case{"vrrp_mcast_group4 10.0.0.1", "vrrp_mcast_group4 [10.0.0.1] is not multicast. Skipping"},
             Case{"vrrp_rt_priority 130",
                  "vrrp process real-time priority 130 greater than maximum 99 - setting to maximum"},
             Case{"vrrp_rt_priority 27x", "vrrp process real-time priority '27x' invalid"},
             Case{"notification_email {\n}", "Warning - empty notification_email block"},
             Case{"notification_email_from", "emailfrom missing - ignoring"},
             Case{"router_id", "routerid name missing - ignoring"},
             Case{"startup_script", "startup script missing"},
             Case{"startup_script_timeout 0", "startup_script_timeout '0' must be in [1, 1000] - ignoring"},
             Case{"script_user nobody_at_all", "Error setting global script uid/gid"},
             Case{"dynamic_interfaces foo", "Unknown dynamic_interfaces option 'foo'"},
             Case{"lvs_timeouts", "lvs_timeouts requires at least one option"},
             Case{"lvs_timeouts tcp", "lvs_timeouts requires at least one option"},
             Case{"lvs_timeouts tcp 2678401", "Invalid lvs_timeout tcp (2678401) - ignoring"},
             Case{"lvs_timeouts tcp 1 udp", "No value specified for lvs_timeout udp - ignoring"},
             Case{"lvs_timeouts foo 5", "Unknown option foo specified for lvs_timeouts"},
             Case{"lvs_sync_daemon", "lvs_sync_daemon requires interface"},
             Case{"lvs_sync_daemon eth0 id 256", "Invalid syncid (256) - defaulting to vrid"},
             Case{"lvs_sync_daemon eth0 group 10.0.0.1",
                  "lvs_sync_daemon group address 10.0.0.1 is not multicast - ignoring"},
             Case{"vrrp_iptables", "iptables not supported, using nftables instead."},
             Case{"nftables a\nnftables b", "nftables already specified - ignoring"},
             Case{"vrrp_vmac_garp_intvl 5", "Keyword \"vrrp_vmac_garp_intvl\" is deprecated"},
             Case{"vmac_prefix a\nvmac_prefix b", "vmac prefix has already been specified - ignoring b"},
         }) {
        INFO(line);
        const auto outcome = read_global(line);
        CHECK(outcome.says(text));
        CHECK(outcome.exit() == 5);
    }
}

TEST_CASE("aliases that are only logged do not count") {
    CHECK(read_global("lvs_process_name x").exit() == 0);
    CHECK(read_global("vrrp_rlimit_rtime 100").exit() == 0);
}

TEST_CASE("static entries and small blocks are read") {
    const auto outcome = read(
        "instance I\nuse_pid_dir\nchild_wait_time 9\n"
        "static_ipaddress {\n10.1.0.1/24 brd + dev eth1\n10.1.0.2/24\n}\n"
        "static_routes {\ninet6 default via fe80::1 dev eth1\n10.9.0.0/16 nexthop via 10.1.0.3 weight 2 "
        "nexthop via 10.1.0.4\n}\n"
        "static_rules {\nfrom 10.1.0.0/24 sport 5 table 9 priority 5\n}\n"
        "garp_group {\ngarp_interval 0.1\ninterfaces {\neth0 eth1\n}\n}\n"
        "linkbeat_interfaces {\neth2 MII\n}\ninterface_up_down_delays {\neth3 0.5 1\n}\n"
        "track_file F {\nfile /tmp/f\nweight 3 reverse\ninit_file 5 overwrite\n}\n"
        "vrrp_track_process P {\nprocess /bin/x a b\nquorum 2\nquorum_max 3\ndelay 0.5\n}\n");
    CHECK(outcome.problems.empty());
    const auto& m = outcome.model();
    CHECK(m.host.instance == "I");
    CHECK(m.host.child_wait_time == 9);
    CHECK(m.static_addresses.at(0).broadcast.to_string() == "10.1.0.255");
    CHECK(m.static_addresses.at(1).dev == "eth0");
    CHECK(m.static_routes.at(0).is_default);
    CHECK(m.static_routes.at(0).family == net::Family::ipv6);
    CHECK(m.static_routes.at(1).nexthops.size() == 2);
    CHECK(m.static_rules.at(0).sport == std::array<std::uint16_t, 2>{5, 5});
    CHECK(m.garp_groups.at(0).interfaces.size() == 2);
    CHECK(m.linkbeat_interfaces.at(0).method == conf::Linkbeat::mii);
    CHECK(m.interface_delays.at(0).up == 1s);
    CHECK(m.track_files.at(0).weight == 3);
    CHECK(m.track_files.at(0).init_value == 5);
    CHECK(m.track_processes.at(0).param_match == conf::ParamMatch::exact);
    CHECK(m.track_processes.at(0).quorum_max == 3);
    CHECK(m.wants_vrrp);
}
