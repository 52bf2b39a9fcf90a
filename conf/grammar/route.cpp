// ROUTE lines: conf-vrrp.md §5, conf-global.md §4.2, §6.
#include "conf/grammar/route.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include <unordered_map>

#include "conf/grammar/address.hpp"
#include "conf/grammar/numbers.hpp"
#include "conf/grammar/route_line.hpp"
#include "conf/schema_values.hpp"
#include "conf/suggestion.hpp"

namespace conf {

namespace {

const std::unordered_map<std::string_view, std::uint8_t>& route_types() {
    static const std::unordered_map<std::string_view, std::uint8_t> types{{"unicast", RTN_UNICAST},
                                                                          {"local", RTN_LOCAL},
                                                                          {"broadcast", RTN_BROADCAST},
                                                                          {"brd", RTN_BROADCAST},
                                                                          {"anycast", RTN_ANYCAST},
                                                                          {"multicast", RTN_MULTICAST},
                                                                          {"blackhole", RTN_BLACKHOLE},
                                                                          {"unreachable", RTN_UNREACHABLE},
                                                                          {"prohibit", RTN_PROHIBIT},
                                                                          {"throw", RTN_THROW},
                                                                          {"nat", RTN_NAT},
                                                                          {"xresolve", RTN_XRESOLVE}};
    return types;
}

}  // namespace

const std::unordered_map<std::string_view, RouteLine::Reader>& RouteLine::readers() {
    static const std::unordered_map<std::string_view, Reader> map = [] {
        std::unordered_map<std::string_view, Reader> all{
            {"inet", &RouteLine::read_family},
            {"inet6", &RouteLine::read_family},
            {"to", &RouteLine::read_to},
            {"src", &RouteLine::read_src},
            {"via", &RouteLine::read_via},
            {"gw", &RouteLine::read_gw},
            {"or", &RouteLine::read_or},
            {"from", &RouteLine::read_from},
            {"tos", &RouteLine::read_tos},
            {"dsfield", &RouteLine::read_tos},
            {"table", &RouteLine::read_table},
            {"scope", &RouteLine::read_scope},
            {"protocol", &RouteLine::read_protocol},
            {"metric", &RouteLine::read_priority},
            {"priority", &RouteLine::read_priority},
            {"preference", &RouteLine::read_priority},
            {"dev", &RouteLine::read_dev},
            {"oif", &RouteLine::read_dev},
            {"vrf", &RouteLine::read_vrf},
            {"onlink", &RouteLine::read_onlink},
            {"encap", &RouteLine::read_encap_words},
            {"expires", &RouteLine::read_expires},
            {"hoplimit", &RouteLine::read_hoplimit},
            {"rtt", &RouteLine::read_time_metric},
            {"rttvar", &RouteLine::read_time_metric},
            {"rto_min", &RouteLine::read_time_metric},
            {"realms", &RouteLine::read_realms},
            {"realm", &RouteLine::read_realms},
            {"features", &RouteLine::read_features},
            {"quickack", &RouteLine::read_switch_metric},
            {"fastopen_no_cookie", &RouteLine::read_switch_metric},
            {"congctl", &RouteLine::read_congctl},
            {"pref", &RouteLine::read_pref},
            {"ttl-propagate", &RouteLine::read_ttl_propagate},
            {"add", &RouteLine::read_insert},
            {"append", &RouteLine::read_insert},
            {"prepend", &RouteLine::read_insert},
            {"no_track", &RouteLine::read_no_track},
            {"track_group", &RouteLine::read_track_group},
            {"as", &RouteLine::read_as},
            {"nexthop", &RouteLine::read_nexthops}};
        for (const std::string_view name : number_metrics()) all[name] = &RouteLine::read_number_metric;
        return all;
    }();
    return map;
}

bool RouteLine::address_into(net::IpAddress& into, std::string_view complaint) {
    const auto address = net::IpAddress::parse(word());
    if (!address) {
        context_.error(here(), fmt::format("VRRP parsed invalid IP {}. skipping IP...", word()));
        return drop(fmt::format(fmt::runtime(complaint), word()));
    }
    if (!family_fits(address->family)) return false;
    into = *address;
    return true;
}

bool RouteLine::number_into(std::optional<std::uint32_t>& into, std::string_view what, std::uint32_t max,
                            std::uint32_t min) {
    const auto number = read_unsigned(context_, word(), here(), min, max, Number::strict);
    if (!number) return drop(fmt::format("Invalid {} {} specified for route", what, word()));
    into = static_cast<std::uint32_t>(*number);
    return true;
}

bool RouteLine::read_destination() {
    const auto text = word();
    const auto type = route_types().find(text);
    if (type != route_types().end() && !has_type_) {
        route_.type = type->second;
        return has_type_ = true;
    }
    if (has_destination_) return unknown_keyword();
    if (text == "default" || text == "any" || text == "all" || text == "default6") {
        if (text == "default6") {
            context_.sink.log(Class::deprecated, here(),
                              "default6 for routes is deprecated. Please use \"inet6 default\"");
            if (!family_fits(net::Family::ipv6)) return false;
        }
        route_.is_default = true;
        return has_destination_ = true;
    }
    const auto number = grammar::integer(text);
    if (!number.junk && !number.negative && number.value <= 255 && !has_type_) {
        route_.type = static_cast<std::uint8_t>(number.value);
        return has_type_ = true;
    }
    const auto prefix = read_prefix(context_, text, here());
    if (!prefix) return unknown_keyword();
    if (!family_fits(prefix->address.family)) return false;
    route_.destination = *prefix;
    return has_destination_ = true;
}

bool RouteLine::read_via() {
    if (!advance()) return false;
    if (word() == "inet" || word() == "inet6") {
        if (!read_family() || !advance()) return false;
    }
    return address_into(route_.via, "invalid route via address {}");
}

bool RouteLine::read_gw() {
    context_.report(Class::deprecated, here(), "\"gw\" for routes is deprecated. Please use \"via\"");
    return read_via();
}

/// `DEST via A or B`: the old spelling of two next hops.
bool RouteLine::read_or() {
    context_.report(Class::deprecated, here(), "\"or\" for routes is deprecated. Please use \"nexthop\"");
    NextHop second;
    if (!advance() || !address_into(second.via, "invalid route via address {}")) return false;
    NextHop first;
    first.via = route_.via;
    first.dev = second.dev = route_.dev;
    route_.via = {};
    route_.nexthops.push_back(std::move(first));
    route_.nexthops.push_back(std::move(second));
    return true;
}

bool RouteLine::read_from() {
    if (!advance()) return false;
    const auto prefix = read_prefix(context_, word(), here());
    if (!prefix) return drop(fmt::format("invalid route from address {}", word()));
    if (!prefix->address.is_v6()) {
        return drop(fmt::format("route from address only supported with IPv6 ({})", word()));
    }
    if (!family_fits(net::Family::ipv6)) return false;
    route_.from = *prefix;
    return true;
}

bool RouteLine::read_protocol() {
    if (!advance()) return false;
    const auto number = named_number(context_, NameTable::protocol, word(), 255);
    if (!number) return drop(fmt::format("Protocol {} not found or invalid for route", word()));
    route_.protocol = static_cast<std::uint8_t>(*number);
    protocol_at_ = at_;
    protocol_given_ = true;
    return true;
}

bool RouteLine::read_pref() {
    constexpr std::uint8_t kLow = 3, kMedium = 0, kHigh = 1;  // RFC 4191 §2.1
    if (!advance() || !is_v6("pref")) return false;
    if (word() == "low") {
        route_.pref = kLow;
    } else if (word() == "medium") {
        route_.pref = kMedium;
    } else if (word() == "high") {
        route_.pref = kHigh;
    } else {
        std::optional<std::uint32_t> number;
        if (!number_into(number, "pref value", 255)) return false;
        route_.pref = static_cast<std::uint8_t>(*number);
    }
    return true;
}

bool RouteLine::read_ttl_propagate() {
    if (!advance()) return false;
    if (word() != "enabled" && word() != "disabled") {
        return drop(fmt::format("ttl-propagate value {} not recognised", word()));
    }
    route_.ttl_propagate = word() == "enabled";
    return true;
}

bool RouteLine::read_insert() {
    route_.insert = word() == "add"      ? RouteInsert::add
                    : word() == "append" ? RouteInsert::append
                                         : RouteInsert::prepend;
    return true;
}

bool RouteLine::read_track_group() {
    if (!advance()) return false;
    track_group_into(route_.track_group);
    return true;
}

bool RouteLine::read_as() {
    context_.error(here(), "\"as to\" for MPLS only - ignoring");
    if (at_ + 1 < args_.count() && args_.value(at_ + 1) == "to") ++at_;
    return advance();
}

bool RouteLine::read_one_nexthop(NextHop& hop) {
    while (at_ + 1 < args_.count() && args_.value(at_ + 1) != "nexthop") {
        ++at_;
        const auto option = word();
        if (option == "onlink") {
            hop.onlink = true;
        } else if (option == "via") {
            if (!advance()) return false;
            if (word() == "inet" || word() == "inet6") {
                if (!read_family() || !advance()) return false;
            }
            if (!address_into(hop.via, "invalid nexthop address {}")) return false;
        } else if (option == "dev" || option == "oif") {
            if (!advance() || !interface_into(hop.dev, kNextHop)) return false;
        } else if (option == "weight") {
            std::optional<std::uint32_t> weight;
            if (!advance() || !number_into(weight, "weight", 256, 1)) return false;
            hop.weight = static_cast<std::uint16_t>(*weight);
        } else if (option == "encap") {
            if (!advance() || !read_encap(context_, args_, at_, hop.encap)) return false;
        } else if (option == "realms" || option == "realm") {
            if (!advance() || !realms_into(hop.realms)) return false;
        } else {
            return drop(fmt::format("Route has trailing nonsense - {}", option));
        }
    }
    return true;
}

bool RouteLine::read_nexthops() {
    for (;;) {
        if (!read_one_nexthop(route_.nexthops.emplace_back())) return false;
        if (at_ + 1 >= args_.count()) return true;
        ++at_;  // the next `nexthop`
    }
}

bool RouteLine::is_vrf(const std::string& name) const {
    const auto* interface = context_.interface(name);
    return interface == nullptr || interface->kind == "vrf";
}

/// For options which only IPv6 has.
bool RouteLine::is_v6(std::string_view option) {
    if (route_.family == net::Family::ipv4) return drop(fmt::format("{} is only valid for IPv6", option));
    return family_fits(net::Family::ipv6);
}

bool RouteLine::finish() {
    if (!has_destination_) return drop("Route must have a destination");
    if (route_.family == net::Family::none) route_.family = net::Family::ipv4;
    if (!route_.vrf.empty() && !is_vrf(route_.vrf)) {
        return drop(fmt::format("Route specified VRF {} is not a VRF", route_.vrf));
    }
    if (route_.is_default) route_.destination = {{route_.family, {}}, 0};
    if (route_.no_track && !protocol_given_) route_.protocol = 0;
    check_tracking(route_.no_track, args_.span(protocol_at_), route_.protocol, route_.track_group,
                   route_.dev);
    return true;
}

std::optional<Route> RouteLine::read() {
    for (; at_ < args_.count(); ++at_) {
        const auto reader = use_ == RouteUse::virtual_route && word() == "track_group"
                                ? readers().end()
                                : readers().find(word());
        const bool good = reader == readers().end() ? read_destination() : (this->*reader->second)();
        if (!good) return std::nullopt;
    }
    at_ = 0;
    if (!finish()) return std::nullopt;
    return std::move(route_);
}

std::optional<Route> read_route(Context& context, const Args& args, RouteUse use) {
    return RouteLine(context, args, use).read();
}

}  // namespace conf
