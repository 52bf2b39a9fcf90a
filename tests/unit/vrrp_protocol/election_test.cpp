// Election, timers, preemption: vrrp-behaviour.md §4, §5, and the measured time lines of §15.
#include <catch2/catch.hpp>

#include "lab.hpp"

using namespace lab;
using Catch::Matchers::Contains;
using Times = std::vector<double>;
using Lines = std::vector<std::string>;

namespace {

constexpr double kTolerance = 0.030;  // of §15

bool near(const Times& actual, const Times& expected) {
    if (actual.size() < expected.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (std::abs(actual[i] - expected[i]) > kTolerance) return false;
    return true;
}

}  // namespace

TEST_CASE("alone from start, priority 100 leads after 3.61 s, then advertises every second") {
    Bench a(virtual_router("VI_1", 51, 100));
    a.start().run(8);
    CHECK(near(a.adverts(), {3.609, 4.609, 5.6, 6.6, 7.6}));
    const Times times = a.adverts();
    CHECK(times[1] - times[0] <= 1.0);
    for (std::size_t i = 2; i < times.size(); ++i)
        CHECK(times[i] - times[i - 1] == Approx(1.0).epsilon(1e-12));
    CHECK(a.fifo() == Lines{"VI_1 BACKUP 100", "VI_1 MASTER 100"});
    CHECK(a.story() == Lines{"log (VI_1) Entering BACKUP STATE (init)", "VI_1 notify BACKUP",
                             "log (VI_1) Receive advertisement timeout", "VI_1 advert 100",
                             "log (VI_1) Entering MASTER STATE", "VI_1 holds", "VI_1 garp 5",
                             "VI_1 notify MASTER", "VI_1 advert 100", "VI_1 advert 100", "VI_1 advert 100",
                             "VI_1 advert 100"});
}

TEST_CASE("a takeover is foreseen where nothing else is due before it") {
    Bench a(virtual_router("VI_1", 51, 100));
    CHECK(a.router.next_takeover() == kNever);
    a.start();
    CHECK(a.router.next_takeover() != kNever);
    CHECK(a.router.next_takeover() == a.router.next_deadline());
    a.run(4);
    CHECK(a.router.next_takeover() == kNever);  // it leads

    RouterConfig config;
    config.instances = {virtual_router("owner", 52, 255), virtual_router("waits", 51, 100)};
    Bench b(config);
    b.start().run(2.5);
    CHECK(b.router.next_takeover() == kNever);  // the owner's next advert comes before it
    b.run(0.8);
    CHECK(b.router.next_takeover() == b.router.state(1).master_down_due);
}

TEST_CASE("the owner leads at once") {
    Bench a(virtual_router("VI_1", 51, 255));
    a.start().run(0.001);
    CHECK(a.state() == State::master);
}

TEST_CASE("an owner whose state is BACKUP waits as a backup does, at a start and after a fault") {
    auto config = virtual_router("VI_1", 51, 255);
    config.owner_starts_as_backup = true;
    Bench a(config);
    a.start().run(3);
    CHECK(a.fifo() == Lines{"VI_1 BACKUP 255"});
    a.run(0.1);
    CHECK(a.fifo() == Lines{"VI_1 BACKUP 255", "VI_1 MASTER 255"});
    a.give(FaultChanged{0, Fault::interface_down, true, "interface eth0 down"}).forget();
    a.give(FaultChanged{0, Fault::interface_down, false, {}}).run(3);
    CHECK(a.fifo() == Lines{"VI_1 BACKUP 255"});
    a.run(0.1);
    CHECK(a.state() == State::master);
}

TEST_CASE("an owner whose state is MASTER leads again as soon as its fault is gone") {
    Bench a(virtual_router("VI_1", 51, 255));
    a.start().run(1).give(FaultChanged{0, Fault::interface_down, true, "interface eth0 down"}).forget();
    a.give(FaultChanged{0, Fault::interface_down, false, {}}).run(0.001);
    CHECK(a.fifo() == Lines{"VI_1 MASTER 255"});
}

TEST_CASE("masters with AH which count alike hear each other; a number below is a replay") {
    auto config = virtual_router("VI_1", 51, 100);
    config.auth_type = AuthType::ah;
    config.auth_pass = {'s', '3', 'c', 'r', '3', 't'};
    Bench a(config);
    a.start().run(5);
    REQUIRE(a.inside().ah_sequence == 2);
    a.hear("10.0.0.2", 150);
    CHECK(a.state() == State::master);
    CHECK(a.logged("(VI_1) IPSEC-AH : sequence number 1 already processed. Packet dropped. Local(2)"));
    a.hear("10.0.0.2", 150);
    CHECK(a.state() == State::backup);
}

TEST_CASE("a better router ignores the master's adverts and takes over 3.41 s after its start") {
    Bench b(virtual_router("VI_1", 51, 150));
    b.start();
    for (int i = 0; i < 4; ++i) b.run(0.9).hear("10.0.0.2", 100);
    CHECK(near(b.adverts(), {3.414}));
    CHECK(b.logged("(VI_1) received lower priority (100) advert from 10.0.0.2 - discarding"));
}

TEST_CASE("a master yields to a better one without a word") {
    Bench a(virtual_router("VI_1", 51, 100));
    a.start().run(5).forget().hear("10.0.0.2", 150);
    CHECK(a.story() ==
          Lines{"log (VI_1) Master received advert from 10.0.0.2 with higher priority 150, ours 100",
                "log (VI_1) master set to 10.0.0.2", "log (VI_1) Entering BACKUP STATE", "VI_1 lets go",
                "VI_1 notify BACKUP"});
    a.run(3.6);
    CHECK(a.state() == State::backup);
    a.run(0.02);
    CHECK(a.state() == State::master);
}

TEST_CASE("after priority 0 a backup waits for the skew time alone") {
    Bench a(virtual_router("VI_1", 51, 100));
    a.start().run(1).hear("10.0.0.2", 150).run(0.5).hear("10.0.0.2", 0).run(5);
    CHECK(near(a.adverts(), {1.5 + 0.609}));
    CHECK(a.inside().last_master_down_interval == Microseconds{609375});
}

TEST_CASE("nopreempt never takes over while the worse master lives") {
    auto config = virtual_router("VI_1", 51, 150);
    config.nopreempt = true;
    Bench b(config);
    b.start();
    for (int i = 0; i < 20; ++i) b.run(1).hear("10.0.0.2", 100);
    CHECK(b.adverts().empty());
    b.run(3.40);
    CHECK(b.adverts().empty());
    b.run(0.02);
    CHECK(b.state() == State::master);
}

TEST_CASE("preempt_delay 4: heard 2, last accepted 5, discarded 6 7 8, leads at 8.42") {
    auto config = virtual_router("VI_1", 51, 150);
    config.preempt_delay = Seconds{4};
    Bench b(config);
    b.start().run(1);
    for (int i = 0; i < 8; ++i) b.run(1).hear("10.0.0.2", 100);
    CHECK(near(b.adverts(), {8.42}));
    CHECK(b.logged("(VI_1) start preempt delay (4.000000)"));
}

TEST_CASE("a better advert stops the preempt clock") {
    auto config = virtual_router("VI_1", 51, 150);
    config.preempt_delay = Seconds{4};
    Bench b(config);
    b.start().run(1).hear("10.0.0.2", 100).run(1).hear("10.0.0.3", 200);
    CHECK(b.logged("(VI_1) stop preempt delay"));
    CHECK(b.inside().preempt_due == kNever);
}

TEST_CASE("equal priorities at once: the lower address yields, the higher one stays") {
    Bench a(virtual_router("VI_1", 51, 100));  // 10.0.0.1
    a.start().run(4).hear("10.0.0.2", 100);
    CHECK(a.state() == State::backup);
    CHECK(
        a.logged("(VI_1) Master received advert from 10.0.0.2 with same priority 100 but higher IP address "
                 "than ours"));

    Bench b(virtual_router("VI_1", 51, 100));
    b.start().run(4).hear("10.0.0.0", 100);
    CHECK(b.state() == State::master);
}

TEST_CASE(
    "a forged worse advert is answered at once, with gratuitous ARPs then and later, and the timer starts "
    "again") {
    auto config = virtual_router("VI_1", 51, 100);
    config.garp.delay = Seconds{0};
    Bench a(config);
    a.start().run(4).forget().hear("10.0.0.2", 50).run(5.5);
    CHECK(near(a.adverts(), {4.0, 5.0, 6.0, 7.0, 8.0, 9.0}));
    CHECK(near(a.bursts(), {4.0, 9.0}));
    CHECK(a.logged(
        "(VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election"));
    CHECK(a.fifo() == Lines{"VI_1 MASTER_RX_LOWER_PRI 100"});
}

TEST_CASE("lower_prio_no_advert: the worse advert is only noted") {
    auto config = virtual_router("VI_1", 51, 100);
    config.lower_prio_no_advert = true;
    Bench a(config);
    a.start().run(4).forget().hear("10.0.0.2", 50);
    CHECK(a.adverts().empty());
    CHECK(a.logged("(VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100"));
}

TEST_CASE("higher_prio_send_advert: one more advert before yielding") {
    auto config = virtual_router("VI_1", 51, 100);
    config.higher_prio_send_advert = true;
    Bench a(config);
    a.start().run(4).forget().hear("10.0.0.2", 150);
    CHECK(a.adverts().size() == 1);
}

TEST_CASE("v3 learns the master's interval: 30 cs and silence, take-over after 1.083 s") {
    auto config = virtual_router("VI_1", 51, 100);
    config.version = 3;
    auto master = config;
    master.advert_interval = Milliseconds{300};
    Bench a(config);
    a.start().run(1).hear_as(master, "10.0.0.2", 150).run(3);
    CHECK(near(a.adverts(), {2.083}));
    CHECK(a.inside().master_advert_interval == config.advert_interval);  // ours again, also without -D
}

TEST_CASE("stop: priority 0 and release for masters, STOP for all, after the addresses are gone") {
    Bench a(virtual_router("VI_1", 51, 100));
    a.start().run(4).forget().give(Stop{});
    CHECK(a.story() ==
          Lines{"VI_1 advert 0", "log (VI_1) sent 0 priority", "VI_1 lets go", "VI_1 notify STOP"});
    CHECK(a.router.next_deadline() == kNever);

    Bench b(virtual_router("VI_1", 51, 100));
    b.start().run(4).forget().give(Stop{.dont_release = true});
    CHECK(b.story() == Lines{"VI_1 notify STOP"});
}

TEST_CASE("a startup delay: nothing is heard, and all timers count from its end") {
    struct Case {
        std::uint8_t priority;
        double first_advert;
    };
    for (const Case& c : {Case{200, 3.5 + 3.219}, Case{255, 4.5}}) {
        RouterConfig config{.instances = {virtual_router("VI_1", 51, c.priority)}};
        config.startup_delay = Milliseconds{3500};
        Bench a(config);
        a.start();
        CHECK(a.router.startup_delay_pending());
        a.run(1).hear("10.0.0.2", 250).run(7);
        CHECK(near(a.adverts(), {c.first_advert}));
        CHECK(a.logged("Delaying startup for 3.5 seconds"));
        CHECK(a.logged("Delayed start completed"));
        CHECK(a.inside().counters.advert_rcvd == 0);
        CHECK(a.fifo().front() == (c.priority == 255 ? "VI_1 MASTER 255" : "VI_1 BACKUP 200"));
    }
}
