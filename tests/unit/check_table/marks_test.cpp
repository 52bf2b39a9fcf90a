// nftables_ipvs: marks of groups, the services they make, the rules that set them.
#include <catch2/catch.hpp>

#include "check/desired_table.hpp"
#include "check/group_marks.hpp"

using check::GroupMarks;

namespace {

conf::GroupEntry entry(const char* first, const char* last, std::uint16_t port) {
    conf::GroupEntry made;
    made.first = *net::IpAddress::parse(first);
    made.last = *net::IpAddress::parse(last);
    made.port = port;
    return made;
}

conf::VirtualServer user(const char* group, conf::Protocol protocol) {
    conf::VirtualServer server;
    server.kind = conf::ServiceKind::group;
    server.group = group;
    server.protocol = protocol;
    return server;
}

/// Two groups of addresses, the first used for TCP and UDP; one group with a mark of its own.
conf::Model model() {
    conf::Model made;
    made.global.nftables_ipvs = true;
    made.global.nftables_ipvs_start_fwmark = 2000;
    made.lvs.groups = {{"A", {}, {entry("10.1.0.1", "10.1.0.3", 80), entry("fd00::1", "fd00::1", 0)}},
                       {"B", {}, {entry("10.2.0.1", "10.2.0.1", 53)}},
                       {"M", {}, {{.is_fwmark = true, .fwmark = 2001}}}};
    made.lvs.virtual_servers = {user("A", conf::Protocol::tcp), user("A", conf::Protocol::udp),
                                user("B", conf::Protocol::udp), user("M", conf::Protocol::tcp)};
    return made;
}

const std::pair kATcp{std::string("A"), conf::Protocol::tcp};
const std::pair kAUdp{std::string("A"), conf::Protocol::udp};
const std::pair kBUdp{std::string("B"), conf::Protocol::udp};

}  // namespace

TEST_CASE("groups without marks get one a protocol, counted from the start, around those in use") {
    CHECK(check::allocate_marks(model(), {}) == GroupMarks{{kATcp, 2000}, {kAUdp, 2002}, {kBUdp, 2003}});
    conf::Model off = model();
    off.global.nftables_ipvs = false;
    CHECK(check::allocate_marks(off, {}).empty());
}

TEST_CASE("at a reload a group keeps its mark, and a free one is used again") {
    conf::Model next = model();
    next.lvs.virtual_servers.erase(next.lvs.virtual_servers.begin());  // A is no longer used for TCP
    next.lvs.groups.push_back({"C", {}, {entry("10.3.0.1", "10.3.0.1", 80)}});
    next.lvs.virtual_servers.push_back(user("C", conf::Protocol::tcp));
    CHECK(check::allocate_marks(next, {{kATcp, 2000}, {kAUdp, 2002}, {kBUdp, 2003}}) ==
          GroupMarks{{kAUdp, 2002}, {kBUdp, 2003}, {{"C", conf::Protocol::tcp}, 2000}});
}

TEST_CASE("a marked group is one kernel service a family") {
    const conf::Model made = model();
    const auto services = check::kernel_services(made.lvs.virtual_servers[0], made.lvs, 2000);
    REQUIRE(services.size() == 2);
    CHECK(services[0].key.fwmark == 2000);
    CHECK(services[0].key.family == net::Family::ipv4);
    CHECK(services[1].key.family == net::Family::ipv6);
}

TEST_CASE("the rules map addresses and ports of a protocol to its mark") {
    const conf::Model made = model();
    CHECK(check::mark_ruleset(made, {{kATcp, 2000}, {kAUdp, 2002}, {kBUdp, 2003}}) ==
          "table ip keepalived_ipvs {\n"
          "map tcp_map { type ipv4_addr . inet_service : mark; flags interval; elements = { "
          "10.1.0.1-10.1.0.3 . 80 : 2000 } }\n"
          "map udp_map { type ipv4_addr . inet_service : mark; flags interval; elements = { "
          "10.1.0.1-10.1.0.3 . 80 : 2002, "
          "10.2.0.1 . 53 : 2003 } }\n"
          "chain in {\n"
          "type filter hook input priority -1; policy accept;\n"
          "meta l4proto tcp meta mark set ip daddr . th dport map @tcp_map counter return\n"
          "meta l4proto udp meta mark set ip daddr . th dport map @udp_map counter return\n"
          "}\n}\n"
          "table ip6 keepalived_ipvs {\n"
          "map tcp_map { type ipv6_addr . inet_service : mark; flags interval; elements = { fd00::1 . "
          "0-65535 : 2000 } }\n"
          "map udp_map { type ipv6_addr . inet_service : mark; flags interval; elements = { fd00::1 . "
          "0-65535 : 2002 } }\n"
          "chain in {\n"
          "type filter hook input priority -1; policy accept;\n"
          "meta l4proto tcp meta mark set ip6 daddr . th dport map @tcp_map counter return\n"
          "meta l4proto udp meta mark set ip6 daddr . th dport map @udp_map counter return\n"
          "}\n}\n");
    CHECK(check::mark_ruleset(made, {}).empty());
}
