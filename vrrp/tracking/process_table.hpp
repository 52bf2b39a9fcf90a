// Which running processes match which tracked ones: read from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "conf/model.hpp"

namespace vrrp::tracking {

/// Indices of the tracked processes which a process matches; almost always none or one.
using MatchSet = std::vector<std::uint32_t>;

std::vector<pid_t> all_pids();
/// Empty when the process is gone, or is a zombie.
MatchSet matches_of(pid_t pid, const std::vector<conf::TrackProcess>& tracked);

/// The processes that match anything, and how many match each.
class ProcessTable {
  public:
    explicit ProcessTable(std::size_t tracked = 0) : counts_(tracked) {}

    void set(pid_t pid, MatchSet matches);
    void erase(pid_t pid);
    /// The child of a process that matches matches too, until it becomes something else.
    void inherit(pid_t parent, pid_t child);
    std::uint32_t count(std::size_t index) const { return counts_[index]; }

  private:
    std::unordered_map<pid_t, MatchSet> matching_;
    std::vector<std::uint32_t> counts_;
};

}  // namespace vrrp::tracking
