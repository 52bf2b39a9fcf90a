// One epoll, one timer, and a table of those who wait.
#include "check/probe/readiness.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <set>
#include <vector>

#include "lib/process/unique_fd.hpp"
#include "lib/time/clock.hpp"

namespace check {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kEvents = 256;

/// A place in the table. The generation tells an event of a former tenant from one of the present.
struct Slot {
    Readiness::Waiter* who = nullptr;
    std::uint32_t generation = 0;
    Instant deadline = kNever;
    bool is_timed = false;  ///< its deadline is among those that are watched
};

/// A socket of which nothing is known yet but that it is connecting.
struct Fresh {
    int fd = -1;
    std::uint64_t of = 0;
    Microseconds limit{0};
};

std::uint64_t token(std::uint32_t slot, std::uint32_t generation) {
    return (std::uint64_t{generation} << 32) | slot;
}

}  // namespace

struct Readiness::Impl {
    explicit Impl(asio::io_context& context)
        : loop(context), ready(context, epoll_create1(EPOLL_CLOEXEC)), timer(context) {}

    asio::io_context& loop;
    asio::posix::stream_descriptor ready;
    asio::steady_timer timer;
    Instant armed = kNever;
    bool watching = false;
    std::size_t waiting = 0;
    std::vector<Slot> slots;
    std::vector<std::uint32_t> free_slots;
    std::set<std::pair<Instant, std::uint32_t>> deadlines;
    std::vector<Fresh> fresh, asked;
    std::vector<pollfd> polled;

    std::uint32_t enter(Waiter& who, Instant deadline) {
        if (free_slots.empty()) {
            free_slots.push_back(static_cast<std::uint32_t>(slots.size()));
            slots.emplace_back();
        }
        const std::uint32_t slot = free_slots.back();
        free_slots.pop_back();
        ++waiting;
        slots[slot].who = &who;
        slots[slot].deadline = deadline;
        slots[slot].is_timed = false;
        return slot;
    }

    void time(std::uint32_t slot) {
        if (slots[slot].deadline == kNever) return;
        slots[slot].is_timed = true;
        deadlines.emplace(slots[slot].deadline, slot);
        arm();
    }

    Waiter* leave(std::uint32_t slot) {
        Slot& place = slots[slot];
        if (std::exchange(place.is_timed, false)) deadlines.erase({place.deadline, slot});
        ++place.generation;
        --waiting;
        free_slots.push_back(slot);
        Waiter* who = std::exchange(place.who, nullptr);
        who->slot_ = Waiter::kNone;
        return who;
    }

    bool is_tenant(std::uint64_t of) const {
        const auto slot = static_cast<std::uint32_t>(of);
        return slot < slots.size() && slots[slot].who != nullptr && slots[slot].generation == of >> 32;
    }
    Waiter* tenant(std::uint64_t of) {
        return is_tenant(of) ? leave(static_cast<std::uint32_t>(of)) : nullptr;
    }

