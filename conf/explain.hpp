// keepalivedctl explain KEYWORD: what a keyword does, from the tables the parser reads by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/schema_table.hpp"

namespace conf {

struct KeywordPlace {
    const Block* block = nullptr;
    const Keyword* keyword = nullptr;
};

/// Every place where the keyword may stand.
std::vector<KeywordPlace> places_of(std::string_view keyword);

/// The keywords with the least edits between them and the word, best first, at most `count`.
std::vector<std::string_view> similar_keywords(std::string_view word, std::size_t count);

/// The text for people; "" when there is no such keyword.
std::string explain(std::string_view keyword);

}  // namespace conf
