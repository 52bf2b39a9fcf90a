// What the reference would say of a text which it reads in another way than we do.
//
// We pass over an unknown block as a whole. The reference reads its lines into the block around it, takes its "}" for
// the end of that block, and complains of what follows; each of its processes does so with the blocks which it reads,
// and passes over the blocks of the others. People compare the complaints of -t line by line, so ours names these lines too.
#pragma once

#include <string_view>

#include "conf/facts.hpp"
#include "conf/position.hpp"
#include "conf/reader.hpp"
#include "conf/schema.hpp"

namespace conf {

/// Adds what only the reference complains of, and its exit status. The model stays as it is.
/// @param of_expansion  what was said before the text was parsed
void add_reference_complaints(std::string_view text, const PositionTable& positions, const HostFacts& facts,
                              const ParseContext& base, const Diagnostics& of_expansion,
                              Generation& generation);

/// The network namespace cannot be entered: the reference's parent has read its part by then, and ends. Leaves what it
/// says, and what is only logged.
void keep_parents_complaints(std::string_view text, const PositionTable& positions, const HostFacts& facts,
                             const ParseContext& base, const Diagnostics& of_expansion,
                             Generation& generation);

}  // namespace conf
