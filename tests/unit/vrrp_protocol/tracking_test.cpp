// The tracking algebra of vrrp-behaviour.md §9, and faults as flags.
#include <catch2/catch.hpp>

#include "lab.hpp"

using namespace lab;
using Lines = std::vector<std::string>;

namespace {

RouterConfig tracked(std::vector<TrackerConfig> trackers, std::uint8_t priority = 100) {
    RouterConfig config{.instances = {virtual_router("V", 51, priority)}};
    config.trackers = std::move(trackers);
    return config;
}

TrackerConfig script(std::int32_t weight, bool reverse = false) {
    return {"c1", TrackerKind::script, {{0, weight, reverse}}};
}

}  // namespace

TEST_CASE("weights add to the priority, reverse negates them, 0 means FAULT") {
    struct Case {
        TrackerKind kind;
        std::int32_t weight;
        bool reverse;
        Verdict verdict;
        State state;
        int effective;
    };
    using enum Verdict;
    constexpr auto kScript = TrackerKind::script;
    const Case cases[] = {
        {kScript, 10, false, up, State::backup, 110},
        {kScript, 10, false, down, State::backup, 100},
        {kScript, -10, false, up, State::backup, 100},
        {kScript, -10, false, down, State::backup, 90},
        {kScript, 10, true, up, State::backup, 90},
        {kScript, 10, true, down, State::backup, 100},
        {kScript, -10, true, down, State::backup, 110},
        {kScript, 0, false, up, State::backup, 100},
        {kScript, 0, false, down, State::fault, 100},
        {kScript, 0, true, up, State::fault, 100},
        {kScript, 0, true, down, State::backup, 100},
        {kScript, 10, false, unknown, State::backup, 100},
        {kScript, -10, false, unknown, State::backup, 100},
        {kScript, 253, false, up, State::backup, 254},
        {kScript, -253, false, down, State::backup, 1},
        {TrackerKind::interface, 0, false, down, State::fault, 100},
        {TrackerKind::process, 0, false, down, State::fault, 100},
        {TrackerKind::bfd, 0, false, unknown, State::fault, 100},
        {TrackerKind::bfd, 0, false, up, State::backup, 100},
    };
    for (const Case& c : cases) {
        INFO("weight " << c.weight << (c.reverse ? " reverse" : "") << " verdict "
                       << static_cast<int>(c.verdict));
        Bench before(tracked({{"t", c.kind, {{0, c.weight, c.reverse}}}}));  // result known before the start
        before.give(TrackerChanged{0, c.verdict}).start();
        CHECK(before.state() == c.state);
        CHECK(before.inside().effective_priority == c.effective);
        if (c.verdict == unknown) continue;
        Bench after(tracked({{"t", c.kind, {{0, c.weight, c.reverse}}}}));  // result comes afterwards
        after.start().give(TrackerChanged{0, c.verdict});
        CHECK(after.state() == c.state);
        CHECK(after.inside().effective_priority == c.effective);
    }
}

TEST_CASE("weights which count from the start are told as a change") {
    Bench a(tracked({{"eth1", TrackerKind::interface, {{0, 5, false}}}}));
    a.give(TrackerChanged{0, Verdict::up}).start();
    CHECK(a.logged("(V) Changing effective priority from 100 to 105"));
    CHECK(a.fifo() == Lines{"V BACKUP 105"});
    RouterConfig telling = tracked({{"eth1", TrackerKind::interface, {{0, 5, false}}}});
    telling.instances[0].notify_priority_changes = true;
    Bench b(telling);
    b.give(TrackerChanged{0, Verdict::up}).start();
    CHECK(b.fifo() == Lines{"V BACKUP_PRIORITY 105", "V BACKUP 105"});  // run: 2.2.7
    Bench plain(tracked({{"eth1", TrackerKind::interface, {{0, 5, false}}}}));
    plain.start();
    CHECK_FALSE(plain.logged("(V) Changing effective priority from 100 to 105"));
}

TEST_CASE("a file's value is multiplied by the weight and clamped") {
    Bench a(tracked({{"f1", TrackerKind::file, {{0, 2, false}}}}, 110));
    a.start();
    struct Case {
        std::int64_t value;
        State state;
        int effective;
    };
    for (const Case& c :
         {Case{10, State::backup, 130}, Case{100, State::backup, 254}, Case{-200, State::fault, 254},
          Case{-60, State::backup, 1}, Case{0, State::backup, 110}}) {
        INFO("value " << c.value);
        a.give(TrackerChanged{0, Verdict::up, c.value});
        CHECK(a.state() == c.state);
        CHECK(a.inside().effective_priority == c.effective);
    }
    CHECK(a.logged("(V) Changing effective priority from 110 to 130"));
    CHECK(a.logged("(V): entering FAULT state (tracked file f1 has status -200)"));
    CHECK(a.fifo() == Lines{"V BACKUP 110", "V FAULT 254", "V BACKUP 1"});
}

