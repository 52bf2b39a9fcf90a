// Addresses and prefixes.
#include "lib/net/address.hpp"

#include <catch2/catch.hpp>

using net::IpAddress;

TEST_CASE("only strict address text is taken") {
    for (const char* good : {"10.0.0.1", "0.0.0.0", "255.255.255.255", "::", "fe80::1", "2001:db8::1", "::ffff:1.2.3.4"}) {
        INFO(good);
        CHECK(IpAddress::parse(good).has_value());
    }
    for (const char* bad : {"", "10.0.0", "10.0.0.256", "10.0.0.1/24", "fe80::1%eth0", "[::1]", " 10.0.0.1", "host", "1:2"}) {
        INFO(bad);
        CHECK_FALSE(IpAddress::parse(bad).has_value());
    }
}

TEST_CASE("addresses compare as unsigned big-endian numbers") {
    CHECK(*IpAddress::parse("10.0.0.2") > *IpAddress::parse("10.0.0.1"));
    CHECK(*IpAddress::parse("200.0.0.1") > *IpAddress::parse("10.255.255.255"));
    CHECK(*IpAddress::parse("fe80::ff") > *IpAddress::parse("fe80::1"));
}

TEST_CASE("a prefix contains the addresses which share its leading bits") {
    const net::Prefix prefix{*IpAddress::parse("10.0.0.77"), 26};
    CHECK(prefix.contains(*IpAddress::parse("10.0.0.64")));
    CHECK(prefix.contains(*IpAddress::parse("10.0.0.127")));
    CHECK_FALSE(prefix.contains(*IpAddress::parse("10.0.0.128")));
    CHECK_FALSE(prefix.contains(*IpAddress::parse("::1")));
}

TEST_CASE("the virtual MAC carries family and VRID") {
    CHECK(net::virtual_router_mac(net::Family::ipv4, 51).to_string() == "00:00:5e:00:01:33");
    CHECK(net::virtual_router_mac(net::Family::ipv6, 51).to_string() == "00:00:5e:00:02:33");
}
