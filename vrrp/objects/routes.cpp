#include "vrrp/objects/routes.hpp"

#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/mpls.h>
#include <linux/mpls_iptunnel.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <arpa/inet.h>
#include <endian.h>

#include <cstring>

#include "conf/lines/kernel_lines.hpp"
#include "vrrp/objects/addresses.hpp"

namespace vrrp::objects {

namespace {

std::uint8_t protocol_of(const conf::Route& route) {
    return route.protocol == 0 ? kProtocolKeepalived : route.protocol;
}

std::uint32_t table_of(const conf::Route& route) { return route.table.value_or(RT_TABLE_MAIN); }

int encap_type(conf::EncapKind kind) {
    switch (kind) {
        case conf::EncapKind::ip:
            return LWTUNNEL_ENCAP_IP;
        case conf::EncapKind::ip6:
            return LWTUNNEL_ENCAP_IP6;
        case conf::EncapKind::mpls:
            return LWTUNNEL_ENCAP_MPLS;
        case conf::EncapKind::ila:
            return LWTUNNEL_ENCAP_ILA;
        case conf::EncapKind::none:
            break;
    }
    return LWTUNNEL_ENCAP_NONE;
}

/// The attribute numbers of the two tunnel kinds; enum lwtunnel_ip_t and lwtunnel_ip6_t say the same things.
struct TunnelAttributes {
    int id, dst, src, tos, ttl, flags;
};
constexpr TunnelAttributes kTunnel4{LWTUNNEL_IP_ID,  LWTUNNEL_IP_DST, LWTUNNEL_IP_SRC,
                                    LWTUNNEL_IP_TOS, LWTUNNEL_IP_TTL, LWTUNNEL_IP_FLAGS};
constexpr TunnelAttributes kTunnel6{LWTUNNEL_IP6_ID, LWTUNNEL_IP6_DST,      LWTUNNEL_IP6_SRC,
                                    LWTUNNEL_IP6_TC, LWTUNNEL_IP6_HOPLIMIT, LWTUNNEL_IP6_FLAGS};

void put_tunnel(netlink::Request& request, const conf::Encap& encap, const TunnelAttributes& attributes) {
    if (encap.id) request.u64(attributes.id, htobe64(*encap.id));
    if (!encap.dst.is_none()) request.address(attributes.dst, encap.dst);
    if (!encap.src.is_none()) request.address(attributes.src, encap.src);
    if (encap.tos) request.u8(attributes.tos, *encap.tos);
    if (encap.ttl) request.u8(attributes.ttl, *encap.ttl);
    if (encap.flags) request.u16(attributes.flags, htons(*encap.flags));
}

void put_mpls(netlink::Request& request, const conf::Encap& encap) {
    std::vector<std::uint8_t> stack;
    for (std::size_t i = 0; i < encap.labels.size(); ++i) {
        std::uint32_t entry = encap.labels[i] << MPLS_LS_LABEL_SHIFT;
        if (i + 1 == encap.labels.size()) entry |= 1U << MPLS_LS_S_SHIFT;  // bottom of stack
        entry = htonl(entry);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&entry);
        stack.insert(stack.end(), bytes, bytes + sizeof entry);
    }
    request.bytes(MPLS_IPTUNNEL_DST, stack);
    if (encap.ttl) request.u8(MPLS_IPTUNNEL_TTL, *encap.ttl);
}

void put_encap(netlink::Request& request, const conf::Encap& encap) {
    if (encap.kind == conf::EncapKind::none) return;
    request.u16(RTA_ENCAP_TYPE, static_cast<std::uint16_t>(encap_type(encap.kind)));
    request.open(RTA_ENCAP | NLA_F_NESTED);
    switch (encap.kind) {
        case conf::EncapKind::ip:
            put_tunnel(request, encap, kTunnel4);
            break;
        case conf::EncapKind::ip6:
            put_tunnel(request, encap, kTunnel6);
            break;
        case conf::EncapKind::mpls:
            put_mpls(request, encap);
            break;
        case conf::EncapKind::ila:
            request.u64(ILA_ATTR_LOCATOR, htobe64(encap.locator));
            break;
        case conf::EncapKind::none:
            break;
    }
    request.close();
}

/// RTA_GATEWAY, or RTA_VIA when the gateway is of the other family.
void put_gateway(netlink::Request& request, const net::IpAddress& via, net::Family family) {
    if (via.is_none()) return;
    if (via.family == family) {
        request.address(RTA_GATEWAY, via);
        return;
    }
    std::vector<std::uint8_t> value(sizeof(std::uint16_t) + via.data().size());
    const auto other = static_cast<std::uint16_t>(net::address_family(via.family));
    std::memcpy(value.data(), &other, sizeof other);
    std::memcpy(value.data() + sizeof other, via.data().data(), via.data().size());
    request.bytes(RTA_VIA, value);
}

bool put_nexthops(netlink::Request& request, const conf::Route& route, const FindInterface& find) {
    if (route.nexthops.empty()) return true;
    request.open(RTA_MULTIPATH);
    for (const auto& hop : route.nexthops) {
        rtnexthop header{};
        header.rtnh_hops = hop.weight > 0 ? static_cast<std::uint8_t>(hop.weight - 1) : std::uint8_t{0};
        if (hop.onlink) header.rtnh_flags |= RTNH_F_ONLINK;
        if (!hop.dev.empty()) {
            header.rtnh_ifindex = static_cast<int>(find(hop.dev));
            if (header.rtnh_ifindex == 0) return false;
        }
        const std::size_t start = request.message().size();
        request.append(&header, sizeof header);
        put_gateway(request, hop.via, route.family);
        if (hop.realms) request.u32(RTA_FLOW, *hop.realms);
        put_encap(request, hop.encap);
        const auto length = static_cast<std::uint16_t>(request.message().size() - start);
        std::memcpy(request.message().data() + start, &length, sizeof length);
    }
    request.close();
    return true;
}

/// The kernel keeps rtt in eighths and rttvar in quarters of a millisecond.
std::uint32_t in_kernel_units(const conf::RouteMetric& metric) {
    if (metric.raw_time) return metric.value;
    if (metric.rtax == RTAX_RTT) return metric.value * 8;
    return metric.rtax == RTAX_RTTVAR ? metric.value * 4 : metric.value;
}

void put_metrics(netlink::Request& request, const conf::Route& route) {
    if (route.metrics.empty() && route.congctl.empty()) return;
    std::uint32_t locked = 0;
    for (const auto& metric : route.metrics) {
        if (metric.lock) locked |= 1U << metric.rtax;
    }
    if (route.congctl_lock) locked |= 1U << RTAX_CC_ALGO;
    request.open(RTA_METRICS);
    for (const auto& metric : route.metrics) request.u32(metric.rtax, in_kernel_units(metric));
    if (!route.congctl.empty()) request.text(RTAX_CC_ALGO, route.congctl);
    if (locked != 0) request.u32(RTAX_LOCK, locked);
    request.close();
}

rtmsg header_of(const conf::Route& route) {
    rtmsg header{};
    header.rtm_family = static_cast<std::uint8_t>(net::address_family(route.family));
    header.rtm_dst_len = route.is_default ? std::uint8_t{0} : route.destination.length;
    if (route.from) header.rtm_src_len = route.from->length;
    header.rtm_tos = route.tos.value_or(0);
    const std::uint32_t table = table_of(route);
    header.rtm_table =
        table < 256 ? static_cast<std::uint8_t>(table) : static_cast<std::uint8_t>(RT_TABLE_UNSPEC);
    header.rtm_protocol = protocol_of(route);
    if (route.onlink) header.rtm_flags |= RTNH_F_ONLINK;
    return header;
}

bool put_attributes(netlink::Request& request, const conf::Route& route, const FindInterface& find) {
    if (!route.is_default) request.address(RTA_DST, route.destination.address);
    if (route.from) request.address(RTA_SRC, route.from->address);
    if (!route.src.is_none()) request.address(RTA_PREFSRC, route.src);
    put_gateway(request, route.via, route.family);
    put_encap(request, route.encap);
    if (!route.dev.empty()) {
        const std::uint32_t oif = find(route.dev);
        if (oif == 0) return false;
        request.u32(RTA_OIF, oif);
    }
    if (table_of(route) >= 256) request.u32(RTA_TABLE, table_of(route));
    if (route.metric) request.u32(RTA_PRIORITY, *route.metric);
    if (route.realms) request.u32(RTA_FLOW, *route.realms);
    if (route.expires) request.u32(RTA_EXPIRES, *route.expires);
    if (route.pref) request.u8(RTA_PREF, *route.pref);
    if (route.ttl_propagate) request.u8(RTA_TTL_PROPAGATE, *route.ttl_propagate ? 1 : 0);
    put_metrics(request, route);
    return put_nexthops(request, route, find);
}

std::uint16_t insert_flags(const conf::Route& route, bool replace) {
    if (replace) return NLM_F_CREATE | NLM_F_REPLACE;
    switch (route.insert) {
        case conf::RouteInsert::add:
            return NLM_F_CREATE | NLM_F_EXCL;
        case conf::RouteInsert::append:
            return NLM_F_CREATE | NLM_F_APPEND;
        case conf::RouteInsert::prepend:
            break;
    }
    return NLM_F_CREATE;
}

}  // namespace

