// A case for every row of the keyword tables: what it does to the model and what is said of bad values. The cases are
// data: cases/*.cases. Statements start in column 0 (a `↵` begins another line), what must come of them is indented.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "conf/schema_table.hpp"
#include "model_text.hpp"
#include "reading.hpp"
#include "source_tree.hpp"

namespace {

constexpr std::string_view kClassNames[] = {
    "ok",         "file_not_found", "bad_interface", "fatal",          "multiple_files", "unknown_keyword",
    "open_brace", "no_open_brace",  "close_brace",   "no_close_brace", "quote",          "missing_parameter",
    "number",     "error",          "warning",       "deprecated",     "security",       "note"};

struct Case {
    std::string place;  ///< "file:line"
    std::string block;
    std::string statement;
    std::vector<std::string> expected;
    const std::string* context = nullptr;

    std::string keyword() const { return statement.substr(0, statement.find_first_of(" \xe2")); }
};

std::string with_statement(const std::string& context, std::string statement) {
    for (std::size_t at; (at = statement.find("↵")) != std::string::npos;)
        statement.replace(at, std::string_view("↵").size(), "\n");
    const auto hole = context.find("%\n");
    return context.substr(0, hole) + statement + context.substr(hole + 1);
}

/// All cases of all files; contexts live in `contexts`.
std::vector<Case> read_cases(std::map<std::string, std::string>& contexts) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/unit/conf_schema/cases"))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<Case> cases;
    for (const auto& path : files) {
        std::ifstream file(path);
        const std::string* context = nullptr;
        std::string block;
        std::size_t number = 0;
        for (std::string line; std::getline(file, line);) {
            ++number;
            if (line.empty() || line.starts_with("# ")) continue;
            if (line.starts_with("context ")) {
                const auto name = line.substr(8);
                block = name.substr(0, name.find('#'));
                auto& text = contexts[name];
                for (std::string inner; std::getline(file, inner) && inner != "end"; ++number)
                    text += inner + '\n';
                ++number;
                context = &text;
            } else if (line.starts_with("    ")) {
                cases.back().expected.push_back(line.substr(4));
            } else {
                cases.push_back(
                    {fmt::format("{}:{}", path.filename().string(), number), block, line, {}, context});
            }
        }
    }
    return cases;
}

std::string said(const conf::Diagnostic& problem) {
    return fmt::format("{}{}: {}", problem.log_only ? "log " : "",
                       kClassNames[static_cast<std::size_t>(problem.severity)], problem.text);
}

/// What a context comes to by itself.
struct Baseline {
    conf::Model model;
    std::multiset<std::string> said;

    explicit Baseline(const std::string& context) {
        auto outcome = reading::read(with_statement(context, ""));
        for (const auto& problem : outcome.generation.diagnostics.list) said.insert(::said(problem));
        model = std::move(outcome.generation.model);
    }
};

/// What the statement adds: to what is said, and to the model.
std::vector<std::string> outcome_of(const Case& what) {
    static std::map<const std::string*, Baseline> baselines;
    const auto& baseline = baselines.try_emplace(what.context, *what.context).first->second;
    const auto outcome = reading::read(with_statement(*what.context, what.statement));
    auto known = baseline.said;
    std::vector<std::string> lines;
    for (const auto& problem : outcome.generation.diagnostics.list) {
        auto line = said(problem);
        if (const auto at = known.find(line); at != known.end()) {
            known.erase(at);
        } else {
            lines.push_back(std::move(line));
        }
    }
    for (const auto& line : known) lines.push_back("no longer " + line);
    for (auto& line : model_text::difference(baseline.model, outcome.generation.model))
        lines.push_back(std::move(line));
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += "    " + line + '\n';
    return text;
}

bool is_complaint(const std::string& line) {
    return std::any_of(std::begin(kClassNames), std::end(kClassNames), [&](std::string_view name) {
        return line.starts_with(std::string(name) + ": ") || line.starts_with(fmt::format("log {}: ", name));
    });
}

bool is_refusal(const std::string& line) {
    constexpr std::string_view kRefusals[] = {"error", "number", "missing_parameter", "fatal",
                                              "unknown_keyword"};
    return std::any_of(std::begin(kRefusals), std::end(kRefusals),
                       [&](std::string_view name) { return line.starts_with(std::string(name) + ": "); });
}

/// The value is taken: the case shows the model with the default beside what it becomes, and no refusal.
bool is_taken(const Case& what) {
    const auto& lines = what.expected;
    return std::none_of(lines.begin(), lines.end(), is_refusal) &&
           !std::all_of(lines.begin(), lines.end(), is_complaint);
}

/// Keywords which do nothing to the model: they steer the reading (conf_language), or are refused in every build that
/// has no iptables, as ours.
bool leaves_no_trace(std::string_view keyword) {
    constexpr std::string_view kWords[] = {"random_seed", "include_check", "vrrp_iptables", "vrrp_ipsets"};
    return std::find(std::begin(kWords), std::end(kWords), keyword) != std::end(kWords);
}

/// A row which says in its grammar or range that not every value is good.
bool may_be_bad(const conf::Keyword& keyword) {
    return keyword.block == nullptr && (!keyword.complaint.empty() || keyword.range.max != UINT64_MAX ||
                                        keyword.args.find('|') != std::string_view::npos);
}

}  // namespace

TEST_CASE("every statement does to the model, and makes the reader say, what its case says") {
    std::map<std::string, std::string> contexts;
    for (const auto& what : read_cases(contexts)) {
        INFO(what.place << ": " << what.block << ": " << what.statement);
        CHECK(joined(outcome_of(what)) == joined(what.expected));
    }
}

TEST_CASE(
    "every row of the tables has a good value beside its default, and a bad one where there can be one") {
    std::map<std::string, std::string> contexts;
    std::set<std::string> taken, seen, bad;
    for (const auto& what : read_cases(contexts)) {
        const auto key = what.block + ' ' + what.keyword();
        seen.insert(key);
        if (is_taken(what)) taken.insert(key);
        if (std::any_of(what.expected.begin(), what.expected.end(), is_complaint)) bad.insert(key);
    }
    for (const auto* block : conf::all_blocks()) {
        for (const auto& keyword : block->keywords) {
            const auto key = fmt::format("{} {}", block->path, keyword.name);
            INFO(key);
            CHECK(seen.contains(key));
            if (keyword.since != conf::kOurs && !leaves_no_trace(keyword.name)) CHECK(taken.contains(key));
            if (may_be_bad(keyword)) CHECK(bad.contains(key));
        }
    }
}

// How cases are written: the statements by hand, then `unit_conf_schema "[.print]"`, then every line is held against
// the description of the keyword.
TEST_CASE("what the reader makes of every case", "[.print]") {
    std::map<std::string, std::string> contexts;
    for (const auto& what : read_cases(contexts))
        fmt::print("{} {}\n{}", what.place, what.statement, joined(outcome_of(what)));
}
