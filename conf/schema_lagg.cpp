// lagg_instance: one row a keyword, and the BSD one-line form (lagg.md §4.1, §4.2).
#include <algorithm>
#include <bit>

#include "conf/grammar/address.hpp"
#include "conf/grammar/numbers.hpp"
#include "conf/schema_blocks.hpp"
#include "conf/schema_scripts.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

using Draft = LaggDraft;
using Row = Setters<LaggDraft>;
using L = LaggInstance;

Draft& draft_of(void* target) { return *static_cast<Draft*>(target); }

Diagnostic& say(Context& context, Span where, std::string_view what) {
    return context.error(where, fmt::format("lagg_instance {}: {}", context.object, what));
}

void refuse_word(Context& context, const Args& args) {
    say(context, args.span(), fmt::format("unknown {} '{}'", args.keyword.name, args.value())).expected =
        args.keyword.range.text;
}

// ------------------------------------------------------------------------------------------------ ports

void add_port(Context& context, Draft& draft, std::string_view name, Span where) {
    if (!interface_name_fits(context, name, where)) return;
    auto& ports = draft.value.ports;
    const auto same =
        std::find_if(ports.begin(), ports.end(), [&](const LaggPort& p) { return p.name == name; });
    if (same != ports.end()) {
        say(context, where, fmt::format("port {} listed twice", name))
            .related.emplace_back(draft.port_places[static_cast<std::size_t>(same - ports.begin())],
                                  "first listed here");
        return;
    }
    ports.emplace_back().name = name;
    draft.port_places.push_back(where);
}

/// One line of `laggport { IF … }`.
void port_line(Context& context, void* target, const Args& args) {
    for (std::size_t at = 0; at < args.count(); ++at)
        add_port(context, draft_of(target), args.value(at), args.span(at));
}

/// `laggport IF [{ … }]`; without a name the lines of the block are names.
void* open_port(Context& context, void* parent, const Args& args) {
    if (args.empty()) return parent;
    auto& draft = draft_of(parent);
    const auto before = draft.value.ports.size();
    add_port(context, draft, args.value(), args.span());
    return draft.value.ports.size() == before ? nullptr : parent;
}

LaggPort& last_port(void* target) { return draft_of(target).value.ports.back(); }

template <auto Member, std::int64_t lowest, std::int64_t highest>
void set_port_number(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto number = read_integer(context, args.value(), args.span(), lowest, highest, Number::strict);
    if (!number) return complain(context, args, args.value());
    auto& field = last_port(target).*Member;
    field = static_cast<std::remove_reference_t<decltype(field)>>(*number);
}

void set_port_mtu(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto mtu = read_unsigned(context, args.value(), args.span(), 68, 65535, Number::strict);
    if (!mtu) return complain(context, args, args.value());
    last_port(target).mtu = static_cast<std::uint32_t>(*mtu);
}

void set_port_primary(Context&, void* target, const Args&) {
    draft_of(target).primary = last_port(target).name;
}

// ------------------------------------------------------------------------------------------------ the BSD line

constexpr std::string_view kProtocols = "failover|lacp|loadbalance|roundrobin|broadcast|tlb|alb|none";
constexpr std::string_view kLinuxNames =
    "active-backup|802.3ad|balance-xor|balance-rr|broadcast|balance-tlb|balance-alb";

void take_protocol(Context& context, Draft& draft, const Args& args) {
    auto place = place_of_word(kProtocols, args.value());
    if (!place) place = place_of_word(kLinuxNames, args.value());
    draft.refused |= !place;
    if (place) {
        draft.value.protocol = static_cast<LaggProtocol>(*place);
    } else {
        refuse_word(context, args);
    }
}

/// Length of "255.255.255.0" or "0xffffff00"; nothing for a mask with holes.
std::optional<std::uint8_t> mask_length(std::string_view text) {
    std::uint32_t bits = 0;
    if (const auto address = net::IpAddress::parse(text); address && !address->is_v6()) {
        for (int octet = 0; octet < 4; ++octet)
            bits = bits << 8 | address->bytes[static_cast<std::size_t>(octet)];
    } else if (const auto number = grammar::integer(text, true);
               text.starts_with("0x") && !number.junk && !number.overflow && number.value <= UINT32_MAX) {
        bits = static_cast<std::uint32_t>(number.value);
    } else {
        return std::nullopt;
    }
    const auto length = std::popcount(bits);
    const bool has_hole = length != 0 && bits << length != 0;
    return has_hole ? std::nullopt : std::optional(static_cast<std::uint8_t>(length));
}

