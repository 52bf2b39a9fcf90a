// What a golden test of mistakes expects, and how it looks for it: both ways, nothing more and nothing less is said.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <span>

#include "reading.hpp"

namespace golden {

struct Expected {
    unsigned line;  ///< 0 = said after reading, wherever
    const char* text;
};

inline void check_problems(const reading::Outcome& outcome, std::span<const Expected> expected) {
    for (const auto& [line, text] : expected) {
        const auto wanted = fmt::format("Line {}: {}", line, text);
        const auto& problems = outcome.problems;
        const bool said = line == 0 ? outcome.says(text)
                                    : std::find(problems.begin(), problems.end(), wanted) != problems.end();
        INFO(wanted);
        CHECK(said);
    }
    for (const auto& problem : outcome.problems) {
        const bool wanted = std::any_of(expected.begin(), expected.end(), [&](const Expected& one) {
            return problem.ends_with(fmt::format(": {}", one.text));
        });
        INFO("not in the reference: " << problem);
        CHECK(wanted);
    }
}

}  // namespace golden
