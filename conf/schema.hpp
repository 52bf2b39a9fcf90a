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
    std::string net_namespace;  ///< -s, wins over the keyword; empty = not given
};

/// Reads every statement into the model, fills in defaults, checks references, ranges and conflicts.
/// Deterministic: the same text, facts and context give an equal model in every process.
void parse_model(StatementReader& reader, const HostFacts& facts, const ParseContext& context, Model& model,
                 DiagnosticSink& sink);

}  // namespace conf
