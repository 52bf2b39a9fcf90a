// ROUTE lines: conf-vrrp.md §5, conf-global.md §4.2, §6.
#include "conf/grammar/route.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include <unordered_map>

#include "conf/grammar/address.hpp"
#include "conf/grammar/encap.hpp"
#include "conf/grammar/numbers.hpp"
#include "conf/schema_values.hpp"

namespace conf {

namespace {

constexpr std::uint8_t kProtocolKeepalived = 18;

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

struct Metric {
    std::uint16_t rtax;
    bool may_lock;
};

const std::unordered_map<std::string_view, Metric>& number_metrics() {
    static const std::unordered_map<std::string_view, Metric> metrics{{"mtu", {RTAX_MTU, true}},
                                                                      {"advmss", {RTAX_ADVMSS, true}},
                                                                      {"reordering", {RTAX_REORDERING, true}},
                                                                      {"cwnd", {RTAX_CWND, true}},
                                                                      {"ssthresh", {RTAX_SSTHRESH, true}},
                                                                      {"window", {RTAX_WINDOW, false}},
                                                                      {"initcwnd", {RTAX_INITCWND, false}},
                                                                      {"initrwnd", {RTAX_INITRWND, false}}};
    return metrics;
}

/// One line on its way into a Route. Every reader returns false when the route is dropped.
class RouteLine {
  public:
    RouteLine(Context& context, const Args& args, RouteUse use) : context_(context), args_(args), use_(use) {}

    std::optional<Route> read();

  private:
    using Reader = bool (RouteLine::*)();

    static const std::unordered_map<std::string_view, Reader>& readers();

    std::string_view word() const { return args_.value(at_); }
    Span here() const { return args_.span(at_); }
    bool drop(std::string text) {
        context_.error(here(), std::move(text));
        return false;
    }
    /// To the value of the present keyword.
    bool advance() { return context_.need(args_, at_ + 1) && ++at_ > 0; }

    bool family_fits(net::Family family) {
        if (route_.family == net::Family::none) route_.family = family;
        return route_.family == family || drop("Cannot mix IPv4 and IPv6 addresses for route");
    }
    bool address_into(net::IpAddress& into, std::string_view what);
    bool interface_into(std::string& into);
    bool number_into(std::optional<std::uint32_t>& into);
    template <typename Field>
    bool name_into(NameTable table, std::uint32_t max, Field& into, std::string_view problem);
    bool realms_into(std::optional<std::uint32_t>& into);
    bool take_lock();
    void metric(std::uint16_t rtax, std::uint32_t value, bool lock, bool raw = false) {
        route_.metrics.push_back({rtax, value, lock, raw});
    }

    bool read_family() { return family_fits(word() == "inet" ? net::Family::ipv4 : net::Family::ipv6); }
    bool read_to() { return true; }
    bool read_destination();
    bool read_src() { return advance() && address_into(route_.src, "src"); }
    bool read_via();
    bool read_gw();
    bool read_or();
    bool read_from();
    bool read_tos() {
        return advance() &&
               name_into(NameTable::dsfield, 255, route_.tos, "TOS value {} is invalid for route");
    }
    bool read_table() {
        return advance() &&
               name_into(NameTable::table, UINT32_MAX, route_.table, "Routing table {} not found for route");
    }
    bool read_scope() {
        return advance() &&
               name_into(NameTable::scope, 255, route_.scope, "Scope {} not found or invalid for route");
    }
    bool read_protocol();
    bool read_priority() { return advance() && number_into(route_.metric); }
    bool read_dev() { return advance() && interface_into(route_.dev); }
    bool read_vrf() { return advance() && interface_into(route_.vrf); }
    bool read_onlink() { return route_.onlink = true; }
    bool read_encap_words() { return advance() && read_encap(context_, args_, at_, route_.encap); }
    bool read_expires() { return advance() && family_fits(net::Family::ipv6) && number_into(route_.expires); }
    bool read_number_metric();
    bool read_hoplimit();
    bool read_time_metric();
    bool read_realms() { return advance() && family_fits(net::Family::ipv4) && realms_into(route_.realms); }
    bool read_features();
    bool read_switch_metric();
    bool read_congctl();
    bool read_pref();
    bool read_ttl_propagate();
    bool read_insert();
    bool read_no_track() { return route_.no_track = true; }
    bool read_track_group();
    bool read_as();
    bool read_nexthops();
    bool read_one_nexthop(NextHop& hop);
    bool finish();

    Context& context_;
    const Args& args_;
    RouteUse use_;
    Route route_ = {};
    std::size_t at_ = 0;
    bool has_destination_ = false, has_type_ = false;
    std::size_t protocol_at_ = 0;
};

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
        for (const auto& [name, metric] : number_metrics()) all[name] = &RouteLine::read_number_metric;
        return all;
    }();
    return map;
}

bool RouteLine::address_into(net::IpAddress& into, std::string_view what) {
    const auto address = net::IpAddress::parse(word());
    if (!address) return drop(fmt::format("invalid route {} address {}", what, word()));
    if (!family_fits(address->family)) return false;
    into = *address;
    return true;
}

