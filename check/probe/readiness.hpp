// Waits for the sockets of checks: an epoll of its own, which the loop watches as one descriptor. Of a socket nothing is
// known before it has to wait, and closing it is all there is to do afterwards: half the system calls of an Asio socket
// each (performance-notes.md §8). What connects before its turn is over, as to most servers nearby, is found by one poll
// for all of them. Deadlines share one timer. Brings Asio along: for probes' .cpp files only.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

#include "lib/time/instant.hpp"

namespace check {

class Readiness final : public boost::asio::execution_context::service {
  public:
    /// Somebody who waits. Must call forget() before it goes while is_waiting().
    class Waiter {
      public:
        /// Once for each wait. @param failed  the socket has an error or its peer has hung up; SO_ERROR tells
        virtual void ready(bool failed) = 0;
        virtual void expired() = 0;
        virtual ~Waiter() = default;
        bool is_waiting() const { return slot_ != kNone; }

      private:
        friend class Readiness;
        static constexpr std::uint32_t kNone = UINT32_MAX;
        std::uint32_t slot_ = kNone;
        bool is_in_epoll_ = false;  // its socket, if it is the one of the wait before
    };
    enum class For : std::uint8_t { writing, reading };

    using key_type = Readiness;
    static boost::asio::execution_context::id id;
    explicit Readiness(boost::asio::execution_context& loop);
    ~Readiness() override;

    /// The one of a loop.
    static Readiness& of(boost::asio::io_context& loop);

    /// Calls one of `who`'s two functions, once, from the loop. @param known  this socket has waited here before
    void wait(int fd, For what, Instant deadline, Waiter& who, bool known = false);
    /// The same for a socket that has just begun to connect. @param limit  from the end of this turn on
    void wait_connected(int fd, Microseconds limit, Waiter& who);
    /// Calls who.ready(false) in the next turn.
    void post(Waiter& who);
    void forget(Waiter& who);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;

    void shutdown() override;
};

}  // namespace check
