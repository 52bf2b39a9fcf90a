// vrrp_instance: a good value, the default and the bad values of each keyword; what the passes behind it decide.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "reading.hpp"

using namespace reading;
using namespace std::chrono_literals;

TEST_CASE("an instance gets the defaults of keepalived") {
    const auto outcome = read_instance("");
    CHECK(outcome.problems.empty());
    CHECK(outcome.exit() == 0);
    const auto& i = outcome.instance();
    CHECK(i.name == "VI_1");
    CHECK(i.interface == "eth0");
    CHECK(i.vrid == 51);
    CHECK(i.priority == 100);
    CHECK(i.version == 2);
    CHECK(i.advert_interval == 1s);
    CHECK_FALSE(i.initial_master);
    CHECK_FALSE(i.nopreempt);
    CHECK(i.accept);
    CHECK(i.down_timer_adverts == 3);
    CHECK(i.garp == conf::Garp{});
    CHECK(i.mcast_dst.to_string() == "224.0.0.18");
    CHECK(i.vips.at(0).prefix.to_string() == "10.0.0.1/24");
    CHECK(i.smtp_alert == false);
    CHECK(i.unicast_ttl == -1);
    CHECK(outcome.model().wants_vrrp);
}

TEST_CASE("good values are taken") {
    const auto outcome = read_instance(
        "state BACKUP\npriority 200\nadvert_int 2\nnopreempt\nmcast_src_ip 10.0.0.2\ngarp_master_delay 10\n"
        "garp_master_repeat 3\ngarp_master_refresh 60\ngarp_lower_prio_delay 7\ngarp_lower_prio_repeat 0\n"
        "down_timer_adverts 5\ndebug 4\nkernel_rx_buf_size 65536\nsmtp_alert\nno_accept\ntrack_src_ip\n"
        "dont_track_primary\ntimer_expired_backup 150\nskip_check_adv_addr\nlower_prio_no_advert\n"
        "authentication {\nauth_type PASS\nauth_pass secret\n}\n"
        "virtual_ipaddress_excluded {\n10.0.1.1 dev eth1 label eth1:1 scope link\n}\n"
        "virtual_routes {\n192.168.5.0/24 via 10.0.0.254 dev eth0 metric 7\n}\n"
        "virtual_rules {\nfrom 10.0.0.1 table 7 priority 100\n}\n");
    CHECK(outcome.problems.empty());
    const auto& i = outcome.instance();
    CHECK(i.priority == 200);
    CHECK(i.advert_interval == 2s);
    CHECK(i.nopreempt);
    CHECK(i.source.to_string() == "10.0.0.2");
    CHECK(i.garp.delay == 10s);
    CHECK(i.garp.repeat == 3);
    CHECK(i.garp.refresh == 60s);
    CHECK(i.garp.lower_prio_delay == 7s);
    CHECK(i.garp.lower_prio_repeat == 0);
    CHECK(i.down_timer_adverts == 5);
    CHECK(i.timer_expired_backup == 150);
    CHECK_FALSE(i.accept);
    CHECK(i.auth_type == conf::AuthType::pass);
    CHECK(i.auth_pass == "secret");
    CHECK(i.evips.at(0).prefix.to_string() == "10.0.1.1/32");
    CHECK(i.evips.at(0).label == "eth1:1");
    CHECK(i.evips.at(0).scope == 253);
    CHECK(i.routes.at(0).destination.to_string() == "192.168.5.0/24");
    CHECK(i.routes.at(0).metric == 7);
    CHECK(i.rules.at(0).table_or_target == 7);
}

