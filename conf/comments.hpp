// Comments, escapes and blanks of a line: conf-language.md §3.
#pragma once

#include "conf/mapped_line.hpp"

namespace conf {

/// Cuts leading and trailing blanks and the comment, decodes `\#` and `\!`, removes blanks before a final
/// backslash.
/// @return whether every "…" is closed
bool strip_comments(MappedLine& line);

/// A lone backslash ends the line: in a definition, the next line belongs to it.
bool ends_in_continuation(const std::string& text);

bool is_blank_or_tab(char byte);

}  // namespace conf
