// The codec against captured packets, byte for byte (vrrp-behaviour.md §2).
#include "vrrp/protocol/advert.hpp"

#include <catch2/catch.hpp>

#include <cstring>

#include "golden.hpp"

using golden::Bytes;
using golden::Packet;
using net::IpAddress;
using namespace vrrp::protocol;

namespace {

IpAddress parsed(const char* text) { return *IpAddress::parse(text); }

VirtualRouterConfig virtual_router_with(std::uint8_t version, std::uint8_t vrid,
                                        std::initializer_list<const char*> addresses) {
    VirtualRouterConfig config;
    config.name = "VI_1";
    config.version = version;
    config.vrid = vrid;
    for (const char* address : addresses) config.advertised.push_back(parsed(address));
    config.family = config.advertised.front().family;
    config.group = parsed(config.family == net::Family::ipv4 ? "224.0.0.18" : "ff02::12");
    config.old_checksum_group = parsed("224.0.0.18");
    return config;
}

AdvertFields fields(std::uint8_t priority, std::uint16_t number) {
    AdvertFields advert;
    advert.priority = priority;
    advert.ip_id = number;
    advert.ah_sequence = number;
    advert.source = parsed("10.0.0.1");
    advert.destination = parsed("224.0.0.18");
    return advert;
}

Bytes encode(const VirtualRouterConfig& config, const AdvertFields& advert) {
    std::vector<std::uint8_t> space(kMaxAdvertSize);
    space.resize(encode_advert(config, advert, space));
    return space;
}

void set_password(VirtualRouterConfig& config, AuthType type, std::string_view password) {
    config.auth_type = type;
    std::copy(password.begin(), password.end(), config.auth_pass.begin());
}

}  // namespace

// The kernel fills the IP header checksum: 00 00 here, d0 91 and the like in the captures.

TEST_CASE("a v2 IPv4 advert without authentication has the captured bytes") {
    const Packet expected{
        {"version, header length", "45"},
        {"TOS", "c0"},
        {"total length", "00 28"},
        {"identification", "00 01"},
        {"fragment", "00 00"},
        {"TTL", "ff"},
        {"protocol", "70"},
        {"IP checksum", "00 00"},
        {"source", "0a 00 00 01"},
        {"destination", "e0 00 00 12"},
        {"version, type", "21"},
        {"VRID", "33"},
        {"priority", "64"},
        {"count", "01"},
        {"auth type", "00"},
        {"interval", "01"},
        {"checksum", "70 66"},
        {"address 1", "0a 00 00 64"},
        {"auth data", "00 00 00 00 00 00 00 00"},
    };
    CHECK(expected.difference(encode(virtual_router_with(2, 51, {"10.0.0.100"}), fields(100, 1))) == "");
}

TEST_CASE("a v2 advert with a password has the captured bytes") {
    auto config = virtual_router_with(2, 51, {"10.0.0.100", "10.0.0.101"});
    set_password(config, AuthType::pass, "s3cr3t");
    const Packet expected{
        {"IP header", "45 c0 00 2c 00 01 00 00 ff 70 00 00 0a 00 00 01 e0 00 00 12"},
        {"version, type, VRID, priority, count", "21 33 96 02"},
        {"auth type, interval", "01 01"},
        {"checksum", "28 e6"},
        {"addresses", "0a 00 00 64 0a 00 00 65"},
        {"password, zero padded", "73 33 63 72 33 74 00 00"},
    };
    CHECK(expected.difference(encode(config, fields(150, 1))) == "");
}

