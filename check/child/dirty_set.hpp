// Numbers of things that changed since somebody looked last: entering one costs no allocation, looking costs what changed.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace check {

class DirtySet {
  public:
    void insert(std::uint32_t number) {
        if (number >= is_in_.size()) is_in_.resize(number + 1, false);
        if (is_in_[number]) return;
        is_in_[number] = true;
        numbers_.push_back(number);
    }
    bool empty() const { return numbers_.empty(); }

    /// All of them, in the order in which they came in, by a callable which may enter others (of this set: for the next
    /// time).
    template <typename Use>
    void take(Use use) {
        taken_.swap(numbers_);
        for (const std::uint32_t number : taken_) is_in_[number] = false;
        for (const std::uint32_t number : taken_) use(number);
        taken_.clear();
    }

  private:
    std::vector<bool> is_in_;
    std::vector<std::uint32_t> numbers_, taken_;
};

}  // namespace check
