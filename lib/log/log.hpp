// Log lines: at once, without blocking, under the ident of the process (decisions.md §9, cli-signals.md §7).
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/log/level.hpp"

namespace logging {

struct Options {
    std::string ident = "Keepalived";  ///< "Keepalived_vrrp_nsA_inst1"
    int facility = 3;                  ///< syslog facility number, 3 = daemon
    bool syslog = true;
    bool console = false;  ///< copy to stderr, "<strftime %c>: message"
    int detail = 0;        ///< number of -D
    std::string socket = "/dev/log";
    int pid = 0;          ///< shown in brackets; 0 = our own (option -d: report writes for other processes)
    int patience_ms = 0;  ///< how long a line may wait for room; only observers may wait at all
};

/// Replaces the options; may be called again (ident changes at a reload).
void open(const Options& options);
const Options& options();

/// True with -D.
bool detailed();

void write(Level level, std::string_view line);
/// While one lives, lines are kept, and written in their order when the last one ends: a log on a slow disk must not
/// come between two things that are urgent. Only a few are kept, more are written at once.
class Held {
  public:
    Held();
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
};
/// Lines the socket would not take; reported with the next line that gets through.
std::uint64_t dropped_lines();

template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void alert(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::alert, fmt::format(format, std::forward<Args>(args)...));
}
/// Only with -D.
template <typename... Args>
void detail(fmt::format_string<Args...> format, Args&&... args) {
    if (detailed()) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}

/// For lines that the network or a fight with another manager could repeat without end: at most one a minute
/// for each key, the next one says how many were held back (operator.md, Messages).
class RateLimit {
  public:
    /// True when a line may go out now; then `held_back` is the number suppressed since the last one.
    bool allow(std::int64_t now_ns, std::uint64_t& held_back);

  private:
    std::int64_t last_ns_ = 0;
    std::uint64_t held_ = 0;
    bool first_ = true;
};

}  // namespace logging
