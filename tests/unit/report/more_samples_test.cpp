// The shorter samples of state-files.md §4: what the full one does not show.
#include <linux/rtnetlink.h>
#include <catch2/catch.hpp>

#include "conf/lines/kernel_lines.hpp"
#include "report/dump/sections.hpp"
#include "tests/unit/report/sample_lab.hpp"

using namespace report;
using vrrp::protocol::State;

namespace {

/// One instance and what it is doing.
struct OneInstance {
    explicit OneInstance(conf::VrrpInstance instance) {
        model.instances = {std::move(instance)};
        renew();
    }
    void renew() { snapshot = empty_snapshot(model); }
    vrrp::rows::Instance& row() { return snapshot.vrrp.instances[0]; }
    std::string text(void (*dump)(const VrrpDump&)) const {
        Lines lines;
        dump({model, snapshot, Scope::running, lines});
        return lines.take();
    }

    conf::Model model;
    Snapshot snapshot;
};

/// Each line of `expected` stands in `text`, in this order and, between two "..." lines, without others in between.
void check_parts(const std::string& text, const std::string& expected) {
    std::size_t from = 0;
    for (std::size_t at = 0; at < expected.size();) {
        const auto end = expected.find("...\n", at);
        const std::string part = expected.substr(at, end == std::string::npos ? std::string::npos : end - at);
        const auto found = text.find(part, from);
        INFO(part << "--- is not in\n" << text);
        REQUIRE(found != std::string::npos);
        from = found + part.size();
        at = end == std::string::npos ? expected.size() : end + 4;
    }
}

conf::VrrpInstance ah_instance() {
    conf::VrrpInstance made;
    made.name = "VI_1";
    made.interface = "eth0";
    made.vrid = 51;
    made.mcast_dst = ip("224.0.0.18");
    made.nopreempt = true;
    made.timer_expired_backup = 120;
    made.auth_type = conf::AuthType::ah;
    made.vips = {address("10.0.0.100/24"), address("10.0.0.102/32")};
    made.vips[0].broadcast = ip("10.0.0.255");
    made.vips[0].scope = 200;
    made.vips[0].label = "eth0:v";
    made.vips[1].peer = ip("10.0.0.103");
    made.evips = {address("2001:db8::101/128", "eth1")};
    made.routes = {route("198.51.100.0/24", "10.0.0.2", "eth0"), route("198.51.101.0/24", "", "")};
    made.routes[0].metric = 50;
    made.routes[0].onlink = true;
    made.routes[0].metrics = {{RTAX_MTU, 1400, true, false}};
    made.routes[1].type = RTN_BLACKHOLE;
    conf::Rule selective = rule("10.0.0.100/32", 1000, 77);
    selective.invert = true;
    selective.to = prefix("10.5.0.0/16");
    selective.fwmark = 0x10;
    selective.fwmask = 0xff;
    selective.iif = "eth0";
    selective.suppress_prefixlength = 0;
    selective.uid_range = {{1000, 2000}};
    selective.ip_protocol = 6;
    selective.sport = {{10, 20}};
    selective.dport = {{30, 40}};
    made.rules = {selective};
    made.tracks.scripts = {track("chk", -5)};
    made.tracks.bfds = {track("bf1", -30)};
    conf::NotifyScripts& notify = made.notify;
    notify.notify_deleted = true;
    const auto script = [](const char* word) { return command({"/etc/keepalived/n.sh", word}); };
    notify.backup = script("b");
    notify.master = script("m");
    notify.fault = script("f");
    notify.stop = script("s");
    notify.deleted = script("d");
    notify.generic = script("i");
    notify.master_rx_lower_pri = script("l");
    return made;
}

conf::VrrpInstance unicast_instance() {
    conf::VrrpInstance made;
    made.name = "VI_2";
    made.interface = "eth1";
    made.vrid = 52;
    made.version = 3;
    made.priority = 90;
    made.sync_group = "SG";
    made.advert_interval = Milliseconds{300};
    made.source = ip("10.1.0.1");
    made.unicast = made.unicast_configured = true;
    made.preempt_delay = Milliseconds{2500};
    made.auth_hmac = conf::AuthHmac{
        .keys = {{.id = 1}}, .active_key = 1, .time_window = Seconds{20}, .mode = conf::HmacMode::permissive};
    made.vips = {address("10.1.0.100/24")};
    made.unicast_ttl = 254;
    made.check_unicast_src = true;
    made.unicast_peers = {{.address = ip("10.1.0.2"), .min_ttl = 250, .max_ttl = 255}};
    return made;
}

}  // namespace

TEST_CASE("AH, nopreempt, a BFD session and every notify script stand in the dump as in the reference's") {
    OneInstance one{ah_instance()};
    auto& core = one.row().core;
    core.state = core.wanted = State::master;
    core.effective_priority = 124;
    core.total_priority = 124;
    core.highest_other_priority = 120;
    core.last_advert_sent_wallclock_us = at(1795200039, 919859);
    one.row().fd_in = 18;
    one.row().fd_out = 19;
    one.snapshot.vrrp.addresses_set[0] = {false, true, true};
    check_parts(one.text(dump_topology), golden("ah_part.data"));
}

