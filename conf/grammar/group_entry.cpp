// Address ranges of virtual server groups: conf-lvs.md §4, conf-language.md §11.
#include "conf/grammar/group_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "conf/grammar/numbers.hpp"
#include "conf/schema_values.hpp"

namespace conf {

namespace {

/// The address with its last octet (IPv4) or last 16 bits (IPv6) replaced.
net::IpAddress with_end(net::IpAddress address, std::uint32_t end) {
    if (address.is_v4()) {
        address.bytes[3] = static_cast<std::uint8_t>(end);
    } else {
        address.bytes[14] = static_cast<std::uint8_t>(end >> 8);
        address.bytes[15] = static_cast<std::uint8_t>(end);
    }
    return address;
}

std::uint32_t end_of(const net::IpAddress& address) {
    if (address.is_v4()) return address.bytes[3];
    return static_cast<std::uint32_t>(address.bytes[14]) << 8 | address.bytes[15];
}

struct Bounds {
    net::IpAddress first, last;
};

std::optional<Bounds> short_range(Context& context, Span where, std::string_view text,
                                  const net::IpAddress& first, std::string_view end_word) {
    const bool v4 = first.is_v4();
    std::uint64_t end = 0;
    const auto [stop, error] =
        std::from_chars(end_word.data(), end_word.data() + end_word.size(), end, v4 ? 10 : 16);
    const std::string_view rest(stop, static_cast<std::size_t>(end_word.data() + end_word.size() - stop));
    if (error != std::errc{} || end > (v4 ? 255U : 0xffffU)) {
        context.error(where,
                      fmt::format("Virtual server group range '{}' end '{}' too large", text, end_word));
        return std::nullopt;
    }
    if (!rest.empty()) {
        context.error(where, fmt::format("{}Virtual server group range '{}' has extra characters at end '{}'",
                                         context.parse.config_test ? "" : "WARNING - ", text, rest));
        if (context.parse.config_test) return std::nullopt;
    }
    if (end <= end_of(first)) {
        context.error(
            where,
            fmt::format("Address range end is not greater than address range start - {} - skipping", text));
        return std::nullopt;
    }
    return Bounds{first, with_end(first, static_cast<std::uint32_t>(end))};
}

std::optional<Bounds> range(Context& context, Span where, std::string_view text, std::size_t dash) {
    const auto first = net::IpAddress::parse(text.substr(0, dash));
    const auto end_word = text.substr(dash + 1);
    if (!first) return std::nullopt;
    const auto last = net::IpAddress::parse(end_word);
    if (!last) return short_range(context, where, text, *first, end_word);
    if (last->family != first->family || *last < *first) {
        context.error(
            where, fmt::format("Address range end is less than address range start - {} - skipping", text));
        return std::nullopt;
    }
    return Bounds{*first, *last};
}

std::optional<Bounds> network(Context& context, Span where, std::string_view text, std::size_t slash) {
    const auto first = net::IpAddress::parse(text.substr(0, slash));
    if (!first) return std::nullopt;
    const auto length = grammar::integer(text.substr(slash + 1));
    const auto bits = net::address_bits(first->family);
    if (length.junk || length.negative || length.value < 1 || length.value > bits) {
        context.error(where, fmt::format("Invalid netmask - {} - skipping", text));
        return std::nullopt;
    }
    auto lowest = *first, highest = *first;
    for (auto bit = static_cast<std::size_t>(length.value); bit < bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        lowest.bytes[bit / 8] = static_cast<std::uint8_t>(lowest.bytes[bit / 8] & ~mask);
        highest.bytes[bit / 8] |= mask;
    }
    if (lowest != *first) {
        context.error(where, fmt::format("Address mask bits not empty - {} - skipping", text));
        return std::nullopt;
    }
    return Bounds{lowest, highest};
}

std::optional<GroupEntry> fwmark(Context& context, const Args& args, std::string_view group) {
    if (!context.need(args, 1)) return std::nullopt;
    const auto mark = read_unsigned(context, args.value(1), args.span(1), 0, UINT32_MAX, Number::lenient);
    if (!mark) {
        context.error(args.span(1), fmt::format("({}): fwmark '{}' must be in [0, 4294967295] - ignoring",
                                                group, args.value(1)));
        return std::nullopt;
    }
    GroupEntry entry;
    entry.is_fwmark = true;
    entry.fwmark = static_cast<std::uint32_t>(*mark);
    if (args.count() < 3) return entry;
    if (args.value(2) != "inet" && args.value(2) != "inet6") {
        context
            .error(args.span(2), fmt::format("({}): fwmark '{}' family {} unknown - ignoring", group,
                                             args.value(1), args.value(2)))
            .expected = "inet or inet6";
        return std::nullopt;
    }
    entry.fwmark_family = args.value(2) == "inet" ? net::Family::ipv4 : net::Family::ipv6;
    return entry;
}

}  // namespace

std::optional<GroupEntry> read_group_entry(Context& context, const Args& args, std::string_view group) {
    if (args.value() == "fwmark") return fwmark(context, args, group);
    const auto text = args.value();
    const auto invalid = [&] {
        context.error(args.span(),
                      fmt::format("Invalid virtual server group IP address {}{}{} - skipping", text,
                                  args.count() > 1 ? " /port/" : "", args.count() > 1 ? args.value(1) : ""));
        return std::nullopt;
    };
    GroupEntry entry;
    if (args.count() > 1 && args.value(1).find_first_not_of('0') != std::string_view::npos) {
        const auto port = read_unsigned(context, args.value(1), args.span(1), 1, 65535, Number::lenient);
        if (!port) return invalid();
        entry.port = static_cast<std::uint16_t>(*port);
    }
    const auto dash = text.find('-'), slash = text.find('/');
    if (dash == std::string_view::npos && slash == std::string_view::npos) {
        const auto address = net::IpAddress::parse(text);
        if (!address) return invalid();
        entry.first = entry.last = *address;
        return entry;
    }
    if (!net::IpAddress::parse(text.substr(0, std::min(dash, slash)))) return invalid();
    const auto bounds =
        dash < slash ? range(context, args.span(), text, dash) : network(context, args.span(), text, slash);
    if (!bounds) return std::nullopt;
    entry.first = bounds->first;
    entry.last = bounds->last;
    return entry;
}

}  // namespace conf
