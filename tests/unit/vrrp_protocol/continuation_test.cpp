// Reload by comparison, adoption after a crash: decisions.md §3-§5, conf-vrrp.md §7.
#include <catch2/catch.hpp>

#include "lab.hpp"

using namespace lab;
using Lines = std::vector<std::string>;

namespace {

Continuation same(std::size_t instances, std::size_t groups = 0, std::size_t trackers = 0) {
    Continuation continuation;
    for (std::uint32_t i = 0; i < instances; ++i) continuation.instance_of.push_back(i);
    for (std::uint32_t g = 0; g < groups; ++g) continuation.group_of.push_back(g);
    for (std::uint32_t t = 0; t < trackers; ++t) continuation.tracker_of.push_back(t);
    return continuation;
}

void reload(Bench& a, RouterConfig next, const Continuation& continuation) {
    ActionList actions;
    a.router.let_go(continuation, a.now, actions);
    a.keep(actions);
    actions.clear();
    a.router.reconfigure(std::move(next), continuation, a.now, actions);
    a.keep(actions);
}

/// A new process after a crash, with the rows of the old one.
struct Adopted {
    Bench bench;
    std::vector<InstanceIndex> released;

    Adopted(const Bench& dead, double gap) : bench(dead.router.config()) {
        std::vector<VirtualRouterState> rows;
        std::vector<SyncGroupState> groups;
        for (InstanceIndex i = 0; i < dead.router.config().instances.size(); ++i) {
            rows.push_back(dead.router.state(i));
            rows.back().last_advert_sent_boottime_ns = rows.back().last_advert_sent.ns;  // the shell's stamp
            bench.router.adopt_auth_memory(i, dead.router.auth_memory(i));
        }
        for (GroupIndex g = 0; g < dead.router.config().groups.size(); ++g)
            groups.push_back(dead.router.group_state(g));
        bench.now = dead.now + seconds(gap);
        bench.router.adopt(rows, groups, bench.now, bench.now.ns, released);
    }
};

}  // namespace

TEST_CASE("a reload that changes nothing sends nothing, says nothing, moves no timer") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5.5).forget();
    const Instant due = a.router.next_deadline();
    reload(a, a.router.config(), same(1));
    CHECK(a.done.empty());
    CHECK(a.router.next_deadline() == due);
}

TEST_CASE("a reload with another priority takes effect in the next regular advert") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5.5).forget();
    auto next = a.router.config();
    next.instances[0].priority = 120;
    reload(a, next, same(1));
    CHECK(a.adverts().empty());
    CHECK(a.log().empty());  // who wrote the number knows it (run: 2.2.7)
    a.run(1);
    CHECK(a.adverts(0, 120).size() == 1);
    CHECK(a.state() == State::master);
}

TEST_CASE("a reload with another priority tells what trackers make of it, and moves a backup's timer") {
    RouterConfig config{.instances = {virtual_router("V", 51, 100)}};
    config.instances[0].version = 3;
    config.instances[0].notify_priority_changes = true;
    config.trackers = {{"eth1", TrackerKind::interface, {{0, 10, false}}}};
    Bench a(config);
    a.give(TrackerChanged{0, Verdict::up}).start().hear("10.0.0.2", 200).forget();
    const Instant due = a.router.next_deadline();
    config.instances[0].priority = 50;
    reload(a, config, same(1, 0, 1));
    CHECK(a.log() == std::vector<std::string>{"(V) Changing effective priority from 50 to 60"});
    CHECK(a.fifo() == std::vector<std::string>{"V BACKUP_PRIORITY 60"});
    CHECK(a.router.next_deadline() - due == seconds(50 / 256.0));
}

TEST_CASE("a reload tells a changed priority as what trackers add to the file's number, and no other") {
    RouterConfig config{.instances = {virtual_router("V", 51, 100)}};
    config.instances[0].notify_priority_changes = true;
    config.trackers = {{"eth1", TrackerKind::interface, {{0, 10, false}}}};
    Bench a(config);
    a.give(TrackerChanged{0, Verdict::up}).start().run(5).forget();
    reload(a, config, same(1, 0, 1));
    CHECK(a.log().empty());
    CHECK(a.fifo().empty());
    config.trackers[0].uses[0].weight = 20;
    reload(a, config, same(1, 0, 1));
    CHECK(a.log() == Lines{"(V) Changing effective priority from 100 to 120"});
    CHECK(a.fifo() == Lines{"V MASTER_PRIORITY 120"});
    a.forget();
    config.trackers[0].uses.clear();
    config.instances[0].priority = 255;
    reload(a, config, same(1, 0, 1));
    CHECK(a.log().empty());
    CHECK(a.inside().effective_priority == 255);
}

