// Reads the text once for each process of the reference, into models which are thrown away.
#include "conf/as_reference.hpp"

#include <set>
#include <utility>

#include "conf/lex.hpp"
#include "conf/schema.hpp"
#include "conf/schema_table.hpp"
#include "conf/sealed.hpp"

namespace conf {

namespace {

using Place = std::pair<std::uint32_t, std::uint32_t>;

Place place_of(const Diagnostic& diagnostic) { return {diagnostic.where.file, diagnostic.where.line}; }

std::set<Place> places(const Diagnostics& diagnostics) {
    std::set<Place> lines;
    for (const auto& diagnostic : diagnostics.list) {
        if (!diagnostic.log_only) lines.insert(place_of(diagnostic));
    }
    return lines;
}

/// A line which we pass over or understand: said, but it refuses nothing.
Diagnostic consequence(Diagnostic diagnostic) {
    diagnostic.severity = Class::unknown_keyword;
    diagnostic.ends_reader = diagnostic.refuses_reload = diagnostic.include_check = false;
    diagnostic.expected.clear();
    diagnostic.hint = "follows from an unknown block or a missing brace above";
    return diagnostic;
}

void read_as(std::uint8_t process, std::string_view text, const PositionTable& positions,
             const HostFacts& facts, const ParseContext& base, Diagnostics& said) {
    DiagnosticSink sink(said);
    StatementReader reader(text, positions, sink);
    ParseContext context = base;
    context.reference_process = process;
    Model scratch;
    parse_model(reader, facts, context, scratch, sink);
}

}  // namespace

void add_reference_complaints(std::string_view text, const PositionTable& positions, const HostFacts& facts,
                              const ParseContext& base, const Diagnostics& of_expansion,
                              Generation& generation) {
    Diagnostics said = of_expansion;
    for (const auto process : {kParent, kChecker, kVrrp, kBfd}) {
        read_as(process, text, positions, facts, base, said);
    }
    generation.diagnostics.reference_status = said.exit_status();
    auto known = places(generation.diagnostics);
    for (auto& diagnostic : said.list) {
        const bool counts = !diagnostic.log_only && diagnostic.severity != Class::note;
        if (!counts || diagnostic.where.line == 0 || known.contains(place_of(diagnostic))) continue;
        generation.diagnostics.add(consequence(std::move(diagnostic)));
    }
}

void keep_parents_complaints(std::string_view text, const PositionTable& positions, const HostFacts& facts,
                             const ParseContext& base, const Diagnostics& of_expansion,
                             Generation& generation) {
    Diagnostics said = of_expansion;
    read_as(kParent, text, positions, facts, base, said);
    for (auto& diagnostic : generation.diagnostics.list) {
        if (diagnostic.log_only) said.list.push_back(std::move(diagnostic));
    }
    generation.diagnostics.list = std::move(said.list);
}

}  // namespace conf
