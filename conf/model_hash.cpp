// Walks over every field of the model , so that a field added to it is never forgotten here.
#include "conf/model_hash.hpp"

#include "conf/fields.hpp"

#include <array>

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace conf {

namespace {

/// FNV-1a over bytes, a multiplication over numbers, with a final mix.
class Hash {
  public:
    void bytes(const void* data, std::size_t size) {
        const auto* at = static_cast<const unsigned char*>(data);
        for (std::size_t index = 0; index < size; ++index) value_ = (value_ ^ at[index]) * 0x100000001b3U;
    }
    /// A word at a time: a model is mostly numbers. Two values take turns, so that one multiplication need not wait for the
    /// other.
    void number(std::uint64_t number) {
        const std::uint64_t mixed = (other_ ^ number) * 0x9e3779b97f4a7c15U;
        other_ = value_;
        value_ = mixed ^ (mixed >> 32);
    }
    std::uint64_t value() const {
        std::uint64_t mixed = value_ ^ (other_ * 0x9e3779b97f4a7c15U);
        mixed ^= mixed >> 33;
        mixed *= 0xff51afd7ed558ccdU;
        mixed ^= mixed >> 33;
        return mixed;
    }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325U, other_ = 0x84222325cbf29ce4U;
};

void add(Hash&, const Span&) {}
void add(Hash&, const Lvs&) {}  // has a hash of its own
void add(Hash& hash, const std::string& text) {
    hash.number(text.size());
    hash.bytes(text.data(), text.size());
}
template <typename T>
requires std::is_arithmetic_v<T> || std::is_enum_v<T>
void add(Hash& hash, T value) { hash.number(static_cast<std::uint64_t>(value)); }
template <typename Rep, typename Period>
void add(Hash& hash, std::chrono::duration<Rep, Period> value) {
    hash.number(static_cast<std::uint64_t>(value.count()));
}
template <typename T>
void add(Hash& hash, const std::optional<T>& value);
template <typename T>
void add(Hash& hash, const Rare<T>& value);
template <typename T>
void add(Hash& hash, const Lean<T>& value);
template <typename T>
void add(Hash& hash, const Common<T>& value);
template <typename T>
void add(Hash& hash, const std::vector<T>& values);
template <typename T, std::size_t N>
void add(Hash& hash, const std::array<T, N>& values);
template <typename A, typename B>
void add(Hash& hash, const std::pair<A, B>& value);
template <typename... T>
void add(Hash& hash, const std::variant<T...>& value);
template <typename T>
requires std::is_aggregate_v<T>
void add(Hash& hash, const T& value);

template <typename T>
void add(Hash& hash, const std::optional<T>& value) {
    hash.number(value ? 1 : 0);
    if (value) add(hash, *value);
}
template <typename T>
void add(Hash& hash, const Rare<T>& value) {
    hash.number(value ? 1 : 0);
    if (value) add(hash, *value);
}
template <typename T>
void add(Hash& hash, const Lean<T>& value) {
    add(hash, value.value());
}
template <typename T>
void add(Hash& hash, const Common<T>& value) {
    add(hash, *value);
}
template <typename T>
void add(Hash& hash, const std::vector<T>& values) {
    hash.number(values.size());
    for (const auto& value : values) add(hash, value);
}
template <typename T, std::size_t N>
void add(Hash& hash, const std::array<T, N>& values) {
    for (const auto& value : values) add(hash, value);
}
template <typename A, typename B>
void add(Hash& hash, const std::pair<A, B>& value) {
    add(hash, value.first);
    add(hash, value.second);
}
template <typename... T>
void add(Hash& hash, const std::variant<T...>& value) {
    hash.number(value.index());
    std::visit([&](const auto& held) { add(hash, held); }, value);
}
template <typename T>
requires std::is_aggregate_v<T>
void add(Hash& hash, const T& value) {
    for_each_field(value, [&](const auto& field) { add(hash, field); });
}

}  // namespace

std::uint64_t lvs_hash(const Model& model) {
    Hash hash;
    for_each_field(model.lvs, [&](const auto& field) { add(hash, field); });
    return hash.value();
}

std::uint64_t model_hash(const Model& model, std::uint64_t lvs_hash) {
    Hash hash;
    add(hash, model);
    hash.number(lvs_hash);
    return hash.value();
}

std::uint64_t model_hash(const Model& model) { return model_hash(model, lvs_hash(model)); }

}  // namespace conf