TEST_CASE("bad values are reported in the words of the reference, by class") {
    struct Case {
        const char* line;
        const char* text;
        conf::Class severity;
    };
    using conf::Class;
    for (const auto& [line, text, severity] : {
             Case{"state FOO", "(VI_1) unknown state 'FOO', defaulting to BACKUP", Class::general_error},
             Case{"priority 0", "(VI_1) Priority not valid! must be between 1 & 255. Using default 100",
                  Class::general_error},
             Case{"priority 0", "number '0' outside range [1, 255]", Class::invalid_number},
             Case{"virtual_router_id 300", "(VI_1): VRID '300' not valid - must be between 1 & 255",
                  Class::general_error},
             Case{"advert_int 256", "number '256' outside range [0.010000, 255.000000]",
                  Class::invalid_number},
             Case{"interface abcdefghijklmnop", "Interface name 'abcdefghijklmnop' too long - ignoring",
                  Class::general_error},
             Case{"mcast_src_ip x",
                  "Configuration error: VRRP instance[VI_1] malformed src address[x]. Skipping...",
                  Class::general_error},
             Case{"garp_master_repeat 0", "(VI_1): garp_master_repeat must be greater than 0, setting to 1",
                  Class::general_error},
             Case{"authentication {\nauth_type PASS\nauth_pass 123456789\n}",
                  "Truncating auth_pass to 8 characters", Class::general_error},
             Case{"track_script {\nnone\n}", "(VI_1) track script none not found, ignoring...",
                  Class::general_error},
             Case{"unicast_peer {\n1.2.3\n}",
                  "Configuration error: VRRP instance[VI_1] malformed unicast peer address[1.2.3]. "
                  "Skipping...",
                  Class::general_error},
             Case{"unicast_peer {\n10.0.0.7\n10.0.0.7\n}", "(VI_1) 10.0.0.7 - duplicate unicast_peer",
                  Class::general_error},
             Case{"unicast_src_ip 10.0.0.2",
                  "(VI_1) A unicast keyword has been specified without any unicast peers.",
                  Class::deprecated},
             Case{"unicast_ttl 5", "(VI_1): Cannot use unicast_ttl without unicast peers - resetting",
                  Class::general_error},
             Case{"virtual_ipaddress {\n10.0.0.1\n}", "(VI_1): VIP duplicates a VIP 10.0.0.1 - ignoring",
                  Class::general_error},
             Case{"virtual_ipaddress {\n10.0.0.2/33\n}",
                  "Invalid address prefix len 33 for address 10.0.0.2/33 - using 32", Class::general_error},
             Case{"virtual_ipaddress {\n10.0.0.2 10.0.0.3\n}",
                  "Unknown configuration entry '10.0.0.3' for ip address - ignoring", Class::general_error},
             Case{"virtual_routes {\ndefault gw 10.0.0.254\n}",
                  "\"gw\" for routes is deprecated. Please use \"via\"", Class::deprecated},
             Case{"virtual_routes {\nvia 10.0.0.254\n}", "Route must have a destination",
                  Class::general_error},
             Case{"virtual_routes {\n10.8/16 via 10.0.0.254\n}", "unknown route keyword 10.8/16",
                  Class::general_error},
             Case{"virtual_routes {\n10.8.0.0/16 table nope\n}", "Routing table nope not found for route",
                  Class::general_error},
             Case{"virtual_rules {\nfrom 10.0.0.1 table 0\n}", "Table 0 is not valid", Class::general_error},
             Case{"virtual_rules {\nfrom 10.0.0.1\n}", "No action specified for rule - ignoring",
                  Class::general_error},
             Case{"virtual_rules {\nfrom 10.0.0.1 table 7\n}",
                  "Rule has no preference specified - setting to 16384. This is probably not what you want.",
                  Class::general_error},
             Case{"state MASTER\npriority 100\nnopreempt",
                  "(VI_1) Warning - nopreempt will not work with initial state MASTER - clearing",
                  Class::warning},
             Case{"advert_int 0.4",
                  "(VI_1) VRRPv2 advertisement interval 0.400000s must be an integer. rounding",
                  Class::general_error},
             Case{"version 3\nadvert_int 0.333",
                  "(VI_1) VRRPv3 advertisement interval 0.333000s must be in units of 10ms - rounding",
                  Class::general_error},
             Case{"version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}",
                  "(VI_1) VRRP version 3 does not support authentication. Ignoring.", Class::general_error},
             Case{"strict_mode\nauthentication {\nauth_type PASS\nauth_pass x\n}",
                  "(VI_1) Strict mode does not support authentication. Ignoring.", Class::general_error},
             Case{"strict_mode\nstate MASTER\npriority 100",
                  "(VI_1) State MASTER must match being address owner", Class::general_error},
             Case{"track_interface {\neth0\n}", "(VI_1) Ignoring track_interface eth0 since own interface",
                  Class::general_error},
             Case{"prioritty 5", "Unknown keyword 'prioritty'", Class::unknown_keyword},
         }) {
        INFO(line);
        const auto outcome = read_instance(line);
        REQUIRE(outcome.says(text));
        CHECK(outcome.problem(text).severity == severity);
        CHECK(outcome.exit() == 5);
    }
}

