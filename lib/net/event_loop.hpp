// The loop of one process (design.md, fast path): an epoll set of its own, so that a lonely packet costs one wait and
// one read, with Asio's set nested in it for those who use Asio. After every wake-up, when everything that was ready has
// been handled, the turn's end is called once: that is where due timers run, rows are published, batches go out, and the
// one timer is armed again.
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
    /// What a turn's end has done. Asio is asked at once for what was posted to it, unless nothing can have been.
    enum class Turn : std::uint8_t { may_have_posted, posted_nothing };

    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Calls `readable` whenever there is something to read; it must read until there is nothing more, or
    /// call `again()` to be called once more in the next turn. The descriptor stays the caller's.
    void watch(int fd, std::function<void()> readable);
    /// The same for callbacks which never give work to Asio.
    void watch_packets(int fd, std::function<void()> readable);
    void unwatch(int fd);
    /// Nobody is called for this descriptor until `resume`.
    void pause(int fd);
    void resume(int fd);
    /// Wakes up at `deadline` at the latest (kNever: no timer). Cheap when nothing changed.
    void wake_at(Instant deadline);
    /// Runs `work` in the next turn, after whatever is ready then: long work is cut with it.
    void again(std::function<void()> work);
    void at_turn_end(std::function<Turn()> turn);
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
