// Counts the tracked processes and reports whether their quorum is there (conf-vrrp.md §3.4).
// By the kernel's process events; where there are none, by reading /proc twice a second.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "vrrp/tracking/trackers.hpp"

namespace vrrp::tracking {

class ProcessTracker {
  public:
    ProcessTracker(boost::asio::io_context& loop, Report report);
    ~ProcessTracker();

    void configure(const std::vector<conf::TrackProcess>& processes,
                   const std::vector<protocol::TrackerIndex>& numbers,
                   board::Table<rows::TrackedProcess> table, const conf::BufferSize& buffer,
                   const std::vector<std::optional<rows::TrackedProcess>>& predecessor);
    void start();
    void stop();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace vrrp::tracking
