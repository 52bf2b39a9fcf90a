// keepalivedctl check: every problem of a configuration, for people or as JSON for editors and CI.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <nlohmann/json.hpp>

#include "conf/reader.hpp"
#include "report/ctl/offline.hpp"

namespace report::ctl {

namespace {

using nlohmann::json;

const char* class_name(conf::Class severity) {
    using conf::Class;
    switch (severity) {
        case Class::ok:
            return "ok";
        case Class::file_not_found:
            return "file-not-found";
        case Class::bad_interface:
            return "bad-interface";
        case Class::fatal:
            return "fatal";
        case Class::multiple_files:
            return "multiple-files";
        case Class::unknown_keyword:
            return "unknown-keyword";
        case Class::unexpected_open_brace:
            return "unexpected-open-brace";
        case Class::missing_open_brace:
            return "missing-open-brace";
        case Class::unexpected_close_brace:
            return "unexpected-close-brace";
        case Class::missing_close_brace:
            return "missing-close-brace";
        case Class::unmatched_quote:
            return "unmatched-quote";
        case Class::missing_parameter:
            return "missing-parameter";
        case Class::invalid_number:
            return "invalid-number";
        case Class::general_error:
            return "general-error";
        case Class::warning:
            return "warning";
        case Class::deprecated:
            return "deprecated";
        case Class::security:
            return "security";
        case Class::note:
            return "note";
    }
    return "unknown";
}

const char* severity_name(const conf::Diagnostic& diagnostic) {
    using conf::Class;
    if (diagnostic.severity == Class::note) return "note";
    const bool is_warning = diagnostic.log_only || diagnostic.severity == Class::warning ||
                            diagnostic.severity == Class::deprecated ||
                            diagnostic.severity == Class::multiple_files;
    return is_warning ? "warning" : "error";
}

json place(const conf::Span& where, const std::vector<std::string>& files) {
    if (where.line == 0 || where.file >= files.size()) return nullptr;
    json text{{"file", files[where.file]}, {"line", where.line}};
    if (where.column != 0) text["column"] = where.column;
    if (where.length != 0) text["length"] = where.length;
    return text;
}

json to_json(const conf::Diagnostic& diagnostic, const std::vector<std::string>& files) {
    json entry{{"severity", severity_name(diagnostic)},
               {"class", class_name(diagnostic.severity)},
               {"message", diagnostic.text},
               {"where", place(diagnostic.where, files)}};
    if (!diagnostic.expected.empty()) entry["expected"] = diagnostic.expected;
    if (!diagnostic.hint.empty()) entry["hint"] = diagnostic.hint;
    if (!diagnostic.name.empty()) entry["name"] = diagnostic.name;
    if (!diagnostic.source_line.empty()) entry["source"] = diagnostic.source_line;
    for (const auto& [where, what] : diagnostic.related) {
        entry["related"].push_back({{"where", place(where, files)}, {"message", what}});
    }
    if (diagnostic.alike > 0) {
        entry["more_like_it"] = {{"count", diagnostic.alike}, {"last", place(diagnostic.last_alike, files)}};
    }
    return entry;
}

void print_json(const conf::Generation& generation, std::ostream& out) {
    json report{{"exit_status", generation.diagnostics.exit_status()},
                {"refuses_reload", generation.main_file_missing || generation.diagnostics.refuses_reload()},
                {"omitted", generation.diagnostics.omitted},
                {"files", generation.diagnostics.files},
                {"diagnostics", json::array()}};
    for (const auto& diagnostic : generation.diagnostics.list) {
        report["diagnostics"].push_back(to_json(diagnostic, generation.diagnostics.files));
    }
    // A configuration may hold any bytes; JSON may not.
    out << report.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

void print_text(const conf::Generation& generation, bool colour, std::ostream& out) {
    const auto style = colour ? conf::Style::colour : conf::Style::full;
    std::size_t errors = 0, warnings = 0, notes = 0;
    for (const auto& diagnostic : generation.diagnostics.list) {
        out << render(diagnostic, generation.diagnostics.files, style) << '\n';
        const std::string_view severity = severity_name(diagnostic);
        (severity == "error" ? errors : severity == "warning" ? warnings : notes) += 1 + diagnostic.alike;
    }
    if (generation.diagnostics.omitted > 0) fmt::print(out, "and {} more\n", generation.diagnostics.omitted);
    const auto plural = [](std::size_t count) { return count == 1 ? "" : "s"; };
    fmt::print(out, "{} error{}, {} warning{}, {} note{}\n", errors, plural(errors), warnings,
               plural(warnings), notes, plural(notes));
}

}  // namespace

int check(const CheckOptions& options, std::ostream& out) {
    conf::ReadOptions reading;
    reading.pattern = options.pattern;
    reading.config_id = options.config_id;
    reading.config_test = true;
    const auto generation = conf::read(reading);
    if (options.expanded) {
        out << expanded_text(generation);
    } else if (options.json) {
        print_json(generation, out);
    } else {
        print_text(generation, options.colour, out);
    }
    return generation.diagnostics.exit_status() == 0 ? 0 : 1;
}

}  // namespace report::ctl