/// ADDR [netmask MASK | prefixlen N] at the end of the line.
void take_bsd_address(Context& context, Draft& draft, const Args& args, std::size_t at) {
    auto prefix = read_prefix(args.value(at));
    if (!prefix || prefix->address.is_none()) {
        say(context, args.span(at),
            fmt::format("unknown word '{}' behind laggproto - ignoring", args.value(at)))
            .expected = "laggport IF, or an address";
        return;
    }
    if (++at < args.count()) {
        const auto word = args.value(at);
        if (!context.need(args, at + 1)) return;
        std::optional<std::uint8_t> length;
        if (word == "netmask" && !prefix->address.is_v6()) {
            length = mask_length(args.value(at + 1));
        } else if (word == "prefixlen") {
            const auto number = grammar::integer(args.value(at + 1));
            const std::int64_t longest = prefix->address.is_v6() ? 128 : 32;
            if (!number.junk && number.value >= 0 && number.value <= longest)
                length = static_cast<std::uint8_t>(number.value);
        }
        if (!length) {
            say(context, args.span(at),
                fmt::format("{} {} is invalid - ignoring the address", word, args.value(at + 1)))
                .expected = "netmask A.B.C.D, or prefixlen N";
            return;
        }
        prefix->length = *length;
    }
    draft.value.addresses.emplace_back().prefix = *prefix;
}

/// laggproto PROTO [laggport IF … [ADDR …]]
void set_protocol(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    take_protocol(context, draft, args);
    std::size_t at = 1;
    for (; at < args.count() && args.value(at) == "laggport"; at += 2) {
        if (!context.need(args, at + 1)) return;
        add_port(context, draft, args.value(at + 1), args.span(at + 1));
    }
    if (at < args.count()) take_bsd_address(context, draft, args, at);
}

// ------------------------------------------------------------------------------------------------ values

void set_primary(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (!interface_name_fits(context, args.value(), args.span())) return;
    draft_of(target).primary = args.value() == "none" ? std::string_view{} : args.value();
}

void set_hash(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& hash = draft_of(target).value.hash;
    const auto text = args.value();
    if (text == "vlan+srcmac") {
        hash = LaggHash::vlan_srcmac;
    } else if (text == "encap2+3") {
        hash = LaggHash::encap23;
    } else if (text == "encap3+4") {
        hash = LaggHash::encap34;
    } else {
        bool l3 = false, l4 = false;
        for (std::size_t at = 0; at <= text.size();) {
            const auto end = std::min(text.find(',', at), text.size());
            const auto layer = text.substr(at, end - at);
            if (layer != "l2" && layer != "l3" && layer != "l4") return refuse_word(context, args);
            l3 |= layer == "l3";
            l4 |= layer == "l4";
            at = end + 1;
        }
        hash = l4 ? LaggHash::l34 : l3 ? LaggHash::l23 : LaggHash::l2;
    }
}

template <auto Member>
void set_mac(Context& context, void* target, const Args& args) {
    const auto mac = net::LinkAddress::parse(args.value());
    constexpr std::uint8_t kEthernet = 6;
    if (!mac || mac->length != kEthernet || (mac->bytes[0] & 1) != 0) {
        complain(context, args, args.value());
    } else {
        draft_of(target).value.*Member = *mac;
    }
}

void set_actor_system(Context& context, void* target, const Args& args) {
    if (context.need(args)) set_mac<&L::ad_actor_system>(context, target, args);
}

void set_own_mac(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (args.value() != "port") return set_mac<&L::mac>(context, target, args);
    if (!context.need(args, 1) || !interface_name_fits(context, args.value(1), args.span(1))) return;
    draft_of(target).value.mac_port = args.value(1);
}

void add_arp_targets(Context& context, void* target, const Args& args) {
    constexpr std::size_t kMost = 16;  // of each family, the kernel's limit
    if (!context.need(args)) return;
    auto& list = draft_of(target).value.arp_targets;
    for (std::size_t at = 0; at < args.count(); ++at) {
        const auto address = net::IpAddress::parse(args.value(at));
        if (!address) {
            say(context, args.span(at), fmt::format("arp_target '{}' is invalid - ignoring", args.value(at)))
                .expected = "an IPv4 or IPv6 address";
            continue;
        }
        const auto same_family = std::count_if(list.begin(), list.end(), [&](const net::IpAddress& other) {
            return other.family == address->family;
        });
        if (static_cast<std::size_t>(same_family) >= kMost) {
            say(context, args.span(at),
                fmt::format("more than {} arp_targets - ignoring {}", kMost, args.value(at)));
        } else if (std::find(list.begin(), list.end(), *address) == list.end()) {
            list.push_back(*address);
        }
    }
}

