// Instances of one virtual router which interfaces bring together on one segment (allow_if_changes).
#include <catch2/catch.hpp>

#include "lab.hpp"

using namespace lab;

namespace {

RouterConfig two_alike() {
    RouterConfig config{.instances = {virtual_router("A", 51, 100), virtual_router("B", 51, 100)}};
    config.instances_may_meet = true;
    return config;
}

bool is_faulty(const Bench& bench, InstanceIndex i) { return bench.state(i) == State::fault; }

Bench& both_on(Bench& bench, std::uint32_t first, std::uint32_t second) {
    return bench.give(SegmentChanged{0, first}).give(SegmentChanged{1, second});
}

}  // namespace

TEST_CASE("the later of two instances which meet on a segment stands back, and comes again when they part") {
    Bench bench(two_alike());
    both_on(bench, 2, 3).start().run(4);
    REQUIRE(bench.state(1) == State::master);
    bench.give(SegmentChanged{1, 2});
    CHECK(bench.state(0) == State::master);
    REQUIRE(is_faulty(bench, 1));
    CHECK(bench.logged("(B) Entering FAULT STATE"));
    bench.give(SegmentChanged{0, 3});  // it is the other one that moves away
    CHECK(bench.state(1) == State::backup);
}

TEST_CASE("the earlier one that comes where the later one is puts it into FAULT, too") {
    Bench bench(two_alike());
    both_on(bench, 2, 3).start();
    bench.give(SegmentChanged{0, 3});
    CHECK_FALSE(is_faulty(bench, 0));
    CHECK(is_faulty(bench, 1));
}

TEST_CASE("instances which meet before the start begin in FAULT with the reason in words") {
    Bench bench(two_alike());
    both_on(bench, 2, 2).start();
    CHECK(is_faulty(bench, 1));
    CHECK(bench.logged("(B): entering FAULT state (duplicate VRID)"));
}

TEST_CASE("what differs on the wire, has no segment, or was refused at the start meets nobody") {
    RouterConfig config = two_alike();
    std::uint32_t segment = 2;
    SECTION("another VRID") { config.instances[1].vrid = 52; }
    SECTION("another family") { config.instances[1].family = net::Family::ipv6; }
    SECTION("another group") { config.instances[1].group = ip("224.0.0.19"); }
    SECTION("unicast") { config.instances[1].unicast = true; }
    SECTION("no interface") { segment = 0; }
    SECTION("without allow_if_changes") { config.instances_may_meet = false; }
    Bench bench(std::move(config));
    both_on(bench, segment, segment).start();
    CHECK_FALSE(is_faulty(bench, 1));
}

TEST_CASE("a reload without the earlier instance frees the later one") {
    Bench bench(two_alike());
    both_on(bench, 2, 2).start();
    REQUIRE(is_faulty(bench, 1));
    RouterConfig next = two_alike();
    next.instances.erase(next.instances.begin());
    const Continuation continuation{.instance_of = {1}, .group_of = {}, .tracker_of = {}};
    ActionList actions;
    bench.router.let_go(continuation, bench.now, actions);
    bench.router.reconfigure(std::move(next), continuation, bench.now, actions);
    CHECK(bench.state() == State::backup);
}
