// What the tables say about a keyword, for people: `keepalivedctl explain`, and the keyword list of keepalived.conf(5).
#pragma once

#include <string>
#include <string_view>

namespace conf {

/// Everywhere the word is a keyword: what it does, where it may stand, arguments, default, range, since when. "" when it
/// is none; then `suggestion` names a near one.
std::string explain(std::string_view word);
/// The nearest keyword of all blocks, "" when none is near.
std::string_view suggestion(std::string_view word);
/// All keywords, block by block, as roff for the man page.
std::string keyword_list_roff();

}  // namespace conf
