#include "lib/net/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lib/process/unique_fd.hpp"
#include "lib/time/clock.hpp"

// Only compiles after the headers above.
#include <boost/asio/detail/epoll_reactor.hpp>

namespace net {

namespace asio = boost::asio;

namespace {

/// Asio keeps the descriptor of its epoll set to itself; an explicit instantiation may name a private member. Should
/// a later Asio call it otherwise, this does not compile.
using Reactor = asio::detail::epoll_reactor;
template <int Reactor::*Member>
struct Reveal {
    friend int epoll_descriptor(Reactor& reactor) { return reactor.*Member; }
};
template struct Reveal<&Reactor::epoll_fd_>;
int epoll_descriptor(Reactor& reactor);

constexpr std::size_t kEventsAWait = 16;
/// A chain of handlers which post each other must not starve the timers.
constexpr int kAsioHandlersATurn = 64;

UniqueFd checked(int fd, const char* doing) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), doing);
    return UniqueFd(fd);
}

struct Watch {
    std::function<void()> readable;
    bool posts;  ///< may give work to Asio
};

}  // namespace

struct EventLoop::Impl {
    Impl() {
        add(timer.get(), EPOLLIN | EPOLLET);  // an edge: it is set anew without having been read
        auto& reactor = asio::use_service<Reactor>(context);
        reactor.init_task();
        asio_fd = epoll_descriptor(reactor);
        add(asio_fd, EPOLLIN);
    }

    UniqueFd set = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    UniqueFd timer = checked(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create");
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> keep = asio::make_work_guard(context);
    int asio_fd = -1;

    std::unordered_map<int, std::shared_ptr<Watch>> watches;
    std::vector<std::function<void()>> posted;
    std::function<Turn()> turn;
    std::function<void(Nanoseconds)> expired;
    Instant armed = kNever;
    bool asio_may_have_work = true;
    bool stopped = false;

    bool control(int operation, int fd, std::uint32_t events) const {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        return ::epoll_ctl(set.get(), operation, fd, &event) == 0;
    }
    void add(int fd, std::uint32_t events) const {
        if (!control(EPOLL_CTL_ADD, fd, events))
            throw std::system_error(errno, std::generic_category(), "watch a descriptor");
    }

    void wait();
    void handle(int fd);
    void run_posted();
    bool run_asio();
    void end_turn();
};

/// One wait; everything that is ready is handled. Blocks when there is nothing to do.
void EventLoop::Impl::wait() {
    const bool asio_did_something = asio_may_have_work && run_asio();
    const bool busy = asio_did_something || asio_may_have_work || !posted.empty();
    std::array<epoll_event, kEventsAWait> events;
    const int ready = ::epoll_wait(set.get(), events.data(), static_cast<int>(events.size()), busy ? 0 : -1);
    for (int i = 0; i < ready && !stopped; ++i) handle(events[static_cast<std::size_t>(i)].data.fd);
    if (!posted.empty()) run_posted();
    if (asio_may_have_work) (void)run_asio();
}

void EventLoop::Impl::handle(int fd) {
    if (fd == timer.get()) {
        const Instant due = std::exchange(armed, kNever);
        if (expired && due != kNever) expired(monotonic_now() - due);
    } else if (fd == asio_fd) {
        asio_may_have_work = true;
    } else if (const auto found = watches.find(fd); found != watches.end()) {
        const std::shared_ptr<Watch> watch = found->second;  // it may be taken out by its own callback
        asio_may_have_work = asio_may_have_work || watch->posts;
        watch->readable();
    }
}

/// What is posted meanwhile belongs to the next turn.
void EventLoop::Impl::run_posted() {
    asio_may_have_work = true;
    for (const auto& work : std::exchange(posted, {})) {
        if (!stopped) work();
    }
}

/// True: at least one handler ran.
bool EventLoop::Impl::run_asio() {
    int handlers = 0;
    while (handlers < kAsioHandlersATurn && !stopped && context.poll_one() > 0) ++handlers;
    asio_may_have_work = handlers == kAsioHandlersATurn;
    return handlers > 0;
}

void EventLoop::Impl::end_turn() {
    if (stopped || !turn) return;
    if (turn() == Turn::may_have_posted) asio_may_have_work = true;
}

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::watch(int fd, std::function<void()> readable) {
    unwatch(fd);
    impl_->watches[fd] = std::make_shared<Watch>(Watch{std::move(readable), true});
    impl_->add(fd, EPOLLIN);
}

void EventLoop::watch_packets(int fd, std::function<void()> readable) {
    watch(fd, std::move(readable));
    impl_->watches[fd]->posts = false;
}

void EventLoop::unwatch(int fd) {
    if (impl_->watches.erase(fd) > 0) (void)impl_->control(EPOLL_CTL_DEL, fd, 0);
}

void EventLoop::pause(int fd) { (void)impl_->control(EPOLL_CTL_MOD, fd, 0); }
void EventLoop::resume(int fd) { (void)impl_->control(EPOLL_CTL_MOD, fd, EPOLLIN); }

// Only ever earlier: a deadline that moves away (with each advert a backup hears) costs nothing now, and one turn
// with nothing to do when the old one comes.
void EventLoop::wake_at(Instant deadline) {
    if (deadline >= impl_->armed) return;
    impl_->armed = deadline;
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t ns = std::max<std::int64_t>(deadline.ns, 1);  // 0 would disarm it
    itimerspec at{};
    at.it_value.tv_sec = ns / kSecond;
    at.it_value.tv_nsec = ns % kSecond;
    ::timerfd_settime(impl_->timer.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

void EventLoop::again(std::function<void()> work) { impl_->posted.push_back(std::move(work)); }
void EventLoop::at_turn_end(std::function<Turn()> turn) { impl_->turn = std::move(turn); }
void EventLoop::at_expiry(std::function<void(Nanoseconds)> expired) { impl_->expired = std::move(expired); }

void EventLoop::run() {
    impl_->end_turn();
    while (!impl_->stopped) {
        impl_->wait();
        impl_->end_turn();
    }
}

void EventLoop::stop() { impl_->stopped = true; }

boost::asio::io_context& EventLoop::context() { return impl_->context; }

}  // namespace net
