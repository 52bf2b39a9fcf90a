// Renders rows of the tables.
#include "conf/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "conf/schema_table.hpp"

namespace conf {

namespace {

constexpr std::size_t kMargin = 11, kWidth = 100;  // operator.md: at most 100 columns

std::string_view place(const Block& block) { return block.path == "(top)" ? "the top level" : block.path; }

void line(std::string& out, std::string_view title, std::string_view text) {
    if (text != "-") out += fmt::format("  {:<9}{}\n", title, text);
}

/// Places with the same default.
struct Places {
    std::string_view initial;
    std::vector<std::string_view> names;
};

/// Rows which say the same of the word, but for the place and its default.
struct Meaning {
    const Keyword* keyword;
    std::vector<Places> places;

    bool has(const Keyword& other) const {
        return keyword->args == other.args && keyword->help == other.help &&
               keyword->range.text == other.range.text && keyword->since == other.since;
    }
};

template <typename List, typename Predicate, typename Make>
auto& found_or_made(List& list, Predicate matches, Make make) {
    const auto found = std::find_if(list.begin(), list.end(), matches);
    return found != list.end() ? *found : list.emplace_back(make());
}

std::vector<Meaning> meanings_of(std::string_view word) {
    std::vector<Meaning> meanings;
    for (const auto* block : all_blocks()) {
        const auto* keyword = block->find(word);
        if (keyword == nullptr) continue;
        auto& meaning = found_or_made(
            meanings, [&](const Meaning& known) { return known.has(*keyword); },
            [&] {
                return Meaning{keyword, {}};
            });
        auto& places = found_or_made(
            meaning.places, [&](const Places& known) { return known.initial == keyword->initial; },
            [&] {
                return Places{keyword->initial, {}};
            });
        places.names.push_back(place(*block));
    }
    return meanings;
}

/// Joined by commas, broken where the line would be too long.
std::string joined(const std::vector<std::string_view>& names) {
    std::string text;
    std::size_t column = kMargin;
    for (const auto name : names) {
        if (!text.empty()) {
            const bool fits = column + 2 + name.size() < kWidth;
            text += fits ? ", " : fmt::format(",\n{:{}}", "", kMargin);
            column = fits ? column + 2 : kMargin;
        }
        text += name;
        column += name.size();
    }
    return text;
}

}  // namespace

std::string explain(std::string_view word) {
    std::string out;
    for (const auto& [keyword, all] : meanings_of(word)) {
        if (!out.empty()) out += '\n';
        out += fmt::format("{}{}{}\n  {}\n", word, keyword->args == "-" ? "" : " ",
                           keyword->args == "-" ? "" : keyword->args, keyword->help);
        for (const auto& places : all) {
            line(out, "where", joined(places.names));
            line(out, "default", places.initial);
        }
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
