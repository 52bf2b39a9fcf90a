#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "conf/lines/kernel_lines.hpp"

namespace conf {
namespace {

std::string_view insert_word(RouteInsert insert) {
    switch (insert) {
        case RouteInsert::add:
            return "add";
        case RouteInsert::append:
            return "append";
        case RouteInsert::prepend:
            break;
    }
    return "prepend";
}

std::string type_word(std::uint8_t type) {
    switch (type) {
        case RTN_LOCAL:
            return "local";
        case RTN_BROADCAST:
            return "broadcast";
        case RTN_ANYCAST:
            return "anycast";
        case RTN_MULTICAST:
            return "multicast";
        case RTN_BLACKHOLE:
            return "blackhole";
        case RTN_UNREACHABLE:
            return "unreachable";
        case RTN_PROHIBIT:
            return "prohibit";
        case RTN_THROW:
            return "throw";
        case RTN_NAT:
            return "nat";
        default:
            return fmt::format("{}", type);
    }
}

std::string via_text(const net::IpAddress& via) {
    return via.is_none() ? "" : fmt::format(" via {} {}", via.is_v6() ? "inet6" : "inet", via.to_string());
}

std::string realms_text(std::uint32_t realms) {
    const std::uint32_t from = realms >> 16, to = realms & 0xffff;
    return from == 0 ? fmt::format(" realm {}", to) : fmt::format(" realms {}/{}", from, to);
}

std::string ip_encap_text(const Encap& encap) {
    const bool is_v6 = encap.kind == EncapKind::ip6;
    std::string text = is_v6 ? " encap ip6" : " encap ip";
    if (encap.id) text += fmt::format(" id {}", *encap.id);
    if (!encap.dst.is_none()) text += " dst " + encap.dst.to_string();
    if (!encap.src.is_none()) text += " src " + encap.src.to_string();
    if (encap.tos) text += fmt::format(" {} {}", is_v6 ? "tc" : "tos", *encap.tos);
    if (encap.ttl) text += fmt::format(" {} {}", is_v6 ? "hoplimit" : "ttl", *encap.ttl);
    if (encap.flags) text += fmt::format(" flags 0x{:x}", *encap.flags);
    return text;
}

std::string encap_text(const Encap& encap) {
    switch (encap.kind) {
        case EncapKind::none:
            return "";
        case EncapKind::ip:
        case EncapKind::ip6:
            return ip_encap_text(encap);
        case EncapKind::mpls:
            return fmt::format(" encap mpls {}", fmt::join(encap.labels, "/"));
        case EncapKind::ila:
            return fmt::format(" encap ila {:x}:{:x}:{:x}:{:x}", (encap.locator >> 48) & 0xffff,
                               (encap.locator >> 32) & 0xffff, (encap.locator >> 16) & 0xffff,
                               encap.locator & 0xffff);
    }
    return "";
}

struct MetricName {
    std::uint16_t rtax;
    const char* word;
    const char* unit;
};

/// In the order of the line.
constexpr MetricName kMetricsBeforeFeatures[] = {
    {RTAX_RTT, "rtt", "ms"}, {RTAX_RTTVAR, "rttvar", "ms"}, {RTAX_RTO_MIN, "rto_min", "ms"}};
constexpr MetricName kMetricsAfterFeatures[] = {
    {RTAX_MTU, "mtu", ""},           {RTAX_WINDOW, "window", ""},     {RTAX_SSTHRESH, "ssthresh", ""},
    {RTAX_CWND, "cwnd", ""},         {RTAX_ADVMSS, "advmss", ""},     {RTAX_REORDERING, "reordering", ""},
    {RTAX_HOPLIMIT, "hoplimit", ""}, {RTAX_INITCWND, "initcwnd", ""}, {RTAX_INITRWND, "initrwnd", ""},
    {RTAX_QUICKACK, "quickack", ""}};

const RouteMetric* metric(const Route& route, std::uint16_t rtax) {
    for (const auto& entry : route.metrics)
        if (entry.rtax == rtax) return &entry;
    return nullptr;
}

std::string metric_text(const Route& route, const MetricName& name) {
    const auto* entry = metric(route, name.rtax);
    if (entry == nullptr) return "";
    return fmt::format(" {} {}{}{}", name.word, entry->lock ? "lock " : "", entry->value,
                       entry->raw_time ? "" : name.unit);
}

std::string metrics_text(const Route& route) {
    std::string text;
    if (!route.congctl.empty())
        text += fmt::format(" congctl {}{}", route.congctl_lock ? "lock " : "", route.congctl);
    for (const auto& name : kMetricsBeforeFeatures) text += metric_text(route, name);
    if (const auto* features = metric(route, RTAX_FEATURES);
        features && (features->value & RTAX_FEATURE_ECN) != 0)
        text += " features ecn";
    for (const auto& name : kMetricsAfterFeatures) text += metric_text(route, name);
    return text;
}

std::string_view preference_word(std::uint8_t preference) {
    switch (preference) {
        case 1:
            return "high";
        case 3:
            return "low";
        default:
            return "medium";  // RFC 4191 §2.1
    }
}

std::string nexthop_text(const NextHop& hop) {
    std::string text = " nexthop" + via_text(hop.via);
    if (!hop.dev.empty()) text += " dev " + hop.dev;
    if (hop.weight != 0) text += fmt::format(" weight {}", hop.weight);
    if (hop.onlink) text += " onlink";
    if (hop.realms) text += realms_text(*hop.realms);
    return text + encap_text(hop.encap);
}

std::string selectors(const Route& route) {
    std::string text = short_prefix(route.destination);
    if (route.from) text += " from " + short_prefix(*route.from);
    if (!route.src.is_none()) text += " src " + route.src.to_string();
    if (route.tos) text += fmt::format(" tos {}", *route.tos);
    return text;
}

}  // namespace

std::string route_line(const Route& route) {
    std::string line = fmt::format("{} ", insert_word(route.insert));
    if (route.type != RTN_UNICAST) line += type_word(route.type) + " ";
    line += selectors(route) + encap_text(route.encap) + via_text(route.via);
    if (!route.dev.empty()) line += " dev " + route.dev;
    if (route.table) line += fmt::format(" table {}", *route.table);
    if (route.protocol != 0) line += fmt::format(" proto {}", route.protocol);
    if (route.scope) line += fmt::format(" scope {}", *route.scope);
    if (route.metric) line += fmt::format(" metric {}", *route.metric);
    if (route.onlink) line += " onlink";
    if (route.realms) line += realms_text(*route.realms);
    if (route.expires) line += fmt::format(" expires {}sec", *route.expires);
    line += metrics_text(route);
    if (route.pref) line += fmt::format(" pref {}", preference_word(*route.pref));
    line += metric_text(route, {RTAX_FASTOPEN_NO_COOKIE, "fastopen_no_cookie", ""});
    if (route.ttl_propagate)
        line += fmt::format(" ttl-propagate {}", *route.ttl_propagate ? "enabled" : "disabled");
    for (const auto& hop : route.nexthops) line += nexthop_text(hop);
    if (route.no_track) line += " no_track";
    if (!route.track_group.empty()) line += " track_group " + route.track_group;
    return line;
}

}  // namespace conf
