#include "model_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <type_traits>
#include <variant>

#include "conf/fields.hpp"
#include "model_names.hpp"

namespace model_text {

namespace {

std::vector<std::string_view> split(std::string_view names) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at < names.size();) {
        const auto end = std::min(names.find(',', at), names.size());
        parts.push_back(names.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

template <typename T>
const std::vector<std::string_view>& names_of() {
    static const auto names = split(kFieldNames<T>);
    return names;
}

std::string text(const std::string& value);
std::string text(const net::IpAddress& value) { return value.is_none() ? "none" : value.to_string(); }
std::string text(const net::Prefix& value) { return fmt::format("{}/{}", text(value.address), value.length); }
std::string text(const net::LinkAddress& value) { return value.to_string(); }
std::string text(const conf::Span&) { return "here"; }
std::string text(const conf::PingCheck&) { return "{}"; }
template <typename T>
requires std::is_arithmetic_v<T> || std::is_enum_v<T> std::string text(T value);
template <typename Rep, typename Period>
std::string text(std::chrono::duration<Rep, Period> value) {
    return fmt::format("{} s", std::chrono::duration<double>(value).count());
}
template <typename T>
std::string text(const std::vector<T>& values);
template <typename T, std::size_t N>
std::string text(const std::array<T, N>& values);
template <typename T>
std::string text(const std::optional<T>& value);
template <typename T>
std::string text(const conf::Rare<T>& value);
template <typename T>
std::string text(const conf::Lean<T>& value);
template <typename T>
std::string text(const conf::Common<T>& value);
template <typename... T>
std::string text(const std::variant<T...>& value);
template <typename T>
requires(!kFieldNames<T>.empty()) std::string text(const T& value);

std::string text(const std::string& value) {
    std::string out = "\"";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < ' ' || byte >= 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
    }
    return out + '"';
}

template <typename T>
requires std::is_arithmetic_v<T> || std::is_enum_v<T> std::string text(T value) {
    if constexpr (std::is_same_v<T, bool>) {
        return value ? "yes" : "no";
    } else if constexpr (std::is_enum_v<T>) {
        return fmt::format("{}", static_cast<int>(value));
    } else {
        return fmt::format("{}", value);
    }
}

template <typename Values>
std::string list_text(const Values& values) {
    std::string out = "[";
    for (const auto& value : values) (out += out.size() > 1 ? ", " : "") += text(value);
    return out + "]";
}
template <typename T>
std::string text(const std::vector<T>& values) {
    return list_text(values);
}
template <typename T, std::size_t N>
std::string text(const std::array<T, N>& values) {
    return list_text(values);
}
template <typename T>
std::string text(const std::optional<T>& value) {
    return value ? text(*value) : "none";
}
template <typename T>
std::string text(const conf::Rare<T>& value) {
    return value ? text(*value) : "none";
}
template <typename T>
std::string text(const conf::Lean<T>& value) {
    return text(value.value());
}
template <typename T>
std::string text(const conf::Common<T>& value) {
    return text(*value);
}
template <typename... T>
std::string text(const std::variant<T...>& value) {
    return fmt::format("kind {} {}", value.index(),
                       std::visit([](const auto& held) { return text(held); }, value));
}

/// The fields which are not as in a fresh object.
template <typename T>
requires(!kFieldNames<T>.empty()) std::string text(const T& value) {
    const T fresh{};
    std::vector<std::string> fresh_texts;
    conf::for_each_field(fresh, [&](const auto& field) { fresh_texts.push_back(text(field)); });
    std::string out = "{";
    std::size_t at = 0;
    conf::for_each_field(value, [&](const auto& field) {
        const auto now = text(field);
        if (now != fresh_texts[at])
            out += fmt::format("{}{}={}", out.size() > 1 ? " " : "", names_of<T>()[at], now);
        ++at;
    });
    return out + "}";
}

class Comparison {
  public:
    std::vector<std::string> lines;

    template <typename T>
    void compare(const std::string& path, const T& a, const T& b) {
        if constexpr (!kFieldNames<T>.empty()) {
            fields(path, a, b);
        } else if (a != b) {
            lines.push_back(fmt::format("{}: {} -> {}", path, text(a), text(b)));
        }
    }
    void compare(const std::string&, const conf::Span&, const conf::Span&) {}
    template <typename T>
    void compare(const std::string& path, const conf::Lean<T>& a, const conf::Lean<T>& b) {
        compare(path, a.value(), b.value());
    }
    template <typename T>
    void compare(const std::string& path, const conf::Common<T>& a, const conf::Common<T>& b) {
        compare(path, *a, *b);
    }
    template <typename T>
    void compare(const std::string& path, const std::vector<T>& a, const std::vector<T>& b) {
        if constexpr (kFieldNames<T>.empty()) {
            if (a != b) lines.push_back(fmt::format("{}: {} -> {}", path, text(a), text(b)));
        } else {
            const std::size_t common = std::min(a.size(), b.size());
            for (std::size_t at = 0; at < common; ++at)
                compare(fmt::format("{}[{}]", path, at), a[at], b[at]);
            for (std::size_t at = common; at < a.size(); ++at)
                lines.push_back(fmt::format("{}: - {}", path, text(a[at])));
            for (std::size_t at = common; at < b.size(); ++at)
                lines.push_back(fmt::format("{}: + {}", path, text(b[at])));
        }
    }
    template <typename... T>
    void compare(const std::string& path, const std::variant<T...>& a, const std::variant<T...>& b) {
        if (a.index() != b.index()) {
            lines.push_back(fmt::format("{}: {} -> {}", path, text(a), text(b)));
            return;
        }
        std::visit(
            [&](const auto& held) {
                using Held = std::remove_cvref_t<decltype(held)>;
                compare(path, held, std::get<Held>(b));
            },
            a);
    }

  private:
    template <typename T>
    void fields(const std::string& path, const T& a, const T& b) {
        constexpr std::size_t kCount = boost::pfr::tuple_size_v<T>;
        const auto& names = names_of<T>();
        if (names.size() != kCount) {
            lines.push_back(fmt::format("{} has {} fields, {} names", path, kCount, names.size()));
            return;
        }
        // Pairs of fields: the addresses of those of `b`, in order.
        std::vector<const void*> others;
        conf::for_each_field(b, [&](const auto& field) { others.push_back(&field); });
        std::size_t at = 0;
        conf::for_each_field(a, [&](const auto& field) {
            using Field = std::remove_cvref_t<decltype(field)>;
            // What objects share belongs to each of them.
            const std::string name = names[at] == "settings" ? path
                                     : path.empty()          ? std::string(names[at])
                                                             : fmt::format("{}.{}", path, names[at]);
            compare(name, field, *static_cast<const Field*>(others[at]));
            ++at;
        });
    }
};

}  // namespace

std::vector<std::string> difference(const conf::Model& a, const conf::Model& b) {
    Comparison comparison;
    comparison.compare(std::string{}, a, b);
    return std::move(comparison.lines);
}

}  // namespace model_text
