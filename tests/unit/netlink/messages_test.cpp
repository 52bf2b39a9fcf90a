// What is asked of the kernel, byte for byte where the spec has it (vrrp-behaviour.md §8.0), and what is read from it.
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "lib/netlink/objects.hpp"
#include "vrrp/objects/addresses.hpp"
#include "vrrp/objects/routes.hpp"
#include "vrrp/objects/rules.hpp"

namespace {

net::IpAddress ip(const char* text) { return *net::IpAddress::parse(text); }

conf::Address address(const char* text, std::uint8_t length) {
    conf::Address made;
    made.prefix = {ip(text), length};
    return made;
}

/// "16 len 40 flags 0001 | family header | type: bytes | …" in hexadecimal, host order as on this machine.
std::vector<std::pair<int, std::vector<std::uint8_t>>> attributes(const netlink::Request& request,
                                                                  std::size_t header) {
    std::vector<std::pair<int, std::vector<std::uint8_t>>> found;
    const auto message = request.message();
    std::size_t at = sizeof(nlmsghdr) + header;
    while (at + sizeof(rtattr) <= message.size()) {
        rtattr attribute;
        std::memcpy(&attribute, message.data() + at, sizeof attribute);
        const auto* begin = reinterpret_cast<const std::uint8_t*>(message.data() + at + sizeof attribute);
        found.emplace_back(attribute.rta_type,
                           std::vector<std::uint8_t>(begin, begin + attribute.rta_len - sizeof attribute));
        at += RTA_ALIGN(attribute.rta_len);
    }
    return found;
}

std::vector<int> types(const netlink::Request& request, std::size_t header) {
    std::vector<int> found;
    for (const auto& [type, value] : attributes(request, header)) found.push_back(type);
    return found;
}

template <typename Header>
Header header_of(const netlink::Request& request) {
    Header header;
    std::memcpy(&header, request.message().data() + sizeof(nlmsghdr), sizeof header);
    return header;
}

nlmsghdr message_header(const netlink::Request& request) {
    nlmsghdr header;
    std::memcpy(&header, request.message().data(), sizeof header);
    return header;
}

constexpr int kProtocolAttribute = 11;  // IFA_PROTO

std::uint32_t no_interface(std::string_view) { return 0; }
std::uint32_t third_interface(std::string_view) { return 3; }

}  // namespace

TEST_CASE("an IPv4 address is asked for with IFA_LOCAL and IFA_PROTO alone, without CREATE or REPLACE") {
    const netlink::Request request = vrrp::objects::add_address(address("10.0.0.100", 24), 2);
    CHECK(message_header(request).nlmsg_type == RTM_NEWADDR);
    CHECK(message_header(request).nlmsg_flags == NLM_F_REQUEST);
    CHECK(header_of<ifaddrmsg>(request).ifa_prefixlen == 24);
    CHECK(header_of<ifaddrmsg>(request).ifa_index == 2);
    CHECK(types(request, sizeof(ifaddrmsg)) == std::vector<int>{IFA_LOCAL, kProtocolAttribute});
    CHECK(attributes(request, sizeof(ifaddrmsg))[0].second == std::vector<std::uint8_t>{10, 0, 0, 100});
    CHECK(attributes(request, sizeof(ifaddrmsg))[1].second == std::vector<std::uint8_t>{18});
}

TEST_CASE("the options of an IPv4 address come in the order peer, broadcast, label") {
    conf::Address one = address("10.0.0.100", 24);
    one.peer = ip("10.0.0.103");
    one.broadcast = ip("10.0.0.255");
    one.label = "eth0:v";
    one.scope = 200;
    const netlink::Request request = vrrp::objects::add_address(one, 2);
    CHECK(types(request, sizeof(ifaddrmsg)) ==
          std::vector<int>{IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_LABEL, kProtocolAttribute});
    CHECK(header_of<ifaddrmsg>(request).ifa_prefixlen == 32);
    CHECK(header_of<ifaddrmsg>(request).ifa_scope == 200);
}

