// A generation as bytes: expanded text, positions, facts, and the context it was read in (decisions.md §3).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "conf/facts.hpp"
#include "conf/position.hpp"
#include "conf/reader.hpp"
#include "conf/schema.hpp"

namespace conf {

struct Generation::Sealed {
    std::string text;
    PositionTable positions;
    FactTable facts;
    ParseContext context;
};

/// The bytes of the memfd, given away piece by piece: a large text is not copied for it.
/// @param redact  secrets replaced, no values of repetitions
void encode_sealed(const Generation& generation, bool redact,
                   const std::function<void(std::string_view)>& write);

struct DecodedSealed {
    std::uint32_t number = 0;
    std::uint64_t model_hash = 0, lvs_hash = 0;
    bool redacted = false;
    std::string_view text;      ///< in the bytes that were decoded
    Generation::Sealed sealed;  ///< its text is empty; the stream of positions lies in those bytes, too
};
Result<DecodedSealed> decode_sealed(std::string_view bytes);

/// The model of a text, and what there is to say about it.
/// @return true when the reference would read parts of the text in another way
bool parse_generation(std::string_view text, const PositionTable& positions, const HostFacts& facts,
                      const ParseContext& context, Generation& generation);

/// Both hashes of its model.
void add_hash(Generation& generation);

/// Each secret of the expanded text replaced by "********".
std::string redacted_text(std::string_view text);

}  // namespace conf