TEST_CASE("hints lead to the keyword that was meant and to the block where it belongs") {
    CHECK(read_instance("prioritty 5").problem("Unknown keyword").hint == "did you mean `priority`?");
    CHECK(read("virtual_ipaddress {\n10.0.0.1\n}\n").problem("Unknown keyword").hint ==
          "`virtual_ipaddress` belongs in `vrrp_instance`");
    const auto twice = read(
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
        "vrrp_instance A {\nnonsense\n}\n");
    const auto& problem = twice.problem("vrrp instance A already defined");
    REQUIRE_FALSE(problem.related.empty());
    CHECK(problem.related.back().first.line == 1);
    CHECK_FALSE(twice.says("nonsense"));
}

TEST_CASE("a missing parameter ends the reference with 2, and only the statement is lost here") {
    const auto outcome = read_instance("priority\nnopreempt");
    CHECK(outcome.exit() == 2);
    CHECK(outcome.says(
        "*** Configuration line starting `priority` is missing a parameter after keyword `priority` at "
        "word position 2"));
    CHECK(outcome.instance().nopreempt);
}

TEST_CASE("numbers with junk are refused by -t and used with a warning at run time") {
    CHECK(read_instance("garp_master_repeat 7x").instance().garp.repeat == 5);
    const auto run = read_instance("garp_master_repeat 7x", Mode::run);
    CHECK(run.instance().garp.repeat == 7);
    CHECK(run.says("WARNING - invalid number '7x'"));
    CHECK(read_instance("priority 7x", Mode::run).instance().priority == 100);
}

TEST_CASE("global settings reach instances wherever global_defs stands") {
    const char* const instance =
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nversion 3\nvirtual_ipaddress "
        "{\n10.0.0.1\n}\n}\n";
    const char* const globals = "global_defs {\nvrrp_garp_master_repeat 3\nvrrp_down_timer_adverts 4\n}\n";
    const auto before = read(std::string(globals) + instance);
    const auto after = read(std::string(instance) + globals);
    CHECK(after.instance().garp.repeat == 3);
    CHECK(after.instance().garp.lower_prio_repeat == 3);
    CHECK(after.instance().down_timer_adverts == 4);
    CHECK(before.instance() == after.instance());
}

TEST_CASE("an IPv6 instance is version 3, and its first family stays") {
    const auto outcome = read(
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\nfe80::1\n"
        "2001:db8::1/64\n10.0.0.1\n}\n}\n");
    CHECK(outcome.instance().version == 3);
    CHECK(outcome.instance().family == net::Family::ipv6);
    CHECK(outcome.instance().vips.size() == 2);
    CHECK(outcome.exit() == 5);
}

TEST_CASE("VIPs which do not fit a packet become excluded ones") {
    std::string addresses;
    for (int n = 1; n <= 94; ++n) addresses += fmt::format("2001:db8::{:x}\n", n);
    const auto outcome =
        read("vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n" + addresses +
             "}\n}\n");
    CHECK(outcome.instance().vips.size() == 89);
    CHECK(outcome.instance().evips.size() == 5);
    CHECK(outcome.says(
        "(A) Number of VIPs (94) exceeds maximum/space available in packet (max 89 addresses) - excess "
        "moved to eVIPs"));
}

