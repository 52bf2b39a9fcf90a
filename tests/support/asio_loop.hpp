// An Asio loop that a test drives: no sleeps, it runs until a condition holds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

class AsioLoop {
  public:
    boost::asio::io_context io;

    /// @return whether the condition came to hold within `limit`
    template <typename Condition>
    bool until(Condition holds, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!holds()) {
            if (std::chrono::steady_clock::now() >= end) return false;
            io.restart();
            io.run_one_for(std::chrono::milliseconds(20));
        }
        return true;
    }
    /// Runs for a time in which something must *not* happen.
    void run_for(std::chrono::milliseconds time) {
        until([] { return false; }, time);
    }
};
