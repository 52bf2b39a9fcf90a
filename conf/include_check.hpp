// What an include treats as an error: conf-language.md §9.2, §9.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "conf/diagnostic.hpp"

namespace conf {

struct IncludeChecks {
    bool read = false, match = false, wildcard_match = false, brace_match = false;

    static IncludeChecks all() { return {true, true, true, true}; }
    friend IncludeChecks operator|(IncludeChecks a, IncludeChecks b) {
        return {a.read || b.read, a.match || b.match, a.wildcard_match || b.wildcard_match,
                a.brace_match || b.brace_match};
    }
};

/// An include line: which checks its letter asks for, and the pattern.
struct IncludeLine {
    IncludeChecks checks;
    std::size_t pattern_at = 0;
};
std::optional<IncludeLine> parse_include(std::string_view line);

/// A word of an `include_check` line and where it stands.
struct CheckWord {
    std::string_view text;
    Span where;
};
/// The words of a line from a byte of it on.
/// @param span  gives the place of some bytes of the line
std::vector<CheckWord> words_behind(std::string_view line, std::size_t at,
                                    const std::function<Span(std::size_t at, std::size_t size)>& span);
/// The checks after `include_check WORDS…`.
IncludeChecks apply_include_check(IncludeChecks before, const std::vector<CheckWord>& words,
                                  DiagnosticSink& sink);

}  // namespace conf
