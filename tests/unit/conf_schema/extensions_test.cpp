// Our own keywords where they touch each other: lagg_instance, dual_stack, peers, and what is said of those without effect.
#include <algorithm>
#include <catch2/catch.hpp>

#include "conf/difference.hpp"
#include "conf/model_hash.hpp"
#include "conf/sealed.hpp"
#include "reading.hpp"

using namespace reading;

namespace {

const std::string kInstance = "interface eth0\nvirtual_router_id 51\n";

const conf::LaggInstance& lagg(const Outcome& outcome) { return outcome.model().laggs.at(0); }

}  // namespace

TEST_CASE("a keyword which nothing acts on says so with its place, and -t still ends with 0") {
    const auto outcome = read_instance("announce adaptive\n");
    CHECK(outcome.exit() == 0);
    const auto& problem = outcome.problem("announce is understood, but has no effect in this version");
    CHECK(problem.severity == conf::Class::warning);
    CHECK(problem.log_only);
    CHECK(problem.where.line == 7);
    CHECK(problem.where.column == 1);
    CHECK(outcome.instance().announce_adaptive);
}

TEST_CASE("a lagg_instance has every default of its table") {
    const auto outcome = read("lagg_instance lagg0 {\nlaggport eth1\nlaggport eth2\n}\n");
    CHECK(outcome.exit() == 0);
    CHECK(outcome.says("lagg_instance is understood, but has no effect"));
    const auto& value = lagg(outcome);
    CHECK(value.protocol == conf::LaggProtocol::failover);
    CHECK(value.primary == "eth1");
    CHECK(value.miimon == Milliseconds{50});
    CHECK(value.hash == conf::LaggHash::l34);
    CHECK(value.arp_validate == conf::ArpValidate::none);
    CHECK(value.num_grat_arp == 3);
    CHECK(value.on_exit == conf::LaggExit::keep);
    CHECK(outcome.model().wants_lagg);
    CHECK_FALSE(outcome.model().wants_vrrp);
}

TEST_CASE("ifconfig's line is a lagg") {
    const auto outcome = read(
        "lagg_instance lagg0 {\n"
        "laggproto failover laggport eth1 laggport eth2 192.0.2.10 netmask 255.255.255.0\n}\n");
    CHECK(outcome.exit() == 0);
    const auto& value = lagg(outcome);
    REQUIRE(value.ports.size() == 2);
    CHECK(value.ports[1].name == "eth2");
    REQUIRE(value.addresses.size() == 1);
    CHECK(value.addresses[0].prefix.address == *net::IpAddress::parse("192.0.2.10"));
    CHECK(value.addresses[0].prefix.length == 24);
}

TEST_CASE("the three ways to write ports are one list in the order of the file") {
    const auto outcome = read(
        "lagg_instance lagg0 {\nlaggport eth3 {\npriority 10\nqueue_id 2\n}\nlaggport {\neth1 eth2\n}\n"
        "laggport eth0\n}\n");
    CHECK(outcome.exit() == 0);
    const auto& ports = lagg(outcome).ports;
    REQUIRE(ports.size() == 4);
    CHECK(ports[0].priority == 10);
    CHECK(ports[0].queue_id == 2);
    CHECK(ports[2].name == "eth2");
    CHECK(ports[3].name == "eth0");
}

