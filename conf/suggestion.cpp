#include "conf/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "conf/schema_context.hpp"
#include "conf/schema_table.hpp"

namespace conf {

Suggestion::Suggestion(std::string_view word)
    : word_(word), limit_(std::min<std::size_t>(3, word.size() / 2 + 1)) {}

void Suggestion::consider(std::string_view candidate) {
    const std::size_t longer = std::max(candidate.size(), word_.size());
    const std::size_t shorter = std::min(candidate.size(), word_.size());
    if (longer - shorter > limit_) return;
    const auto distance = edit_distance(candidate, word_);
    // Of two that are as near, the first by name: tables are hashed, what is said is not.
    const bool is_first_of_equals = distance == limit_ && !best_.empty() && candidate < best_;
    if (distance >= limit_ && !is_first_of_equals) return;
    limit_ = distance;
    best_ = candidate;
}

std::string Suggestion::hint() const {
    return best_.empty() ? best_ : fmt::format("did you mean `{}`?", best_);
}

std::string Context::did_you_mean(std::string_view word, const NameIndex& names) {
    Suggestion suggestion(word);
    for (const auto& [name, place] : names) {
        if (comparisons_left == 0) return {};
        --comparisons_left;
        suggestion.consider(name);
    }
    return suggestion.hint();
}

std::string Context::similar_interface(std::string_view word) {
    Suggestion suggestion(word);
    const auto* all = facts.interfaces(net_namespace);
    if (all == nullptr) return {};
    for (const auto& interface : *all) {
        if (comparisons_left == 0) return {};
        --comparisons_left;
        suggestion.consider(interface.name);
    }
    return suggestion.hint();
}

}  // namespace conf
