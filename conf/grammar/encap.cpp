// Encapsulations: conf-vrrp.md §5.
#include "conf/grammar/encap.hpp"

#include <fmt/format.h>

#include <boost/spirit/home/x3.hpp>

#include "conf/grammar/numbers.hpp"
#include "conf/schema_values.hpp"

namespace conf {

namespace x3 = boost::spirit::x3;

namespace {

std::optional<std::uint64_t> number_up_to(std::string_view text, std::uint64_t max) {
    const auto range = grammar::number_range(text);
    if (!range || (*range)[0] != (*range)[1] || (*range)[0] > max ||
        text.find('-') != std::string_view::npos) {
        return std::nullopt;
    }
    return (*range)[0];
}

bool bad(Context& context, const Args& args, std::size_t at, std::string_view kind) {
    context.error(args.span(at), fmt::format("Invalid encap {} value {}", kind, args.value(at)));
    return false;
}

/// One `option value` pair of encap ip or ip6. @return 0 not an option, 1 taken, -1 bad (after a message)
int ip_option(Context& context, const Args& args, std::size_t& at, Encap& encap, std::string_view kind) {
    const bool v6 = encap.kind == EncapKind::ip6;
    const auto word = args.value(at);
    const bool known = word == "id" || word == "dst" || word == "src" || word == "flags" ||
                       word == (v6 ? "tc" : "tos") || word == (v6 ? "hoplimit" : "ttl");
    if (!known) return 0;
    if (!context.need(args, at + 1)) return -1;
    const auto value = args.value(++at);
    const auto family = v6 ? net::Family::ipv6 : net::Family::ipv4;
    if (word == "dst" || word == "src") {
        const auto address = net::IpAddress::parse(value);
        if (!address || address->family != family) return bad(context, args, at, kind) ? 1 : -1;
        (word == "dst" ? encap.dst : encap.src) = *address;
    } else if (word == "id") {
        encap.id = number_up_to(value, UINT64_MAX);
        if (!encap.id) return bad(context, args, at, kind) ? 1 : -1;
    } else if (word == "flags") {
        const auto number = number_up_to(value, UINT16_MAX);
        if (!number) return bad(context, args, at, kind) ? 1 : -1;
        encap.flags = static_cast<std::uint16_t>(*number);
    } else if (word == "tos" || word == "tc") {
        const auto number = named_number(context, NameTable::dsfield, value, 255);
        if (!number) return bad(context, args, at, kind) ? 1 : -1;
        encap.tos = static_cast<std::uint8_t>(*number);
    } else {
        const auto number = number_up_to(value, 255);
        if (!number) return bad(context, args, at, kind) ? 1 : -1;
        encap.ttl = static_cast<std::uint8_t>(*number);
    }
    return 1;
}

bool read_ip(Context& context, const Args& args, std::size_t& at, Encap& encap, std::string_view kind) {
    while (at + 1 < args.count()) {
        std::size_t next = at + 1;
        const int outcome = ip_option(context, args, next, encap, kind);
        if (outcome < 0) return false;
        if (outcome == 0) break;
        at = next;
    }
    if (encap.id || !encap.dst.is_none()) return true;
    context.error(args.span(at), fmt::format("address or id missing for {} encapsulation", kind));
    return false;
}

/// ILA locator: four groups of 16 bits, as the first half of an IPv6 address.
std::optional<std::uint64_t> ila_locator(std::string_view text) {
    std::vector<std::uint16_t> groups;
    const x3::uint_parser<std::uint16_t, 16, 1, 4> group;
    auto begin = text.begin();
    if (!x3::parse(begin, text.end(), group % ':', groups) || begin != text.end() || groups.size() != 4) {
        return std::nullopt;
    }
    std::uint64_t locator = 0;
    for (const auto part : groups) locator = locator << 16 | part;
    return locator;
}

}  // namespace

bool read_encap(Context& context, const Args& args, std::size_t& at, Encap& encap) {
    const auto kind = args.value(at);
    if (kind == "ip" || kind == "ip6") {
        encap.kind = kind == "ip" ? EncapKind::ip : EncapKind::ip6;
        return read_ip(context, args, at, encap, kind);
    }
    if (kind == "mpls") {
        encap.kind = EncapKind::mpls;
        if (!context.need(args, at + 1)) return false;
        const auto labels = grammar::mpls_labels(args.value(++at));
        if (!labels) {
            context.error(args.span(at),
                          fmt::format("invalid mpls address {} for encapsulation", args.value(at)));
            return false;
        }
        encap.labels = *labels;
        return true;
    }
    if (kind == "ila") {
        encap.kind = EncapKind::ila;
        if (!context.need(args, at + 1)) return false;
        const auto locator = ila_locator(args.value(++at));
        if (!locator) return bad(context, args, at, kind);
        encap.locator = *locator;
        return true;
    }
    context.error(args.span(at), fmt::format("Unknown encap type - {}", kind)).expected =
        "ip, ip6, mpls or ila";
    return false;
}

}  // namespace conf
