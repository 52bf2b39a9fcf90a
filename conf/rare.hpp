// Values which are seldom there: one pointer large when they are not.
#pragma once

#include <fmt/core.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace conf {

/// Like std::optional<T>, for members which most objects of a large configuration leave empty.
template <typename T>
class Rare {
  public:
    Rare() = default;
    Rare(Rare&&) noexcept = default;
    Rare(const Rare& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
    Rare& operator=(Rare&&) noexcept = default;
    Rare& operator=(const Rare& other) {
        if (this != &other) value_ = other ? std::make_unique<T>(*other) : nullptr;
        return *this;
    }
    Rare& operator=(T value) {
        value_ = std::make_unique<T>(std::move(value));
        return *this;
    }
    Rare& operator=(std::optional<T> value) {
        value_ = value ? std::make_unique<T>(std::move(*value)) : nullptr;
        return *this;
    }

    explicit operator bool() const { return value_ != nullptr; }
    bool has_value() const { return value_ != nullptr; }
    const T& operator*() const { return *value_; }
    T& operator*() { return *value_; }
    const T* operator->() const { return value_.get(); }
    T* operator->() { return value_.get(); }
    /// The value, made when there is none yet.
    T& need() {
        if (!value_) value_ = std::make_unique<T>();
        return *value_;
    }
    void reset() { value_.reset(); }
    friend bool operator==(const Rare& a, const Rare& b) {
        return a.has_value() == b.has_value() && (!a.has_value() || *a == *b);
    }

  private:
    std::unique_ptr<T> value_;
};

/// A string or list which is mostly empty, or a struct which mostly has its defaults: reads like the T it holds.
template <typename T>
class Lean {
  public:
    Lean() = default;
    Lean(Lean&&) noexcept = default;
    Lean(const Lean& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
    Lean(T value) { *this = std::move(value); }  // NOLINT: is a T to who writes it
    template <typename U = T>
    Lean(std::initializer_list<typename U::value_type> values) : Lean(T(values)) {}
    Lean(const char* text)  // NOLINT
        requires std::is_same_v<T, std::string> : Lean(T(text)) {}
    Lean& operator=(Lean&&) noexcept = default;
    Lean& operator=(const Lean& other) {
        if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
        return *this;
    }
    Lean& operator=(T value) {
        value_ = value == T() ? nullptr : std::make_unique<T>(std::move(value));
        return *this;
    }
    Lean& operator=(std::string_view text) requires std::is_same_v<T, std::string> { return *this = T(text); }
    Lean& operator=(const char* text) requires std::is_same_v<T, std::string> { return *this = T(text); }

    const T& value() const {
        static const T kNothing{};
        return value_ ? *value_ : kNothing;
    }
    operator const T&() const { return value(); }  // NOLINT
    operator std::string_view() const              // NOLINT
        requires std::is_same_v<T, std::string> {
        return value();
    }
    const T& operator*() const { return value(); }
    const T* operator->() const { return &value(); }
    /// The value to be written to; what is left empty there costs its place.
    T& need() {
        if (!value_) value_ = std::make_unique<T>();
        return *value_;
    }
    void clear() { value_.reset(); }

    bool empty() const { return value().empty(); }
    std::size_t size() const { return value().size(); }
    auto data() const { return value().data(); }
    auto c_str() const { return value().c_str(); }
    const auto& operator[](std::size_t at) const { return value()[at]; }
    auto begin() const { return value().begin(); }
    auto end() const { return value().end(); }

    friend bool operator==(const Lean& a, const Lean& b) { return a.value() == b.value(); }
    friend bool operator==(const Lean& a, const T& b) { return a.value() == b; }

  private:
    std::unique_ptr<T> value_;
};

/// Most objects have no such name.
using RareText = Lean<std::string>;

}  // namespace conf

template <>
struct fmt::formatter<conf::RareText> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const conf::RareText& text, Context& context) const {
        return fmt::formatter<std::string_view>::format(text.value(), context);
    }
};
