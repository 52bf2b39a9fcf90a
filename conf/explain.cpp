// Renders rows of the tables.
#include "conf/explain.hpp"

#include <fmt/format.h>

#include "conf/schema_table.hpp"

namespace conf {

namespace {

std::string_view place(const Block& block) { return block.path == "(top)" ? "the top level" : block.path; }

std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return !out.empty() && (out[0] == '.' || out[0] == '\'') ? "\\&" + out : out;
}

void line(std::string& out, std::string_view title, std::string_view text) {
    if (text != "-") out += fmt::format("  {:<9}{}\n", title, text);
}

}  // namespace

std::string explain(std::string_view word) {
    std::string out;
    for (const auto* block : all_blocks()) {
        const auto* keyword = block->find(word);
        if (keyword == nullptr) continue;
        if (!out.empty()) out += '\n';
        out += fmt::format("{}{}{}\n  {}\n", word, keyword->args == "-" ? "" : " ",
                           keyword->args == "-" ? "" : keyword->args, keyword->help);
        line(out, "where", place(*block));
        line(out, "default", keyword->initial);
        line(out, "values", keyword->range.text);
        line(out, "since", keyword->since);
    }
    return out;
}

std::string_view suggestion(std::string_view word) {
    std::string_view best;
    std::size_t distance = 4;
    for (const auto* block : all_blocks()) {
        const auto near = nearest(*block, word);
        if (near.empty()) continue;
        const auto d = edit_distance(near, word);
        if (d < distance) distance = d, best = near;
    }
    return best;
}

std::string keyword_list_roff() {
    std::string out;
    for (const auto* block : all_blocks()) {
        if (block->keywords.empty()) continue;
        out += fmt::format(".SS {}\n", block->path == "(top)" ? "Top level" : roff(block->path));
        for (const auto& keyword : block->keywords) {
            out += fmt::format(".TP\n.B {}", roff(keyword.name));
            if (keyword.args != "-") out += fmt::format("\\fR {}", roff(keyword.args));
            out += fmt::format("\n{}.", roff(keyword.help));
            if (keyword.initial != "-") out += fmt::format(" Default: {}.", roff(keyword.initial));
            if (keyword.range.text != "-") out += fmt::format(" Values: {}.", roff(keyword.range.text));
            if (keyword.since != "-") out += fmt::format(" ({}).", roff(keyword.since));
            out += '\n';
        }
    }
    return out;
}

}  // namespace conf