std::optional<netlink::Request> add_route(const conf::Route& route, const FindInterface& find, bool replace) {
    netlink::Request request(RTM_NEWROUTE, insert_flags(route, replace));
    rtmsg header = header_of(route);
    header.rtm_type = route.type;
    header.rtm_scope = route.scope.value_or(RT_SCOPE_UNIVERSE);
    request.header(header);
    if (!put_attributes(request, route, find)) return std::nullopt;
    return request;
}

std::optional<netlink::Request> remove_route(const conf::Route& route, const FindInterface& find) {
    netlink::Request request(RTM_DELROUTE, 0);
    rtmsg header = header_of(route);
    header.rtm_type = route.type == RTN_UNICAST ? static_cast<std::uint8_t>(RTN_UNSPEC) : route.type;
    header.rtm_scope = RT_SCOPE_NOWHERE;
    header.rtm_flags = 0;
    request.header(header);
    if (!put_attributes(request, route, find)) return std::nullopt;
    return request;
}

bool is_same_route(const conf::Route& route, const netlink::RouteEvent& event, const FindInterface& find) {
    if (route.family != event.family || table_of(route) != event.table) return false;
    if (event.protocol != protocol_of(route) || route.tos.value_or(0) != event.tos ||
        route.type != event.type)
        return false;
    const std::uint8_t length = route.is_default ? std::uint8_t{0} : route.destination.length;
    if (length != event.destination.length) return false;
    if (length != 0 && route.destination.address != event.destination.address) return false;
    // The kernel reports 1024 for an IPv6 route without a metric.
    const std::uint32_t metric = route.metric.value_or(route.family == net::Family::ipv6 ? 1024 : 0);
    if (metric != event.priority) return false;
    return route.dev.empty() || event.oif == 0 || find(route.dev) == event.oif;
}

std::string route_destination(const conf::Route& route) { return conf::short_prefix(route.destination); }

}  // namespace vrrp::objects
