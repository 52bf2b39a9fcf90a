// Look-ups in the tables: by hash, by likeness, by home.
#include "conf/schema_table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <numeric>
#include <vector>

#include "conf/schema_blocks.hpp"

namespace conf {

namespace {

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

/// A few instructions, as every word of a configuration is looked up: the ends of the word and its length.
std::size_t hash_of(const Block* block, std::string_view word) {
    std::uint64_t first = 0, last = 0;
    if (word.size() >= sizeof first) {
        std::memcpy(&first, word.data(), sizeof first);
        std::memcpy(&last, word.data() + word.size() - sizeof last, sizeof last);
    } else {
        for (const char byte : word) first = first << 8 | static_cast<unsigned char>(byte);
    }
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;
    auto mixed = (first ^ word.size()) * kOdd;
    mixed = (mixed ^ (mixed >> 29) ^ last ^ reinterpret_cast<std::uintptr_t>(block)) * kOdd;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}

/// All rows of all tables, open addressing: a row lies at its hash or behind it.
class Index {
  public:
    Index() {
        for (const auto* block : blocks()) {
            for (const auto& keyword : block->keywords) put(block, keyword);
        }
    }
    const Keyword* find(const Block* block, std::string_view word) const {
        for (std::size_t at = hash_of(block, word) % kSlots;; at = (at + 1) % kSlots) {
            const auto& slot = slots_[at];
            if (slot.keyword == nullptr) return nullptr;
            if (slot.block == block && slot.keyword->name == word) return slot.keyword;
        }
    }

  private:
    static constexpr std::size_t kSlots = 2048;  // twice the number of rows
    struct Slot {
        const Block* block = nullptr;
        const Keyword* keyword = nullptr;
    };

    void put(const Block* block, const Keyword& keyword) {
        if (find(block, keyword.name) != nullptr) return;
        ++rows_;
        assert(rows_ < kSlots * 3 / 4);
        std::size_t at = hash_of(block, keyword.name) % kSlots;
        while (slots_[at].keyword != nullptr) at = (at + 1) % kSlots;
        slots_[at] = {block, &keyword};
    }

    std::array<Slot, kSlots> slots_{};
    std::size_t rows_ = 0;
};

}  // namespace

const Keyword* Block::find(std::string_view word) const {
    static const Index all;
    return all.find(this, word);
}

std::span<const Block* const> all_blocks() { return blocks(); }

const Block* home_of(std::string_view word) {
    // Of several homes the one that nearly everybody means.
    constexpr std::array<std::string_view, 3> kUsual{"vrrp_instance", "global_defs", "virtual_server"};
    const Block* first = nullptr;
    for (const auto* block : blocks()) {
        if (block->find(word) == nullptr) continue;
        if (std::find(kUsual.begin(), kUsual.end(), block->path) != kUsual.end()) return block;
        if (first == nullptr) first = block;
    }
    return first;
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
