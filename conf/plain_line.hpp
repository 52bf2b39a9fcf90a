// Lines that mean themselves: nothing in them is a comment, a quote, a reference or a directive. Nearly all lines of a large
// configuration are of this kind, and need none of the steps by which the others are worked on.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace conf {

struct PlainLine {
    std::string_view whole;    ///< the line without the blanks around it
    std::string_view text;     ///< and without a "{" at its end
    std::uint32_t column = 0;  ///< of its first byte
    bool opens_block = false;  ///< a "{" follows the text (which may be empty), at `brace_column`
    std::uint32_t brace_column = 0;
};

namespace plain_line {

enum : std::uint8_t { kBlank = 1, kSpecial = 2, kOpen = 4, kClose = 8 };

constexpr std::array<std::uint8_t, 256> kKinds = [] {
    std::array<std::uint8_t, 256> kinds{};
    for (const char byte : {'"', '#', '!', '\\', '$', '\0'})
        kinds[static_cast<unsigned char>(byte)] = kSpecial;
    kinds[' '] = kinds['\t'] = kBlank;
    kinds['{'] = kOpen;
    kinds['}'] = kClose;
    return kinds;
}();

constexpr std::uint8_t kind_of(char byte) { return kKinds[static_cast<unsigned char>(byte)]; }

}  // namespace plain_line

/// @param line  a physical line without its end
/// @return false when the line must be worked on
inline bool read_plain_line(std::string_view line, PlainLine& plain) {
    using namespace plain_line;
    std::size_t begin = 0, end = line.size();
    while (begin < end && kind_of(line[begin]) == kBlank) ++begin;
    while (end > begin && kind_of(line[end - 1]) == kBlank) --end;
    plain.whole = line.substr(begin, end - begin);
    plain.opens_block = false;
    plain.column = static_cast<std::uint32_t>(begin) + 1;
    if (end > begin && line[end - 1] == '{') {
        plain.opens_block = true;
        plain.brace_column = static_cast<std::uint32_t>(end);
        --end;
        while (end > begin && kind_of(line[end - 1]) == kBlank) --end;
    }
    plain.text = line.substr(begin, end - begin);
    if (plain.text == "}") return !plain.opens_block;
    unsigned kinds = 0;
    for (const char byte : plain.text) kinds |= kind_of(byte);
    if ((kinds & ~unsigned{kBlank}) != 0) return false;
    const bool is_directive = !plain.text.empty() && (plain.text[0] == '@' || plain.text[0] == '~' ||
                                                      plain.text.substr(0, 7) == "include");
    return !is_directive;
}

}  // namespace conf