TEST_CASE("a unicast instance with auth_hmac is the reference's, byte for byte") {
    OneInstance one{unicast_instance()};
    auto& core = one.row().core;
    core.state = core.wanted = State::master;
    core.effective_priority = 94;
    core.total_priority = 94;
    core.last_transition_wallclock_us = at(1795200037, 918411);
    core.advert_due = {at(1795200040, 918944) * 1000};
    core.last_master_down_interval = Microseconds{1089843};
    core.last_advert_sent_wallclock_us = at(1795200040, 618855);
    one.row().fd_in = 20;
    one.row().fd_out = 21;
    one.snapshot.vrrp.addresses_set[0] = {true};
    CHECK(one.text(dump_topology) == "------< VRRP Topology >------\n" + golden("unicast_instance.data"));
}

TEST_CASE("an address owner on a VMAC with VMACs for addresses elsewhere stands as in the reference's dump") {
    conf::VrrpInstance owner;
    owner.name = "VI_3";
    owner.interface = "eth1";
    owner.vrid = 53;
    owner.version = 3;
    owner.priority = 255;
    owner.family = net::Family::ipv6;
    owner.mcast_dst = ip("ff02::12");
    owner.vmac.kind = conf::VmacKind::macvlan;
    owner.vmac.use_vmac_addr = true;
    owner.garp_extra_if = 10;
    owner.owner_ignore_adverts = true;
    owner.notify_priority_changes = true;
    owner.vips = {address("fe80::53/64"), address("2001:db8::53/64", "eth0")};
    owner.tracks.processes = {track("tp", 7, true)};
    OneInstance one{owner};
    auto& row = one.row();
    row.core.state = row.core.wanted = State::master;
    row.core.source = ip("fe80::54d4:bff:fe0a:525d");
    row.fd_in = 22;
    row.fd_out = 23;
    set_text(row.vmac_ifname, "vm.53");
    one.snapshot.vrrp.addresses_set[0] = {true, true};
    auto vmac = interface(5, "vm.53", "00:00:5e:00:02:35");
    auto address_vmac = interface(6, "va.53", "00:00:5e:00:02:35");
    vmac.is_vmac = vmac.created_by_us = address_vmac.is_vmac = address_vmac.created_by_us = 1;
    vmac.base_ifindex = 4;
    address_vmac.base_ifindex = 3;
    one.snapshot.vrrp.interfaces = {interface(3, "eth0", "02:00:00:00:00:01"),
                                    interface(4, "eth1", "02:00:00:00:00:02"), vmac, address_vmac};
    check_parts(one.text(dump_topology), golden("owner_parts.data"));
}

TEST_CASE("an instance whose interface does not exist stands as in the reference's dump") {
    conf::VrrpInstance missing;
    missing.name = "VI_4";
    missing.interface = "nope0";
    missing.mcast_dst = ip("224.0.0.18");
    missing.vips = {address("10.4.0.1/24")};
    OneInstance one{missing};
    auto& core = one.row().core;
    core.state = core.wanted = State::fault;
    core.faults = static_cast<std::uint32_t>(vrrp::protocol::Fault::interface_down) |
                  static_cast<std::uint32_t>(vrrp::protocol::Fault::no_source_address);
    core.last_transition_wallclock_us = at(1795200033, 900219);
    core.last_master_down_interval = Microseconds{3609375};
    check_parts(one.text(dump_topology), golden("missing_interface_parts.data"));
}

TEST_CASE("socket pool, group, process and BFD session stand as in the reference's dump") {
    OneInstance lab{ah_instance()};
    lab.model.instances.push_back(unicast_instance());
    lab.model.global.rx_policy = conf::Global::RxPolicy::advert;
    conf::VrrpInstance owner;
    owner.name = "VI_3";
    owner.tracks.processes = {track("tp", 7, true)};

    conf::SyncGroup group;
    group.name = "SG";
    group.members = {"VI_1", "VI_2"};
    group.tracking_weight = true;
    group.tracks.files = {track("tf", 1)};
    group.notify.stop = command({"/etc/keepalived/n.sh", "gstop"});
    group.notify.generic = command({"/etc/keepalived/n.sh", "g"});
    lab.model.sync_groups = {group};

    conf::TrackProcess process;
    process.name = "tp";
    process.process = "/usr/bin/sleep";
    process.parameters = {"1000"};
    process.param_match = conf::ParamMatch::initial;
    process.quorum = 2;
    process.quorum_max = 5;
    process.weight = 7;
    process.reverse = true;
    process.terminate_delay = Milliseconds{500};
    process.full_command = true;
    lab.model.track_processes = {process};

    conf::BfdInstance session;
    session.name = "bf1";
    session.weight = -30;
    lab.model.bfd = {session};

    lab.renew();
    for (std::size_t i = 0; i < 2; ++i) {
        lab.snapshot.vrrp.instances[i].fd_in = 18 + 2 * static_cast<int>(i);
        lab.snapshot.vrrp.instances[i].fd_out = 19 + 2 * static_cast<int>(i);
    }
    lab.snapshot.vrrp.groups[0].core.state = State::master;
    const std::string expected = golden("pool_group_process_bfd.data");
    check_parts(lab.text(dump_sockpool) + lab.text(dump_sync_groups),
                expected.substr(0, expected.find("------< VRRP Track processes")));
    CHECK(lab.text(dump_track_bfds) == between(expected, "------< VRRP Track BFDs >------", ""));

    lab.model.instances = {owner};
    lab.renew();
    CHECK(lab.text(dump_track_processes) ==
          between(expected, "------< VRRP Track processes >------", "------< VRRP Track BFDs"));
}

