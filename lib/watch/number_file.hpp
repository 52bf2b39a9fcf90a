// A file whose content is a number: track_file, FILE_CHECK (vrrp-behaviour.md §9, lvs-behaviour.md §7.9).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace watch {

/// The number does not fit into 32 bits; `text` is how it was written.
struct OutOfRange {
    std::string text;
};

/// The integer at the start of `content`, in C notation (010 is 8, 0x10 is 16), blanks and newlines before it skipped,
/// anything behind it ignored; 0 when there is none.
std::variant<std::int32_t, OutOfRange> number_in(std::string_view content);

struct NumberFile {
    bool readable = false;
    std::variant<std::int32_t, OutOfRange> number = 0;  ///< 0 when not readable
};

/// Reads the first bytes of the file. Never blocks, whatever the file is.
NumberFile read_number_file(const std::string& path);

/// init_file: makes the file with `value`; one that exists is replaced only with `overwrite`, and only a regular file.
void initialise_number_file(const std::string& path, std::int32_t value, bool overwrite);

}  // namespace watch
