// Values of checkers: conf-lvs.md §7.4, §7.10.
#include "conf/grammar/check_values.hpp"

#include <boost/spirit/home/x3.hpp>
#include <string>

#include "conf/grammar/numbers.hpp"

namespace conf::grammar {

namespace x3 = boost::spirit::x3;

namespace {

struct Nibble {
    std::uint8_t value = 0, mask = 0x0f;
};

Nibble nibble(char c) {
    if (c >= '0' && c <= '9') return {static_cast<std::uint8_t>(c - '0')};
    if (c == 'x' || c == 'X') return {0, 0};
    return {static_cast<std::uint8_t>((c | 0x20) - 'a' + 10)};
}

}  // namespace

std::optional<HexBytes> hex_bytes(std::string_view text, bool wildcards) {
    const auto digit = wildcards ? x3::char_("0-9a-fA-FxX") : x3::char_("0-9a-fA-F");
    const auto byte = x3::rule<struct ByteId, std::string>{"byte"} = digit >> -digit;
    std::vector<std::string> words;
    auto at = text.begin();
    if (!x3::parse(at, text.end(), x3::omit[*x3::space] >> +(byte >> x3::omit[*x3::space]), words) ||
        at != text.end()) {
        return std::nullopt;
    }
    HexBytes result;
    for (const auto& word : words) {
        const Nibble high = word.size() == 2 ? nibble(word[0]) : Nibble{};
        const Nibble low = nibble(word.back());
        result.bytes.push_back(static_cast<std::uint8_t>(high.value << 4 | low.value));
        result.mask.push_back(static_cast<std::uint8_t>(high.mask << 4 | low.mask));
    }
    return result;
}

std::optional<std::string> escaped_text(std::string_view text) {
    x3::symbols<char> simple;
    simple.add("r", '\r')("n", '\n')("t", '\t')("0", '\0')("\\", '\\')("\"", '"');
    const x3::uint_parser<unsigned char, 16, 2, 2> byte;
    const auto escape = x3::rule<struct EscapeId, char>{"escape"} = '\\' >> (simple | ('x' >> byte));
    std::string decoded;
    auto at = text.begin();
    if (!x3::parse(at, text.end(), *(escape | ~x3::char_('\\')), decoded) || at != text.end())
        return std::nullopt;
    return decoded;
}

std::optional<std::array<std::uint16_t, 2>> status_codes(std::string_view text) {
    constexpr std::uint64_t kLowest = 100, kHighest = 599;
    const auto range = number_range(text);
    if (!range || (*range)[0] < kLowest || (*range)[1] > kHighest || (*range)[0] > (*range)[1])
        return std::nullopt;
    return std::array<std::uint16_t, 2>{static_cast<std::uint16_t>((*range)[0]),
                                        static_cast<std::uint16_t>((*range)[1])};
}

}  // namespace conf::grammar
