#include "tests/unit/report/sample_lab.hpp"

#include <net/if.h>
#include <net/if_arp.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "source_tree.hpp"

namespace {

using vrrp::protocol::State;

conf::VrrpInstance first_instance() {
    conf::VrrpInstance made;
    made.name = "VI_1";
    made.interface = "v0";
    made.vrid = 51;
    made.priority = 150;
    made.sync_group = "SG1";
    made.mcast_dst = ip("224.0.0.18");
    made.auth_type = conf::AuthType::pass;
    made.auth_pass = "secret";
    made.vips = {address("10.1.0.100/24"), address("10.1.0.101/24")};
    made.vips[0].label = "v0:vip";
    made.evips = {address("2001:db8:1::100/64")};
    made.routes = {route("198.51.100.0/24", "10.1.0.253", "v0"), route("203.0.113.0/24", "", "v0"),
                   route("198.18.0.0/24", "", "")};
    made.routes[0].src = ip("10.1.0.100");
    made.routes[1].table = 88;
    made.routes[2].nexthops = {{.via = ip("10.1.0.2"), .weight = 2}, {.via = ip("10.1.0.3")}};
    made.rules = {rule("10.1.0.100/32", 1000, 88)};
    made.smtp_alert = false;
    made.notify.backup = command({"/usr/bin/true", "vi1", "backup"});
    made.notify.master = command({"/usr/bin/true", "vi1", "master"});
    made.notify.generic = command({"/usr/bin/true"});
    return made;
}

conf::VrrpInstance ipv6_instance() {
    conf::VrrpInstance made;
    made.name = "VI_3";
    made.interface = "v0";
    made.vrid = 52;
    made.priority = 200;
    made.version = 3;
    made.family = net::Family::ipv6;
    made.advert_interval = Milliseconds{500};
    made.sync_group = "SG1";
    made.mcast_dst = ip("ff02::12");
    made.garp.delay = Seconds{4};
    made.vips = {address("fe80::100/128"), address("2001:db8:1::101/64")};
    return made;
}

conf::VrrpInstance vmac_instance() {
    conf::VrrpInstance made;
    made.name = "VI_4";
    made.interface = "v1";
    made.vrid = 61;
    made.version = 3;
    made.advert_interval = Milliseconds{500};
    made.mcast_dst = ip("224.0.0.18");
    made.vmac.kind = conf::VmacKind::macvlan;
    made.vips = {address("10.2.0.9/24")};
    made.tracks.interfaces = {track("v0", -20)};
    made.tracks.scripts = {track("chk_w", 10, true)};
    made.tracks.files = {track("tf1", 1)};
    made.tracks.processes = {track("tp1", 7)};
    return made;
}

conf::Model sample_model() {
    conf::Model model;
    model.static_addresses = {address("10.9.9.9/32", "v0")};
    model.static_routes = {route("192.0.2.0/24", "10.1.0.254", "v0")};
    model.static_rules = {rule("192.0.2.0/24", 500, 99)};
    model.instances = {first_instance(), ipv6_instance(), vmac_instance()};

    conf::SyncGroup group;
    group.name = "SG1";
    group.members = {"VI_1", "VI_3"};
    group.smtp_alert = true;
    group.tracks.interfaces = {track("v1", 0)};
    group.tracks.scripts = {track("chk_ok", 0)};
    group.notify.master = command({"/usr/bin/true", "sgmaster"});
    model.sync_groups = {group};

    conf::VrrpScript ok;
    ok.name = "chk_ok";
    ok.script = command({"/usr/bin/true"});
    ok.interval = Seconds{2};
    ok.timeout = Seconds{3};
    ok.rise = 2;
    ok.fall = 3;
    conf::VrrpScript weighted;
    weighted.name = "chk_w";
    weighted.script = command({"/usr/bin/true", "arg"});
    weighted.interval = Milliseconds{500};
    weighted.weight = 10;
    weighted.reverse = true;
    model.scripts = {ok, weighted};

    conf::TrackFile file;
    file.name = "tf1";
    file.path = "/tmp/tf1";
    model.track_files = {file};
    conf::TrackProcess process;
    process.name = "tp1";
    process.process = "sleep";
    process.weight = 7;
    model.track_processes = {process};
    return model;
}

struct Running {
    State state = State::master;
    std::uint8_t priority;
    std::int64_t transition, read_timeout, last_sent;
    std::int64_t master_down_us;
    const char* source;
    int fd_in;
};

void run(report::Snapshot& snapshot, std::size_t index, const Running& running) {
    auto& row = snapshot.vrrp.instances[index];
    row.core.state = row.core.wanted = running.state;
    row.core.effective_priority = running.priority;
    row.core.total_priority = running.priority;
    row.core.last_transition_wallclock_us = running.transition;
    row.core.advert_due = {running.read_timeout * 1000};  // the snapshot's clocks agree: now = 0 = 1970
    row.core.last_advert_sent_wallclock_us = running.last_sent;
    row.core.last_master_down_interval = Microseconds{running.master_down_us};
    row.core.source = ip(running.source);
    row.core.holds_objects = true;
    row.fd_in = running.fd_in;
    row.fd_out = running.fd_in + 1;
    snapshot.vrrp.addresses_set[index].assign(snapshot.vrrp.addresses_set[index].size(), true);
}

std::vector<vrrp::rows::Interface> sample_interfaces() {
    auto v0 = interface(3, "v0", "b6:2e:aa:31:e3:22");
    v0.ipv4_count = 1;
    v0.ipv4[0] = ip("10.1.0.1");
    v0.ipv6_count = 2;
    v0.ipv6[0] = ip("fe80::1");
    v0.ipv6[1] = ip("fe80::b42e:aaff:fe31:e322");
    v0.forwarding_checked_wallclock_us = at(1795197797, 905881);
    auto v1 = interface(5, "v1", "b6:2e:aa:31:e3:23");
    auto vmac = interface(6, "vrrp.61", "00:00:5e:00:01:3d");
    vmac.is_vmac = 1;
    vmac.created_by_us = 1;
    vmac.base_ifindex = 5;
    vmac.macvlan_mode = 1;
    vmac.original_arp_ignore = 1;
    vmac.rp_filter = 0;
    vmac.original_promote_secondaries = 1;
    return {v0, v1, vmac};
}

report::Snapshot sample_snapshot(const conf::Model& model) {
    auto snapshot = report::empty_snapshot(model);
    run(snapshot, 0,
        {.priority = 150,
         .transition = at(1795197792, 906698),
         .read_timeout = at(1795197798, 910119),
         .last_sent = at(1795197797, 910105),
         .master_down_us = 3414062,
         .source = "10.1.0.1",
         .fd_in = 18});
    run(snapshot, 1,
        {.priority = 200,
         .transition = at(1795197792, 909385),
         .read_timeout = at(1795197798, 909065),
         .last_sent = at(1795197798, 409018),
         .master_down_us = 1609375,
         .source = "fe80::1",
         .fd_in = 20});
    run(snapshot, 2,
        {.priority = 93,
         .transition = at(1795197791, 305707),
         .read_timeout = at(1795197798, 807046),
         .last_sent = at(1795197798, 307015),
         .master_down_us = 1818359,
         .source = "10.2.0.1",
         .fd_in = 22});
    set_text(snapshot.vrrp.instances[2].vmac_ifname, "vrrp.61");
    auto& first = snapshot.vrrp.instances[0].core;
    first.master_advert_interval = Seconds{1};
    first.counters.advert_sent = 7;
    first.counters.become_master = 1;
    snapshot.vrrp.static_addresses_set = {true};
    snapshot.vrrp.groups[0].core.state = State::master;
    snapshot.vrrp.scripts[0] = {.result = 4, .init = vrrp::rows::ScriptInit::has_run};
    snapshot.vrrp.scripts[1] = {.result = 1, .init = vrrp::rows::ScriptInit::has_run};
    snapshot.vrrp.files[0] = {.value = 3, .readable = 1};
    snapshot.vrrp.interfaces = sample_interfaces();
    return snapshot;
}

}  // namespace

