// The content of a reload_time_file (conf-global.md §8): exactly HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS, with
// an optional Z for UTC, else local time. Pure but for the time zone.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepalived {

struct ReloadTime {
    std::optional<std::time_t> when;      ///< nothing: the text is not used
    bool has_date = false;                ///< then it is used once, reload_repeat or not
    std::vector<std::string> complaints;  ///< log lines, in order
};

ReloadTime parse_reload_time(std::string_view text, std::time_t now);

/// "2026-11-20 18:16:52", local time.
std::string reload_time_text(std::time_t when);

}  // namespace keepalived
