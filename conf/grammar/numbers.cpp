// Numbers: conf-language.md §8.3, conf-vrrp.md §5 and §6. One X3 rule a form.
#include "conf/grammar/numbers.hpp"

#include <boost/spirit/home/x3.hpp>
#include <limits>
#include <string>

namespace conf::grammar {

namespace x3 = boost::spirit::x3;

namespace {

std::string_view without_leading_blanks(std::string_view text) {
    const auto start = text.find_first_not_of(" \t\n\r\f\v");
    return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

constexpr int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

/// The base strtol(…, 0) would choose; its prefix is taken off.
int take_base(std::string_view& text) {
    if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
        digit_value(text[2]) < 16) {
        text.remove_prefix(2);
        return 16;
    }
    return !text.empty() && text[0] == '0' ? 8 : 10;
}

const auto number_auto = [] {
    return x3::no_case[x3::lit("0x")] >> x3::uint_parser<std::uint64_t, 16>{} |
           &x3::lit('0') >> x3::uint_parser<std::uint64_t, 8>{} | x3::uint_parser<std::uint64_t, 10>{};
}();

template <typename Rule, typename Attribute>
bool matches(std::string_view text, const Rule& rule, Attribute& attribute) {
    auto at = text.begin();
    return x3::parse(at, text.end(), rule, attribute) && at == text.end();
}

}  // namespace

Integer integer(std::string_view text, bool automatic_base) {
    Integer result;
    std::string_view rest = without_leading_blanks(text);
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
        result.negative = rest[0] == '-';
        rest.remove_prefix(1);
    }
    const int base = automatic_base ? take_base(rest) : 10;
    std::uint64_t magnitude = 0;
    std::size_t digits = 0;
    for (; digits < rest.size() && digit_value(rest[digits]) < base; ++digits) {
        if (magnitude > (std::numeric_limits<std::uint64_t>::max() >> 1) / 16) result.overflow = true;
        if (!result.overflow) {
            magnitude =
                magnitude * static_cast<unsigned>(base) + static_cast<unsigned>(digit_value(rest[digits]));
        }
    }
    result.junk = digits == 0 || digits != rest.size();
    result.value = static_cast<std::int64_t>(magnitude);
    if (result.negative) result.value = -result.value;
    return result;
}

Decimal decimal(std::string_view text, unsigned places) {
    Decimal result;
    std::string_view rest = without_leading_blanks(text);
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
        result.negative = rest[0] == '-';
        rest.remove_prefix(1);
    }
    std::string whole, fraction;
    auto at = rest.begin();
    x3::parse(at, rest.end(), *x3::digit, whole);
    if (at != rest.end() && *at == '.') {
        ++at;
        x3::parse(at, rest.end(), *x3::digit, fraction);
    }
    result.junk = (whole.empty() && fraction.empty()) || at != rest.end();
    result.too_many_places = fraction.size() > places;
    const bool round_up = result.too_many_places && fraction[places] >= '5';
    fraction.resize(places, '0');
    for (const char digit : whole + fraction) {
        const auto next = static_cast<std::uint64_t>(digit - '0');
        if (result.value > (std::numeric_limits<std::uint64_t>::max() - next) / 10) result.overflow = true;
        if (!result.overflow) result.value = result.value * 10 + next;
    }
    if (round_up && !result.overflow) ++result.value;
    return result;
}

std::optional<Masked> masked(std::string_view text) {
    Masked result;
    const auto slash = text.find('/');
    std::uint64_t value = 0, mask = 0;
    if (!matches(text.substr(0, slash), number_auto, value) || value > UINT32_MAX) return std::nullopt;
    result.value = static_cast<std::uint32_t>(value);
    if (slash == std::string_view::npos) return result;
    if (!matches(text.substr(slash + 1), number_auto, mask) || mask > UINT32_MAX) return std::nullopt;
    result.mask = static_cast<std::uint32_t>(mask);
    return result;
}

std::optional<std::array<std::uint64_t, 2>> number_range(std::string_view text) {
    std::vector<std::uint64_t> ends;
    const x3::uint_parser<std::uint64_t, 10> number;
    if (!matches(text, number >> -(x3::lit('-') >> number), ends) || ends.empty()) return std::nullopt;
    if (ends.size() == 1) ends.push_back(ends[0]);
    return std::array<std::uint64_t, 2>{ends[0], ends[1]};
}

std::optional<RouteTime> route_time(std::string_view text) {
    static const x3::symbols<std::uint32_t> units{
        {{"s", 1000U}, {"sec", 1000U}, {"secs", 1000U}, {"ms", 1U}, {"msec", 1U}, {"msecs", 1U}}, "unit"};
    std::uint32_t number = 0, scale = 0;
    auto at = text.begin();
    if (!x3::parse(at, text.end(), x3::uint32, number)) return std::nullopt;
    if (at == text.end()) return RouteTime{number, true};
    if (!x3::parse(at, text.end(), x3::no_case[units], scale) || at != text.end()) return std::nullopt;
    const std::uint64_t milliseconds = static_cast<std::uint64_t>(number) * scale;
    if (milliseconds > UINT32_MAX) return std::nullopt;
    return RouteTime{static_cast<std::uint32_t>(milliseconds), false};
}

std::optional<std::vector<std::uint32_t>> mpls_labels(std::string_view text) {
    std::vector<std::uint32_t> labels;
    if (!matches(text, x3::uint32 % '/', labels)) return std::nullopt;
    for (const auto label : labels) {
        if (label >= 1U << 20) return std::nullopt;
    }
    return labels;
}

std::optional<std::uint32_t> file_mode(std::string_view text) {
    static const x3::symbols<std::uint32_t> bits{{{"IRUSR", 0400U},
                                                  {"IWUSR", 0200U},
                                                  {"IXUSR", 0100U},
                                                  {"IRGRP", 040U},
                                                  {"IWGRP", 020U},
                                                  {"IXGRP", 010U},
                                                  {"IROTH", 04U},
                                                  {"IWOTH", 02U},
                                                  {"IXOTH", 01U},
                                                  {"IRWXU", 0700U},
                                                  {"IRWXG", 070U},
                                                  {"IRWXO", 07U}},
                                                 "mode bits"};
    std::uint64_t number = 0;
    if (matches(text, number_auto, number)) {
        return number <= 0777 ? std::optional{static_cast<std::uint32_t>(number)} : std::nullopt;
    }
    std::vector<std::uint32_t> parts;
    if (!matches(text, bits % '|', parts)) return std::nullopt;
    std::uint32_t mode = 0;
    for (const auto part : parts) mode |= part;
    return mode;
}

}  // namespace conf::grammar
