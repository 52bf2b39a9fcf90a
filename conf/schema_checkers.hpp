// Rows which several checkers have: timing and connection keywords (conf-lvs.md §7.1).
#pragma once

#include <array>
#include <utility>

#include "conf/schema_setters.hpp"

namespace conf::checkers {

inline CheckerDraft& draft_of(void* target) { return *static_cast<CheckerDraft*>(target); }

/// The checker's own settings.
template <typename Kind>
Kind& kind_of(void* target) {
    return std::get<Kind>(draft_of(target).kind);
}

void connect_ip(Context&, void*, const Args&);
void connect_port(Context&, void*, const Args&);
void bindto(Context&, void*, const Args&);
void bind_port(Context&, void*, const Args&);
void bind_if(Context&, void*, const Args&);
void connect_timeout(Context&, void*, const Args&);
void fwmark(Context&, void*, const Args&);
void retry(Context&, void*, const Args&);
void timer(Context&, void*, const Args&);

/// Adds a checker to the real server `parent`.
CheckerDraft& add_checker(void* parent, CheckKind kind, const Args& args);
/// At the "}": a checker which cannot work is dropped. @return whether it stays
bool check_connection(Context& context, CheckerDraft& draft);
/// Takes the checker just read away again.
void drop(Context& context);

using Row = Setters<CheckerDraft>;
using K = Keyword;

// clang-format off
constexpr std::array<Keyword, 7> connection_rows() {
    return {
        K{"connect_ip", "ADDR", connect_ip, "real server address", "-", "address to check", kChecker},
        K{"connect_port", "PORT", connect_port, "real server port as written", "1..65535", "port to check", kChecker},
        K{"bindto", "ADDR", bindto, "any", "family of the destination", "source address", kChecker},
        K{"bind_port", "PORT", bind_port, "any", "1..65535; needs bindto", "source port", kChecker},
        K{"bind_if", "IF", bind_if, "none", "<= 15 chars; required for a link-local destination", "interface to check through", kChecker},
        K{"connect_timeout", "SECS", connect_timeout, "real server", "0.000001..4294.967295", "how long to wait for the connection and for each reply", kChecker}.says("connect_timeout $v invalid - ignoring"),
        K{"fwmark", "N", fwmark, "0 (not set)", "0..4294967295", "firewall mark of the packets", kChecker}.says("Invalid fwmark connection value '$v'"),
    };
}

constexpr std::array<Keyword, 6> timing_rows(std::string_view retries, std::string_view delay) {
    return {
        K{"retry", "N", retry, retries, "0..4294967295", "failures tolerated before the server is down", kChecker}.says("Invalid retry connection value '$v'"),
        K{"delay_before_retry", "SECS", timer, delay, "0..18446744073709.551614", "wait before a failed check is repeated", kChecker},
        K{"warmup", "SECS", timer, "real server, virtual server, else its delay_loop", "0..18446744073709.551614", "longest random delay of the first check", kChecker},
        K{"delay_loop", "SECS", timer, "real server", "0.000001..18446744073709.551614", "time between checks", kChecker}.says("delay_loop '$v' is invalid - ignoring"),
        K{"alpha", "[BOOL]", Row::boolean<&CheckerDraft::alpha>, "real server", "true on yes false off no; none = true", "down until the check succeeds", kChecker}.says("Invalid alpha parameter $v"),
        K{"log_all_failures", "[BOOL]", Row::boolean<&CheckerDraft::log_all_failures>, "off, or checker_log_all_failures", "true on yes false off no; none = true", "log each failed check", kChecker}.says("Invalid log_all_failures parameter $v"),
    };
}
// clang-format on

/// Tables of rows put together.
template <std::size_t... Sizes>
constexpr auto join(const std::array<Keyword, Sizes>&... parts) {
    std::array<Keyword, (Sizes + ...)> all{};
    std::size_t at = 0;
    const auto add = [&](const auto& part) {
        for (const auto& row : part) all[at++] = row;
    };
    (add(parts), ...);
    return all;
}

}  // namespace conf::checkers
