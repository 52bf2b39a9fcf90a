// Numbers, booleans, names and script words of statements: conf-language.md §4, §8.2, §8.3.
#include "conf/schema_values.hpp"

#include <fmt/format.h>

#include "conf/grammar/numbers.hpp"

namespace conf {

namespace {

/// True when the junk makes the number unusable.
bool junk_refused(Context& context, std::string_view text, Span where, Number kind) {
    const bool refuse = kind == Number::strict || context.parse.config_test;
    context.report(Class::invalid_number, where,
                   fmt::format("{}invalid number '{}'", refuse ? "" : "WARNING - ", text));
    return refuse;
}

std::string with_places(std::uint64_t millionths, unsigned places) {
    std::string fraction = fmt::format("{:06}", millionths % 1'000'000);
    fraction.resize(places);
    return fmt::format("{}.{}", millionths / 1'000'000, fraction);
}

/// "" is a number to strtol, and so to the reference.
std::string_view or_zero(std::string_view text) { return text.empty() ? "0" : text; }

}  // namespace

std::optional<std::uint64_t> read_unsigned(Context& context, std::string_view text, Span where,
                                           std::uint64_t min, std::uint64_t max, Number kind,
                                           bool automatic_base) {
    const auto number = grammar::integer(or_zero(text), automatic_base);
    if (number.junk && junk_refused(context, text, where, kind)) return std::nullopt;
    if (number.negative && number.value != 0) {
        context.report(Class::invalid_number, where, fmt::format("negative number '{}'", text)).expected =
            fmt::format("a number from {} to {}", min, max);
        return std::nullopt;
    }
    const auto value = static_cast<std::uint64_t>(number.value);
    if (number.overflow || value > UINT32_MAX) {
        context.report(Class::invalid_number, where,
                       fmt::format("number '{}' outside unsigned integer range", text));
        return std::nullopt;
    }
    if (value < min || value > max) {
        context.report(Class::invalid_number, where,
                       fmt::format("number '{}' outside range [{}, {}]", text, min, max));
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> read_integer(Context& context, std::string_view text, Span where,
                                         std::int64_t min, std::int64_t max, Number kind) {
    const auto number = grammar::integer(or_zero(text));
    if (number.junk && junk_refused(context, text, where, kind)) return std::nullopt;
    if (number.overflow || number.value > INT32_MAX || number.value < INT32_MIN) {
        context.report(Class::invalid_number, where, fmt::format("number '{}' outside integer range", text));
        return std::nullopt;
    }
    if (number.value < min || number.value > max) {
        context.report(Class::invalid_number, where,
                       fmt::format("number '{}' outside range [{}, {}]", text, min, max));
        return std::nullopt;
    }
    return number.value;
}

std::optional<std::uint64_t> read_decimal(Context& context, std::string_view text, Span where,
                                          unsigned places, std::int64_t min, std::uint64_t max, Number kind) {
    const auto number = grammar::decimal(or_zero(text), places);
    if (number.negative && !number.junk && number.value != 0) {
        context.report(Class::invalid_number, where, fmt::format("negative number '{}'", text));
        return std::nullopt;
    }
    if ((number.junk || number.negative) && junk_refused(context, text, where, kind)) return std::nullopt;
    if (number.too_many_places) {
        context.report(Class::invalid_number, where,
                       fmt::format("number '{}' has too many decimal places", text));
    }
    std::uint64_t scale = 1;
    for (unsigned place = places; place < 6; ++place) scale *= 10;
    if (number.overflow || number.value > UINT64_MAX / scale) {
        context.report(Class::invalid_number, where,
                       fmt::format("number '{}' outside unsigned decimal range", text));
        return std::nullopt;
    }
    const auto low = min < 0 ? 0 : static_cast<std::uint64_t>(min);
    if (number.value * scale < low || number.value * scale > max) {
        context.report(Class::invalid_number, where,
                       fmt::format("number '{}' outside range [{}, {}]", text, with_places(low, places),
                                   with_places(max, places)));
        return std::nullopt;
    }
    return number.value;
}

std::optional<bool> bool_word(std::string_view text) {
    if (text == "true" || text == "on" || text == "yes") return true;
    if (text == "false" || text == "off" || text == "no") return false;
    return std::nullopt;
}

std::optional<std::size_t> place_of_word(std::string_view choices, std::string_view word) {
    for (std::size_t place = 0, at = 0; at <= choices.size(); ++place) {
        const auto end = std::min(choices.find('|', at), choices.size());
        if (choices.substr(at, end - at) == word) return place;
        at = end + 1;
    }
    return std::nullopt;
}

bool interface_name_fits(Context& context, std::string_view name, Span where) {
    if (name.size() <= kLongestInterfaceName && !name.empty()) return true;
    context.error(where, fmt::format("Interface name '{}' too long - ignoring", name)).expected =
        "an interface name of 1 to 15 characters";
    return false;
}

std::optional<net::IpAddress> address_word(std::string_view text) {
    return net::IpAddress::parse(text.substr(0, text.find('/')));
}

std::optional<std::uint32_t> named_number(Context& context, NameTable table, std::string_view text,
                                          std::uint32_t max) {
    const auto number = grammar::integer(text, true);
    if (!number.junk) {
        // As the reference: any number, of which 32 bits count; `table -1` is the last one.
        const auto low = number.overflow ? UINT32_MAX : static_cast<std::uint32_t>(number.value);
        return low <= max ? std::optional(low) : std::nullopt;
    }
    const auto& global = context.model.global;
    const auto found = context.facts.number_of(table, text, global.iproute_usr_dir, global.iproute_etc_dir);
    return found && *found <= max ? found : std::nullopt;
}

bool lacks_script(const Args& args) {
    const auto line = split_script(args.statement.raw);
    return line.error.empty() && line.words.size() < 2;
}

std::optional<ScriptRequest> read_script(Context& context, const Args& args) {
    auto line = split_script(args.statement.raw);
    if (!line.error.empty()) {
        context.report(Class::unmatched_quote, args.where(), line.error);
        return std::nullopt;
    }
    if (line.words.size() < 2) return std::nullopt;
    auto argv = decode_argv(line.words[1]);
    if (!argv.error.empty()) context.report(Class::unmatched_quote, args.where(), argv.error);
    if (argv.words.empty() || !argv.error.empty()) return std::nullopt;
    ScriptRequest request{
        line.words[1], std::move(argv.words), {}, {}, args.empty() ? args.where() : args.span()};
    if (line.words.size() > 2) request.user = line.words[2];
    if (line.words.size() > 3) request.group = line.words[3];
    return request;
}

bool Context::need(const Args& args, std::size_t index) {
    if (args.count() > index) return true;
    if (index == 0 && !args.keyword.absence.empty()) {
        error(args.where(), fill_in(args.keyword.absence, args.keyword.name, {}, object));
        return false;
    }
    const auto position = args.first + index + 1;
    const auto keyword = args.statement.words[position - 2].text;
    sink.missing_parameter(args.where(), args.statement.keyword(), keyword, position);
    return false;
}

bool Context::interface_usable(std::string_view name) {
    if (model.global.dynamic_interfaces || interface(name) != nullptr || makes_lagg(name)) return true;
    missing_interface = true;
    return false;
}

std::string fill_in(std::string_view pattern, std::string_view keyword, std::string_view value,
                    std::string_view object) {
    std::string text;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] != '$' || at + 1 == pattern.size()) {
            text += pattern[at];
            continue;
        }
        switch (pattern[++at]) {
            case 'v':
                text += value;
                break;
            case 'k':
                text += keyword;
                break;
            case 'n':
                text += object;
                break;
            default:
                (text += '$') += pattern[at];
        }
    }
    return text;
}

}  // namespace conf
