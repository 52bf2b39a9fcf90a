// From files to expanded text: conf-language.md §1, §13. Includes, conditions, definitions, repetitions,
// braces; what comes out is one logical line a line, braces alone, with the position of each.
#pragma once

#include <cstdint>
#include <string>

#include "conf/diagnostic.hpp"
#include "conf/position.hpp"

namespace conf {

/// Includes within includes.
constexpr std::size_t kMaxIncludeDepth = 256;
/// Files opened in one reading, an include of an include counted each time.
constexpr std::size_t kMaxFilesOpened = 20'000;
/// Openings of a file within itself, counted over the whole configuration.
constexpr std::size_t kMaxSelfIncludes = 1'000;
/// Repetitions and multi-line definitions within each other.
constexpr std::size_t kMaxNestedExpansions = 256;
/// Lines read from files or made by expansion; statements and braces that come out of them.
constexpr std::uint64_t kMaxLines = 1'500'000;
/// Bytes of the expanded text.
constexpr std::size_t kMaxExpandedBytes = std::size_t{64} * 1024 * 1024;

struct ExpandOptions {
    std::string pattern;      ///< -f
    std::string config_id;    ///< what @id is compared with
    bool all_config = false;  ///< -e: each include is checked as by includea
    /// A text which may well come out again, and the length of its positions: as long as it does it is compared, not
    /// written. It must outlive the call.
    std::string_view expected = {};
    std::size_t expected_positions = 0;
};

struct ExpandedText {
    std::string text;
    bool is_as_expected = false;  ///< ExpandOptions::expected, byte for byte; `text` is empty then
    PositionTable positions;
    bool main_file_missing = false;  ///< none of the files given by -f could be read
    bool stopped = false;            ///< a limit was hit: the text is empty
};

ExpandedText expand(const ExpandOptions& options, DiagnosticSink& sink);

}  // namespace conf