bool RouteLine::interface_into(std::string& into) {
    if (!interface_name_fits(context_, word(), here())) return false;
    into = word();
    if (context_.interface_usable(word())) return true;
    context_.report(Class::warning, here(),
                    fmt::format("WARNING - interface {} for VROUTE nexthop doesn't exist", word()));
    return false;
}

bool RouteLine::number_into(std::optional<std::uint32_t>& into) {
    const auto keyword = args_.value(at_ - 1);
    const auto number = grammar::integer(word());
    if (number.junk || number.negative || number.overflow || number.value > UINT32_MAX) {
        return drop(fmt::format("Invalid {} value {} specified for route", keyword, word()));
    }
    into = static_cast<std::uint32_t>(number.value);
    return true;
}

template <typename Field>
bool RouteLine::name_into(NameTable table, std::uint32_t max, Field& into, std::string_view problem) {
    const auto number = named_number(context_, table, word(), max);
    if (!number) return drop(fmt::format(fmt::runtime(problem), word()));
    into = static_cast<typename Field::value_type>(*number);
    return true;
}

bool RouteLine::realms_into(std::optional<std::uint32_t>& into) {
    const auto text = word();
    const auto slash = text.find('/');
    const auto to = named_number(context_, NameTable::realm,
                                 text.substr(slash == std::string_view::npos ? 0 : slash + 1), 255);
    std::optional<std::uint32_t> from = 0;
    if (slash != std::string_view::npos)
        from = named_number(context_, NameTable::realm, text.substr(0, slash), 255);
    if (!to || !from) return drop(fmt::format("invalid realms {} for route", text));
    into = *from << 16 | *to;
    return true;
}

bool RouteLine::take_lock() {
    if (at_ + 1 >= args_.count() || args_.value(at_ + 1) != "lock") return false;
    ++at_;
    return true;
}

bool RouteLine::read_destination() {
    const auto text = word();
    const auto type = route_types().find(text);
    if (type != route_types().end() && !has_type_) {
        route_.type = type->second;
        return has_type_ = true;
    }
    if (has_destination_) return drop(fmt::format("unknown route keyword {}", text));
    if (text == "default" || text == "any" || text == "all" || text == "default6") {
        if (text == "default6") {
            context_.report(Class::deprecated, here(),
                            "default6 for routes is deprecated. Please use \"inet6 default\"");
            if (!family_fits(net::Family::ipv6)) return false;
        }
        route_.is_default = true;
        return has_destination_ = true;
    }
    const auto prefix = read_prefix(text);
    if (!prefix) {
        const auto number = grammar::integer(text);
        if (!number.junk && !number.negative && number.value <= 255 && !has_type_) {
            route_.type = static_cast<std::uint8_t>(number.value);
            return has_type_ = true;
        }
        if (split_address(text)) return drop(fmt::format("invalid route destination address {}", text));
        return drop(fmt::format("unknown route keyword {}", text));
    }
    if (!family_fits(prefix->address.family)) return false;
    route_.destination = *prefix;
    return has_destination_ = true;
}

bool RouteLine::read_via() {
    if (!advance()) return false;
    if (word() == "inet" || word() == "inet6") {
        if (!read_family() || !advance()) return false;
    }
    return address_into(route_.via, "via");
}

bool RouteLine::read_gw() {
    context_.report(Class::deprecated, here(), "\"gw\" for routes is deprecated. Please use \"via\"");
    return read_via();
}

/// `DEST via A or B`: the old spelling of two next hops.
bool RouteLine::read_or() {
    context_.report(Class::deprecated, here(), "\"or\" for routes is deprecated. Please use \"nexthop\"");
    NextHop second;
    if (!advance() || !address_into(second.via, "or")) return false;
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
    const auto prefix = read_prefix(word());
    if (!prefix) return drop(fmt::format("invalid route from address {}", word()));
    if (!prefix->address.is_v6()) return drop("route from is for IPv6 only");
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
    return true;
}

bool RouteLine::read_number_metric() {
    const auto known = number_metrics().at(word());
    const auto keyword = word();
    const bool lock = known.may_lock && take_lock();
    if (!advance()) return false;
    const auto number = grammar::integer(word());
    if (number.junk || number.negative || number.overflow || number.value > UINT32_MAX) {
        return drop(fmt::format("Invalid {} value {} specified for route", keyword, word()));
    }
    metric(known.rtax, static_cast<std::uint32_t>(number.value), lock);
    return true;
}

bool RouteLine::read_hoplimit() {
    std::optional<std::uint32_t> value;
    if (!advance() || !number_into(value)) return false;
    if (*value > 255) return drop(fmt::format("Invalid hoplimit value {} specified for route", word()));
    metric(RTAX_HOPLIMIT, *value, false);
    return true;
}

