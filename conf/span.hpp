// A place in the configuration: file, line, column. Files are numbered once in a generation.
#pragma once

#include <cstdint>

namespace conf {

struct Span {
    std::uint32_t file = 0;    ///< index into the generation's file list
    std::uint32_t line = 0;    ///< 1 = first; 0 = no position
    std::uint32_t column = 0;  ///< 1 = first byte; 0 = the whole line
    std::uint32_t length = 0;  ///< bytes; 0 = unknown
    friend bool operator==(const Span&, const Span&) = default;
};

}  // namespace conf