TEST_CASE("a reload with more addresses holds and announces them, with the later burst too") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5.5).forget();
    auto next = a.router.config();
    next.instances[0].advertised.push_back(ip("10.0.0.101"));
    reload(a, next, same(1));
    CHECK(a.story() == Lines{"V holds", "V garp 5"});
    a.forget().run(5.1);
    CHECK(a.bursts().size() == 1);
}

TEST_CASE("a shorter interval does not wait for the end of the longer one") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(4.7).forget();
    auto next = a.router.config();
    next.instances[0].version = 3;
    next.instances[0].advert_interval = Milliseconds{100};
    reload(a, next, same(1));
    a.run(0.5);
    CHECK(a.adverts().size() >= 4);
}

TEST_CASE(
    "an instance that is gone is let go with priority 0; one that is new starts; the others do not notice") {
    Bench a(RouterConfig{.instances = {virtual_router("V1", 51, 100), virtual_router("V2", 52, 100)}});
    a.start().run(5.5).forget();
    RouterConfig next{.instances = {virtual_router("V3", 53, 100), virtual_router("V2", 52, 100)}};
    Continuation continuation{.instance_of = {kNone, 1}, .group_of = {}, .tracker_of = {}};
    ActionList actions;
    a.router.let_go(continuation, a.now, actions);
    a.keep(actions);
    CHECK(a.story() == Lines{"V1 advert 0", "log (V1) sent 0 priority", "V1 lets go", "V1 notify DELETED"});
    a.forget();
    actions.clear();
    a.router.reconfigure(next, continuation, a.now, actions);
    a.keep(actions);
    CHECK(a.story() == Lines{"log (V3) Entering BACKUP STATE (init)", "V3 notify BACKUP"});
    CHECK(a.state(1) == State::master);
}

TEST_CASE("an instance in FAULT that is gone is not notified again") {
    Bench a(virtual_router("V1", 51, 100));
    a.start().give(FaultChanged{0, Fault::interface_down, true}).forget();
    ActionList actions;
    a.router.let_go({}, a.now, actions);
    a.keep(actions);
    CHECK(a.fifo().empty());
}

TEST_CASE("a group keeps leading over a reload") {
    RouterConfig config{.instances = {virtual_router("V1", 51, 100), virtual_router("V2", 52, 100)}};
    config.instances[0].group_index = config.instances[1].group_index = 0;
    config.groups = {{"SG", {0, 1}}};
    Bench a(config);
    a.start().run(9).forget();
    REQUIRE(a.router.group_state(0).state == State::master);
    reload(a, config, same(2, 1));
    CHECK(a.done.empty());
    CHECK(a.router.group_state(0).state == State::master);
}

TEST_CASE("a script added at a reload does not disturb before its first result") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5).forget();
    auto next = a.router.config();
    next.trackers = {{"c1", TrackerKind::script, {{0, 0, false}}}};
    Continuation continuation = same(1);
    continuation.tracker_of = {kNone};
    reload(a, next, continuation);
    CHECK(a.state() == State::master);
    a.give(TrackerChanged{0, Verdict::down});
    CHECK(a.state() == State::fault);
}

TEST_CASE("a reload during the startup delay leaves it alone") {
    RouterConfig config{.instances = {virtual_router("V", 51, 200)}};
    config.startup_delay = Milliseconds{3500};
    Bench a(config);
    a.start().run(2);
    reload(a, config, same(1));
    a.run(6);
    CHECK(a.adverts().front() == Approx(3.5 + 3.219).margin(0.01));
    CHECK(a.logged("Delayed start completed"));
}

TEST_CASE("a crashed master is adopted: no notification, no transition, the next advert in its time") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5.3);
    const Instant due = a.router.next_deadline();
    Adopted after(a, 0.05);
    CHECK(after.released.empty());
    after.bench.start();
    CHECK(after.bench.done.empty());
    CHECK(after.bench.state() == State::master);
    CHECK(after.bench.router.next_deadline() == due);
    CHECK(after.bench.inside().holds_objects);
    CHECK(after.bench.inside().ip_id == a.inside().ip_id);
}

