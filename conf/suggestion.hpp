// "Did you mean": the nearest of the words that would have been right.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace conf {

class Suggestion {
  public:
    explicit Suggestion(std::string_view word);

    void consider(std::string_view candidate);
    /// "did you mean `NAME`?"; "" when nothing is near.
    std::string hint() const;

  private:
    std::string_view word_;
    std::size_t limit_;  ///< what is this far away is something else
    std::string best_;
};

/// The same over the keys of a table of words.
template <typename Map>
std::string did_you_mean(std::string_view word, const Map& words) {
    Suggestion suggestion(word);
    for (const auto& [candidate, value] : words) suggestion.consider(candidate);
    return suggestion.hint();
}

}  // namespace conf
