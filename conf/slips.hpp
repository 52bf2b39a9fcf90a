// What people slip on: characters that only look right, signs of other languages, templates that were not filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conf/diagnostic.hpp"

namespace conf {

/// 24 for "255.255.255.0": the prefix length which a mask of IPv4 means, from 255.0.0.0 on.
std::optional<std::uint8_t> mask_length(std::string_view text);

/// A hint for the words which a problem is about, "" when they show no slip.
/// @param line   as written
/// @param where  the words in it
std::string slip_hint(std::string_view line, Span where);

/// Gives problems which know their line the hint they lack. One about characters says more than any other.
void add_slip_hints(Diagnostics& diagnostics);

}  // namespace conf