TEST_CASE("two instances with one VRID on an interface are refused") {
    const auto outcome = read(
        "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
        "vrrp_instance VI_2 {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.2\n}\n}\n");
    CHECK(outcome.says("VI_1 and VI_2 both use VRID 51 with IPv4 on interface eth0"));
    CHECK(outcome.exit() == 5);
    CHECK(outcome.generation.diagnostics.refuses_reload());
}

TEST_CASE("an interface which does not exist is fatal, unless interfaces may come later") {
    const char* const text =
        "vrrp_instance A {\ninterface nope0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n";
    const auto outcome = read(text);
    CHECK(outcome.says("WARNING - interface nope0 for vrrp_instance A doesn't exist"));
    CHECK(outcome.says("Non-existent interface specified in configuration"));
    CHECK(outcome.exit() == 5);
    const auto dynamic = read(std::string("global_defs {\ndynamic_interfaces\n}\n") + text);
    CHECK(dynamic.exit() == 0);
    CHECK(dynamic.instance().interface == "nope0");
    CHECK(read("linkbeat_interfaces {\nnope0\n}\nstatic_ipaddress {\n10.0.0.9/24 dev eth0\n}\n").exit() == 4);
}

TEST_CASE("sync groups gather members and settle weights") {
    const auto outcome = read(
        "vrrp_sync_group G {\ngroup {\nA B\n}\n}\n"
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\ntrack_interface {\neth2 weight 5\n}\n"
        "virtual_ipaddress {\n10.0.0.1\n}\n}\n"
        "vrrp_instance B {\ninterface eth1\nvirtual_router_id 2\nvirtual_ipaddress {\n10.0.0.2\n}\n}\n");
    CHECK(outcome.model().sync_groups.at(0).members == std::vector<std::string>{"A", "B"});
    CHECK(outcome.model().instances.at(0).sync_group == "G");
    CHECK(outcome.says("(A) ignoring eth2 tracked interface weight due to SYNC group"));
    CHECK(outcome.model().instances.at(0).tracks.interfaces.at(0).weight == 5);  // all the same (run: 2.2.7)
    CHECK(read("vrrp_sync_group G {\n}\n").says("Sync group G has no members - removing"));
    CHECK(read_instance("}\nvrrp_sync_group G {\ngroup {\nVI_1 nope\n}\n")
              .says("Virtual router nope specified in sync group G doesn't exist - ignoring"));
}

