#include "lib/net/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_map>
#include <utility>

#include "lib/time/clock.hpp"

namespace net {

namespace asio = boost::asio;

namespace {

struct Watch {
    explicit Watch(asio::io_context& context, int fd) : descriptor(context, fd) {}
    asio::posix::stream_descriptor descriptor;
    std::function<void()> readable;
    bool gone = false;
};

}  // namespace

struct EventLoop::Impl {
    asio::io_context context{1};
    asio::steady_timer timer{context};
    Instant armed = kNever;
    std::function<void()> turn;
    std::function<void(Nanoseconds)> expired;
    std::unordered_map<int, std::shared_ptr<Watch>> watches;

    void wait(const std::shared_ptr<Watch>& watch) {
        watch->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                     [this, watch](const boost::system::error_code& error) {
                                         if (error || watch->gone) return;
                                         watch->readable();
                                         if (!watch->gone) wait(watch);
                                     });
    }
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() {
    for (auto& [fd, watch] : impl_->watches) {
        watch->gone = true;
        watch->descriptor.release();  // the descriptors are the callers'
    }
}

void EventLoop::watch(int fd, std::function<void()> readable) {
    unwatch(fd);
    auto watch = std::make_shared<Watch>(impl_->context, fd);
    watch->readable = std::move(readable);
    impl_->watches[fd] = watch;
    impl_->wait(watch);
}

void EventLoop::unwatch(int fd) {
    auto found = impl_->watches.find(fd);
    if (found == impl_->watches.end()) return;
    found->second->gone = true;
    // The descriptor's number may be used again at once: the reactor has to forget it before the caller
    // closes it.
    found->second->descriptor.release();
    impl_->watches.erase(found);
}

// Only ever earlier: a deadline that moves away (with each advert a backup hears) costs nothing now, and one turn
// with nothing to do when the old one comes.
void EventLoop::wake_at(Instant deadline) {
    if (deadline >= impl_->armed) return;
    impl_->armed = deadline;
    // steady_clock is CLOCK_MONOTONIC (libstdc++), and so is Instant.
    impl_->timer.expires_at(asio::steady_timer::time_point{Nanoseconds{deadline.ns}});
    impl_->timer.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        const Instant due = std::exchange(impl_->armed, kNever);
        if (impl_->expired) impl_->expired(monotonic_now() - due);
    });
}

void EventLoop::again(std::function<void()> work) { asio::post(impl_->context, std::move(work)); }
void EventLoop::at_turn_end(std::function<void()> turn) { impl_->turn = std::move(turn); }
void EventLoop::at_expiry(std::function<void(Nanoseconds)> expired) { impl_->expired = std::move(expired); }

void EventLoop::run() {
    auto keep = asio::make_work_guard(impl_->context);
    if (impl_->turn) impl_->turn();
    while (!impl_->context.stopped()) {
        impl_->context.run_one();
        // What is posted meanwhile belongs to the next turn: a chain of again() must not starve the timers.
        for (int more = 0; more < 64 && impl_->context.poll_one() > 0; ++more) {
        }
        if (impl_->turn && !impl_->context.stopped()) impl_->turn();
    }
}

void EventLoop::stop() { impl_->context.stop(); }

boost::asio::io_context& EventLoop::context() { return impl_->context; }

}  // namespace net
