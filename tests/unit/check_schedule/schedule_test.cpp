// Time lines of the checkers (lvs-behaviour.md §6: delay_loop 3, delay_before_retry 1, retry 2).
#include "check/schedule/schedule.hpp"

#include <catch2/catch.hpp>

using namespace check::schedule;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Instant at(double seconds) { return {static_cast<std::int64_t>(seconds * kSecond)}; }

Config config(Policy policy = {}) {
    return {.delay_loop = Seconds{3},
            .delay_before_retry = Seconds{1},
            .warmup = Seconds{0},
            .retry = 2,
            .policy = policy};
}

}  // namespace

TEST_CASE("a server that dies after its first check is down with the third failure, at 6 s") {
    const Config c = config();
    State state;
    state.due = first_due(c, at(0), 0.0);
    CHECK(state.due == at(1));
    CHECK(attempt_ended(state, c, Attempt::success, at(1)).report == Report::up);
    CHECK(state.due == at(4));
    CHECK(attempt_ended(state, c, Attempt::failure, at(4)).retries_left == 2);
    CHECK(state.due == at(5));
    CHECK(attempt_ended(state, c, Attempt::failure, at(5)).report == Report::nothing);
    CHECK(state.due == at(6));
    const Decision down = attempt_ended(state, c, Attempt::failure, at(6));
    CHECK(down.report == Report::down);
    CHECK(down.retries == 2);
    CHECK(state.due == at(9));
}

TEST_CASE("the first failure after the start counts at once") {
    State state;
    const Decision decision = attempt_ended(state, config(), Attempt::failure, at(1));
    CHECK(decision.report == Report::down);
    CHECK(decision.retries == 0);
}

TEST_CASE("SMTP makes its retries at the first run and while down, too") {
    const Config c = config({.retries_always = true});
    State state;
    CHECK(attempt_ended(state, c, Attempt::failure, at(1)).report == Report::nothing);
    CHECK(attempt_ended(state, c, Attempt::failure, at(2)).report == Report::nothing);
    CHECK(attempt_ended(state, c, Attempt::failure, at(3)).report == Report::down);
    CHECK(attempt_ended(state, c, Attempt::failure, at(6)).retries_left == 2);
    CHECK(state.due == at(7));
}

TEST_CASE("a script's interval counts from its start, a slow one starts again at once") {
    const Config c = config({.from_start = true});
    State state;
    state.started = at(1);
    attempt_ended(state, c, Attempt::success, at(1.5));
    CHECK(state.due == at(4));
    state.started = at(4);
    attempt_ended(state, c, Attempt::success, at(9));
    CHECK(state.due == at(9));
}

TEST_CASE("one success brings a server back, and a local error changes nothing") {
    const Config c = config();
    State state;
    attempt_ended(state, c, Attempt::failure, at(1));
    CHECK(attempt_ended(state, c, Attempt::local, at(4)).report == Report::nothing);
    CHECK_FALSE(state.up);
    CHECK(attempt_ended(state, c, Attempt::success, at(7)).report == Report::up);
    CHECK(attempt_ended(state, c, Attempt::success, at(10)).report == Report::nothing);
}

TEST_CASE("with several urls a pass is decided by the last, fast_recovery leaves out the delays until then") {
    State slow;
    CHECK(attempt_ended(slow, config(), Attempt::partial, at(1)).report == Report::nothing);
    CHECK(slow.due == at(4));
    State fast;
    attempt_ended(fast, config({.fast_recovery = true}), Attempt::partial, at(1));
    CHECK(fast.due == at(1));
}

TEST_CASE("the warm-up spreads first checks on the 10 ms grid") {
    Config c = config();
    c.warmup = Seconds{10};
    for (const double random : {0.0, 0.123456, 0.5, 0.999}) {
        const Instant due = first_due(c, at(0.001), random);
        CHECK(due.ns % 10'000'000 == 0);
        CHECK(due >= at(1));
        CHECK(due <= at(11.02));
    }
}

TEST_CASE("a check that takes a moment keeps its interval on the grid") {
    Config c = config();
    c.delay_loop = Seconds{1};
    State state;
    Instant due = at(5);
    for (int n = 0; n < 100; ++n) {
        attempt_ended(state, c, Attempt::success, {due.ns + 700'000});
        due = on_grid(state.due);
    }
    CHECK(due == at(105));
}
