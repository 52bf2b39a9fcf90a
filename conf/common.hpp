// Values which many objects have in common: one pointer large, and made once.
#pragma once

#include <cstdint>
#include <utility>

namespace conf {

/// Reads and compares like the T it holds; copies share one T, which nobody writes to while it is shared. Nothing is
/// kept of a T with its defaults. Not for several threads.
template <typename T>
class Common {
  public:
    Common() = default;
    Common(T value) : held_(new Held{std::move(value)}) {}  // NOLINT: is a T to who writes it
    Common(const Common& other) : held_(other.held_) {
        if (held_ != nullptr) ++held_->users;
    }
    Common(Common&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    Common& operator=(Common other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~Common() {
        if (held_ != nullptr && --held_->users == 0) delete held_;
    }

    const T& operator*() const {
        static const T kDefaults{};
        return held_ != nullptr ? held_->value : kDefaults;
    }
    const T* operator->() const { return &**this; }
    /// To be written to: this object's own from now on.
    T& own() {
        if (held_ == nullptr || held_->users > 1) *this = Common(T(**this));
        return held_->value;
    }

    friend bool operator==(const Common& a, const Common& b) { return a.held_ == b.held_ || *a == *b; }

  private:
    struct Held {
        T value;
        std::uint32_t users = 1;
    };
    Held* held_ = nullptr;
};

/// `value`, shared with the object before where that had the same.
template <typename T>
Common<T> as_before(Common<T>& before, T value) {
    if (!(*before == value)) before = std::move(value);
    return before;
}

}  // namespace conf
