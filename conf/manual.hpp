// keepalived.conf(5) from its outline: what is written by hand, with the rows of the tables in their places.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace conf {

/// A line "@KEYWORDS BLOCK@" becomes the rows of that block, "@KEYWORDS@" all blocks which have no such line,
/// "@NOTES@" the list of notes; other lines stay. Throws std::runtime_error for a block which does not exist.
std::string manual_page(std::string_view outline);

/// The literal displays of a page: its examples, as the reader of the page sees them.
std::vector<std::string> manual_examples(std::string_view page);

}  // namespace conf
