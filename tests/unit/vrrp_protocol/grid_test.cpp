// The 10 ms grid: decisions.md §7; and the heap of deadlines.
#include <catch2/catch.hpp>

#include <map>

#include "lab.hpp"
#include "vrrp/protocol/advert_grid.hpp"
#include "vrrp/protocol/deadline_heap.hpp"
#include "vrrp/protocol/timing.hpp"

using namespace lab;

TEST_CASE("timers are those of the reference's dumps") {
    struct Case {
        std::uint8_t version;
        Microseconds interval;
        std::uint8_t priority;
        std::int64_t microseconds;
    };
    for (const Case& c : {Case{2, Seconds{1}, 100, 3609375}, Case{2, Seconds{1}, 150, 3414062},
                          Case{2, Seconds{1}, 124, 3515625}, Case{3, Milliseconds{500}, 200, 1609375},
                          Case{3, Milliseconds{500}, 93, 1818359}, Case{3, Milliseconds{300}, 94, 1089843}})
        CHECK(master_down_interval(c.version, 3, c.interval, c.priority).count() == c.microseconds);
}

TEST_CASE("1,000 masters of one interface settle in slots of at most 32 adverts, at exact intervals") {
    RouterConfig config;
    for (int i = 0; i < 1000; ++i) {
        auto instance = virtual_router("V", static_cast<std::uint8_t>(i % 255 + 1), 100);
        instance.detail_log = false;
        config.instances.push_back(instance);
    }
    Bench a(config);
    a.start().run(3.7).forget().run(3);  // all took over in the same instant
    std::map<std::int64_t, int> adverts_at;
    std::map<InstanceIndex, double> last;
    bool exact = true;
    for (const auto& d : a.done)
        if (const auto* advert = std::get_if<SendAdvert>(&d.action)) {
            ++adverts_at[static_cast<std::int64_t>(d.at * 1e6)];
            if (last.contains(advert->instance))
                exact = exact && std::abs(d.at - last[advert->instance] - 1.0) < 1e-6;
            last[advert->instance] = d.at;
        }
    CHECK(exact);
    CHECK(last.size() == 1000);
    int most = 0;
    for (const auto& [at, count] : adverts_at) most = std::max(most, count);
    CHECK(most <= static_cast<int>(kMaxAdvertsASlot));
    CHECK(adverts_at.size() <= 3 * 1000 / kMaxAdvertsASlot + 3);  // and wake-ups are shared
}

TEST_CASE("different intervals on one interface do not meet in a full slot") {
    AdvertGrid grid;
    const Microseconds second{1'000'000}, tenth{100'000};
    for (int i = 0; i < 32; ++i) grid.take(1, tenth, 1);
    const auto place = grid.choose(1, second, Instant{0}, Instant{0}, Instant{1'000'000'000});
    CHECK((place.slot - 1) % 10 != 0);
    const auto elsewhere = grid.choose(2, second, Instant{0}, Instant{0}, Instant{1'000'000'000});
    CHECK(elsewhere.at == Instant{1'000'000'000});
}

TEST_CASE("adverts of several interfaces share their wake-ups, up to a limit") {
    AdvertGrid grid;
    const Microseconds second{1'000'000};
    std::map<std::int64_t, int> together;
    for (std::uint32_t interface = 1; interface <= 12; ++interface)
        for (int i = 0; i < 32; ++i) {
            const auto place = grid.choose(interface, second, Instant{0}, Instant{0}, Instant{1'000'000'000});
            grid.take(interface, second, place.slot);
            ++together[place.at.ns];
        }
    CHECK(together.size() == 2);
    for (const auto& [at, count] : together) CHECK(count <= static_cast<int>(kMaxAdvertsAWakeUp));
}

TEST_CASE("the heap names what is due, whatever moved in between") {
    DeadlineHeap heap;
    heap.reset(200);
    std::vector<Instant> plain(200, kNever);
    std::uint64_t seed = 7;
    for (int round = 0; round < 5000; ++round) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto item = static_cast<std::uint32_t>(seed >> 33) % 200;
        plain[item] = (seed >> 20) % 5 == 0 ? kNever : Instant{static_cast<std::int64_t>(seed >> 40) % 1000};
        heap.set(item, plain[item]);
        CHECK(heap.earliest() == *std::min_element(plain.begin(), plain.end()));
        if (round % 100 != 0) continue;
        std::size_t due = 0;
        heap.for_each_due(Instant{500}, [&](std::uint32_t i) {
            CHECK(plain[i] <= Instant{500});
            ++due;
        });
        CHECK(due == static_cast<std::size_t>(std::count_if(plain.begin(), plain.end(),
                                                            [](Instant t) { return t <= Instant{500}; })));
    }
}

TEST_CASE("what changed is named once, for the board") {
    Bench a(RouterConfig{.instances = {virtual_router("V1", 51, 100), virtual_router("V2", 52, 200)}});
    std::vector<InstanceIndex> instances;
    std::vector<GroupIndex> groups;
    a.start();
    a.router.take_changed(instances, groups);
    CHECK(instances == std::vector<InstanceIndex>{0, 1});
    a.hear("10.0.0.2", 250, 1);
    a.router.take_changed(instances, groups);
    CHECK(instances == std::vector<InstanceIndex>{1});
    a.router.take_changed(instances, groups);
    CHECK(instances.empty());
}

TEST_CASE("the refresh of gratuitous ARPs starts after the delayed burst") {
    auto config = virtual_router("V", 51, 255);
    config.garp.delay = Seconds{2};
    config.garp.refresh = Seconds{4};
    config.garp.refresh_repeat = 2;
    Bench a(config);
    a.start().run(11);
    const auto bursts = a.bursts();
    REQUIRE(bursts.size() == 4);
    CHECK(bursts[1] == Approx(2).margin(0.01));
    CHECK(bursts[2] == Approx(6).margin(0.01));
    CHECK(bursts[3] == Approx(10).margin(0.01));
}

TEST_CASE("no allocation grows with adverts: the caller's list keeps its room") {
    Bench a(virtual_router("V", 51, 255));
    a.start().run(3);
    ActionList actions;
    actions.reserve(16);
    const auto* room = actions.data();
    for (int i = 0; i < 1000; ++i) {
        a.now = a.router.next_deadline();
        actions.clear();
        a.router.step(TimerExpired{0}, a.now, actions);
    }
    CHECK(actions.data() == room);
}