TEST_CASE("an advert that fell due while nobody was there goes out at once") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5.3);
    Adopted after(a, 1.5);
    after.bench.start().fire();
    CHECK(after.bench.adverts().size() == 1);
}

TEST_CASE("a master dead for three intervals is released and starts afresh, with its counters") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5.3);
    Adopted after(a, 3.5);
    CHECK(after.released == std::vector<InstanceIndex>{0});
    after.bench.start();
    CHECK(after.bench.fifo() == Lines{"V BACKUP 100"});
    CHECK(after.bench.inside().counters.advert_sent == a.inside().counters.advert_sent);
}

TEST_CASE("an adopted backup does not take its own deafness for the master's silence") {
    Bench a(virtual_router("V", 51, 100));
    a.start().hear("10.0.0.2", 150).run(3.5);  // expires at 3.609
    Adopted after(a, 1.0);
    after.bench.start().run(3.5);
    CHECK(after.bench.state() == State::backup);
    after.bench.run(0.2);
    CHECK(after.bench.state() == State::master);
}

TEST_CASE("what changed during a crash is acted upon at the start") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5.3);
    Bench after(a.router.config());
    std::vector<VirtualRouterState> rows{a.inside()};
    rows[0].last_advert_sent_boottime_ns = rows[0].last_advert_sent.ns;
    std::vector<InstanceIndex> released;
    after.now = a.now;
    after.give(FaultChanged{0, Fault::interface_down, true, "interface eth0 down"});
    after.router.adopt(rows, {}, after.now, after.now.ns, released);
    after.start();
    CHECK(after.state() == State::fault);
    CHECK(after.fifo() == Lines{"V FAULT 100"});
}

TEST_CASE("a packet replayed after a crash or a reload is still refused") {
    auto config = virtual_router("V", 51, 100);
    config.hmac = HmacConfig{.keys = {{7, std::vector<std::uint8_t>(32, 'k')}}, .active_key = 7};
    Bench a(config);
    a.start().hear("10.0.0.2", 150);
    REQUIRE(a.inside().counters.advert_rcvd == 1);

    Adopted crashed(a, 0.1);
    REQUIRE(crashed.bench.inside().counters.advert_rcvd == 1);
    crashed.bench.start().hear("10.0.0.2", 150);
    CHECK(crashed.bench.inside().counters.auth_ext_replay == 1);

    auto next = a.router.config();
    next.instances.insert(next.instances.begin(), virtual_router("W", 52, 100));
    reload(a, next, {.instance_of = {kNone, 0}, .group_of = {}, .tracker_of = {}});
    a.peer_ids = 0;
    a.hear("10.0.0.2", 150, 1);
    CHECK(a.inside(1).counters.auth_ext_replay == 1);
}

TEST_CASE("rubbish in a row is brought into bounds") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5.3);
    VirtualRouterState row = a.inside();
    row.last_advert_sent_boottime_ns = row.last_advert_sent.ns;
    row.advert_due = kNever;
    row.grid_slot = 65535;
    Bench after(a.router.config());
    after.now = a.now;
    std::vector<InstanceIndex> released;
    after.router.adopt({&row, 1}, {}, after.now, after.now.ns, released);
    after.start().run(2.1);
    CHECK(after.adverts().size() >= 1);
}

TEST_CASE(
    "a faulty instance that joins a leading group takes it to FAULT; a sound one that joins does not "
    "disturb") {
    RouterConfig config{.instances = {virtual_router("V1", 51, 100)}};
    config.instances[0].group_index = 0;
    config.groups = {{"SG", {0}}};
    Bench a(config);
    a.start().run(5).forget();
    RouterConfig next = config;
    next.instances.push_back(virtual_router("V2", 52, 100));
    next.instances[1].group_index = 0;
    next.groups = {{"SG", {0, 1}}};
    Continuation continuation{.instance_of = {0, kNone}, .group_of = {0}, .tracker_of = {}};
    SECTION("sound") {
        reload(a, next, continuation);
        CHECK(a.fifo() == Lines{"V2 BACKUP 100"});
        a.give(SourceAddressChanged{1, Bench::own_address(net::Family::ipv4)}).run(4);
        CHECK(a.state(0) == State::master);
        CHECK(a.state(1) == State::master);
    }
    SECTION("faulty") {
        next.instances[1].config_fault = true;
        reload(a, next, continuation);
        CHECK(a.fifo() == Lines{"V2 FAULT 100", "V1 FAULT 100", "GROUP SG FAULT"});
    }
}
