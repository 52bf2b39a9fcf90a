// keepalivedctl fmt: one file laid out anew. Comments, definitions, conditions, repetitions and includes are kept as
// they are; what the reader makes of the file does not change.
#pragma once

#include <string>
#include <string_view>

namespace conf {

/// Four blanks a level, `{` behind its keyword, `}` alone, at most one empty line.
std::string format_configuration(std::string_view text);

}  // namespace conf
