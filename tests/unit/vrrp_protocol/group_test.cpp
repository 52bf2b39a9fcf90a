// Sync groups: the order of log, notifications and packets is that of the table in vrrp-behaviour.md §5.7.
#include <catch2/catch.hpp>

#include "lab.hpp"

using namespace lab;
using Lines = std::vector<std::string>;

namespace {

RouterConfig pair_of(std::uint8_t priority) {
    RouterConfig config{
        .instances = {virtual_router("V1", 51, priority), virtual_router("V2", 52, priority)}};
    config.instances[0].group_index = config.instances[1].group_index = 0;
    config.groups.push_back({"SG", {0, 1}});
    config.trackers.push_back({"c1", TrackerKind::script, {{0, 0, false}}});
    return config;
}

Bench leading_pair() {
    Bench a(pair_of(150));
    a.give(TrackerChanged{0, Verdict::up}).start().run(5).forget();
    return a;
}

}  // namespace

TEST_CASE("start: the group is notified first") {
    Bench a(pair_of(150));
    a.give(TrackerChanged{0, Verdict::up}).start();
    CHECK(a.fifo() == Lines{"GROUP SG BACKUP", "V1 BACKUP 150", "V2 BACKUP 150"});
}

TEST_CASE("the last member to agree leads first, then the others, then the group") {
    Bench a(pair_of(150));
    a.give(TrackerChanged{0, Verdict::up}).start().run(1).hear("10.0.0.2", 200, 1).forget().run(3);
    CHECK(a.story() == Lines{"log (V1) Receive advertisement timeout"});  // wishes, waits
    a.forget().run(1);
    CHECK(a.story() == Lines{"log (V2) Receive advertisement timeout", "V2 advert 150",
                             "log (V2) Entering MASTER STATE", "V2 holds", "V2 garp 5", "V2 notify MASTER",
                             "log VRRP_Group(SG) Syncing instances to MASTER state", "V1 advert 150",
                             "log (V1) Entering MASTER STATE", "V1 holds", "V1 garp 5", "V1 notify MASTER",
                             "GROUP SG notify MASTER"});
}

TEST_CASE("an accepted advert cancels a member's wish to lead") {
    Bench a(pair_of(150));
    a.give(TrackerChanged{0, Verdict::up})
        .start()
        .run(1)
        .hear("10.0.0.2", 200, 1)
        .run(2.5);  // V1 wishes at 3.41
    a.hear("10.0.0.2", 200, 0).run(2);
    CHECK(a.state(0) == State::backup);
    CHECK(a.state(1) == State::backup);
}

TEST_CASE(
    "a better advert for one member: all follow, and the followers send priority 0 (the reference: none)") {
    Bench a = leading_pair();
    a.hear("10.0.0.2", 200, 1);
    CHECK(a.story() ==
          Lines{"log (V2) Master received advert from 10.0.0.2 with higher priority 200, ours 150",
                "log (V2) master set to 10.0.0.2", "log (V2) Entering BACKUP STATE", "V2 lets go",
                "V2 notify BACKUP", "log VRRP_Group(SG) Syncing instances to BACKUP state", "V1 advert 0",
                "log (V1) Entering BACKUP STATE", "V1 lets go", "V1 notify BACKUP",
                "GROUP SG notify BACKUP"});
}

TEST_CASE("a fault of one member takes all to FAULT, and its end takes all to BACKUP") {
    Bench a = leading_pair();
    a.give(TrackerChanged{0, Verdict::down});
    CHECK(a.story() ==
          Lines{"log (V1): entering FAULT state due to script c1", "V1 advert 0",
                "log (V1) Entering FAULT STATE", "V1 advert 0", "log (V1) sent 0 priority", "V1 lets go",
                "V1 notify FAULT", "log VRRP_Group(SG) Syncing instances to FAULT state", "V2 advert 0",
                "log (V2) Entering FAULT STATE", "V2 lets go", "V2 notify FAULT", "GROUP SG notify FAULT"});
    a.run(1).forget().give(TrackerChanged{0, Verdict::up});
    CHECK(a.story() == Lines{"log (V1) Entering BACKUP STATE", "V1 notify BACKUP",
                             "log VRRP_Group(SG) Syncing instances to BACKUP state",
                             "log (V2) Entering BACKUP STATE", "V2 notify BACKUP", "GROUP SG notify BACKUP"});
    a.forget().run(5);
    CHECK(a.adverts(0).front() == Approx(6 + 3.414).margin(0.01));
}

TEST_CASE("the group leaves FAULT when its last faulty member does") {
    Bench a = leading_pair();
    a.give(TrackerChanged{0, Verdict::down}).give(FaultChanged{1, Fault::interface_down, true}).forget();
    a.give(TrackerChanged{0, Verdict::up});
    CHECK(a.fifo().empty());
    a.give(FaultChanged{1, Fault::interface_down, false});
    CHECK(a.fifo() == Lines{"V2 BACKUP 150", "V1 BACKUP 150", "GROUP SG BACKUP"});
}

TEST_CASE("a member that waits for its first script result keeps the group silently out of BACKUP") {
    Bench a(pair_of(150));
    a.start().run(5);
    CHECK(a.fifo().empty());
    CHECK(a.state(1) == State::fault);
    SECTION("success") {
        a.give(TrackerChanged{0, Verdict::up});
        CHECK(a.fifo() == Lines{"V1 BACKUP 150", "V2 BACKUP 150", "GROUP SG BACKUP"});
    }
    SECTION("failure") {
        a.give(TrackerChanged{0, Verdict::down});
        CHECK(a.fifo() == Lines{"V1 FAULT 150", "V2 FAULT 150", "GROUP SG FAULT"});
    }
}

TEST_CASE("SIGTERM: members in order, then the group") {
    Bench a = leading_pair();
    a.give(Stop{});
    CHECK(a.fifo() == Lines{"V1 STOP 150", "V2 STOP 150", "GROUP SG STOP"});
    CHECK(a.adverts(0, 0).size() == 1);
    CHECK(a.adverts(1, 0).size() == 1);
}

TEST_CASE("a worse advert for one member makes all members repeat their gratuitous ARPs") {
    Bench a = leading_pair();
    a.hear("10.0.0.2", 50, 0);
    CHECK(a.bursts(0).size() == 1);
    CHECK(a.bursts(1).size() == 1);
}

TEST_CASE("a group of owners leads at once, and is MASTER without a word") {
    Bench a(pair_of(255));
    a.give(TrackerChanged{0, Verdict::up}).start().run(0.01);
    CHECK(a.fifo() == Lines{"V1 MASTER 255", "V2 MASTER 255"});
    CHECK_FALSE(a.logged("VRRP_Group(SG) Syncing instances to MASTER state"));
    CHECK(a.router.group_state(0).state == State::master);
}
