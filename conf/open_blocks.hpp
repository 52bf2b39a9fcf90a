// Which braces are open while a text is expanded, and whether global_defs is (conf-language.md §4, §8.1).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "conf/span.hpp"

namespace conf {

class OpenBlocks {
  public:
    /// A line of the expanded text: a brace, or a statement.
    /// @param where  gives the place of the line; asked only for an opening brace
    /// @return false for a "}" which closes nothing
    template <typename Where>
    bool take(std::string_view line, const Where& where) {
        if (line == "{") {
            open_.push_back(where());
            in_global_defs_ |= open_.size() == 1 && last_was_global_defs_;
        } else if (line == "}") {
            if (open_.empty()) return false;
            open_.pop_back();
            in_global_defs_ &= !open_.empty();
        } else if (!stands_in_global_defs()) {
            last_was_global_defs_ = open_.empty() && line == "global_defs";
        }
        return true;
    }

    bool in_global_defs() const { return in_global_defs_; }
    /// In it, and in no block or list within.
    bool stands_in_global_defs() const { return in_global_defs_ && open_.size() == 1; }
    std::size_t depth() const { return open_.size(); }
    /// The "{" of the innermost one; there is one.
    Span innermost() const { return open_.back(); }

  private:
    std::vector<Span> open_;
    bool last_was_global_defs_ = false, in_global_defs_ = false;
};

}  // namespace conf
