// Values of checkers: hex strings, status codes, digests (conf-lvs.md §7.4, §7.10).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conf::grammar {

/// Bytes in hex with blanks between them; a lone digit before a blank or the end is one byte. With wildcards, `x` is a
/// nibble which may be anything (mask 0).
struct HexBytes {
    std::vector<std::uint8_t> bytes, mask;
};
std::optional<HexBytes> hex_bytes(std::string_view text, bool wildcards);

/// Text with the escapes \r \n \t \0 \xHH \\ \" decoded; nothing when another one stands there.
std::optional<std::string> escaped_text(std::string_view text);

/// N or N-M of 100..599, M not below N.
std::optional<std::array<std::uint16_t, 2>> status_codes(std::string_view text);

}  // namespace conf::grammar