// As 2.2.7 was seen to do.
TEST_CASE("what a member and its group both track has the group's weight, unless the member's is 0") {
    const std::string tracked =
        "track_interface {\neth2%\n}\ntrack_script {\nc1%\n}\ntrack_process {\np1%\n}\n";
    const auto with = [&](const std::string& weight) {
        std::string text = tracked;
        for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%'))
            text.replace(at, 1, weight);
        return text;
    };
    const auto group_of = [&](const std::string& priority, const std::string& extra) {
        const auto instance = [&](const std::string& name, const std::string& lines) {
            return "vrrp_instance " + name + " {\ninterface eth0\nvirtual_router_id " +
                   std::to_string(name[0]) + "\npriority " + priority + "\nvirtual_ipaddress {\n10.0.0." +
                   std::to_string(name[0]) + "\n}\n" + lines + "}\n";
        };
        return read(
            "global_defs {\nscript_user root\nenable_script_security\n}\nvrrp_script c1 {\nscript "
            "/usr/bin/true\n}\n"
            "vrrp_track_process p1 {\nprocess p\n}\n"
            "vrrp_sync_group G {\ngroup {\nA\nB\n}\n" +
            extra + with(" weight 9") + "}\n" + instance("A", with(" weight 3")) +
            instance("B", with(" weight 0")));
    };
    const auto weights = [](const conf::Tracks& tracks) {
        std::vector<int> all;
        for (const auto* list : {&tracks.interfaces, &tracks.scripts, &tracks.processes})
            for (const auto& track : *list) all.push_back(track.weight);
        return all;
    };
    const auto keeping = group_of("100", "sync_group_tracking_weight\n").model();
    CHECK(weights(keeping.instances.at(0).tracks) == std::vector{9, 9, 9});
    CHECK(weights(keeping.instances.at(1).tracks) == std::vector{0, 0, 0});
    CHECK(weights(keeping.sync_groups.at(0).tracks) == std::vector{9, 9, 9});
    const auto plain = group_of("100", "");
    CHECK(plain.says("(A) ignoring eth2 tracked interface weight due to SYNC group"));
    CHECK(plain.says("(A) ignoring tracked script c1 with weights due to SYNC group"));
    CHECK(plain.says(
        "(A) track_interface eth2 is configured on VRRP instance and sync group. Remove vrrp instance or "
        "sync group config"));
    CHECK(plain.says(
        "(B) track_script c1 is configured on VRRP instance and sync group. Remove vrrp instance config"));
    CHECK(weights(plain.model().instances.at(0).tracks) ==
          std::vector{9, 9});  // the script is the group's alone
    CHECK(weights(plain.model().sync_groups.at(0).tracks) == std::vector{9, 9, 9});
    const auto owners = group_of("255", "");
    CHECK(owners.says(
        "(G) Cannot have weighted track script 'c1' with member having priority 255 - clearing weight"));
    CHECK(owners.says(
        "(G) Cannot have weighted track process 'p1' with member having priority 255 - setting weight 0"));
    CHECK(weights(owners.model().sync_groups.at(0).tracks) == std::vector{0, 0, 0});
}

TEST_CASE("an unknown keyword with a block is skipped as a whole") {
    const auto outcome = read_instance("xyzzy {\npriority 7\nunknown_too {\n}\n}\nnopreempt");
    CHECK(outcome.instance().priority == 100);
    CHECK(outcome.instance().nopreempt);
    CHECK(outcome.problems.size() == 1);
}

TEST_CASE("scripts without enable_script_security end -t with 6 and say what to add") {
    const auto outcome = read_instance("notify_master \"/usr/bin/true\"");
    CHECK(outcome.exit() == 6);
    const auto& problem = outcome.problem("SECURITY VIOLATION - scripts are being executed");
    CHECK(problem.hint.find("enable_script_security") != std::string::npos);
    const auto safe = read(
        "global_defs {\nenable_script_security\nscript_user root\n}\n"
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nnotify \"/usr/bin/true x\"\n"
        "virtual_ipaddress {\n10.0.0.1\n}\n}\n");
    CHECK(safe.exit() == 0);
    CHECK(safe.instance().notify.generic->argv == std::vector<std::string>{"/usr/bin/true", "x"});
}

TEST_CASE("an HMAC key comes as text, in hex, or from a file; too short a key is refused") {
    const std::string text(32, 'k');
    const auto hmac = [](const std::string& key) {
        return read_instance("version 3\nauth_hmac {\nkey 1 " + key + "\nactive_key 1\n}");
    };
    CHECK(hmac(text).instance().auth_hmac->keys.at(0).secret.size() == 32);
    std::string hex;
    for (int byte = 0; byte < 40; ++byte) hex += "a5";
    CHECK(hmac("hex:" + hex).instance().auth_hmac->keys.at(0).secret == std::vector<std::uint8_t>(40, 0xa5));
    CHECK(hmac("short").says("(VI_1) auth_hmac key 1 is not valid - ignoring"));
    CHECK(hmac("file:/nonexistent/key").says("auth_hmac key file /nonexistent/key cannot be read"));
    const auto path = std::filesystem::temp_directory_path() / fmt::format("conf_schema_key_{}", ::getpid());
    std::ofstream(path) << text << '\n';
    CHECK(hmac("file:" + path.string()).instance().auth_hmac->keys.at(0).secret.size() == 32);
    std::filesystem::remove(path);
}