void set_arp_interval(Context& context, void* target, const Args& args) {
    draft_of(target).arp_place = args.where();
    Row::number<&L::arp_interval, Number::strict>(context, target, args);
}

void add_address(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (auto address = read_address(context, args, AddressUse::virtual_address))
        draft_of(target).value.addresses.push_back(std::move(*address));
}

void set_flap_limit(Context& context, void* target, const Args& args) {
    if (!context.need(args) || !context.need(args, 1)) return;
    const auto changes = read_unsigned(context, args.value(), args.span(), 0, UINT32_MAX, Number::strict);
    const auto seconds = read_unsigned(context, args.value(1), args.span(1), 1, 86400, Number::strict);
    if (!changes || !seconds)
        return complain(context, args, fmt::format("{} {}", args.value(), args.value(1)));
    draft_of(target).value.flap_limit = {static_cast<std::uint32_t>(*changes),
                                         Seconds{static_cast<std::int64_t>(*seconds)}};
}

template <auto Member>
void notify(Context& context, void* target, const Args& args) {
    auto request = read_script(context, args);
    if (!request) {
        if (lacks_script(args)) context.need(args);
        return;
    }
    auto& scripts = draft_of(target).scripts;
    std::erase_if(scripts, [](const Draft::Notify& other) { return other.into == Member; });
    scripts.push_back({Member, std::move(*request), args.keyword.name});
}

/// Words of FreeBSD which change nothing here.
void no_effect(Context& context, void*, const Args& args) {
    context.sink.log(
        Class::warning, args.where(),
        fmt::format("lagg_instance {}: {} has no effect on Linux", context.object, args.keyword.name));
}

constexpr std::string_view kBadValue = "lagg_instance $n: $k '$v' is invalid - ignoring";
constexpr std::string_view kUnknownWord = "lagg_instance $n: unknown $k '$v'";
constexpr const char* kBool = "true on yes false off no; none = true";

constexpr Keyword flag_row(std::string_view name, Setter set, std::string_view initial,
                           std::string_view help) {
    return Keyword{name, "[BOOL]", set, initial, kBool, help, kLagg, kOurs}.says(kBadValue);
}

constexpr Keyword number_row(std::string_view name, Setter set, std::string_view args,
                             std::string_view initial, Range range, std::string_view help) {
    return Keyword{name, args, set, initial, range, help, kLagg, kOurs}.says(kBadValue);
}

constexpr Keyword word_row(std::string_view name, Setter set, std::string_view args, std::string_view initial,
                           std::string_view help) {
    return Keyword{name, args, set, initial, "-", help, kLagg, kOurs}.says(kUnknownWord);
}

constexpr Keyword script_row(std::string_view name, Setter set, std::string_view help) {
    return Keyword{name, "SCRIPT [USER [GROUP]] (quoted)", set, "none", "-", help, kLagg, kOurs}
        .shell_words();
}

template <auto Member>
constexpr Setter kFlag = Row::boolean<Member>;
template <auto Member>
constexpr Setter kNumber = Row::number<Member, Number::strict>;
template <auto Member>
constexpr Setter kWord = Row::choice<Member>;

using K = Keyword;

// clang-format off
constexpr Keyword kPort[] = {
    K{"priority", "N", set_port_number<&LaggPort::priority, INT32_MIN, INT32_MAX>, "0", "-2147483648..2147483647", "higher wins when the active port is chosen", kLagg, kOurs}.says(kBadValue),
    K{"queue_id", "N", set_port_number<&LaggPort::queue_id, 0, 65535>, "0", "0..65535", "transmit queue of the port", kLagg, kOurs}.says(kBadValue),
    K{"mtu", "N", set_port_mtu, "that of the lagg", "68..65535", "MTU of the port", kLagg, kOurs}.says(kBadValue),
    K{"primary", "-", set_port_primary, "the first port", "-", "the port which is active while it can be", kLagg, kOurs},
};
// clang-format on

}  // namespace