TEST_CASE("gratuitous ARP delays list the configured groups, then each interface with the global intervals") {
    SampleLab lab;
    lab.model.garp_groups = {{Milliseconds{50}, Milliseconds{60}, {"v1"}}};
    lab.model.global.garp_interval = Milliseconds{10};
    Lines lines;
    dump_garp_delays({lab.model, lab.snapshot, Scope::running, lines});
    CHECK(lines.take() ==
          "------< Gratuitous ARP delays >------\n"
          "------< GARP delay group >------\n"
          " GARP interval = 0.050000\n"
          " GARP next time 0.000000 (Thu Jan  1 00:00:00.000000)\n"
          " GNA interval = 0.060000\n"
          " GNA next time 0.000000 (Thu Jan  1 00:00:00.000000)\n"
          " Interfaces\n"
          "  v1\n"
          "------< GARP delay group >------\n"
          " GARP interval = 0.010000\n"
          " GARP next time 0.000000 (Thu Jan  1 00:00:00.000000)\n"
          " Interfaces\n"
          "  v0\n");
}

TEST_CASE("a backup says who is master") {
    SampleLab lab;
    auto& core = lab.snapshot.vrrp.instances[1].core;
    core.state = State::backup;
    core.master_address = ip("fe80::2");
    core.master_priority = 210;
    core.master_advert_interval = Milliseconds{500};
    core.master_down_due = {at(1795197798, 909065) * 1000};
    Lines lines;
    dump_topology({lab.model, lab.snapshot, Scope::running, lines});
    check_parts(lines.take(),
                "   Using Native IPv6\n"
                "   State = BACKUP\n"
                "   Master router = fe80::2\n"
                "   Master priority = 210\n"
                "   Master advert interval = 500 milli-sec\n"
                "   Flags: none\n"
                "...\n"
                "   Read timeout = 1795197798.909065 (Fri Nov 20 18:03:18.909065 2026)\n");
}

TEST_CASE("routes show every option, as 2.2.7 was seen to print them") {
    conf::Route many = route("10.8.0.0/16", "10.1.0.3", "repv1");
    many.tos = 16;
    many.scope = 253;
    many.realms = 3;
    many.metrics = {{RTAX_INITCWND, 10, false, false},
                    {RTAX_HOPLIMIT, 4, false, false},
                    {RTAX_RTT, 200, false, false},
                    {RTAX_RTO_MIN, 300, true, false}};
    many.no_track = true;
    CHECK(route_line(many) ==
          "prepend 10.8.0.0/16 tos 16 via inet 10.1.0.3 dev repv1 proto 18 scope 253 realm 3 rtt 200ms "
          "rto_min lock 300ms "
          "hoplimit 4 initcwnd 10 no_track");
    conf::Route standard;
    standard.family = net::Family::ipv6;
    standard.is_default = true;
    standard.destination.address.family = net::Family::ipv6;
    standard.insert = conf::RouteInsert::add;
    standard.via = ip("fe80::1");
    standard.pref = 1;
    standard.expires = 60;
    CHECK(route_line(standard) == "add ::/0 via inet6 fe80::1 proto 18 expires 60sec pref high");
    standard.protocol = 0;
    CHECK(route_line(standard) == "add ::/0 via inet6 fe80::1 expires 60sec pref high");
}

TEST_CASE("rules show what they match as it was written, as 2.2.7 was seen to print them") {
    const auto all_of = [](net::Family family) { return net::Prefix{{family, {}}, 0}; };
    conf::Rule rule;
    rule.priority = 101;
    rule.table_or_target = 77;
    CHECK(rule_line(rule) == "from all priority 101 tos 0x0 protocol 18 lookup 77");
    rule.from = all_of(net::Family::ipv4);
    CHECK(rule_line(rule) == "from 0.0.0.0/0 priority 101 tos 0x0 protocol 18 lookup 77");
    rule.l3mdev = true;
    rule.table_or_target = 0;
    CHECK(rule_line(rule) == "from 0.0.0.0/0 priority 101 tos 0x0 l3mdev protocol 18 lookup 0");
    conf::Rule second;
    second.family = net::Family::ipv6;
    second.fwmark = 5;
    CHECK(rule_line(second) == "inet6 from all tos 0x0 fwmark 0x5 protocol 18 lookup 0");
    second.to = all_of(net::Family::ipv6);
    CHECK(rule_line(second) == "from all to ::/0 tos 0x0 fwmark 0x5 protocol 18 lookup 0");
}
