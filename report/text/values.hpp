// How single values are written in dumps: words, times, numbers (state-files.md §2).
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "conf/script.hpp"
#include "lib/time/instant.hpp"
#include "vrrp/protocol/state.hpp"

namespace report {

/// INIT, BACKUP, MASTER, FAULT; anything else "unknown".
std::string_view state_word(vrrp::protocol::State state);

constexpr std::string_view true_false(bool value) { return value ? "true" : "false"; }
constexpr std::string_view yes_no(bool value) { return value ? "yes" : "no"; }
constexpr std::string_view enabled_disabled(bool value) { return value ? "enabled" : "disabled"; }
constexpr std::string_view on_off(bool value) { return value ? "ON" : "OFF"; }

/// "1795197792.906698"
std::string epoch_seconds(std::int64_t wallclock_us);
/// "1795197792.906698 (Fri Nov 20 18:03:12.906698 2026)", local time.
std::string timestamp(std::int64_t wallclock_us);
/// "1795197797.905881 (Fri Nov 20 18:03:17 2026.905881)": interface and checker lines.
std::string timestamp_year_first(std::int64_t wallclock_us);
/// "1795200038.168699 (Fri Nov 20 18:40:38.168699)": gratuitous ARP delay lines.
std::string timestamp_without_year(std::int64_t wallclock_us);

/// printf's %g of seconds: 1, 0.5, 2.25.
std::string general_seconds(Microseconds time);
/// printf's %f of seconds: 0.050000.
std::string fixed_seconds(Microseconds time);
/// "2 sec" or "0.500 sec".
std::string script_seconds(Microseconds time);

/// "'/usr/bin/true' 'a', uid:gid 0:0"
std::string command_and_user(const conf::Script& script);

/// "-20" or "10 reverse"
std::string weight_text(std::int64_t weight, bool reverse);

/// Lines appended to one text.
class Lines {
  public:
    template <typename... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
        text_ += '\n';
    }
    void heading(std::string_view title) { add("------< {} >------", title); }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

}  // namespace report