constexpr Block kLaggPortBlock{"lagg_instance/laggport", kPort, open_port, nullptr, port_line};

namespace {

// clang-format off
constexpr Keyword kLaggRows[] = {
    K{"laggproto", "PROTO [laggport IF ... [ADDR [netmask MASK | prefixlen N]]]", set_protocol, "failover", "failover lacp loadbalance roundrobin broadcast tlb alb none, or the names of bonding modes", "how ports share the work; with laggport behind it, ifconfig's line", kLagg, kOurs},
    K{"laggport", "IF [{ ... }] | { IF ... }", nullptr, "at least one", "1..15 chars; order matters", "a network interface of the group", kLagg, kOurs}.opens(kLaggPortBlock).or_line(),
    K{"primary", "IF|none", set_primary, "the first laggport", "1..15 chars", "the port which is active while it can be", kLagg, kOurs},
    word_row("primary_reselect", kWord<&L::primary_reselect>, "always|better|failure", "always", "when the primary becomes active again"),
    flag_row("failover_rx_all", kFlag<&L::failover_rx_all>, "off", "take frames on ports which are not active"),
    K{"lagghash", "HASH", set_hash, "l2,l3,l4", "a comma list of l2 l3 l4, or vlan+srcmac encap2+3 encap3+4", "what chooses the port of a frame", kLagg, kOurs},
    flag_row("lacp_fast_timeout", kFlag<&L::lacp_fast_timeout>, "off", "LACP: a partner is gone after 3 s instead of 90 s"),
    flag_row("lacp_active", kFlag<&L::lacp_active>, "on", "LACP: speak first"),
    flag_row("lacp_strict", kFlag<&L::lacp_strict>, "on", "LACP: send nothing before the partner answered"),
    number_row("lacp_min_links", kNumber<&L::lacp_min_links>, "N", "0", "0..4294967295", "LACP: fewer ports than that are no carrier"),
    word_row("ad_select", kWord<&L::ad_select>, "stable|bandwidth|count", "stable", "LACP: which aggregator is used"),
    number_row("ad_actor_sys_prio", kNumber<&L::ad_actor_sys_prio>, "N", "65535", "1..65535", "LACP: priority of this system"),
    K{"ad_actor_system", "MAC", set_actor_system, "unset", "a unicast MAC address", "LACP: name of this system", kLagg, kOurs}.says(kBadValue),
    number_row("ad_user_port_key", kNumber<&L::ad_user_port_key>, "N", "0", "0..1023", "LACP: key of the ports"),
    number_row("rr_limit", kNumber<&L::rr_limit>, "N", "1", "0..65535", "roundrobin: packets a port; 0 = random"),
    number_row("miimon", kNumber<&Draft::miimon>, "MS", "50; 0 with arp_interval", "0..10000", "interval at which link states are looked at"),
    number_row("updelay", kNumber<&L::updelay>, "MS", "0", "0..2147483647", "a link counts when it is up that long; a multiple of miimon"),
    number_row("downdelay", kNumber<&L::downdelay>, "MS", "0", "0..2147483647", "a link is gone when it is down that long; a multiple of miimon"),
    flag_row("use_carrier", kFlag<&L::use_carrier>, "on", "ask the driver for the carrier"),
    K{"arp_interval", "MS", set_arp_interval, "0", "0..2147483647", "ask arp_target that often instead of looking at links", kLagg, kOurs}.says(kBadValue),
    K{"arp_target", "ADDR ... | { ADDR ... }", add_arp_targets, "none", "at most 16 of each family", "who is asked", kLagg, kOurs}.lines().or_line(),
    word_row("arp_validate", kWord<&Draft::arp_validate>, "none|active|backup|all|filter|filter_active|filter_backup", "all with arp_interval", "which ports' answers are checked"),
    word_row("arp_all_targets", kWord<&L::arp_all_targets>, "any|all", "any", "how many of arp_target must answer"),
    number_row("arp_missed_max", kNumber<&L::arp_missed_max>, "N", "2", "1..255", "missed answers until a port is down"),
    number_row("num_grat_arp", kNumber<&L::num_grat_arp>, "N", "3", "0..255", "gratuitous ARP/NA rounds of the kernel after a failover"),
    number_row("peer_notif_delay", kNumber<&Draft::peer_notif_delay>, "MS", "200", "0..2147483647", "time between those rounds; a multiple of miimon"),
    number_row("resend_igmp", kNumber<&L::resend_igmp>, "N", "1", "0..255", "IGMP reports after a failover"),
    word_row("fail_over_mac", kWord<&L::fail_over_mac>, "none|active|follow", "none", "which MAC address the lagg has after a failover"),
    K{"mac", "MAC | port IF", set_own_mac, "port FIRST", "a unicast MAC address", "MAC address of the lagg", kLagg, kOurs}.says(kBadValue),
    number_row("mtu", kNumber<&L::mtu>, "N", "that of the first port", "68..65535", "MTU of the lagg and its ports"),
    flag_row("use_flowid", no_effect, "-", "accepted for FreeBSD's sake"),
    flag_row("use_numa", no_effect, "-", "accepted for FreeBSD's sake"),
    K{"flowid_shift", "N", no_effect, "-", "0..4294967295", "accepted for FreeBSD's sake", kLagg, kOurs},
    K{"address", "ADDR[/N] options | { ADDR[/N] options }", add_address, "none", "as virtual_ipaddress", "addresses of the lagg", kLagg, kOurs}.lines().or_line(),
    flag_row("migrate_addresses", kFlag<&L::migrate_addresses>, "off", "addresses and routes of the first port move to the lagg"),
    flag_row("fast_switch", kFlag<&L::fast_switch>, "on", "change the active port on the carrier event, not at the next miimon"),
    flag_row("garp_on_failover", kFlag<&L::garp_on_failover>, "on", "gratuitous ARP/NA for VRRP addresses after a failover"),
    flag_row("adopt", kFlag<&L::adopt>, "on", "take over an existing bond of that name"),
    flag_row("recreate", kFlag<&L::recreate>, "off", "ports may be released for changes which need it"),
    word_row("on_exit", kWord<&L::on_exit>, "keep|release|destroy|restore", "keep", "what happens to the lagg at the end"),
    K{"flap_limit", "N SECS", set_flap_limit, "5 60", "N 0..4294967295; SECS 1..86400", "more changes than that in this time: the port is held out", kLagg, kOurs}.says(kBadValue),
    number_row("min_ports", kNumber<&L::min_ports>, "N", "1", "0..4294967295", "fewer live ports than that: DOWN"),
    flag_row("release_foreign", kFlag<&L::release_foreign>, "off", "release ports of an adopted bond which are not listed"),
    flag_row("adopt_changes", kFlag<&L::adopt_changes>, "off", "leave what other tools change"),
    script_row("notify", notify<&L::notify>, "run on every change"),
    script_row("notify_up", notify<&L::notify_up>, "run on entering UP"),
    script_row("notify_down", notify<&L::notify_down>, "run on entering DOWN"),
    script_row("notify_port", notify<&L::notify_port>, "run when a port changes"),
    flag_row("debug", kFlag<&L::debug>, "off", "log every netlink message"),
};
// clang-format on

bool is_interface_name(std::string_view name) {
    return name != "." && name != ".." && name.find_first_of("/: \t") == std::string_view::npos;
}

void* open_lagg(Context& context, void*, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "lagg_instance has no name - skipping").expected =
            "the name of an interface";
        return nullptr;
    }
    const std::string name(args.value());
    if (!interface_name_fits(context, name, args.span())) return nullptr;
    if (!is_interface_name(name)) {
        context.error(args.span(), fmt::format("lagg_instance '{}' is no interface name - skipping", name));
        return nullptr;
    }
    const auto [known, fresh] = context.lagg_index.try_emplace(name, context.laggs.size(), args.span());
    if (!fresh) {
        context.error(args.span(), fmt::format("lagg_instance '{}' already defined - ignoring", name))
            .related.emplace_back(known->second.second, "first defined here");
        return nullptr;
    }
    auto& draft = context.laggs.emplace_back();
    draft.value.name = name;
    draft.value.where = args.span();
    context.object = name;
    return &draft;
}

void close_lagg(Context& context, void* target) {
    auto& draft = draft_of(target);
    if (!draft.refused && draft.value.ports.empty()) {
        context.at_end(fmt::format("lagg_instance {}: no ports configured", draft.value.name));
        draft.refused = true;
    }
}

}  // namespace

constexpr Block kLaggBlock{"lagg_instance", kLaggRows, open_lagg, close_lagg};

}  // namespace conf
