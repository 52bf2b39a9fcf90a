// Renders rows of the tables.
#include "conf/explain.hpp"

#include <fmt/format.h>

#include "conf/schema_table.hpp"

namespace conf {

namespace {

std::string_view place(const Block& block) { return block.path == "(top)" ? "the top level" : block.path; }

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

}  // namespace conf