bool RouteLine::read_time_metric() {
    constexpr std::uint32_t kShortest = 200, kLongest = 120'000;  // ms: the kernel's TCP_RTO_MIN, TCP_RTO_MAX
    const auto keyword = word();
    const bool rto = keyword == "rto_min";
    const std::uint16_t rtax = rto ? RTAX_RTO_MIN : keyword == "rtt" ? RTAX_RTT : RTAX_RTTVAR;
    const bool lock = take_lock();
    if (!advance()) return false;
    auto time = grammar::route_time(word());
    if (!time) return drop(fmt::format("Invalid {} value {} specified for route", keyword, word()));
    const std::string_view shown = rto ? "rto" : "rtt";
    if (time->value < kShortest) {
        context_.error(
            here(), fmt::format("{} value {} below minimum {}ms, resetting", shown, time->value, kShortest));
        time = grammar::RouteTime{kShortest, false};
    } else if (!time->raw && time->value > kLongest) {
        context_.error(here(), fmt::format("{} value {} above maximum {}s, resetting", shown, time->value,
                                           kLongest / 1000));
        time->value = kLongest;
    }
    metric(rtax, time->value, lock, time->raw);
    return true;
}

bool RouteLine::read_features() {
    if (!advance()) return false;
    if (word() == "ecn") {
        metric(RTAX_FEATURES, RTAX_FEATURE_ECN, false);
    } else {
        context_.error(here(), fmt::format("feature {} not supported", word())).expected = "`ecn`";
    }
    return true;
}

bool RouteLine::read_switch_metric() {
    const auto keyword = word();
    const std::uint16_t rtax = keyword == "quickack" ? RTAX_QUICKACK : RTAX_FASTOPEN_NO_COOKIE;
    if (!advance()) return false;
    if (word() != "0" && word() != "1") {
        return drop(fmt::format("Invalid {} value {} specified for route", keyword, word()));
    }
    metric(rtax, word() == "1", false);
    return true;
}

bool RouteLine::read_congctl() {
    route_.congctl_lock = take_lock();
    if (!advance()) return false;
    route_.congctl = word();
    return true;
}

bool RouteLine::read_pref() {
    constexpr std::uint8_t kLow = 3, kMedium = 0, kHigh = 1;  // RFC 4191 §2.1
    if (!advance() || !family_fits(net::Family::ipv6)) return false;
    if (word() == "low") {
        route_.pref = kLow;
    } else if (word() == "medium") {
        route_.pref = kMedium;
    } else if (word() == "high") {
        route_.pref = kHigh;
    } else {
        std::optional<std::uint32_t> number;
        if (!number_into(number)) return false;
        if (*number > 255) return drop(fmt::format("Invalid pref value {} specified for route", word()));
        route_.pref = static_cast<std::uint8_t>(*number);
    }
    return true;
}

bool RouteLine::read_ttl_propagate() {
    if (!advance()) return false;
    if (word() != "enabled" && word() != "disabled") {
        return drop(fmt::format("Invalid ttl-propagate value {} specified for route", word()));
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
    const std::string name(word());
    if (use_ == RouteUse::virtual_route) {
        context_.error(here(), "track_group is for static routes only - ignoring");
    } else if (!route_.track_group.empty()) {
        context_.error(here(), fmt::format("track_group {} is a duplicate", name));
    } else if (!context_.track_group_index.contains(name)) {
        context_.error(here(), fmt::format("track_group {} not found", name));
    } else {
        route_.track_group = name;
    }
    return true;
}

bool RouteLine::read_as() {
    context_.error(here(), "\"as\" for routes is not supported - ignoring");
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
            if (!address_into(hop.via, "nexthop via")) return false;
        } else if (option == "dev" || option == "oif") {
            if (!advance() || !interface_into(hop.dev)) return false;
        } else if (option == "weight") {
            std::optional<std::uint32_t> weight;
            if (!advance() || !number_into(weight)) return false;
            if (*weight < 1 || *weight > 256)
                return drop(fmt::format("invalid weight {} specified for route", word()));
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

bool RouteLine::finish() {
    if (!has_destination_) return drop("Route must have a destination");
    if (route_.family == net::Family::none) route_.family = net::Family::ipv4;
    if (route_.is_default) route_.destination = {{route_.family, {}}, 0};
    if (!route_.no_track && route_.protocol != kProtocolKeepalived) {
        context_.error(
            args_.span(protocol_at_),
            fmt::format(
                "Route cannot be tracked if protocol is not RTPROT_KEEPALIVED({}), resetting protocol",
                kProtocolKeepalived));
        route_.protocol = kProtocolKeepalived;
    }
    if (!route_.track_group.empty() && route_.dev.empty()) {
        context_.error(args_.where(),
                       fmt::format("Static route cannot have track_group {} if interface not specified",
                                   route_.track_group));
        route_.track_group.clear();
    }
    return true;
}

std::optional<Route> RouteLine::read() {
    for (; at_ < args_.count(); ++at_) {
        const auto reader = readers().find(word());
        const bool good = reader == readers().end() ? read_destination() : (this->*reader->second)();
        if (!good) return std::nullopt;
    }
    at_ = 0;
    if (!finish()) return std::nullopt;
    return std::move(route_);
}

}  // namespace

std::optional<Route> read_route(Context& context, const Args& args, RouteUse use) {
    return RouteLine(context, args, use).read();
}

}  // namespace conf