TEST_CASE("each mistake in a lagg has its words, and its effect") {
    struct Mistake {
        const char* lines;
        const char* says;
        bool counts;
    };
    const Mistake mistakes[] = {
        {"", "lagg_instance lagg0: no ports configured", true},
        {"laggport eth1\nlaggproto foo\n", "lagg_instance lagg0: unknown laggproto 'foo'", true},
        {"laggport eth1\nlaggport eth1\n", "lagg_instance lagg0: port eth1 listed twice", true},
        {"laggport eth1\nlaggproto lacp\narp_interval 100\narp_target 10.0.0.1\n",
         "lagg_instance lagg0: arp_interval not possible with laggproto lacp", true},
        {"laggport eth1\nupdelay 33\n",
         "lagg_instance lagg0: updelay 33 is not a multiple of miimon 50, using 0", false},
        {"laggport eth1\nmiimon 0\n", "lagg_instance lagg0: miimon 0 needs arp_interval - using 50", true},
        {"laggport eth1\narp_interval 100\n", "lagg_instance lagg0: arp_interval needs arp_target", true},
        {"laggport lagg0\n", "lagg_instance lagg0: cannot add port lagg0: another lagg", true},
    };
    for (const auto& [lines, says, counts] : mistakes) {
        INFO(lines);
        const auto outcome = read(std::string("lagg_instance lagg0 {\n") + lines + "}\n");
        CHECK(outcome.says(says));
        CHECK(outcome.exit() == (counts ? 5 : 0));
    }
    const auto two = read("lagg_instance a {\nlaggport eth1\n}\nlagg_instance b {\nlaggport eth1 eth2\n}\n");
    CHECK(two.says("lagg_instance b: port eth1 is already used by a"));
    const auto twice = read("lagg_instance a {\nlaggport eth1\n}\nlagg_instance a {\nlaggport eth2\n}\n");
    CHECK(twice.says("lagg_instance 'a' already defined - ignoring"));
    CHECK(twice.model().laggs.size() == 1);
}

TEST_CASE("VRRP may run on a lagg which does not exist yet, and track it wherever it is defined") {
    const auto outcome = read(
        "vrrp_instance V {\ninterface lagg0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n"
        "track_lagg {\nlagg0 weight 10 reverse per_port\n}\n}\n"
        "lagg_instance lagg0 {\nlaggport eth1\n}\n");
    CHECK(outcome.exit() == 0);
    REQUIRE(outcome.instance().tracks.laggs.size() == 1);
    const auto& track = outcome.instance().tracks.laggs[0];
    CHECK(track.weight == 10);
    CHECK(track.reverse);
    CHECK(track.per_port);
    CHECK(read_instance("track_lagg {\nlagg1\n}\n").says("track lagg lagg1 not found"));
}

TEST_CASE("dual_stack makes two instances in a group of their own, wherever it stands in the block") {
    const auto outcome = read("vrrp_instance V {\n" + kInstance +
                                  "virtual_ipaddress {\n10.0.0.1/24\nfe80::1/64\n2001:db8::1/64\n}\n"
                                  "notify_master /bin/true root\ndual_stack\n}\n",
                              Mode::run);
    REQUIRE(outcome.model().instances.size() == 2);
    const auto& v4 = outcome.model().instances[0];
    const auto& v6 = outcome.model().instances[1];
    CHECK(v4.name == "V");
    CHECK(v4.family == net::Family::ipv4);
    CHECK(v4.vips.size() == 1);
    CHECK(v6.name == "V_v6");
    CHECK(v6.family == net::Family::ipv6);
    CHECK(v6.version == 3);
    CHECK(v6.vips.size() == 2);
    CHECK(v4.notify.master);
    CHECK_FALSE(v6.notify.master);
    REQUIRE(outcome.model().sync_groups.size() == 1);
    CHECK(outcome.model().sync_groups[0].members == std::vector<std::string>{"V", "V_v6"});
    CHECK(v4.sync_group == "V");
    CHECK(v6.sync_group == "V");
}

TEST_CASE(
    "both halves of a dual_stack instance join the group of its name, and without the keyword nothing "
    "changes") {
    const std::string addresses = "virtual_ipaddress {\n10.0.0.1/24\nfe80::1/64\n}\n";
    const auto grouped =
        read("vrrp_instance V {\n" + kInstance + addresses + "dual_stack\n}\nvrrp_instance W {\n" +
             "interface eth1\nvirtual_router_id 52\nvirtual_ipaddress {\n10.0.1.1\n}\n}\n"
             "vrrp_sync_group G {\ngroup {\nV\nW\n}\n}\n");
    REQUIRE(grouped.model().sync_groups.size() == 1);
    CHECK(grouped.model().sync_groups[0].members == std::vector<std::string>{"V", "V_v6", "W"});
    const auto plain = read("vrrp_instance V {\n" + kInstance + addresses + "}\n");
    CHECK(plain.says("address family must match VRRP instance"));
    CHECK(plain.model().instances.size() == 1);
}