TEST_CASE("an IPv6 address is asked for with NODAD, and a /128 is deprecated") {
    const netlink::Request wide = vrrp::objects::add_address(address("2001:db8::1", 64), 2);
    CHECK(types(wide, sizeof(ifaddrmsg)) == std::vector<int>{IFA_LOCAL, IFA_FLAGS, kProtocolAttribute});
    CHECK(attributes(wide, sizeof(ifaddrmsg))[1].second == std::vector<std::uint8_t>{IFA_F_NODAD, 0, 0, 0});
    const netlink::Request host = vrrp::objects::add_address(address("2001:db8::1", 128), 2);
    CHECK(types(host, sizeof(ifaddrmsg)) ==
          std::vector<int>{IFA_CACHEINFO, IFA_LOCAL, IFA_FLAGS, kProtocolAttribute});
    ifa_cacheinfo lifetime;
    std::memcpy(&lifetime, attributes(host, sizeof(ifaddrmsg))[0].second.data(), sizeof lifetime);
    CHECK(lifetime.ifa_prefered == 0);
    CHECK(lifetime.ifa_valid == UINT32_MAX);
}

TEST_CASE("-nodad alone leaves the flags away") {
    conf::Address one = address("2001:db8::1", 64);
    one.no_dad_off = true;
    CHECK(types(vrrp::objects::add_address(one, 2), sizeof(ifaddrmsg)) ==
          std::vector<int>{IFA_LOCAL, kProtocolAttribute});
}

TEST_CASE("a route is asked for as the reference does") {
    conf::Route route;
    route.family = net::Family::ipv4;
    route.destination = {ip("192.0.2.0"), 24};
    route.via = ip("10.0.0.2");
    route.src = ip("10.0.0.100");
    route.dev = "eth0";
    route.metric = 50;
    const auto request = vrrp::objects::add_route(route, third_interface);
    REQUIRE(request);
    CHECK(message_header(*request).nlmsg_flags == (NLM_F_REQUEST | NLM_F_CREATE));
    const auto header = header_of<rtmsg>(*request);
    CHECK(header.rtm_table == RT_TABLE_MAIN);
    CHECK(header.rtm_protocol == 18);
    CHECK(header.rtm_scope == RT_SCOPE_UNIVERSE);
    CHECK(header.rtm_type == RTN_UNICAST);
    CHECK(types(*request, sizeof(rtmsg)) ==
          std::vector<int>{RTA_DST, RTA_PREFSRC, RTA_GATEWAY, RTA_OIF, RTA_PRIORITY});
    const auto removal = vrrp::objects::remove_route(route, third_interface);
    REQUIRE(removal);
    CHECK(header_of<rtmsg>(*removal).rtm_scope == RT_SCOPE_NOWHERE);
    CHECK(header_of<rtmsg>(*removal).rtm_type == RTN_UNSPEC);
    CHECK_FALSE(vrrp::objects::add_route(route, no_interface));
}

TEST_CASE("the verb of a route is its netlink flag") {
    struct Case {
        conf::RouteInsert insert;
        int flags;
    };
    for (const auto& [insert, flags] : {Case{conf::RouteInsert::prepend, NLM_F_CREATE},
                                        Case{conf::RouteInsert::add, NLM_F_CREATE | NLM_F_EXCL},
                                        Case{conf::RouteInsert::append, NLM_F_CREATE | NLM_F_APPEND}}) {
        conf::Route route;
        route.family = net::Family::ipv4;
        route.is_default = true;
        route.insert = insert;
        const auto request = vrrp::objects::add_route(route, no_interface);
        REQUIRE(request);
        CHECK(message_header(*request).nlmsg_flags == (NLM_F_REQUEST | flags));
    }
}

TEST_CASE("next hops carry weight minus one, gateway and interface") {
    conf::Route route;
    route.family = net::Family::ipv4;
    route.destination = {ip("198.18.0.0"), 24};
    route.nexthops.resize(2);
    route.nexthops[0].via = ip("10.1.0.2");
    route.nexthops[0].weight = 2;
    route.nexthops[1].via = ip("10.1.0.3");
    const auto request = vrrp::objects::add_route(route, third_interface);
    REQUIRE(request);
    const auto found = attributes(*request, sizeof(rtmsg));
    REQUIRE(found.size() == 2);
    CHECK(found[1].first == RTA_MULTIPATH);
    rtnexthop hop;
    std::memcpy(&hop, found[1].second.data(), sizeof hop);
    CHECK(hop.rtnh_len == 16);
    CHECK(hop.rtnh_hops == 1);
    std::memcpy(&hop, found[1].second.data() + 16, sizeof hop);
    CHECK(hop.rtnh_len == 16);
    CHECK(hop.rtnh_hops == 0);
}