    /// Into the epoll, and under the timer.
    void await(int fd, std::uint32_t what, std::uint64_t of, bool known) {
        watch();
        const auto slot = static_cast<std::uint32_t>(of);
        time(slot);
        epoll_event event{};
        event.events = what | EPOLLONESHOT;
        event.data.u64 = of;
        const bool is_in = std::exchange(slots[slot].who->is_in_epoll_, true) && known;
        // What cannot be waited for is left to its deadline.
        (void)epoll_ctl(ready.native_handle(), is_in ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    }

    /// A connection to a server nearby has come about, or was refused, before its turn is over: one call asks for all
    /// that were begun in it, and only the others are waited for.
    void ask_fresh() {
        asked.swap(fresh);
        std::erase_if(asked, [this](const Fresh& one) { return !is_tenant(one.of); });
        polled.clear();
        for (const Fresh& one : asked) polled.push_back({one.fd, POLLOUT, 0});
        if (::poll(polled.data(), polled.size(), 0) < 0) {
            for (pollfd& one : polled) one.revents = 0;
        }
        const Instant now = monotonic_now();
        for (std::size_t n = 0; n < asked.size(); ++n) {
            const short events = polled[n].revents;
            if (events == 0) {
                if (!is_tenant(asked[n].of)) continue;
                slots[static_cast<std::uint32_t>(asked[n].of)].deadline = now + asked[n].limit;
                await(asked[n].fd, EPOLLOUT, asked[n].of, false);
            } else if (Waiter* who = tenant(asked[n].of)) {
                who->ready((events & (POLLERR | POLLHUP)) != 0);
            }
        }
        asked.clear();
        rest();
    }

    void enter_fresh(int fd, Microseconds limit, Waiter& who) {
        const std::uint32_t slot = who.slot_ = enter(who, kNever);
        who.is_in_epoll_ = false;
        if (fresh.empty()) asio::post(loop, [this] { ask_fresh(); });
        fresh.push_back({fd, token(slot, slots[slot].generation), limit});
    }

    /// Only ever earlier: most deadlines are gone before their time.
    void arm() {
        if (deadlines.empty() || deadlines.begin()->first >= armed) return;
        armed = deadlines.begin()->first;
        timer.expires_at(asio::steady_timer::time_point{Nanoseconds{armed.ns}});
        timer.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            armed = kNever;
            expire(monotonic_now());
            arm();
            rest();
        });
    }

    void expire(Instant now) {
        while (!deadlines.empty() && deadlines.begin()->first <= now)
            leave(deadlines.begin()->second)->expired();
    }

    void watch() {
        if (std::exchange(watching, true)) return;
        ready.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                             if (error) return;
                             watching = false;
                             take();
                             if (waiting > 0) watch();
                             rest();
                         });
    }

    /// While nobody waits there is nothing to wake up for; a loop without other work ends.
    void rest() {
        if (waiting > 0) return;
        boost::system::error_code ignored;
        if (std::exchange(watching, false)) ready.cancel(ignored);
        if (std::exchange(armed, kNever) != kNever) timer.cancel();
    }

    void take() {
        std::array<epoll_event, kEvents> events;
        int got = 0;
        do {
            got = epoll_wait(ready.native_handle(), events.data(), static_cast<int>(kEvents), 0);
            for (int n = 0; n < got; ++n) {
                const epoll_event& event = events[static_cast<std::size_t>(n)];
                if (Waiter* who = tenant(event.data.u64))
                    who->ready((event.events & (EPOLLERR | EPOLLHUP)) != 0);
            }
        } while (got == static_cast<int>(kEvents));
    }
};

asio::execution_context::id Readiness::id;

Readiness::Readiness(asio::execution_context& loop)
    : asio::execution_context::service(loop),
      impl_(std::make_unique<Impl>(static_cast<asio::io_context&>(loop))) {}

Readiness::~Readiness() = default;

void Readiness::shutdown() {
    impl_->timer.cancel();
    boost::system::error_code ignored;
    impl_->ready.cancel(ignored);
}

Readiness& Readiness::of(asio::io_context& loop) { return asio::use_service<Readiness>(loop); }

void Readiness::wait(int fd, For what, Instant deadline, Waiter& who, bool known) {
    const std::uint32_t slot = who.slot_ = impl_->enter(who, deadline);
    if (!known) who.is_in_epoll_ = false;
    const std::uint32_t events = what == For::writing ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
    impl_->await(fd, events, token(slot, impl_->slots[slot].generation), known);
}

void Readiness::wait_connected(int fd, Microseconds limit, Waiter& who) {
    impl_->enter_fresh(fd, limit, who);
}

void Readiness::post(Waiter& who) {
    const std::uint32_t slot = who.slot_ = impl_->enter(who, kNever);
    const std::uint64_t of = token(slot, impl_->slots[slot].generation);
    asio::post(impl_->loop, [impl = impl_.get(), of] {
        if (Waiter* waiting = impl->tenant(of)) waiting->ready(false);
        impl->rest();
    });
}

void Readiness::forget(Waiter& who) {
    if (!who.is_waiting()) return;
    impl_->leave(who.slot_);
    impl_->rest();
}

}  // namespace check