TEST_CASE("peers: own addresses are skipped, the others are unicast peers") {
    const auto outcome = read_instance("peers {\n127.0.0.1 10.0.0.2\n10.0.0.3\n}\n");
    CHECK(outcome.exit() == 0);
    const auto& value = outcome.instance();
    CHECK(value.unicast);
    REQUIRE(value.unicast_peers.size() == 2);
    CHECK(value.unicast_peers[1].address == *net::IpAddress::parse("10.0.0.3"));
    CHECK(value.peers.size() == 3);
    CHECK(read_instance("peers {\nfe80::2\n}\n").says("peer fe80::2 must be of the family of the instance"));
}

TEST_CASE("an instance has the extensions of global_defs, unless it has its own") {
    const std::string block = "vrrp_instance V {\n" + kInstance + "virtual_ipaddress {\n10.0.0.1\n}\n";
    const std::string global =
        "global_defs {\nvip_lifetime 5\npause_guard off\nduplicate_owner_action fault\n}\n";
    const auto inherited = read(global + block + "}\n");
    CHECK(inherited.instance().vip_lifetime == Seconds{5});
    CHECK_FALSE(inherited.instance().pause_guard);
    CHECK(inherited.instance().duplicate_owner_fault);
    const auto own =
        read(global + block + "vip_lifetime off\npause_guard on\nduplicate_owner_action log\n}\n");
    CHECK(own.instance().vip_lifetime == Seconds{0});
    CHECK(own.instance().pause_guard);
    CHECK_FALSE(own.instance().duplicate_owner_fault);
}

TEST_CASE("intervals are inherited: virtual server, real server, checker, else the delay_loop") {
    const auto outcome = read(
        "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\ndelay_loop "
        "30\ndown_interval 20\n"
        "slow_start 10\nreal_server 10.0.0.2 80 {\nfast_interval 2\nTCP_CHECK {\n}\nTCP_CHECK "
        "{\ndown_interval 5\n}\n"
        "}\nreal_server 10.0.0.3 80 {\nslow_start 0\nTCP_CHECK {\n}\n}\n}\n");
    CHECK(outcome.exit() == 0);
    const auto& servers = outcome.model().lvs.virtual_servers.at(0).real_servers;
    const auto& first = servers.at(0).checkers.at(0).timing;
    CHECK(first->fast_interval == Seconds{2});
    CHECK(first->down_interval == Seconds{20});
    CHECK(servers[0].checkers.at(1).timing->down_interval == Seconds{5});
    CHECK(servers.at(1).checkers.at(0).timing->fast_interval == Seconds{30});
    CHECK(servers[0].settings->slow_start == Seconds{10});
    CHECK(servers[1].settings->slow_start == Seconds{0});
}

TEST_CASE("what a check says first is a secret, and observers do not see it") {
    const auto text = conf::redacted_text("TCP_CHECK\n{\nsend \"AUTH hunter2\\r\\n\"\n}\n");
    CHECK(text.find("hunter2") == std::string::npos);
    CHECK(text.find("send ********") != std::string::npos);
}

TEST_CASE("a reload that changes an extension is told in words, and changes the hash") {
    const std::string head = "lagg_instance lagg0 {\nlaggport eth1\n";
    const auto was = read(head + "}\n"), is = read(head + "laggproto lacp\n}\n");
    CHECK(conf::model_hash(was.model()) != conf::model_hash(is.model()));
    const auto lines = conf::difference(was.model(), is.model());
    REQUIRE(lines.size() == 1);
    CHECK(lines[0] == "lagg lagg0: protocol failover → lacp; needs recreate: the old setting stays");
}
