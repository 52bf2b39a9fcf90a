// What a keyword is: one row of one block's table. The tables are the single source for the parser, for `explain`, for
// the keyword list of keepalived.conf(5) and for the test which holds them against the list of keepalived 2.4.3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace conf {

struct Context;
struct Args;
struct Keyword;
struct Block;

/// Stores one statement. @param target  the struct which the block fills (Block::Target of the table)
using Setter = void (*)(Context&, void* target, const Args&);
/// One line of a value block (virtual_ipaddress, track_script, …): all its words are values.
using EntrySetter = Setter;
/// Opens a block: returns its target, or null to skip the whole block.
using Opener = void* (*)(Context&, void* parent, const Args&);
using Closer = void (*)(Context&, void* target);

/// "0..4294", "0.000001..4294.967295 (0 becomes 1)": text for people, numbers for the parser, from the same string.
struct Range {
    std::string_view text = "-";
    std::int64_t min = INT64_MIN;    ///< millionths
    std::uint64_t max = UINT64_MAX;  ///< millionths

    constexpr Range() = default;
    constexpr Range(const char* words) : text(words) { read(); }  // NOLINT: a literal is a range
    constexpr std::int64_t min_whole() const { return min / 1'000'000; }
    constexpr std::uint64_t max_whole() const { return max / 1'000'000; }

  private:
    constexpr void read() {
        std::size_t at = 0;
        const bool negative = !text.empty() && text[0] == '-' && text.size() > 1;
        if (negative) at = 1;
        const auto low = number(at);
        if (at == 0 || text.substr(at, 2) != "..") return;
        at += 2;
        min = negative ? -static_cast<std::int64_t>(low) : static_cast<std::int64_t>(low);
        max = number(at);
    }
    constexpr std::uint64_t number(std::size_t& at) const {
        std::uint64_t value = 0;
        int places = -1;
        for (; at < text.size(); ++at) {
            const char c = text[at];
            if (c == '.' && places < 0 && text.substr(at, 2) != "..") {
                places = 0;
            } else if (c >= '0' && c <= '9') {
                value = value * 10 + static_cast<unsigned>(c - '0');
                if (places >= 0) ++places;
            } else {
                break;
            }
        }
        for (int place = places < 0 ? 0 : places; place < 6; ++place) value *= 10;
        return value;
    }
};

/// Who acts on it; a bit set.
enum Process : std::uint8_t {
    kParent = 1,
    kVrrp = 2,
    kChecker = 4,
    kBfd = 8,
    kLagg = 16,
    kReport = 32,
    kAll = 63
};

/// `since` of our own keywords: the man page marks them as extensions.
inline constexpr std::string_view kOurs = "keepalived++ 1.0";

struct Keyword {
    std::string_view name;
    std::string_view args = "-";     ///< argument grammar, as in the man page
    Setter set = nullptr;            ///< a statement, or each line of a value block
    std::string_view initial = "-";  ///< the default
    Range range = {};
    std::string_view help = {};  ///< one line
    std::uint8_t process = kAll;
    std::string_view since = "-";  ///< "after 2.2.7", "deprecated alias of …"

    const Block* block = nullptr;     ///< the sub-block this keyword opens
    bool value_block = false;         ///< `{` list `}`: each line goes to `set`
    Setter end = nullptr;             ///< behind the last line of a value block
    std::string_view complaint = {};  ///< second message of a bad value; $v value, $k keyword, $n object
    std::string_view absence = {};    ///< a missing value: an error with these words, not the end of reading
    bool script = false;              ///< its words are split by the shell-like rules from the raw line
    bool first_pass = false;          ///< top level: read before all other blocks
    bool block_optional = false;      ///< values on the line itself: no block follows
    bool idle = false;                ///< understood and kept, but nothing acts on it yet

    // Rarer properties of a row, by name.
    // (Written out: clang 14 does not instantiate a helper template while it evaluates a constant.)
    constexpr Keyword opens(const Block& sub_block) const {
        Keyword row = *this;
        row.block = &sub_block;
        return row;
    }
    constexpr Keyword lines(Setter behind = nullptr) const {
        Keyword row = *this;
        row.value_block = true;
        row.end = behind;
        return row;
    }
    constexpr Keyword says(std::string_view text) const {
        Keyword row = *this;
        row.complaint = text;
        return row;
    }
    constexpr Keyword lacks(std::string_view text) const {
        Keyword row = *this;
        row.absence = text;
        return row;
    }
    constexpr Keyword shell_words() const {
        Keyword row = *this;
        row.script = true;
        return row;
    }
    /// `KEYWORD VALUE…` or `KEYWORD { line… }`; a sub-block may be left out.
    constexpr Keyword or_line() const {
        Keyword row = *this;
        row.block_optional = true;
        return row;
    }
    /// To be taken away by who makes it act.
    constexpr Keyword not_yet() const {
        Keyword row = *this;
        row.idle = true;
        return row;
    }
    constexpr Keyword early() const {
        Keyword row = *this;
        row.first_pass = true;
        return row;
    }
};

struct Block {
    std::string_view path;  ///< "vrrp_instance/authentication"; "(top)"
    std::span<const Keyword> keywords;
    Opener open = nullptr;
    Closer close = nullptr;
    Setter line = nullptr;  ///< a list with a name: no keywords, every line goes here

    /// Hashed; null when the word is no keyword here.
    const Keyword* find(std::string_view word) const;
};

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

/// Every block there is, the top level first.
std::span<const Block* const> all_blocks();
/// Blocks where this word would be understood, for "belongs in …".
const Block* home_of(std::string_view word);
/// Levenshtein's distance, for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The nearest keyword of the block by edit distance, "" when none is near.
std::string_view nearest(const Block& block, std::string_view word);

}  // namespace conf
