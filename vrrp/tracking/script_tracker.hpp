// Runs the tracked scripts at their intervals and turns what they return into verdicts (vrrp-behaviour.md §9).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "vrrp/tracking/trackers.hpp"

namespace vrrp::tracking {

class ScriptTracker {
  public:
    ScriptTracker(boost::asio::io_context& loop, process::ScriptRunner& runner, Report report);
    ~ScriptTracker();

    /// @param predecessor  rows of a dead predecessor, or empty
    void configure(const std::vector<conf::VrrpScript>& scripts,
                   const std::vector<protocol::TrackerIndex>& numbers, board::Table<rows::Script> table,
                   bool is_reload, const std::vector<std::optional<rows::Script>>& predecessor);
    void start();
    void stop();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace vrrp::tracking
