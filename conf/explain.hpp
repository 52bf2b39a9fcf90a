// What the tables say about a keyword, for people: `keepalivedctl explain`.
#pragma once

#include <string>
#include <string_view>

namespace conf {

/// Everywhere the word is a keyword: what it does, where it may stand, arguments, default, range, since when. "" when it
/// is none; then `suggestion` names a near one.
std::string explain(std::string_view word);
/// The nearest keyword of all blocks, "" when none is near.
std::string_view suggestion(std::string_view word);

}  // namespace conf
