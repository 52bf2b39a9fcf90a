// Priorities of log lines: the numbers of syslog(3).
#pragma once

#include <cstdint>

namespace logging {

enum class Level : std::uint8_t { alert = 1, error = 3, warning = 4, info = 6, debug = 7 };

}  // namespace logging
