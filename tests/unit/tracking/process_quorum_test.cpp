#include "vrrp/tracking/process_quorum.hpp"

#include <catch2/catch.hpp>

using namespace vrrp::tracking;

namespace {
constexpr Instant kNow{1'000'000'000'000};
}

TEST_CASE("a quorum lies between its bounds") {
    struct Case {
        std::uint32_t quorum;
        std::optional<std::uint32_t> quorum_max;
        std::uint32_t count;
        bool satisfied;
    };
    const Case cases[]{{1, {}, 0, false}, {1, {}, 1, true}, {2, {}, 1, false}, {2, 3, 3, true},
                       {2, 3, 4, false},  {0, 0, 0, true},  {0, 0, 1, false}};
    for (const auto& c : cases) {
        INFO(c.quorum << ".. count " << c.count);
        CHECK(QuorumRule{c.quorum, c.quorum_max}.satisfied_by(c.count) == c.satisfied);
        CHECK((first_count({c.quorum, c.quorum_max}, c.count).have_quorum != 0) == c.satisfied);
    }
}

TEST_CASE("without delays a change counts at once") {
    const QuorumRule rule;
    auto state = first_count(rule, 0);
    state = with_count(state, rule, 1, kNow);
    CHECK(state.have_quorum == 1);
    state = with_count(state, rule, 0, kNow);
    CHECK(state.have_quorum == 0);
    CHECK(next_deadline(state) == kNever);
}

TEST_CASE("fork_delay postpones gaining, terminate_delay losing") {
    const QuorumRule rule{1, {}, Milliseconds(300), Milliseconds(700)};
    auto state = with_count(first_count(rule, 0), rule, 1, kNow);
    CHECK(state.have_quorum == 0);
    CHECK(state.current == 1);
    CHECK(next_deadline(state) == kNow + Milliseconds(300));
    CHECK(at_time(state, kNow + Milliseconds(299)).have_quorum == 0);
    state = at_time(state, kNow + Milliseconds(300));
    CHECK(state.have_quorum == 1);

    state = with_count(state, rule, 0, kNow);
    CHECK(state.have_quorum == 1);
    CHECK(next_deadline(state) == kNow + Milliseconds(700));
    CHECK(at_time(state, kNow + Milliseconds(700)).have_quorum == 0);
}

TEST_CASE("the opposite event cancels a delayed change") {
    const QuorumRule rule{1, {}, Milliseconds(0), Milliseconds(700)};
    auto state = with_count(first_count(rule, 1), rule, 0, kNow);
    state = with_count(state, rule, 1, kNow + Milliseconds(100));
    CHECK(state.have_quorum == 1);
    CHECK(next_deadline(state) == kNever);
}

TEST_CASE("further events in the same direction do not prolong the delay") {
    const QuorumRule rule{3, {}, Milliseconds(0), Milliseconds(700)};
    auto state = with_count(first_count(rule, 3), rule, 2, kNow);
    state = with_count(state, rule, 1, kNow + Milliseconds(500));
    CHECK(next_deadline(state) == kNow + Milliseconds(700));
}
