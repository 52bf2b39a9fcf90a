// Reads the tracked files when they change and reports their numbers (vrrp-behaviour.md §9).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "vrrp/tracking/trackers.hpp"

namespace vrrp::tracking {

class FileTracker {
  public:
    FileTracker(boost::asio::io_context& loop, Report report);
    ~FileTracker();

    /// @param may_overwrite  at a start: init_file replaces what a file holds; else it makes the file that is missing
    void configure(const std::vector<conf::TrackFile>& files,
                   const std::vector<protocol::TrackerIndex>& numbers, board::Table<rows::File> table,
                   bool may_overwrite, const std::vector<std::optional<rows::File>>& predecessor);
    void start();
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vrrp::tracking
