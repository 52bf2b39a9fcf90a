#include "vrrp/child/repair.hpp"

#include <catch2/catch.hpp>

namespace {

constexpr std::uint64_t kObject = 7;
Instant at(int milliseconds) { return Instant{} + Seconds{100} + Milliseconds{milliseconds}; }

}  // namespace

TEST_CASE("an object that vanishes is put back at once, five times in ten seconds") {
    vrrp::RepairSchedule schedule;
    std::vector<std::uint64_t> due;
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(schedule.vanished(kObject, at(i)));
        CHECK(schedule.next_deadline() == at(i));
        schedule.due(at(i), due);
        CHECK(due == std::vector<std::uint64_t>{kObject});
    }
}

TEST_CASE("the sixth time waits a second and warns once") {
    vrrp::RepairSchedule schedule;
    std::vector<std::uint64_t> due;
    for (int i = 0; i < 5; ++i) {
        schedule.vanished(kObject, at(i));
        schedule.due(at(i), due);
    }
    CHECK(schedule.vanished(kObject, at(10)));
    schedule.due(at(10), due);
    CHECK(due.empty());
    schedule.due(at(1004), due);
    CHECK(due.size() == 1);
    CHECK_FALSE(schedule.vanished(kObject, at(1010)));
    CHECK(schedule.next_deadline() == at(2004));
}

TEST_CASE("a fight that goes on for longer than the window stays slow, and is over after a quiet one") {
    vrrp::RepairSchedule schedule;
    std::vector<std::uint64_t> due;
    int now = 0;
    for (int i = 0; i < 30; ++i) {
        schedule.vanished(kObject, at(now));
        now += 1000;
        schedule.due(at(now), due);
    }
    schedule.vanished(kObject, at(now));
    CHECK(schedule.next_deadline() > at(now));
    schedule.due(at(now + 1000), due);
    now += 30'000;
    CHECK_FALSE(schedule.vanished(kObject, at(now)));
    CHECK(schedule.next_deadline() == at(now));
}
