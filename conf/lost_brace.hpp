// Where a "}" is probably missing, judged by how the lines are indented.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace conf {

struct LostBrace {
    std::uint32_t opened = 0;  ///< line of the block that was not closed
    std::uint32_t seen = 0;    ///< line which shows that by standing too far left

    std::string text() const;  ///< a sentence about `opened`
};

/// @param path  of a file with more "{" than "}"
std::optional<LostBrace> find_lost_brace(const std::string& path);

}  // namespace conf
