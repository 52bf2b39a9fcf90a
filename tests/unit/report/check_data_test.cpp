// The full checker sample of state-files.md §5.
#include <catch2/catch.hpp>

#include "report/dump/check_sections.hpp"
#include "tests/unit/report/sample_lab.hpp"

using namespace report;

namespace {

constexpr std::uint32_t kFlag1 = 0x8, kFlag2 = 0x10;

conf::Endpoint endpoint(const char* address, std::uint16_t port) { return {ip(address), port}; }

struct Timing {
    int delay_loop_s = 3, retry = 1;
    int retry_delay_s = 1, default_retry_delay_s = 1;
    bool alpha = true;
};

/// @param to  "10.1.0.1" with its port: the connection, which MISC, BFD and FILE checks do not have
conf::Checker checker(conf::CheckKind kind, const Timing& timing, conf::Endpoint to = {}, int timeout_s = 5) {
    conf::Checker made;
    made.kind = std::move(kind);
    made.timing.own().delay_loop = made.timing.own().warmup = Seconds{timing.delay_loop_s};
    made.timing.own().retry = static_cast<std::uint32_t>(timing.retry);
    made.timing.own().delay_before_retry = Seconds{timing.retry_delay_s};
    made.timing.own().default_delay_before_retry = Seconds{timing.default_retry_delay_s};
    made.timing.own().alpha = timing.alpha;
    made.connection.destination = to;
    made.connection.settings.own().timeout = Seconds{timeout_s};
    return made;
}

conf::Url url(const char* path, std::uint16_t first, std::uint16_t last) {
    conf::Url made;
    made.path = path;
    made.status_codes = {{first, last}};
    return made;
}

conf::RealServer server(const char* address, std::uint16_t port, std::int64_t weight,
                        const conf::VirtualServer& of) {
    conf::RealServer made;
    made.endpoint = endpoint(address, port);
    made.weight = weight;
    made.forwarding = of.forwarding;
    made.alpha = of.alpha;
    made.settings.own().delay_loop = of.delay_loop;
    return made;
}

conf::VirtualServerGroup group() {
    conf::VirtualServerGroup made;
    made.name = "VSG1";
    conf::GroupEntry one;
    one.first = one.last = ip("10.1.0.101");
    one.port = 80;
    conf::GroupEntry range = one;
    range.first = ip("10.1.0.110");
    range.last = ip("10.1.0.112");
    conf::GroupEntry mark;
    mark.is_fwmark = true;
    mark.fwmark = 7;
    made.entries = {one, range, mark};
    return made;
}

conf::VirtualServer web() {
    conf::VirtualServer made;
    made.endpoint = endpoint("10.1.0.100", 80);
    made.family = net::Family::ipv4;
    made.protocol = conf::Protocol::tcp;
    made.virtualhost = "www.example.org";
    made.snmp_name = "vs-web";
    made.delay_loop = Seconds{3};
    made.scheduler = "wrr";
    made.persistence_timeout = 50;
    made.alpha = made.omega = true;
    made.quorum_up = command({"/usr/bin/true", "up"});
    made.quorum_down = command({"/usr/bin/true", "down"});
    made.sorry_server = conf::SorryServer{endpoint("127.0.0.1", 8080), {}, false};

    conf::RealServer first = server("10.1.0.1", 8001, 3, made);
    first.settings.own().notify_up = command({"/usr/bin/true", "rsup"});
    first.settings.own().snmp_name = "rs-1";
    conf::HttpCheck http;
    http.urls = {url("/", 200, 200)};
    first.checkers = {checker(http, {.default_retry_delay_s = 3}, first.endpoint, 2)};
    conf::RealServer second = server("10.1.0.1", 8002, 1, made);
    second.inhibit_on_failure = true;
    second.checkers = {checker(conf::TcpCheck{}, {}, second.endpoint, 1)};
    conf::RealServer third = server("10.1.0.3", 80, 2, made);
    third.forwarding = {conf::ForwardMethod::tun, conf::TunnelType::gue, 6080, conf::TunnelChecksum::none};
    conf::MiscCheck misc;
    misc.script = command({"/usr/bin/true"});
    misc.timeout = Seconds{5};
    third.checkers = {checker(misc, {.retry = 0}), checker(conf::BfdCheck{"bfd1"}, {}),
                      checker(conf::PingCheck{}, {}, endpoint("10.1.0.3", 8003))};
    made.real_servers = {first, second, third};
    return made;
}

conf::VirtualServer marked() {
    conf::VirtualServer made;
    made.kind = conf::ServiceKind::fwmark;
    made.fwmark = 3;
    made.family = net::Family::ipv4;
    made.delay_loop = Seconds{2};
    made.scheduler = "rr";
    made.forwarding.method = conf::ForwardMethod::dr;
    made.real_servers = {server("10.1.0.1", 0, 1, made)};
    made.real_servers[0].checkers = {
        checker(conf::TcpCheck{}, {.delay_loop_s = 2, .alpha = false}, endpoint("10.1.0.1", 8001), 1)};
    return made;
}

conf::VirtualServer grouped() {
    conf::VirtualServer made;
    made.kind = conf::ServiceKind::group;
    made.group = "VSG1";
    made.family = net::Family::ipv4;
    made.protocol = conf::Protocol::udp;
    made.delay_loop = Seconds{2};
    made.scheduler = "sh";
    made.scheduler_flags = kFlag2;
    made.one_packet = true;
    const Timing plain{.delay_loop_s = 2, .alpha = false};
    conf::RealServer dns = server("10.1.0.1", 5353, 1, made);
    conf::DnsCheck query;
    query.type_name = "A";
    query.name = "example.org";
    dns.checkers = {checker(
        query,
        {.delay_loop_s = 2, .retry = 3, .retry_delay_s = 2, .default_retry_delay_s = 0, .alpha = false},
        dns.endpoint)};
    conf::RealServer mail = server("10.1.0.1", 25, 1, made);
    mail.checkers = {checker(conf::SmtpCheck{"x"}, plain, mail.endpoint, 1),
                     checker(conf::UdpCheck{}, plain, mail.endpoint),
                     checker(conf::FileCheck{"tff", 1, false}, plain)};
    made.real_servers = {dns, mail};
    return made;
}

conf::VirtualServer secure() {
    conf::VirtualServer made;
    made.endpoint = endpoint("2001:db8:1::100", 443);
    made.family = net::Family::ipv6;
    made.protocol = conf::Protocol::tcp;
    made.scheduler = "mh";
    made.scheduler_flags = kFlag1;
    made.forwarding.method = conf::ForwardMethod::dr;
    conf::RealServer only = server("2001:db8:1::1", 443, 1, made);
    conf::HttpCheck https;
    https.tls = true;
    https.urls = {url("/x", 200, 299), url("/y", 200, 299)};
    https.urls[0].digest = {
        {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
    https.urls[1].regex = conf::Regex{.pattern = "^ok"};
    only.checkers = {
        checker(https, {.delay_loop_s = 60, .retry_delay_s = 3, .default_retry_delay_s = 3, .alpha = false},
                only.endpoint)};
    made.real_servers = {only};
    return made;
}

conf::Model sample_fleet() {
    conf::Model model;
    model.lvs.groups = {group()};
    model.lvs.virtual_servers = {web(), marked(), grouped(), secure()};
    conf::TrackFile file;
    file.name = "tff";
    file.path = "/tmp/tff";
    model.track_files = {file};
    for (const char* name : {"bfd1", "bfd6"}) {
        conf::BfdInstance session;
        session.name = name;
        model.bfd.push_back(session);
    }
    return model;
}

struct ServerIs {
    bool alive;
    std::uint32_t failed;
    bool set;
    std::int64_t weight;
};

struct CheckerIs {
    bool up;
    std::uint32_t retries = 0;
    bool has_run = true;
};

Snapshot sample_fleet_snapshot(const conf::Model& model) {
    Snapshot snapshot = empty_snapshot(model);
    CheckSnapshot& check = snapshot.check;
    for (auto& service : check.services) service.core = {.started = true, .quorum_up = true};
    check.services[2].core.quorum_up = false;
    const ServerIs servers[] = {{true, 0, true, 3}, {false, 1, true, 1},  {false, 2, false, 2},
                                {true, 0, true, 1}, {false, 1, false, 1}, {false, 2, false, 3},
                                {true, 0, true, 1}};
    REQUIRE(check.servers.size() == std::size(servers));
    for (std::size_t i = 0; i < std::size(servers); ++i)
        check.servers[i].core = {.alive = servers[i].alive,
                                 .set = servers[i].set,
                                 .failed = servers[i].failed,
                                 .weight = servers[i].weight};
    const CheckerIs checkers[] = {{true},  {false},    {true},  {false}, {false},         {true},
                                  {false}, {false, 2}, {false}, {true},  {true, 1, false}};
    REQUIRE(check.checkers.size() == std::size(checkers));
    for (std::size_t i = 0; i < std::size(checkers); ++i) {
        check.checkers[i].core = {.up = checkers[i].up, .has_run = checkers[i].has_run};
        check.checkers[i].schedule.retries_done = checkers[i].retries;
    }
    check.checkers[2].last_ran_wallclock_us = at(1795197306, 718278);
    check.checkers[4].icmp_sequence = 1;
    check.checkers[9].core.contribution = 2;
    check.track_files[0].value = 2;
    return snapshot;
}

}  // namespace

TEST_CASE("the checker's file is the reference's, byte for byte") {
    const SampleLab utc;
    const conf::Model model = sample_fleet();
    const Snapshot snapshot = sample_fleet_snapshot(model);
    Lines lines;
    const CheckDump dump{model, snapshot.check, lines};
    dump_ssl(dump);
    dump_lvs_topology(dump);
    dump_health_checkers(dump);
    dump_checker_track_files(dump);
    dump_checker_track_bfds(dump);
    CHECK(lines.take() == golden("check.data"));
}

TEST_CASE("without virtual servers the checker's file is its global definitions") {
    const conf::Model model;
    Lines global;
    dump_global_definitions(model, Writer::checker, global);
    CHECK(check_data(model, empty_snapshot(model)) == global.take());
}