TEST_CASE("AH adverts have the captured sequence numbers and check values") {
    auto config = virtual_router_with(2, 51, {"10.0.0.100", "10.0.0.101"});
    set_password(config, AuthType::ah, "s3cr3t");
    struct Case {
        std::uint8_t priority;
        std::uint16_t number;
        const char *id, *sequence, *icv, *head, *checksum;
    };
    const Case cases[] = {
        {150, 1, "00 01", "00 00 00 01", "29 07 d3 af f1 ea 0d 99 bb 4d e8 36", "21 33 96 02 02 01", "32 00"},
        {150, 2, "00 02", "00 00 00 02", "6a f7 e8 ac 82 00 65 fa 15 be 8e 5d", "21 33 96 02 02 01", "32 00"},
        {0, 3, "00 03", "00 00 00 03", "2e da e7 2a 0a 8f 28 db c4 e2 80 8d", "21 33 00 02 02 01", "c8 00"},
    };
    for (const Case& c : cases) {
        INFO("advert " << c.number);
        const Packet expected{
            {"IP header to length", "45 c0 00 44"},
            {"identification", c.id},
            {"fragment, TTL, protocol", "00 00 ff 33"},
            {"IP checksum", "00 00"},
            {"source, destination", "0a 00 00 01 e0 00 00 12"},
            {"next header, length, reserved", "70 04 00 00"},
            {"SPI", "0a 00 00 01"},
            {"sequence", c.sequence},
            {"ICV", c.icv},
            {"VRRP header", c.head},
            {"checksum", c.checksum},
            {"addresses", "0a 00 00 64 0a 00 00 65"},
            {"auth data", "00 00 00 00 00 00 00 00"},
        };
        CHECK(expected.difference(encode(config, fields(c.priority, c.number))) == "");
    }
}

TEST_CASE("the AH check value of a unicast advert leaves out the TTL") {
    auto config = virtual_router_with(2, 51, {"10.0.0.100"});
    set_password(config, AuthType::ah, "s3cr3t");
    config.unicast = true;
    auto advert = fields(150, 1);
    advert.destination = parsed("10.0.0.2");
    Bytes packet = encode(config, advert);
    const Icv sent = ah_icv(packet, config.auth_pass, true);
    CHECK(std::memcmp(sent.data(), packet.data() + 32, sent.size()) == 0);
    packet[8] = 64;  // a router on the way
    CHECK(ah_icv(packet, config.auth_pass, true) == sent);
    CHECK(ah_icv(packet, config.auth_pass, false) != sent);
}

TEST_CASE("a v3 IPv4 advert has the captured bytes") {
    auto config = virtual_router_with(3, 52, {"10.0.0.100"});
    config.advert_interval = Milliseconds{500};
    const Packet expected{
        {"IP header", "45 c0 00 20 00 01 00 00 ff 70 00 00 0a 00 00 01 e0 00 00 12"},
        {"version, type, VRID, priority, count", "31 34 c8 01"},
        {"interval in centiseconds", "00 32"},
        {"checksum with pseudo-header", "11 a4"},
        {"address", "0a 00 00 64"},
    };
    CHECK(expected.difference(encode(config, fields(200, 1))) == "");
}

TEST_CASE("a v3 IPv6 advert has the captured bytes but for the checksum, which is the kernel's") {
    auto config = virtual_router_with(3, 53, {"fe80::53", "2001:db8::53"});
    config.advert_interval = Milliseconds{500};
    const Packet expected{
        {"version, type, VRID, priority, count", "31 35 c8 02"},
        {"interval", "00 32"},
        {"checksum", "00 00"},
        {"address 1", "fe80 0000 0000 0000 0000 0000 0000 0053"},
        {"address 2", "2001 0db8 0000 0000 0000 0000 0000 0053"},
    };
    CHECK(expected.difference(encode(config, fields(200, 1))) == "");

    // What the kernel makes of it: §2.5's dc 86.
    std::array<std::uint8_t, 40> pseudo{};
    const auto source = parsed("fe80::ff:fe00:1"), group = parsed("ff02::12");
    std::copy(source.bytes.begin(), source.bytes.end(), pseudo.begin());
    std::copy(group.bytes.begin(), group.bytes.end(), pseudo.begin() + 16);
    pseudo[35] = 40;
    pseudo[39] = 112;
    CHECK(internet_checksum(expected.bytes(), pseudo) == 0xdc86);
}

