#include "lib/net/event_loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "lib/process/unique_fd.hpp"
#include "lib/time/clock.hpp"

namespace {

using net::EventLoop;
using Turn = EventLoop::Turn;

/// Readable from `ring` until `take`.
class Bell {
  public:
    int fd() const { return fd_.get(); }
    void ring() const { (void)::eventfd_write(fd_.get(), 1); }
    void take() const {
        eventfd_t value = 0;
        (void)::eventfd_read(fd_.get(), &value);
    }

  private:
    UniqueFd fd_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
};

/// A loop which ends at the latest after five seconds, so that a test fails instead of hanging.
struct Lab {
    EventLoop loop;
    int turns = 0;
    bool late = false;
    Instant give_up = monotonic_now() + Seconds{5};
    std::function<Turn()> at_turn = [] { return Turn::posted_nothing; };

    void run() {
        loop.at_turn_end([this] {
            ++turns;
            const Turn turn = at_turn();
            if (monotonic_now() >= give_up) {
                late = true;
                loop.stop();
            }
            loop.wake_at(give_up);
            return turn;
        });
        loop.run();
        REQUIRE_FALSE(late);
    }
};

}  // namespace

TEST_CASE("a watcher is called as long as there is something to read") {
    Lab lab;
    Bell bell;
    int calls = 0;
    lab.loop.watch(bell.fd(), [&] {
        if (++calls < 3) return;
        bell.take();
        lab.loop.stop();
    });
    bell.ring();
    lab.run();
    CHECK(calls == 3);
}

TEST_CASE("a paused descriptor calls nobody until it is resumed") {
    Lab lab;
    Bell paused, other;
    std::vector<int> order;
    lab.loop.watch_packets(paused.fd(), [&] {
        order.push_back(1);
        lab.loop.stop();
    });
    lab.loop.watch(other.fd(), [&] {
        order.push_back(2);
        other.take();
        lab.loop.resume(paused.fd());
    });
    lab.loop.pause(paused.fd());
    paused.ring();
    other.ring();
    lab.run();
    CHECK(order == std::vector{2, 1});
}

TEST_CASE("a callback may take out its own descriptor and one that is ready in the same wake-up") {
    Lab lab;
    Bell one, two;
    int calls = 0;
    const auto take_both_out = [&] {
        ++calls;
        lab.loop.unwatch(one.fd());
        lab.loop.unwatch(two.fd());
        lab.loop.again([&] { lab.loop.stop(); });
    };
    lab.loop.watch(one.fd(), take_both_out);
    lab.loop.watch(two.fd(), take_both_out);
    one.ring();
    two.ring();
    lab.run();
    CHECK(calls == 1);
}

TEST_CASE("the loop wakes up at the earliest deadline it was given, and not for one that moved away") {
    Lab lab;
    const Instant begin = monotonic_now();
    Instant deadline = begin + Milliseconds{20};
    int wakes = 0;
    lab.at_turn = [&] {
        const Instant now = monotonic_now();
        if (lab.turns == 1) {
            lab.loop.wake_at(deadline);
            lab.loop.wake_at(deadline + Milliseconds{20});
        } else if (++wakes == 1) {
            CHECK(now >= deadline);
            lab.loop.wake_at(deadline + Milliseconds{20});
        } else {
            CHECK(now >= deadline + Milliseconds{20});
            lab.loop.stop();
        }
        return Turn::posted_nothing;
    };
    lab.run();
    CHECK(wakes == 2);
}

TEST_CASE("a deadline that has passed wakes the loop up at once") {
    Lab lab;
    lab.at_turn = [&] {
        if (lab.turns == 1) lab.loop.wake_at({});
        if (lab.turns == 2) lab.loop.stop();
        return Turn::posted_nothing;
    };
    lab.run();
}

TEST_CASE("what a turn posts to Asio runs before the loop waits") {
    Lab lab;
    bool ran = false;
    lab.at_turn = [&] {
        if (lab.turns > 1) return Turn::posted_nothing;
        boost::asio::post(lab.loop.context(), [&] {
            ran = true;
            lab.loop.stop();
        });
        return Turn::may_have_posted;
    };
    lab.run();
    CHECK(ran);
}

TEST_CASE("what the callback of a watcher posts to Asio runs in the same turn") {
    Lab lab;
    Bell bell;
    int turn_of_post = 0;
    lab.loop.watch(bell.fd(), [&] {
        bell.take();
        boost::asio::post(lab.loop.context(), [&] {
            turn_of_post = lab.turns;
            lab.loop.stop();
        });
    });
    bell.ring();
    lab.run();
    CHECK(turn_of_post == 1);
}

TEST_CASE("a timer of Asio wakes the loop up, however long after its last turn") {
    Lab lab;
    boost::asio::steady_timer timer(lab.loop.context(), std::chrono::milliseconds(30));
    bool ran = false;
    timer.async_wait([&](const boost::system::error_code& error) {
        ran = !error;
        lab.loop.stop();
    });
    lab.run();
    CHECK(ran);
}

TEST_CASE("handlers of Asio which post each other do not starve a deadline") {
    Lab lab;
    std::function<void()> chain = [&] { boost::asio::post(lab.loop.context(), chain); };
    const Instant deadline = monotonic_now() + Milliseconds{20};
    lab.at_turn = [&] {
        if (lab.turns == 1) chain();
        if (monotonic_now() >= deadline) lab.loop.stop();
        return Turn::may_have_posted;
    };
    lab.run();
}

TEST_CASE("work that posts itself again gives way to what is ready") {
    Lab lab;
    Bell bell;
    std::function<void()> work = [&] {
        bell.ring();
        lab.loop.again(work);
    };
    lab.loop.watch(bell.fd(), [&] { lab.loop.stop(); });
    lab.loop.again(work);
    lab.run();
}
