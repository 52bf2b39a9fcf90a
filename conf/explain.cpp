#include "conf/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace conf {

namespace {

bool is_given(std::string_view text) { return !text.empty() && text != "-"; }

std::string place_name(const Block& block) {
    return block.path == "(top)" ? "top level" : std::string(block.path);
}

std::string processes(std::uint8_t bits) {
    if (bits == kAll) return {};
    static constexpr std::pair<Process, std::string_view> kNames[] = {
        {kParent, "supervisor"}, {kVrrp, "vrrp"}, {kChecker, "healthcheckers"},
        {kBfd, "bfd"},           {kLagg, "lagg"}, {kReport, "report"},
    };
    std::string text;
    for (const auto& [bit, name] : kNames) {
        if ((bits & bit) != 0) text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
    }
    return text;
}

/// What there is to say about a keyword, the same in several places said once.
std::string description(const Keyword& keyword) {
    std::string text;
    const auto line = [&](std::string_view title, std::string_view value) {
        if (is_given(value)) text += fmt::format("  {:<10}{}\n", title, value);
    };
    line("does", keyword.help);
    line("argument", keyword.args);
    line("default", keyword.initial);
    line("range", keyword.range.text);
    line("since", keyword.since);
    line("read by", processes(keyword.process));
    if (keyword.block != nullptr && !keyword.block->keywords.empty()) {
        std::string inner;
        for (const auto& entry : keyword.block->keywords) {
            inner += fmt::format("{}{}", inner.empty() ? "" : " ", entry.name);
        }
        line("holds", inner);
    }
    return text;
}

}  // namespace

std::vector<KeywordPlace> places_of(std::string_view keyword) {
    std::vector<KeywordPlace> places;
    for (const Block* block : all_blocks()) {
        if (const Keyword* found = block->find(keyword)) places.push_back({block, found});
    }
    return places;
}

std::vector<std::string_view> similar_keywords(std::string_view word, std::size_t count) {
    std::map<std::string_view, std::size_t> distances;
    for (const Block* block : all_blocks()) {
        for (const auto& keyword : block->keywords)
            distances.emplace(keyword.name, edit_distance(word, keyword.name));
    }
    std::vector<std::pair<std::size_t, std::string_view>> order;
    for (const auto& [name, distance] : distances) {
        if (distance <= std::max<std::size_t>(2, word.size() / 3)) order.emplace_back(distance, name);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::string_view> names;
    for (const auto& [distance, name] : order) {
        if (names.size() < count) names.push_back(name);
    }
    return names;
}

std::string explain(std::string_view keyword) {
    std::vector<std::pair<std::string, std::string>> texts;  // description, places
    for (const auto& place : places_of(keyword)) {
        const std::string text = description(*place.keyword);
        const auto same =
            std::find_if(texts.begin(), texts.end(), [&](const auto& known) { return known.first == text; });
        if (same != texts.end()) {
            same->second += ", " + place_name(*place.block);
        } else {
            texts.emplace_back(text, place_name(*place.block));
        }
    }
    std::string result;
    for (const auto& [text, places] : texts) {
        if (!result.empty()) result += '\n';
        result += fmt::format("{} (in {})\n{}", keyword, places, text);
    }
    return result;
}

}  // namespace conf
