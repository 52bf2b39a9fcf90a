// Values of statements with the reference's messages (conf-language.md §8.2, §8.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conf/schema_context.hpp"

namespace conf {

/// Lenient: a number with text behind it is used with a warning, except by -t. Strict: never used.
enum class Number : std::uint8_t { lenient, strict };

std::optional<std::uint64_t> read_unsigned(Context& context, std::string_view text, Span where,
                                           std::uint64_t min, std::uint64_t max, Number kind,
                                           bool automatic_base = false);
std::optional<std::int64_t> read_integer(Context& context, std::string_view text, Span where,
                                         std::int64_t min, std::int64_t max, Number kind);
/// @return scaled by 10^places. @param min, max in millionths
std::optional<std::uint64_t> read_decimal(Context& context, std::string_view text, Span where,
                                          unsigned places, std::int64_t min, std::uint64_t max,
                                          Number kind = Number::lenient);
/// on yes true off no false, lower case; nothing for any other word (no message).
std::optional<bool> bool_word(std::string_view text);

/// Which of "one|two|three" it is; nothing for any other word (no message).
std::optional<std::size_t> place_of_word(std::string_view choices, std::string_view word);

inline constexpr std::size_t kLongestInterfaceName = 15;  ///< IFNAMSIZ without its NUL

/// IFNAME of at most 15 bytes; else `Interface name 'X' too long - ignoring`.
bool interface_name_fits(Context& context, std::string_view name, Span where);

/// An address; a "/LENGTH" behind it is passed over, as the reference does wherever no prefix is wanted.
std::optional<net::IpAddress> address_word(std::string_view text);

/// A number or a name of iproute2's files.
std::optional<std::uint32_t> named_number(Context& context, NameTable table, std::string_view text,
                                          std::uint32_t max);

/// Script keyword: word 1 (script), 2 (user), 3 (group) of the raw line. Nothing (after a message) when the
/// words cannot be understood.
/// No script behind the keyword; a quote which is never closed is something else, and has been said.
bool lacks_script(const Args& args);
std::optional<ScriptRequest> read_script(Context& context, const Args& args);

}  // namespace conf