TEST_CASE("two interfaces: 100 + 11 - 13 = 98, then 87 in the next regular advert, none extra") {
    Bench a(tracked({{"eth2", TrackerKind::interface, {{0, 11, false}}},
                     {"lo", TrackerKind::interface, {{0, 13, true}}}}));
    a.give(TrackerChanged{0, Verdict::up}).give(TrackerChanged{1, Verdict::up}).start().run(5);
    CHECK(a.inside().effective_priority == 98);
    a.forget().give(TrackerChanged{0, Verdict::down});
    CHECK(a.adverts().empty());
    a.run(1);
    CHECK(a.adverts(0, 87).size() == 1);
}

TEST_CASE("the owner keeps 255 whatever is tracked, but a weight of 0 still is a fault") {
    Bench a(tracked({script(-50)}, 255));
    a.give(TrackerChanged{0, Verdict::down}).start().run(1);
    CHECK(a.inside().effective_priority == 255);
    Bench b(tracked({script(0)}, 255));
    b.give(TrackerChanged{0, Verdict::down}).start().run(1);
    CHECK(b.state() == State::fault);
}

TEST_CASE("before its first result a script keeps the instance silently in FAULT; the first result decides") {
    Bench a(tracked({script(0)}));
    a.start().run(1);
    CHECK(a.state() == State::fault);
    CHECK(a.fifo().empty());
    CHECK(a.log().empty());
    SECTION("success") {
        a.give(TrackerChanged{0, Verdict::up});
        CHECK(a.state() == State::backup);
        CHECK(a.fifo() == Lines{"V BACKUP 100"});
    }
    SECTION("failure") {
        a.give(TrackerChanged{0, Verdict::down});
        CHECK(a.state() == State::fault);
        CHECK(a.fifo() == Lines{"V FAULT 100"});
        a.give(TrackerChanged{0, Verdict::up});
        CHECK(a.fifo() == Lines{"V FAULT 100", "V BACKUP 100"});
    }
}

TEST_CASE("a change of priority moves a running down timer by the difference of the intervals") {
    auto config = tracked({{"f", TrackerKind::file, {{0, 1, false}}}}, 50);
    config.instances[0].version = 3;
    config.instances[0].advert_interval = Milliseconds{500};
    Bench a(config);
    a.start().run(1).hear("10.0.0.2", 100).run(0.2).give(TrackerChanged{0, Verdict::up, 100}).run(3);
    CHECK(a.adverts().front() == Approx(1 + 1.707).margin(0.001));
}

TEST_CASE("faults are flags: raised twice and cleared once, the instance is well again") {
    Bench a(virtual_router("V", 51, 100));
    a.start();
    a.give(FaultChanged{0, Fault::interface_down, true, "interface eth0 down"});
    a.give(FaultChanged{0, Fault::interface_down, true, "interface eth0 down"});
    a.give(FaultChanged{0, Fault::no_source_address, true});
    a.give(FaultChanged{0, Fault::interface_down, false});
    CHECK(a.state() == State::fault);
    a.give(FaultChanged{0, Fault::no_source_address, false});
    CHECK(a.state() == State::backup);
    CHECK(a.fifo() == Lines{"V BACKUP 100", "V FAULT 100", "V BACKUP 100"});
    CHECK(a.logged("(V): entering FAULT state (interface eth0 down)"));
}

TEST_CASE("an instance that begins in FAULT names each cause once (run: 2.2.7)") {
    Bench a(virtual_router("V", 51, 100));
    a.give(FaultChanged{0, Fault::interface_down, true, "interface eth7 down"});
    a.give(FaultChanged{0, Fault::base_interface_down, true, "interface eth7 down"});
    a.give(FaultChanged{0, Fault::no_source_address, true, "no IPv4 address for interface"});
    a.start();
    CHECK(a.log() == Lines{"(V): entering FAULT state (interface eth7 down)",
                           "(V) entering FAULT state (no IPv4 address for interface)",
                           "(V) Entering FAULT STATE (init)"});
}

TEST_CASE(
    "interface down for 2 s while leading: FAULT with priority 0, BACKUP when it is up, MASTER 3.61 s "
    "later") {
    Bench a(virtual_router("V", 51, 100));
    a.start().run(5).forget();
    a.give(FaultChanged{0, Fault::interface_down, true, "interface eth0 down"});
    CHECK(a.story() == Lines{"log (V): entering FAULT state (interface eth0 down)", "V advert 0",
                             "log (V) Entering FAULT STATE", "V advert 0", "log (V) sent 0 priority",
                             "V lets go", "V notify FAULT"});
    a.run(2).give(FaultChanged{0, Fault::interface_down, false}).forget().run(5);
    CHECK(a.adverts().front() == Approx(7 + 3.609).margin(0.01));
}