TEST_CASE("an interval above 40.95 s is clamped, not sent as 0") {
    auto config = virtual_router_with(3, 52, {"10.0.0.100"});
    config.advert_interval = Milliseconds{40'960};
    const Bytes packet = encode(config, fields(100, 1));
    CHECK(packet[24] == 0x0f);
    CHECK(packet[25] == 0xff);
}

TEST_CASE("the four checksum forms of v3 IPv4 differ in the pseudo-header alone") {
    auto config = virtual_router_with(3, 52, {"10.0.0.100"});
    auto advert = fields(200, 1);
    const auto sum = [&](std::optional<IpAddress> destination) {
        Bytes packet = encode(config, advert);
        const auto message = std::span(packet).subspan(20);
        if (!destination) return internet_checksum(message) == 0;
        return internet_checksum(message, ipv4_pseudo_header(advert.source, *destination, message.size())) ==
               0;
    };
    CHECK(sum(parsed("224.0.0.18")));
    config.unicast = true;
    advert.destination = parsed("10.0.0.2");
    CHECK(sum(parsed("10.0.0.2")));
    SECTION("old_unicast_checksum: with the group") {
        config.unicast_checksum = UnicastChecksum::always_old;
        CHECK(sum(parsed("224.0.0.18")));
    }
    SECTION("the historical form was detected: with the group, for every peer") {
        advert.old_unicast_checksum = true;
        CHECK(sum(parsed("224.0.0.18")));
        advert.destination = parsed("10.0.0.3");
        CHECK(sum(parsed("224.0.0.18")));
    }
    SECTION("never: what was detected does not count") {
        config.unicast_checksum = UnicastChecksum::never_old;
        advert.old_unicast_checksum = true;
        CHECK(sum(parsed("10.0.0.2")));
    }
    SECTION("v3_checksum_as_v2: without") {
        config.v3_checksum_as_v2 = true;
        CHECK(sum(std::nullopt));
    }
}

TEST_CASE("an auth_hmac advert has the captured trailer and a checksum without it") {
    auto config = virtual_router_with(3, 51, {"10.0.0.100"});
    const std::string_view key = "0123456789abcdef0123456789abcdef";
    config.hmac = HmacConfig{.keys = {{7, {key.begin(), key.end()}}}, .active_key = 7};
    auto advert = fields(100, 1);
    advert.hmac_sequence = 0x6b008b8148350000;
    const Packet expected{
        {"IP header", "45 c0 00 3c 00 01 00 00 ff 70 00 00 0a 00 00 01 e0 00 00 12"},
        {"VRRP header", "31 33 64 01 00 64"},
        {"checksum without trailer", "75 73"},
        {"address", "0a 00 00 64"},
        {"trailer type, key, reserved", "01 07 00 00"},
        {"seconds", "6b 00 8b 81"},
        {"fraction, counter", "48 35 00 00"},
        {"HMAC", "79 81 c0 f8 42 06 90 a3 71 33 06 76 53 f3 17 d1"},
    };
    CHECK(expected.difference(encode(config, advert)) == "");
}

TEST_CASE("a gratuitous ARP has the captured bytes") {
    std::vector<std::uint8_t> frame(kMaxAnnouncementSize);
    frame.resize(encode_gratuitous_arp(*net::LinkAddress::parse("02:00:00:00:00:01"),
                                       *net::LinkAddress::parse("ff:ff:ff:ff:ff:ff"), false,
                                       parsed("10.0.0.100"), frame));
    const Packet expected{
        {"destination", "ff ff ff ff ff ff"},
        {"source", "02 00 00 00 00 01"},
        {"type", "08 06"},
        {"hardware, protocol", "00 01 08 00"},
        {"lengths", "06 04"},
        {"request", "00 01"},
        {"sender MAC", "02 00 00 00 00 01"},
        {"sender address", "0a 00 00 64"},
        {"target MAC: broadcast, not zero", "ff ff ff ff ff ff"},
        {"target address", "0a 00 00 64"},
    };
    CHECK(expected.difference(frame) == "");
}

TEST_CASE("an unsolicited neighbour advertisement has the captured bytes") {
    std::vector<std::uint8_t> frame(kMaxAnnouncementSize);
    const auto mac = *net::LinkAddress::parse("02:00:00:00:00:01");
    frame.resize(encode_unsolicited_na(mac, false, parsed("fe80::53"), false, frame));
    const Packet expected{
        {"destination", "33 33 00 00 00 01"},
        {"source", "02 00 00 00 00 01"},
        {"type", "86 dd"},
        {"version, class, flow", "60 00 00 00"},
        {"payload length", "00 20"},
        {"next header", "3a"},
        {"hop limit", "ff"},
        {"source: the VIP", "fe80 0000 0000 0000 0000 0000 0000 0053"},
        {"all nodes", "ff02 0000 0000 0000 0000 0000 0000 0001"},
        {"type, code", "88 00"},
        {"checksum", "56 f7"},
        {"flags: override", "20 00 00 00"},
        {"target", "fe80 0000 0000 0000 0000 0000 0000 0053"},
        {"option: target link-layer address", "02 01 02 00 00 00 00 01"},
    };
    CHECK(expected.difference(frame) == "");

    frame.resize(kMaxAnnouncementSize);
    frame.resize(encode_unsolicited_na(mac, false, parsed("fe80::53"), true, frame));
    CHECK(frame[58] == 0xa0);  // R added while the interface forwards
}

TEST_CASE("announcements over InfiniBand carry 20-octet addresses") {
    const auto own = *net::LinkAddress::parse("80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01");
    const auto broadcast =
        *net::LinkAddress::parse("00:ff:ff:ff:ff:12:40:1b:ff:ff:00:00:00:00:00:00:ff:ff:ff:ff");
    std::vector<std::uint8_t> frame(kMaxAnnouncementSize);
    frame.resize(encode_gratuitous_arp(own, broadcast, true, parsed("10.0.0.100"), frame));
    const Packet arp{
        {"destination", "00ffffff ff12401b ffff0000 00000000 ffffffff"},
        {"IPoIB header", "0806 0000"},
        {"hardware 32, protocol", "0020 0800"},
        {"lengths", "14 04"},
        {"request", "0001"},
        {"sender", "80000048 fe800000 00000000 0002c903 00000001"},
        {"sender address", "0a000064"},
        {"target", "00ffffff ff12401b ffff0000 00000000 ffffffff"},
        {"target address", "0a000064"},
    };
    CHECK(arp.difference(frame) == "");

    frame.resize(kMaxAnnouncementSize);
    frame.resize(encode_unsolicited_na(own, true, parsed("fe80::53"), false, frame));
    CHECK(Bytes(frame.begin(), frame.begin() + 24) ==
          golden::hex("00ffffff ff12601b 00000000 00000000 ffffffff 86dd 0000"));
    CHECK(Bytes(frame.end() - 24, frame.end()) ==
          golden::hex("02 03 0000 80000048 fe800000 00000000 0002c903 00000001"));
}

TEST_CASE("a received datagram is split into its headers, or refused when too short for them") {
    auto config = virtual_router_with(2, 51, {"10.0.0.100"});
    set_password(config, AuthType::ah, "s3cr3t");
    const Bytes packet = encode(config, fields(150, 1));
    const auto parts = split_datagram(net::Family::ipv4, packet);
    REQUIRE(parts.has_value());
    CHECK(parts->ip.size() == 20);
    CHECK(parts->ah.size() == 24);
    CHECK(parts->vrrp.size() == 20);
    CHECK(vrid_of(net::Family::ipv4, packet) == 51);
    for (std::size_t length = 0; length < 20 + 24 + 8; ++length)
        CHECK_FALSE(split_datagram(net::Family::ipv4, std::span(packet).first(length)).has_value());
    CHECK_FALSE(split_datagram(net::Family::ipv6, std::span(packet).first(7)).has_value());
}
