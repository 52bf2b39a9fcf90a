// Waiting for the sockets of checks: who is called, how often, and when the loop may end.
#include "check/probe/readiness.hpp"

#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <functional>

#include "lib/process/unique_fd.hpp"
#include "lib/time/clock.hpp"

using check::Readiness;

namespace {

struct Waiter final : Readiness::Waiter {
    int readies = 0, failures = 0, expiries = 0;
    std::function<void()> then = [] {};
    void ready(bool failed) override {
        failed ? ++failures : ++readies;
        then();
    }
    void expired() override {
        ++expiries;
        then();
    }
};

struct Pair {
    UniqueFd ours, theirs;
    Pair() {
        std::array<int, 2> ends{};
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
        ours.reset(ends[0]);
        theirs.reset(ends[1]);
    }
};

Instant in(std::chrono::milliseconds time) { return monotonic_now() + time; }

}  // namespace

TEST_CASE("a socket that is ready calls its waiter once, and the loop ends when nobody waits") {
    boost::asio::io_context loop;
    Pair pair;
    Waiter waiter;
    Readiness::of(loop).wait(pair.ours.get(), Readiness::For::writing, in(std::chrono::hours(1)), waiter);
    loop.run();
    CHECK(waiter.readies == 1);
    CHECK_FALSE(waiter.is_waiting());
}

TEST_CASE("what does not come expires, in the order of the deadlines") {
    boost::asio::io_context loop;
    std::array<Pair, 3> pairs;
    std::array<Waiter, 3> waiters;
    std::vector<std::size_t> order;
    const std::array<int, 3> milliseconds{30, 1, 15};
    for (std::size_t n = 0; n < waiters.size(); ++n) {
        waiters[n].then = [&order, n] { order.push_back(n); };
        Readiness::of(loop).wait(pairs[n].ours.get(), Readiness::For::reading,
                                 in(std::chrono::milliseconds(milliseconds[n])), waiters[n]);
    }
    loop.run();
    CHECK(order == std::vector<std::size_t>{1, 2, 0});
    CHECK(waiters[0].expiries + waiters[1].expiries + waiters[2].expiries == 3);
}

TEST_CASE("a socket waits again and again, first to write, then to read, and learns of a peer that went") {
    boost::asio::io_context loop;
    Readiness& readiness = Readiness::of(loop);
    Pair pair;
    Waiter waiter;
    int step = 0;
    waiter.then = [&] {
        if (++step == 1) {
            REQUIRE(send(pair.theirs.get(), "x", 1, 0) == 1);
            readiness.wait(pair.ours.get(), Readiness::For::reading, in(std::chrono::hours(1)), waiter, true);
        } else if (step == 2) {
            pair.theirs.reset();
            readiness.wait(pair.ours.get(), Readiness::For::reading, in(std::chrono::hours(1)), waiter, true);
        }
    };
    readiness.wait(pair.ours.get(), Readiness::For::writing, in(std::chrono::hours(1)), waiter);
    loop.run();
    CHECK(waiter.readies == 2);
    CHECK(waiter.failures == 1);
}

TEST_CASE("who is forgotten is not called, even when its event is taken with the one that forgets it") {
    boost::asio::io_context loop;
    Readiness& readiness = Readiness::of(loop);
    Pair one, other;
    Waiter first, second;
    first.then = [&] { readiness.forget(second); };
    second.then = [&] { readiness.forget(first); };
    readiness.wait(one.ours.get(), Readiness::For::writing, in(std::chrono::hours(1)), first);
    readiness.wait(other.ours.get(), Readiness::For::writing, in(std::chrono::hours(1)), second);
    loop.run();
    CHECK(first.readies + second.readies == 1);
}

TEST_CASE("what is posted comes in the next turn, unless it is forgotten before") {
    boost::asio::io_context loop;
    Waiter kept, gone;
    Readiness::of(loop).post(kept);
    Readiness::of(loop).post(gone);
    Readiness::of(loop).forget(gone);
    CHECK(kept.readies == 0);
    loop.run();
    CHECK(kept.readies == 1);
    CHECK(gone.readies == 0);
}

TEST_CASE(
    "of many that begin in one turn each is called once, whether its socket is ready now, later or never") {
    boost::asio::io_context loop;
    Readiness& readiness = Readiness::of(loop);
    Pair ready, later, never;
    const std::array<char, 4096> bytes{};
    for (const Pair* full : {&later, &never}) {
        while (send(full->ours.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
        }
    }
    Waiter first, second, third;
    first.then = [&] {
        std::array<char, 4096> room;
        while (recv(later.theirs.get(), room.data(), room.size(), 0) > 0) {
        }
    };
    readiness.wait_connected(ready.ours.get(), std::chrono::hours(1), first);
    readiness.wait_connected(later.ours.get(), std::chrono::hours(1), second);
    readiness.wait_connected(never.ours.get(), std::chrono::milliseconds(20), third);
    loop.run();
    CHECK(first.readies == 1);
    CHECK(second.readies == 1);
    CHECK(third.readies == 0);
    CHECK(third.expiries == 1);
}

TEST_CASE("who is forgotten in the turn in which it began is never called") {
    boost::asio::io_context loop;
    Readiness& readiness = Readiness::of(loop);
    Pair one, other;
    Waiter gone, stays;
    readiness.wait_connected(one.ours.get(), std::chrono::hours(1), gone);
    readiness.wait_connected(other.ours.get(), std::chrono::hours(1), stays);
    readiness.forget(gone);
    one.ours.reset();
    loop.run();
    CHECK(gone.readies + gone.failures + gone.expiries == 0);
    CHECK(stays.readies == 1);
}
