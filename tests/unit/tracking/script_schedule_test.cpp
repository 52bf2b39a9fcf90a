#include "vrrp/tracking/script_schedule.hpp"

#include <catch2/catch.hpp>
#include <map>

using vrrp::tracking::ScriptSchedule;

TEST_CASE("the second start lies on the grid, an interval later") {
    ScriptSchedule schedule;
    const Instant now{7'123'456'789};
    const Instant second = schedule.second_start(now, Seconds(1));
    CHECK(second.ns % ScriptSchedule::kGrid.count() == 0);
    CHECK(second <= now + Seconds(1));
    CHECK(second > now + Milliseconds(989));
}

TEST_CASE("many scripts that start together spread backwards, never later than their interval") {
    ScriptSchedule schedule;
    const Instant now{50'000'000'001};
    std::map<std::int64_t, int> starts;
    for (int i = 0; i < 400; ++i) {
        const Instant second = schedule.second_start(now, Seconds(1));
        CHECK(second <= now + Seconds(1));
        CHECK(second >= now + Milliseconds(500));
        ++starts[second.ns];
    }
    for (const auto& [at, count] : starts) CHECK(count <= ScriptSchedule::kStartsASlot);
}

TEST_CASE("more than the slots hold still start in time") {
    ScriptSchedule schedule;
    const Instant now{50'000'000'001};
    for (int i = 0; i < 1000; ++i) {
        const Instant second = schedule.second_start(now, Milliseconds(100));
        CHECK(second > now + Milliseconds(49));
        CHECK(second <= now + Milliseconds(100));
    }
}

TEST_CASE("intervals below two slots are kept as they are") {
    ScriptSchedule schedule;
    CHECK(schedule.second_start(Instant{5}, Milliseconds(1)) == Instant{1'000'005});
}

TEST_CASE("later starts keep the phase; what a suspend missed is left out") {
    const Instant due{1'000'000'000};
    CHECK(ScriptSchedule::next_start(due, Seconds(1), due + Milliseconds(3)) == Instant{2'000'000'000});
    CHECK(ScriptSchedule::next_start(due, Seconds(1), Instant{9'500'000'000}) == Instant{10'000'000'000});
}
