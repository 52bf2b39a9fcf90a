// Comments, escapes and blanks of a line: conf-language.md §3.
#pragma once

#include <string_view>

#include "conf/mapped_line.hpp"

namespace conf {

/// Cuts leading and trailing blanks and the comment, decodes `\#` and `\!`, removes blanks before a final
/// backslash.
/// @return whether every "…" is closed
bool strip_comments(MappedLine& line);

/// A lone backslash ends the line: in a definition, the next line belongs to it.
bool ends_in_continuation(const std::string& text);

/// Where one of the bytes stands first, or the size of the text: find_first_of() makes a call of each byte it looks at.
template <char... Wanted>
std::size_t first_of(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && ((text[at] != Wanted) && ...)) ++at;
    return at;
}

bool is_blank_or_tab(char byte);

}  // namespace conf
