// The text behind a ~SEQ(…) which needs nothing but its variable put in: most repetitions, and then a hundred thousand times.
// What else a line may be (a directive, a block, a reference to something else) is worked on as any other line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/mapped_line.hpp"

namespace conf {

class RepeatedText {
  public:
    /// @param text      as written behind the ~SEQ(…)
    /// @param variable  of the sequence; its values are numbers
    /// @return nothing when the text must be worked on each time
    static std::optional<RepeatedText> of(const MappedLine& text, std::string_view variable);

    /// The line with the variable's value in it: what substitute() makes of the text.
    void fill(std::string_view value, MappedLine& line) const;

  private:
    struct Part {
        std::string literal;  ///< then a reference, but in the last part
        std::uint32_t column = 0;
        bool has_reference = false;
        std::uint32_t reference_column = 0, reference_length = 0;
    };
    std::vector<Part> parts_;
};

}  // namespace conf
