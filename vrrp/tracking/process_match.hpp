// Is a running process the one that is tracked (conf-vrrp.md §3.4). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/model.hpp"

namespace vrrp::tracking {

inline constexpr std::size_t kCommLength = 15;  ///< the kernel keeps no more of a name

/// What /proc says of a process.
struct Running {
    std::string comm;
    std::vector<std::string> argv;  ///< empty: a kernel thread, or already gone
};

/// /proc/PID/cmdline: words, each ended by a zero byte.
std::vector<std::string> words_of(std::string_view cmdline);

/// True when the command line has to be known; otherwise the comm name decides.
bool needs_command_line(const conf::TrackProcess& tracked);
bool matches(const conf::TrackProcess& tracked, const Running& running);

}  // namespace vrrp::tracking
