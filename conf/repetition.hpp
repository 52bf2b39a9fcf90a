// ~SEQ, ~SEQx and ~LST: conf-language.md §7.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

/// The values a repetition runs through.
struct Repetition {
    std::vector<std::string> variables;         ///< one for ~SEQ
    std::int64_t start = 0, step = 1, end = 0;  ///< ~SEQ
    bool hexadecimal = false;                   ///< ~SEQx
    bool is_list = false;
    std::vector<std::vector<std::string>> values;  ///< ~LST: a row for each round

    std::string head;        ///< "~SEQ(V, 1, 3)" as written, for the chain of expansions
    std::size_t length = 0;  ///< of the head with the blanks after it: where the repeated text begins
    std::string error;       ///< not empty: to be reported, the line is ignored
    std::string hint;

    /// Values of the next round by variable; false after the last.
    bool next(std::vector<std::string>& round);
    /// Whether next() has given the last value of a ~SEQ.
    bool is_over() const { return over_; }

  private:
    std::uint64_t rounds_done_ = 0;
    bool over_ = false;
};

/// Replaces references in the arguments; nothing = there is a multi-line definition among them.
using SubstituteArguments = std::function<std::optional<std::string>(std::string_view)>;

/// @param line  begins with '~'
/// @return nothing when it is no repetition (then it is plain text)
std::optional<Repetition> parse_repetition(std::string_view line,
                                           const SubstituteArguments& substitute_arguments);

}  // namespace conf
