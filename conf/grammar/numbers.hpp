// Numbers as keepalived.conf writes them (conf-language.md §8.3): what the text says, and what is wrong with it.
// No diagnostics here: the schema turns the flaws into the reference's messages.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace conf::grammar {

/// An integer as strtol() sees it: optional blanks and sign, digits, whatever follows.
struct Integer {
    std::int64_t value = 0;
    bool negative = false;  ///< a minus sign was written
    bool overflow = false;  ///< does not fit 64 bits
    bool junk = false;      ///< no digit at all, or text behind the digits
};
/// @param automatic_base  0x.. and leading-zero octal are understood (rule preferences, fwmark, umask, realms)
Integer integer(std::string_view text, bool automatic_base = false);

/// A decimal fraction, scaled: "1.25" with 6 places is 1'250'000. More places than `places` are rounded half up.
struct Decimal {
    std::uint64_t value = 0;
    bool negative = false;
    bool overflow = false;
    bool junk = false;
    bool too_many_places = false;
};
Decimal decimal(std::string_view text, unsigned places);

/// "N/MASK" or "N", automatic base (fwmark of a rule).
struct Masked {
    std::uint32_t value = 0;
    std::optional<std::uint32_t> mask;
};
std::optional<Masked> masked(std::string_view text);

/// "A-B", in any order; a single number N is N-N. No blanks, nothing behind.
std::optional<std::array<std::uint64_t, 2>> number_range(std::string_view text);

/// A route time: NUMBER[s|sec|secs|ms|msec|msecs]; no unit = the kernel's own (conf-vrrp.md §5).
struct RouteTime {
    std::uint32_t value = 0;  ///< milliseconds, or raw kernel units
    bool raw = false;
};
std::optional<RouteTime> route_time(std::string_view text);

/// LABEL[/LABEL...] of an MPLS encapsulation, 20 bits each.
std::optional<std::vector<std::uint32_t>> mpls_labels(std::string_view text);

/// umask: a number in C notation, or I[RWX][USR GRP OTH] / IRWX[UGO] joined by `|`.
std::optional<std::uint32_t> file_mode(std::string_view text);

}  // namespace conf::grammar