TEST_CASE("an instance whose configuration is at fault stays in FAULT") {
    auto config = virtual_router("V", 51, 255);
    config.config_fault = true;
    Bench a(config);
    a.start().run(10);
    CHECK(a.state() == State::fault);
    CHECK(a.fifo() == Lines{"V FAULT 255"});
    CHECK(a.log().empty());  // the reader said it (run: 2.2.7)
    CHECK(a.inside().wanted == State::backup);
}

TEST_CASE("priority changes are notified when asked for") {
    auto config = tracked({script(20)});
    config.instances[0].notify_priority_changes = true;
    Bench a(config);
    a.start().give(TrackerChanged{0, Verdict::up}).run(5).give(TrackerChanged{0, Verdict::down});
    CHECK(a.fifo() ==
          Lines{"V BACKUP 100", "V BACKUP_PRIORITY 120", "V MASTER 120", "V MASTER_PRIORITY 100"});
}

TEST_CASE("a priority that changed in FAULT is told by the line of the next state alone") {
    auto config = tracked({script(0), script(20)});
    config.instances[0].notify_priority_changes = true;
    Bench a(config);
    a.give(TrackerChanged{0, Verdict::down}).give(TrackerChanged{1, Verdict::up}).start();
    a.give(TrackerChanged{1, Verdict::down}).give(TrackerChanged{0, Verdict::up});
    CHECK(a.fifo() == Lines{"V FAULT 120", "V BACKUP 100"});
}

TEST_CASE("the cause of a transition is kept in words") {
    Bench a(tracked({script(0)}));
    a.give(TrackerChanged{0, Verdict::up})
        .start()
        .run(1)
        .hear("10.0.0.2", 150)
        .run(5)
        .give(TrackerChanged{0, Verdict::down});
    Lines causes;
    for (const auto& t : a.all<TransitionRecord>()) causes.push_back(t.cause);
    CHECK(causes ==
          Lines{"start", "no advert for 3609 ms (last master 10.0.0.2, priority 150)", "script c1 failed"});
}

TEST_CASE("why a backup became master: silence, a resignation, or only worse routers") {
    const auto cause_of_last = [](const Bench& a) { return a.all<TransitionRecord>().back().cause; };
    Bench resigned(virtual_router("V", 51, 100));
    resigned.start().run(1).hear("10.0.0.2", 150).hear("10.0.0.2", 0).run(2);
    CHECK(cause_of_last(resigned) == "master 10.0.0.2 resigned (priority 0)");
    Bench preempts(virtual_router("V", 51, 100));
    preempts.start().run(3).hear("10.0.0.2", 50).run(2);
    CHECK(cause_of_last(preempts) == "only worse routers heard for 3609 ms");
    Bench alone(virtual_router("V", 51, 100));
    alone.start().run(5);
    CHECK(cause_of_last(alone) == "no advert for 3609 ms, no other router heard");
}

TEST_CASE("a run-time priority counts until it is taken back, and 0 hands over") {
    Bench a(virtual_router("V", 51, 150));
    a.start().run(5).give(PrioritySet{0, 120});
    CHECK(a.inside().effective_priority == 120);
    a.give(PrioritySet{0, std::nullopt});
    CHECK(a.inside().effective_priority == 150);
    a.forget().give(PrioritySet{0, 0});
    CHECK(a.state() == State::backup);
    CHECK(a.adverts(0, 0).size() == 1);
    a.hear("10.0.0.2", 100).run(2).hear("10.0.0.2", 100).run(2);
    CHECK(a.state() == State::backup);  // 1 is less than 100: no way back by itself
    a.give(PrioritySet{0, std::nullopt}).run(4);
    CHECK(a.state() == State::master);
}

TEST_CASE("timer_expired_backup: a master that slept too long steps back") {
    auto config = virtual_router("V", 51, 100);
    config.nopreempt = true;
    config.timer_expired_backup = 254;
    Bench a(config);
    a.start().run(5).sleep(2.5);
    CHECK(a.state() == State::master);
    a.sleep(3.1);
    CHECK(a.state() == State::backup);
}

TEST_CASE("a unicast instance out of FAULT announces its own address") {
    auto config = virtual_router("V", 51, 100);
    config.unicast = true;
    Bench a(config);
    a.start()
        .give(FaultChanged{0, Fault::interface_down, true})
        .give(FaultChanged{0, Fault::interface_down, false});
    CHECK(a.all<GarpSource>().size() == 1);
}

TEST_CASE("without a source address nothing is sent") {
    Bench a(virtual_router("V", 51, 255));
    a.give(SourceAddressChanged{0, {}}).give(FaultChanged{0, Fault::no_source_address, true}).start().run(3);
    CHECK(a.adverts().empty());
}

TEST_CASE("a master whose source address goes says good-bye from that one") {
    Bench a(virtual_router("V", 51, 255));
    a.start().run(1);
    a.give(SourceAddressChanged{0, {}}).give(FaultChanged{0, Fault::no_source_address, true});
    CHECK(a.adverts(0, 0).size() == 2);
    CHECK(a.inside().source == Bench::own_address(net::Family::ipv4));
}
