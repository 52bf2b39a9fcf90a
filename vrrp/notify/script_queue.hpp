// The notify scripts of one instance or group, in order (decisions.md §11): those of one change start together, those
// of the next one when they have ended. A script that stays for long does not hold up the next change for ever.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/process/command.hpp"
#include "lib/process/script_runner.hpp"

namespace vrrp::notify {

class ScriptQueue {
  public:
    /// Scripts which run longer than this no longer keep the next change waiting; they are left alone.
    static constexpr Seconds kPatience{5};
    /// Changes that wait; beyond it the oldest is left out, with a line in the log.
    static constexpr std::size_t kWaiting = 64;

    /// @param drained  called from the loop whenever nothing waits and nothing runs any more
    ScriptQueue(boost::asio::io_context& loop, process::ScriptRunner& runner, std::string name,
                std::function<void()> drained);
    ~ScriptQueue();

    /// @param name  of the instance or group, for the log
    void rename(std::string name);
    void add(std::vector<process::Command> scripts);
    bool idle() const;
    /// Starts all that waits, in order, without waiting for what runs (clean stop).
    void flush();
    /// SIGKILL to all that runs; what waits is dropped.
    void kill();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace vrrp::notify