TEST_CASE("round trip times go out in the kernel's units: eighths and quarters of a millisecond") {
    conf::Route route;
    route.family = net::Family::ipv4;
    route.destination = {ip("192.0.2.0"), 24};
    route.metrics = {{RTAX_RTT, 300}, {RTAX_RTTVAR, 250}, {RTAX_RTO_MIN, 400}, {RTAX_RTT, 3200, false, true}};
    const auto request = vrrp::objects::add_route(route, third_interface);
    REQUIRE(request);
    const auto found = attributes(*request, sizeof(rtmsg));
    REQUIRE(found.back().first == RTA_METRICS);
    std::vector<std::uint32_t> values;
    for (std::size_t at = 4; at < found.back().second.size(); at += 8) {
        std::uint32_t value = 0;
        std::memcpy(&value, found.back().second.data() + at, sizeof value);
        values.push_back(value);
    }
    CHECK(values == std::vector<std::uint32_t>{2400, 1000, 400, 3200});
}

TEST_CASE("the kernel's event of an IPv6 route without a metric is recognised: it reports 1024") {
    conf::Route route;
    route.family = net::Family::ipv6;
    route.destination = {ip("2001:db8:1::"), 48};
    netlink::RouteEvent event;
    event.family = net::Family::ipv6;
    event.destination = route.destination;
    event.table = RT_TABLE_MAIN;
    event.protocol = 18;
    event.type = RTN_UNICAST;
    event.priority = 1024;
    CHECK(vrrp::objects::is_same_route(route, event, no_interface));
    event.protocol = RTPROT_STATIC;
    CHECK_FALSE(vrrp::objects::is_same_route(route, event, no_interface));
}

TEST_CASE("a rule carries its matches, and a table above 255 as an attribute") {
    conf::Rule rule;
    rule.from = net::Prefix{ip("10.0.0.100"), 32};
    rule.priority = 1000;
    rule.table_or_target = 99;
    CHECK(types(vrrp::objects::add_rule(rule), 12) ==
          std::vector<int>{2 /*FRA_SRC*/, 6 /*FRA_PRIORITY*/, 21});
    rule.table_or_target = 1234;
    CHECK(types(vrrp::objects::add_rule(rule), 12) ==
          std::vector<int>{2 /*FRA_SRC*/, 6 /*FRA_PRIORITY*/, 15 /*FRA_TABLE*/, 21 /*FRA_PROTOCOL*/});
    CHECK(message_header(vrrp::objects::add_rule(rule)).nlmsg_flags ==
          (NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL));
}

TEST_CASE("an address is read from the kernel's message with its peer") {
    conf::Address one = address("10.0.0.100", 24);
    one.peer = ip("10.0.0.103");
    const netlink::Request request = vrrp::objects::add_address(one, 7);
    const auto read = netlink::parse_address(*reinterpret_cast<const nlmsghdr*>(request.message().data()));
    REQUIRE(read);
    CHECK(read->ifindex == 7);
    CHECK(read->prefix == net::Prefix{ip("10.0.0.100"), 32});
    CHECK(read->peer == ip("10.0.0.103"));
    CHECK(read->protocol == 18);
}

TEST_CASE("a message that is cut short is no address") {
    nlmsghdr header{};
    header.nlmsg_len = sizeof header;
    header.nlmsg_type = RTM_NEWADDR;
    CHECK_FALSE(netlink::parse_address(header));
    CHECK_FALSE(netlink::parse_link(header));
    CHECK_FALSE(netlink::parse_route(header));
    CHECK_FALSE(netlink::parse_rule(header));
}

TEST_CASE("the difference of two sorted sets is what has to be added and removed") {
    using vrrp::objects::AddressKey;
    const AddressKey a{{ip("10.0.0.1"), 24}, 2}, b{{ip("10.0.0.2"), 24}, 2}, c{{ip("10.0.0.3"), 24}, 2};
    const auto found = vrrp::objects::difference({a, b}, {b, c});
    CHECK(found.add == std::vector<AddressKey>{a});
    CHECK(found.remove == std::vector<AddressKey>{c});
}
