// ADDRESS lines: conf-vrrp.md §4, conf-global.md §4.1, conf-language.md §11.
#include "conf/grammar/address.hpp"

#include <fmt/format.h>

#include <boost/spirit/home/x3.hpp>

#include "conf/grammar/numbers.hpp"
#include "conf/schema_values.hpp"
#include "conf/slips.hpp"
#include "conf/suggestion.hpp"

namespace conf {

namespace x3 = boost::spirit::x3;

namespace {

constexpr std::size_t kLongestLabel = 15;

struct AddressLine {
    Context& context;
    const Args& args;
    AddressUse use;
    Address address = {};
    std::string_view written = {};
    std::size_t at = 0;
    bool has_scope = false;
    std::string_view broadcast_keyword = {}, broadcast_word = {};
    Span broadcast_where = {};

    bool is_v6() const { return address.prefix.address.is_v6(); }
    Span here() const { return args.span(at); }

    /// The word behind the option, or a message.
    std::optional<std::string_view> argument(std::string_view option) {
        if (at + 1 < args.count()) return args.value(++at);
        context.error(here(), fmt::format("No {} parameter specified for {}", option, written));
        return std::nullopt;
    }

    bool read_first_word();
    bool read_option(std::string_view word);
    bool read_dev();
    bool read_scope();
    bool read_label();
    bool read_peer();
    bool read_preferred_lft();
    bool read_track_group();
    bool finish_broadcast();
    bool finish();
};

std::string similar_option(std::string_view word) {
    Suggestion suggestion(word);
    for (const char* option :
         {"dev", "scope", "brd", "broadcast", "label", "peer", "home", "-nodad", "mngtmpaddr",
          "noprefixroute", "autojoin", "no_track", "use_vmac", "preferred_lft", "track_group"}) {
        suggestion.consider(option);
    }
    return suggestion.hint();
}

std::uint8_t default_length(const net::IpAddress& address) { return net::address_bits(address.family); }

/// What stands behind the slash; the length of a single address, after messages, when it is none.
std::uint8_t read_length(Context& context, std::string_view text, std::string_view written,
                         const net::Prefix& single, Span where) {
    const auto length = read_unsigned(context, text, where, 0, single.length, Number::strict);
    if (length) return static_cast<std::uint8_t>(*length);
    context.error(where, fmt::format("Invalid address prefix len {} for address {} - using {}", text, written,
                                     single.length));
    return single.length;
}

bool AddressLine::read_first_word() {
    written = args.value();
    const auto word = split_address(written);
    if (!word) {
        context.error(here(), fmt::format("VRRP parsed invalid IP {}. skipping IP...", written)).expected =
            "an IPv4 or IPv6 address, with or without /LENGTH";
        return false;
    }
    address.prefix = {word->address, default_length(word->address)};
    if (!word->length) return true;
    if (word->length->empty()) {
        address.prefix.length = 0;
        return true;
    }
    address.prefix.length = read_length(context, *word->length, written, address.prefix, here());
    return true;
}

bool AddressLine::read_dev() {
    if (!address.dev.empty()) {
        context.error(here(), fmt::format("Cannot specify ipaddress device more than once for {}", written));
        return false;
    }
    const auto name = argument("dev");
    if (!name) return false;
    if (!interface_name_fits(context, *name, here())) return false;
    address.dev = *name;
    if (context.interface_usable(*name)) return true;
    context
        .report(Class::warning, here(),
                fmt::format("WARNING - interface {} for ip address {} doesn't exist", *name, written))
        .hint = context.similar_interface(*name);
    return false;
}

bool AddressLine::read_scope() {
    const auto name = argument("scope");
    if (!name) return false;
    const auto scope = named_number(context, NameTable::scope, *name, 255);
    if (!scope) {
        context.error(here(), fmt::format("Invalid scope '{}' specified for {} - ignoring", *name, written));
        return true;
    }
    if (is_v6()) {
        // `scope global` is what an IPv6 address has.
        if (*scope != 0) {
            context.error(here(), fmt::format("Cannot specify scope for IPv6 addresses ({}) - ignoring scope",
                                              written));
        }
        return true;
    }
    address.scope = static_cast<std::uint8_t>(*scope);
    // A number is shown by the name it has (run: 2.2.7).
    const bool is_number = name->front() >= '0' && name->front() <= '9';
    if (!is_number) address.scope_name = *name;
    return true;
}

bool AddressLine::read_label() {
    const auto label = argument("label");
    if (!label) return false;
    if (is_v6()) {
        context.error(here(),
                      fmt::format("Cannot specify label for IPv6 addresses ({}) - ignoring label", written));
        return true;
    }
    if (label->size() > kLongestLabel) {
        context.error(here(),
                      fmt::format("Address label {} is longer than maximum length {} - removing address",
                                  *label, kLongestLabel));
        return false;
    }
    address.label = *label;
    return true;
}

bool AddressLine::read_peer() {
    const auto text = argument("peer");
    if (!text) return false;
    if (!address.peer.is_none()) {
        context.error(here(), fmt::format("Peer {} - another peer has already been specified", *text));
        return true;
    }
    const auto peer = net::IpAddress::parse(*text);
    if (!peer) {
        context.error(here(), fmt::format("VRRP parsed invalid IP {}. skipping IP...", *text));
        context.error(here(), fmt::format("Invalid peer address {}", *text)).expected =
            "an address of the same family, without /LENGTH";
        return true;
    }
    if (peer->family != address.prefix.address.family) {
        context.error(here(), fmt::format("Peer address {} does not match address family", *text));
        return true;
    }
    if (address.prefix.length != default_length(address.prefix.address)) {
        context.error(here(), "Cannot specify address prefix when specifying peer address - ignoring");
    }
    address.peer = *peer;
    address.prefix.length = default_length(address.prefix.address);
    return true;
}

bool AddressLine::read_preferred_lft() {
    const auto text = argument("preferred_lft");
    if (!text) return false;
    if (*text == "forever") {
        address.preferred_lft = UINT32_MAX;
        return true;
    }
    const auto value = read_unsigned(context, *text, here(), 0, UINT32_MAX, Number::lenient);
    if (value) {
        address.preferred_lft = static_cast<std::uint32_t>(*value);
    } else {
        context.error(here(), fmt::format("preferred_lft {} is invalid", *text)).expected =
            "seconds, or `forever`";
    }
    return true;
}

bool AddressLine::read_track_group() {
    const auto name = argument("track_group");
    if (!name) return false;
    if (!address.track_group.empty()) {
        context.error(here(), fmt::format("track_group {} is a duplicate", *name));
    } else if (!context.track_group_index.contains(std::string(*name))) {
        context.error(here(), fmt::format("track_group {} not found", *name)).hint =
            context.did_you_mean(*name, context.track_group_index);
    } else {
        address.track_group = *name;
    }
    return true;
}

bool AddressLine::read_option(std::string_view word) {
    if (word == "dev") return read_dev();
    if (word == "scope") return read_scope();
    if (word == "label") return read_label();
    if (word == "peer") return read_peer();
    if (word == "preferred_lft") return read_preferred_lft();
    if (word == "track_group" && use == AddressUse::static_address) return read_track_group();
    if (word == "brd" || word == "broadcast") {
        const auto text = argument(word);
        if (!text) return false;
        broadcast_keyword = word;
        broadcast_word = *text;
        broadcast_where = here();
        return true;
    }
    if (word == "home") return address.home = true;
    if (word == "-nodad") return address.no_dad_off = true;
    if (word == "mngtmpaddr") return address.mngtmpaddr = true;
    if (word == "noprefixroute") return address.noprefixroute = true;
    if (word == "autojoin") return address.autojoin = true;
    if (word == "no_track") return address.no_track = true;
    if (word == "use_vmac" && use == AddressUse::virtual_address) return address.use_vmac = true;
    auto& problem = context.error(
        here(), fmt::format("Unknown configuration entry '{}' for ip address - ignoring", word));
    if (mask_length(word)) return true;  // has a hint of its own
    problem.hint = split_address(word) ? "write one address a line" : similar_option(word);
    return true;
}

bool AddressLine::finish_broadcast() {
    if (broadcast_word.empty()) return true;
    if (is_v6()) {
        context
            .error(broadcast_where,
                   fmt::format("VRRP is trying to assign a broadcast {} to the IPv6 address {} "
                               "!!?? WTF... skipping VIP...",
                               broadcast_keyword, written))
            .expected = "no broadcast address with IPv6";
        return false;
    }
    if (!address.peer.is_none()) {
        context.error(
            broadcast_where,
            fmt::format("Cannot specify broadcast and peer addresses for {} - ignoring broadcast", written));
        return true;
    }
    if (broadcast_word != "+" && broadcast_word != "-") {
        const auto broadcast = net::IpAddress::parse(broadcast_word);
        if (!broadcast || !broadcast->is_v4()) {
            context.error(broadcast_where,
                          fmt::format("VRRP is trying to assign invalid broadcast {}. skipping VIP...",
                                      broadcast_word));
            return false;
        }
        address.broadcast = *broadcast;
        return true;
    }
    constexpr std::uint8_t kLongest = 30;
    if (address.prefix.length > kLongest) {
        context.error(broadcast_where,
                      fmt::format("Address prefix length {} too long for broadcast", address.prefix.length));
        return true;
    }
    const std::uint32_t host_bits =
        address.prefix.length == 0 ? UINT32_MAX : UINT32_MAX >> address.prefix.length;
    const std::uint32_t net_part = address.prefix.address.to_v4() & ~host_bits;
    address.broadcast = net::IpAddress::v4(broadcast_word == "+" ? net_part | host_bits : net_part);
    return true;
}

bool AddressLine::finish() {
    if (!finish_broadcast()) return false;
    if (use == AddressUse::static_address && !address.track_group.empty() && address.dev.empty()) {
        context.error(
            args.where(),
            fmt::format("Static address {} has track_group but no dev - ignoring track_group", written));
        address.track_group.clear();
    }
    return true;
}

}  // namespace

std::optional<AddressWord> split_address(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = net::IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return AddressWord{*address, std::nullopt};
    return AddressWord{*address, text.substr(slash + 1)};
}

std::optional<net::Prefix> read_prefix(std::string_view text) {
    const auto word = split_address(text);
    if (!word) return std::nullopt;
    net::Prefix prefix{word->address, default_length(word->address)};
    if (!word->length) return prefix;
    const auto length = grammar::integer(*word->length);
    if (length.junk || length.negative || length.value > prefix.length) return std::nullopt;
    prefix.length = static_cast<std::uint8_t>(length.value);
    return prefix;
}

std::optional<net::Prefix> read_prefix(Context& context, std::string_view text, Span where) {
    const auto word = split_address(text);
    if (!word) {
        context.error(where, fmt::format("VRRP parsed invalid IP {}. skipping IP...", text));
        return std::nullopt;
    }
    net::Prefix prefix{word->address, default_length(word->address)};
    if (word->length) {
        prefix.length = word->length->empty() ? std::uint8_t{0}
                                              : read_length(context, *word->length, text, prefix, where);
    }
    return prefix;
}

std::optional<net::LinkAddress> read_mac(std::string_view text, std::uint8_t vrid) {
    std::vector<std::uint8_t> octets;
    const x3::uint_parser<std::uint8_t, 16, 1, 2> octet;
    auto at = text.begin();
    if (!x3::parse(at, text.end(), octet % ':', octets) || at != text.end()) return std::nullopt;
    if (octets.size() == 5) octets.push_back(vrid);
    if (octets.size() != 6) return std::nullopt;
    net::LinkAddress mac{6, {}};
    std::copy(octets.begin(), octets.end(), mac.bytes.begin());
    return mac;
}

std::optional<Address> read_address(Context& context, const Args& args, AddressUse use) {
    AddressLine line{context, args, use};
    if (!line.read_first_word()) return std::nullopt;
    while (++line.at < args.count()) {
        if (!line.read_option(args.value(line.at))) return std::nullopt;
    }
    if (!line.finish()) return std::nullopt;
    return std::move(line.address);
}

}  // namespace conf
