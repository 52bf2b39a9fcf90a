// The loop of one process: Asio behind a plain interface, so that its headers stay in one .cpp (design.md,
// fast path). After every wake-up, when everything that was ready has been handled, the turn's end is called
// once: that is where due timers run, rows are published, batches go out, and the one timer is armed again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "lib/time/instant.hpp"

namespace boost::asio {
class io_context;
}

namespace net {

class EventLoop {
  public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Calls `readable` whenever there is something to read; it must read until there is nothing more, or
    /// call `again()` to be called once more in the next turn. The descriptor stays the caller's.
    void watch(int fd, std::function<void()> readable);
    void unwatch(int fd);
    /// Wakes up at `deadline` at the latest (kNever: no timer). Cheap when nothing changed.
    void wake_at(Instant deadline);
    /// Runs `work` in the next turn, after whatever is ready then: long work is cut with it.
    void again(std::function<void()> work);
    void at_turn_end(std::function<void()> turn);
    /// Told how late each expiry of the timer of `wake_at` is handled.
    void at_expiry(std::function<void(Nanoseconds)> expired);

    void run();
    void stop();

    /// For users who need Asio itself (child processes, signals).
    boost::asio::io_context& context();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace net
