// Look-ups in the tables: by hash, by likeness, by home.
#include "conf/schema_table.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "conf/schema_blocks.hpp"

namespace conf {

namespace {

struct Place {
    const Block* block;
    std::string_view word;
    friend bool operator==(const Place&, const Place&) = default;
};

struct PlaceHash {
    std::size_t operator()(const Place& place) const {
        return std::hash<std::string_view>{}(place.word) ^ std::hash<const void*>{}(place.block);
    }
};

using Index = std::unordered_map<Place, const Keyword*, PlaceHash>;

void collect(const Block& block, std::vector<const Block*>& into) {
    if (std::find(into.begin(), into.end(), &block) != into.end()) return;
    into.push_back(&block);
    for (const auto& keyword : block.keywords) {
        if (keyword.block != nullptr) collect(*keyword.block, into);
    }
}

const std::vector<const Block*>& blocks() {
    static const std::vector<const Block*> all = [] {
        std::vector<const Block*> list;
        collect(kTopBlock, list);
        return list;
    }();
    return all;
}

const Index& index() {
    static const Index all = [] {
        Index map;
        for (const auto* block : blocks()) {
            for (const auto& keyword : block->keywords) map.emplace(Place{block, keyword.name}, &keyword);
        }
        return map;
    }();
    return all;
}

}  // namespace

const Keyword* Block::find(std::string_view word) const {
    const auto found = index().find(Place{this, word});
    return found == index().end() ? nullptr : found->second;
}

std::span<const Block* const> all_blocks() { return blocks(); }

const Block* home_of(std::string_view word) {
    for (const auto* block : blocks()) {
        if (block->find(word) != nullptr) return block;
    }
    return nullptr;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    constexpr std::size_t kLongest = 64;  // no keyword is longer; keeps a hostile word cheap
    if (a.size() > kLongest || b.size() > kLongest) return kLongest;
    std::array<std::size_t, kLongest + 1> row{};
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row[b.size()];
}

std::string_view nearest(const Block& block, std::string_view word) {
    std::string_view best;
    std::size_t distance = std::min<std::size_t>(3, word.size() / 2 + 1);
    for (const auto& keyword : block.keywords) {
        const auto longer = std::max(keyword.name.size(), word.size());
        if (longer - std::min(keyword.name.size(), word.size()) >= distance) continue;
        const auto d = edit_distance(keyword.name, word);
        if (d < distance) distance = d, best = keyword.name;
    }
    return best;
}

}  // namespace conf
