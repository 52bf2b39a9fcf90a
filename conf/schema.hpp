// The keyword tables: statements in, model and diagnostics out.
#pragma once

#include <string>

#include "conf/diagnostic.hpp"
#include "conf/facts.hpp"
#include "conf/lex.hpp"
#include "conf/model.hpp"

namespace conf {

/// What the meaning of the text depends on besides the text and the host.
struct ParseContext {
    bool config_test =
        false;  ///< -t: a number with trailing junk is an error, else it is used with a warning
    bool is_reload = false;
    /// For a child without virtual servers: their blocks are passed over.
    bool without_lvs = false;
    std::string net_namespace;  ///< -s, wins over the keyword; empty = not given
    /// Not 0: read as the reference's process of this bit (schema_table.hpp) does, which misreads what follows an
    /// unknown block or a missing "{". Only to learn what it would complain of (as_reference.hpp).
    std::uint8_t reference_process = 0;
};

/// Reads every statement into the model, fills in defaults, checks references, ranges and conflicts.
/// Deterministic: the same text, facts and context give an equal model in every process.
/// @return true when the reference would read parts of the text in another way
bool parse_model(StatementReader& reader, const HostFacts& facts, const ParseContext& context, Model& model,
                 DiagnosticSink& sink);

}  // namespace conf
