#include "conf/slips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "lib/net/address.hpp"

namespace conf {

namespace {

std::string_view words_at(std::string_view line, Span where) {
    if (where.column == 0 || where.column > line.size()) return {};
    return line.substr(where.column - 1, where.length);
}

// ---- characters that only look right

struct Character {
    std::uint32_t point = 0;
    std::size_t bytes = 1;
};

/// The first character of UTF-8 text; a byte that begins none stands for itself.
Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
    };
    const std::uint32_t first = byte(0);
    const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    if (bytes == 1 || text.size() < bytes) return {first, 1};
    std::uint32_t point = first & (0x7fU >> bytes);
    for (std::size_t at = 1; at < bytes; ++at) point = point << 6U | (byte(at) & 0x3fU);
    return {point, bytes};
}

/// What was meant with a character of a word processor or of an East Asian keyboard.
std::optional<std::string> meant_by(std::uint32_t point) {
    constexpr std::uint32_t kFullWidth = 0xff01, kLastFullWidth = 0xff5e, kPrintable = '!';
    if (point >= kFullWidth && point <= kLastFullWidth)
        return std::string(1, static_cast<char>(point - kFullWidth + kPrintable));
    switch (point) {
        case 0x201c:
        case 0x201d:
        case 0x201e:
        case 0x201f:
        case 0xab:
        case 0xbb:
            return "\"";
        case 0x2018:
        case 0x2019:
        case 0x201a:
            return "'";
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2212:
            return "-";
        case 0xa0:
        case 0x2002:
        case 0x2003:
        case 0x2009:
        case 0x202f:
        case 0x3000:
            return "a blank";
        case 0x200b:
        case 0x200c:
        case 0x200d:
        case 0x2060:
            return "nothing";
        default:
            return std::nullopt;
    }
}

std::string look_alike(std::string_view words) {
    constexpr std::uint32_t kByteOrderMark = 0xfeff;
    while (!words.empty()) {
        const auto character = first_character(words);
        if (character.point == kByteOrderMark)
            return "the text begins with a byte order mark (U+FEFF): save the file without one";
        const auto meant = meant_by(character.point);
        if (meant && meant->size() == 1) {
            return fmt::format("{} (U+{:04X}) is not `{}`: type the plain character",
                               words.substr(0, character.bytes), character.point, *meant);
        }
        if (meant)
            return fmt::format("there is a character U+{:04X} where {} was meant", character.point, *meant);
        words.remove_prefix(character.bytes);
    }
    return {};
}

// ---- signs of other languages

bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

std::size_t name_length(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_name_byte);
    return static_cast<std::size_t>(end - text.begin());
}

/// `$NAME` or `${NAME}` which stayed as it is.
std::string undefined_name(std::string_view rest) {
    const auto dollar = rest.find('$');
    if (dollar == std::string_view::npos) return {};
    rest.remove_prefix(dollar + 1);
    if (rest.starts_with('{')) rest.remove_prefix(1);
    const auto name = rest.substr(0, name_length(rest));
    if (name.empty()) return {};
    const auto behind = rest.substr(name.size());
    const auto sign = behind.find_first_not_of(" \t");
    if (sign != 0 && sign != std::string_view::npos && behind[sign] == '=')
        return fmt::format("a definition has no blank before its `=`: `${}=…`", name);
    return fmt::format(
        "nothing above defines `${0}`: a line `${0}=VALUE` would, `${{_ENV {0}}}` is taken from the "
        "environment",
        name);
}

std::string template_sign(std::string_view line) {
    constexpr std::array<std::string_view, 5> kSigns{"{{", "{%", "<%", "%}", "%>"};
    const bool has_one = std::any_of(kSigns.begin(), kSigns.end(), [&](std::string_view sign) {
        return line.find(sign) != std::string_view::npos;
    });
    return has_one ? "a template which was not filled in?" : "";
}

constexpr std::string_view kNoEquals = "a blank stands between a keyword and its value, no `=`";

std::string foreign_sign(std::string_view words) {
    if (words.starts_with("//") || words.starts_with("/*") || words.starts_with("*/"))
        return "a comment begins with `#` or `!` and ends with the line";
    if (words.starts_with('=')) return std::string(kNoEquals);
    if (words.ends_with(';')) return "a statement ends with its line, without `;`";
    if (words.ends_with(',')) return "blanks or new lines separate words, no `,`";
    return {};
}

/// 10.0.0.1:80
std::string joined_port(std::string_view words) {
    const auto colon = words.find(':');
    if (colon == std::string_view::npos || colon + 1 == words.size()) return {};
    const auto address = words.substr(0, colon), port = words.substr(colon + 1);
    const bool is_number = port.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number || !net::IpAddress::parse(address)) return {};
    return fmt::format("a blank stands between address and port: `{} {}`", address, port);
}

/// 10.0.0.1/255.255.255.0, 10.0.0.1 255.255.255.0
std::string written_mask(std::string_view words) {
    const auto slash = words.find('/');
    const auto length = mask_length(slash == std::string_view::npos ? words : words.substr(slash + 1));
    return length ? fmt::format("the length of a prefix stands behind its address: `/{}`, no mask", *length)
                  : "";
}

/// 30s, 100%
std::string number_with_unit(std::string_view words) {
    const auto end = words.find_first_not_of("0123456789");
    if (end == 0 || end == std::string_view::npos) return {};
    const bool has_unit = words[end] == '%' || (words[end] >= 'a' && words[end] <= 'z');
    return has_unit ? fmt::format("a number stands without a unit: `{}`", words.substr(0, end)) : "";
}

}  // namespace

std::optional<std::uint8_t> mask_length(std::string_view text) {
    const auto mask = net::IpAddress::parse(text);
    constexpr std::uint32_t kShortest = 0xff000000;  // what is less is an address
    if (!mask || !mask->is_v4() || mask->to_v4() < kShortest) return std::nullopt;
    const std::uint32_t host_bits = ~mask->to_v4();
    if ((host_bits & (host_bits + 1)) != 0) return std::nullopt;
    return static_cast<std::uint8_t>(std::popcount(mask->to_v4()));
}

std::string slip_hint(std::string_view line, Span where) {
    const auto words = words_at(line, where);
    if (words.empty()) return {};
    const auto rest = line.substr(where.column - 1);
    if (auto hint = look_alike(words); !hint.empty()) return hint;
    if (auto hint = template_sign(line); !hint.empty()) return hint;
    if (words.find('$') != std::string_view::npos) {
        if (auto hint = undefined_name(rest); !hint.empty()) return hint;
    }
    const bool is_first = line.find_first_not_of(" \t") + 1 == where.column;
    if (is_first && name_length(words) > 0 && words.substr(name_length(words)).starts_with('='))
        return std::string(kNoEquals);
    for (const auto known : {joined_port, written_mask, foreign_sign}) {
        if (auto hint = known(words); !hint.empty()) return hint;
    }
    return {};
}

void add_slip_hints(Diagnostics& diagnostics) {
    for (auto& diagnostic : diagnostics.list) {
        // Behind an expansion the words are not those of the line.
        if (diagnostic.severity == Class::note || !diagnostic.related.empty()) continue;
        auto hint = slip_hint(diagnostic.source_line, diagnostic.where);
        if (hint.empty() && diagnostic.severity == Class::invalid_number)
            hint = number_with_unit(words_at(diagnostic.source_line, diagnostic.where));
        const bool is_of_characters = hint.find("U+") != std::string::npos;
        if (diagnostic.hint.empty() || is_of_characters) diagnostic.hint = std::move(hint);
    }
}

}  // namespace conf
