// What a setter is given: the words of one statement.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/lex.hpp"
#include "conf/schema_table.hpp"

namespace conf {

/// The values of one statement: its words without the keyword (a line of a value block: all its words).
struct Args {
    const Keyword& keyword;
    const Statement& statement;
    std::size_t first = 1;  ///< index of the first value

    std::size_t count() const { return statement.words.size() > first ? statement.words.size() - first : 0; }
    bool empty() const { return count() == 0; }
    std::string_view value(std::size_t index = 0) const { return statement.words[first + index].text; }
    /// Where a value stands; the statement, when it has no such value.
    Span span(std::size_t index = 0) const {
        return index < count() ? statement.words[first + index].where : statement.where;
    }
    Span where() const { return statement.where; }
};

/// A command with its user as written; looked up at the end, when script_user and script security are known.
struct ScriptRequest {
    std::string command;  ///< word 1 of the line, as written
    std::vector<std::string> argv;
    std::optional<std::string> user, group;
    Span where;
};

}  // namespace conf