SampleLab::SampleLab() : model(sample_model()), snapshot(sample_snapshot(model)) {
    setenv("TZ", "UTC", 1);
    tzset();
}

std::string golden(const std::string& name) {
    std::ifstream file(std::string(SOURCE_DIR) + "/tests/unit/report/golden/" + name, std::ios::binary);
    if (!file) throw std::runtime_error("no golden file " + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

net::IpAddress ip(const char* text) { return net::IpAddress::parse(text).value(); }

net::Prefix prefix(const char* text) {
    const std::string whole = text;
    const auto slash = whole.find('/');
    return {ip(whole.substr(0, slash).c_str()),
            static_cast<std::uint8_t>(std::stoi(whole.substr(slash + 1)))};
}

conf::Script command(std::initializer_list<const char*> words) {
    conf::Script script;
    for (const char* word : words) script.argv.emplace_back(word);
    script.path = script.argv[0];
    return script;
}

std::string between(const std::string& text, const std::string& first, const std::string& last) {
    const auto begin = text.find(first + "\n");
    if (begin == std::string::npos) throw std::runtime_error("no line " + first);
    const auto end = last.empty() ? std::string::npos : text.find("\n" + last, begin);
    return end == std::string::npos ? text.substr(begin) : text.substr(begin, end + 1 - begin);
}

conf::Address address(const char* text, const char* dev) {
    conf::Address made;
    made.prefix = prefix(text);
    made.dev = dev;
    return made;
}

conf::Route route(const char* destination, const char* via, const char* dev) {
    conf::Route made;
    made.destination = prefix(destination);
    made.family = made.destination.address.family;
    if (*via != '\0') made.via = ip(via);
    made.dev = dev;
    return made;
}

conf::Rule rule(const char* from, std::uint32_t priority, std::uint32_t table) {
    conf::Rule made;
    made.from = prefix(from);
    made.priority = priority;
    made.table_or_target = table;
    return made;
}

conf::TrackRef track(const char* name, int weight, bool reverse) { return {name, weight, reverse, {}}; }

vrrp::rows::Interface interface(std::uint32_t ifindex, const char* name, const char* mac) {
    vrrp::rows::Interface made;
    made.ifindex = ifindex;
    set_text(made.name, name);
    made.flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
    made.mtu = 1500;
    made.hardware_type = ARPHRD_ETHER;
    made.seen_up = 1;
    made.mac = *net::LinkAddress::parse(mac);
    made.broadcast = *net::LinkAddress::parse("ff:ff:ff:ff:ff:ff");
    return made;
}
