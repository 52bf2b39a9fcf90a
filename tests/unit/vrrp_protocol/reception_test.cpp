// Validation of received adverts: vrrp-behaviour.md §3.2, row by row; the traps of §16 that concern it.
#include <catch2/catch.hpp>

#include <functional>

#include "lab.hpp"
#include "vrrp/protocol/reception.hpp"

using namespace lab;
using Bytes = std::vector<std::uint8_t>;

namespace {

/// A virtual router that receives one packet.
struct Receiver {
    VirtualRouterConfig config = virtual_router("N", 51, 100);
    VirtualRouterState state;
    AuthMemory memory;
    ActionList actions;

    Receiver() { state.source = ip("10.0.0.1"); }

    /// The packet which a peer at `source` with this configuration would send.
    static Bytes packet_of(const VirtualRouterConfig& sender, const char* source, std::uint8_t priority = 150,
                           std::uint32_t number = 1) {
        AdvertFields fields;
        fields.priority = priority;
        fields.source = ip(source);
        fields.destination = sender.unicast ? Bench::own_address(sender.family) : sender.group;
        fields.ip_id = static_cast<std::uint16_t>(number);
        fields.ah_sequence = number;
        fields.hmac_sequence = std::uint64_t{1000} << 32 | number;
        Bytes bytes(kMaxAdvertSize);
        bytes.resize(encode_advert(sender, fields, bytes));
        return bytes;
    }

    std::optional<Advertisement> receive(const Bytes& bytes, const char* source = "10.0.0.2",
                                         const char* destination = nullptr, int ttl = 255) {
        const auto to = destination != nullptr ? ip(destination)
                        : config.unicast       ? Bench::own_address(config.family)
                                               : config.group;
        return receive_advert(config, state, memory,
                              {.instance = 0,
                               .bytes = bytes,
                               .source = ip(source),
                               .destination = to,
                               .ttl = ttl,
                               .wallclock_us = 1'000'000'000},
                              Instant{5}, actions);
    }
    std::vector<std::string> log() const {
        std::vector<std::string> lines;
        for (const Action& action : actions) lines.push_back(std::get<LogLine>(action).text);
        return lines;
    }
};

/// Gives the packet a right VRRP checksum again after it was tampered with.
void fix_checksum(Bytes& packet, const VirtualRouterConfig& config) {
    packet[26] = packet[27] = 0;
    const auto message = std::span(packet).subspan(20);
    std::uint16_t sum = 0;
    if (config.version == 2)
        sum = internet_checksum(message);
    else
        sum = internet_checksum(message, ipv4_pseudo_header(ip("10.0.0.2"), config.group, message.size()));
    packet[26] = static_cast<std::uint8_t>(sum >> 8);
    packet[27] = static_cast<std::uint8_t>(sum);
}

void set_total_length(Bytes& packet) { packet[3] = static_cast<std::uint8_t>(packet.size()); }

struct Case {
    const char* name;
    std::function<void(VirtualRouterConfig&)> ours;
    std::function<void(Bytes&)> theirs;
    bool accepted;
    std::uint64_t Counters::*counter;
    const char* log;
};

}  // namespace

TEST_CASE("each row of the validation table has its outcome, its counter and its line") {
    const auto nothing = [](auto&) {};
    const auto v3 = [](VirtualRouterConfig& c) { c.version = 3; };
    const auto set = [](std::size_t at, int value) {
        return [at, value](Bytes& p) { p[at] = static_cast<std::uint8_t>(value); };
    };
    const Case cases[] = {
        {"a right advert", nothing, nothing, true, nullptr, nullptr},
        {"2: too short", nothing,
         [](Bytes& p) {
             p.resize(36);
             set_total_length(p);
         },
         false, &Counters::packet_len_err,
         "(N) vrrp packet from 10.0.0.2 too short, length 36 and expect 40"},
        {"2: too long", nothing,
         [](Bytes& p) {
             p.resize(44);
             set_total_length(p);
         },
         false, &Counters::packet_len_err, "(N) vrrp packet from 10.0.0.2 too long, length 44 and expect 40"},
        {"2: padded to the smallest Ethernet frame", nothing, [](Bytes& p) { p.resize(46); }, true, nullptr,
         nullptr},
        {"2: no room for the headers", nothing, [](Bytes& p) { p.resize(25); }, false,
         &Counters::packet_len_err, "(N) vrrp packet from 10.0.0.2 too short, length 25 and expect 28"},
        {"3: TTL", nothing, set(8, 254), false, &Counters::ip_ttl_err,
         "(N) invalid TTL/HL from 10.0.0.2. Received 254 and expect 255"},
        {"4: version", nothing,
         [](Bytes& p) {
             p[20] = 0x31;
             p.resize(32);
             set_total_length(p);
         },
         false, &Counters::version_err, "(N) wrong VRRP version from 10.0.0.2. Received 3 and expect 2"},
        {"6: unknown auth type", nothing, set(24, 9), false, &Counters::invalid_authtype,
         "(N) Invalid auth type from 10.0.0.2: 9"},
        {"7: other auth type", nothing, set(24, 1), false, &Counters::authtype_mismatch,
         "(N) received a 1 auth from 10.0.0.2, expecting 0!"},
        {"9: other interval (counted, unlike the reference)", nothing, set(25, 2), false,
         &Counters::advert_interval_err,
         "(N) advertisement interval mismatch with 10.0.0.2 mine=1 sec rcv'd=2 sec"},
        {"10: type", nothing, set(20, 0x22), false, &Counters::invalid_type_rcvd,
         "(N) Invalid packet type from 10.0.0.2. 2 and expect 1"},
        {"11: total length", nothing, set(3, 44), false, &Counters::packet_len_err,
         "(N) ip_tot_len mismatch against received length from 10.0.0.2. 44 and received 40"},
        {"12: v3 with another interval is accepted", v3,
         [&](Bytes& p) {
             p[25] = 30;
             VirtualRouterConfig c;
             c.version = 3;
             c.group = ip("224.0.0.18");
             fix_checksum(p, c);
         },
         true, nullptr, "(N) advertisement interval mismatch ours = 100 centi-sec rcv'd=30 centi-sec"},
        {"12: the reserved nibble is ignored", v3,
         [&](Bytes& p) {
             p[24] |= 0xf0;
             VirtualRouterConfig c;
             c.version = 3;
             c.group = ip("224.0.0.18");
             fix_checksum(p, c);
         },
         true, nullptr, nullptr},
        {"13: v2 checksum", nothing, set(26, 0xab), false, &Counters::checksum_err,
         "(N) Invalid VRRPv2 checksum from 10.0.0.2"},
        {"13: v3 checksum", v3, set(26, 0xab), false, &Counters::checksum_err,
         "(N) Invalid VRRPv3 checksum from 10.0.0.2"},
        {"15: the owner ignores adverts",
         [](auto& c) {
             c.priority = 255;
             c.owner_ignore_adverts = true;
         },
         nothing, false, nullptr, "(N) Dropping packet(s) from 10.0.0.2 since we are address owner"},
        {"15: not so when it is told not to", [](auto& c) { c.priority = 255; }, nothing, true, nullptr,
         nullptr},
        {"16: another number of addresses is accepted", [](auto& c) { c.advertised.clear(); }, nothing, true,
         &Counters::addr_list_err, "(N) expected 0 VIPs but received 1"},
        {"17: other addresses are accepted", [](auto& c) { c.advertised = {ip("10.0.0.77")}; }, nothing, true,
         &Counters::addr_list_err,
         "(N) ip address associated with VRID 51 not present in advert from 10.0.0.2: 10.0.0.77"},
    };
    for (const Case& c : cases) {
        INFO(c.name);
        Receiver r;
        VirtualRouterConfig sender = r.config;
        c.ours(r.config);
        sender.version = r.config.version;
        Bytes packet = Receiver::packet_of(sender, "10.0.0.2");
        c.theirs(packet);
        CHECK(r.receive(packet).has_value() == c.accepted);
        if (c.counter != nullptr) CHECK(r.state.counters.*(c.counter) == 1);
        CHECK(r.state.counters.advert_rcvd == (c.accepted ? 1U : 0U));
        CHECK(r.log() == (c.log != nullptr ? std::vector<std::string>{c.log} : std::vector<std::string>{}));
    }
}

TEST_CASE("a list that differs in number and content is counted once") {
    Receiver r;
    const Bytes packet = Receiver::packet_of(r.config, "10.0.0.2");
    r.config.advertised = {ip("10.0.0.77"), ip("10.0.0.78")};
    CHECK(r.receive(packet).has_value());
    CHECK(r.state.counters.addr_list_err == 1);
    CHECK(r.log().size() == 2);
}

TEST_CASE("skip_check_adv_addr leaves the list alone, from the known master only") {
    Receiver r;
    const Bytes packet = Receiver::packet_of(r.config, "10.0.0.2");
    r.config.advertised = {ip("10.0.0.77")};
    r.config.skip_check_adv_addr = true;
    CHECK(r.receive(packet).has_value());
    CHECK(r.state.counters.addr_list_err == 1);
    r.state.master_address = ip("10.0.0.2");
    CHECK(r.receive(packet).has_value());
    CHECK(r.state.counters.addr_list_err == 1);
}

TEST_CASE(
    "each kind of problem is logged once until the state or the master changes, and counted every time") {
    Receiver r;
    Bytes packet = Receiver::packet_of(r.config, "10.0.0.2");
    packet[8] = 1;
    for (int i = 0; i < 5; ++i) r.receive(packet);
    CHECK(r.log().size() == 1);
    CHECK(r.state.counters.ip_ttl_err == 5);
    r.state.logged_once = 0;
    r.receive(packet);
    CHECK(r.log().size() == 2);
}

TEST_CASE("passwords are compared whole") {
    Receiver r;
    r.config.auth_type = AuthType::pass;
    std::ranges::copy(std::string_view("s3cr3t"), r.config.auth_pass.begin());
    VirtualRouterConfig sender = r.config;
    CHECK(r.receive(Receiver::packet_of(sender, "10.0.0.2")).has_value());
    sender.auth_pass[6] = 'x';
    CHECK_FALSE(r.receive(Receiver::packet_of(sender, "10.0.0.2")).has_value());
    CHECK(r.state.counters.auth_failure == 1);
    CHECK(r.log().back() == "(N) received an invalid passwd from 10.0.0.2!");
}

TEST_CASE("AH: sequences only rise, check values and senders are verified") {
    Receiver r;
    r.config.auth_type = AuthType::ah;
    std::ranges::copy(std::string_view("s3cr3t"), r.config.auth_pass.begin());
    CHECK(r.receive(Receiver::packet_of(r.config, "10.0.0.2", 150, 7)).has_value());
    CHECK(r.state.ah_sequence == 7);
    CHECK_FALSE(r.receive(Receiver::packet_of(r.config, "10.0.0.2", 150, 7)).has_value());
    CHECK(r.log().back() == "(N) IPSEC-AH : sequence number 7 already processed. Packet dropped. Local(7)");
    r.state.logged_once = 0;
    Bytes tampered = Receiver::packet_of(r.config, "10.0.0.2", 150, 8);
    tampered[20 + 24 + 2] = 254;
    CHECK_FALSE(r.receive(tampered).has_value());
    CHECK(r.log().back() ==
          "(N) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !");
    CHECK(r.state.counters.auth_failure == 2);
    CHECK(r.state.ah_sequence == 7);

    Receiver plain;
    CHECK_FALSE(plain.receive(Receiver::packet_of(r.config, "10.0.0.2")).has_value());
    CHECK(plain.log().back() == "(N) Received AH header but auth type not AH from 10.0.0.2");
    CHECK(plain.state.counters.authtype_mismatch == 1);
    CHECK_FALSE(r.receive(Receiver::packet_of(plain.config, "10.0.0.2")).has_value());
    CHECK(r.log().back() == "(N) No AH header but auth type is AH from 10.0.0.2");
}

TEST_CASE("v3_checksum_as_v2 accepts both right sums and no other (the reference: any)") {
    Receiver r;
    r.config.version = 3;
    VirtualRouterConfig sender = r.config;
    r.config.v3_checksum_as_v2 = true;
    Bytes standard = Receiver::packet_of(sender, "10.0.0.2");
    CHECK(r.receive(standard).has_value());
    CHECK(r.receive(Receiver::packet_of(r.config, "10.0.0.2")).has_value());
    standard[26] ^= 0x55;
    CHECK_FALSE(r.receive(standard).has_value());
}

TEST_CASE("the historical unicast checksum is detected, kept, and used for sending") {
    Receiver r;
    r.config.version = 3;
    r.config.unicast = true;
    r.config.peers = {{ip("10.0.0.2")}, {ip("10.0.0.3")}};
    VirtualRouterConfig old_peer = r.config;
    old_peer.unicast_checksum = UnicastChecksum::always_old;
    const Bytes historical = Receiver::packet_of(old_peer, "10.0.0.2");

    SECTION("automatic") {
        CHECK(r.receive(historical).has_value());
        CHECK(r.log() == std::vector<std::string>{"(N) Setting unicast VRRPv3 checksum to old version"});
        CHECK(r.state.old_unicast_checksum);
        CHECK(r.receive(historical).has_value());
        CHECK(r.log().size() == 1);
        // What we send now satisfies a peer which knows the old form only.
        AdvertFields fields = advert_fields({0, 200, 1, 0}, r.state, 0);
        fields.destination = ip("10.0.0.2");
        Bytes answer(kMaxAdvertSize);
        answer.resize(encode_advert(r.config, fields, answer));
        Receiver peer;
        peer.config = old_peer;
        CHECK(peer.receive(answer, "10.0.0.1", "10.0.0.2").has_value());
    }
    SECTION("never") {
        r.config.unicast_checksum = UnicastChecksum::never_old;
        CHECK_FALSE(r.receive(historical).has_value());
    }
    SECTION("always: the standard form is refused") {
        r.config.unicast_checksum = UnicastChecksum::always_old;
        CHECK(r.receive(historical).has_value());
        VirtualRouterConfig standard = old_peer;
        standard.unicast_checksum = UnicastChecksum::never_old;
        CHECK_FALSE(r.receive(Receiver::packet_of(standard, "10.0.0.2")).has_value());
    }
}

TEST_CASE("check_unicast_src wants a listed peer and a TTL in its range, whatever the address list says") {
    Receiver r;
    r.config.unicast = true;
    r.config.check_unicast_src = true;
    r.config.skip_check_adv_addr = true;
    r.config.peers = {{ip("10.0.0.2"), 64, 255}};
    VirtualRouterConfig sender = r.config;
    sender.unicast_ttl = 60;
    CHECK_FALSE(r.receive(Receiver::packet_of(sender, "10.0.0.2")).has_value());
    CHECK(r.log().back() == "(N) TTL/HL 60 from 10.0.0.2 not in range [64, 255]");
    CHECK(r.state.counters.ip_ttl_err == 1);
    CHECK_FALSE(r.receive(Receiver::packet_of(sender, "10.0.0.3"), "10.0.0.3").has_value());
    CHECK(r.log().back() == "(N) unicast source address 10.0.0.3 not a unicast peer");
    sender.unicast_ttl = 64;
    CHECK(r.receive(Receiver::packet_of(sender, "10.0.0.2")).has_value());
}

TEST_CASE("a unicast packet for a multicast instance is refused, and the other way round") {
    Receiver r;
    CHECK_FALSE(r.receive(Receiver::packet_of(r.config, "10.0.0.2"), "10.0.0.2", "10.0.0.1").has_value());
    CHECK(r.state.counters.addr_list_err == 1);
    CHECK(r.log().back() == "(N) Expected multicast packet but received unicast packet from 10.0.0.2");
}

TEST_CASE("auth_hmac: missing, malformed, stale, unknown key, forged and replayed are told apart") {
    Receiver r;
    r.config.hmac = HmacConfig{.keys = {{7, Bytes(32, 'k')}}, .active_key = 7};
    VirtualRouterConfig sender = r.config;
    const Bytes good = Receiver::packet_of(sender, "10.0.0.2");
    const std::size_t trailer = good.size() - kHmacTrailerSize;
    CHECK(r.receive(good).has_value());
    CHECK_FALSE(r.receive(good).has_value());
    CHECK(r.state.counters.auth_ext_replay == 1);

    const auto refused = [&](std::uint64_t Counters::*counter, auto tamper) {
        Bytes packet = Receiver::packet_of(sender, "10.0.0.2", 150, 2);
        tamper(packet);
        CHECK_FALSE(r.receive(packet).has_value());
        CHECK(r.state.counters.*counter == 1);
    };
    refused(&Counters::auth_ext_malformed, [&](Bytes& p) { p[trailer] = 2; });
    refused(&Counters::auth_ext_unknown_key, [&](Bytes& p) { p[trailer + 1] = 8; });
    refused(&Counters::auth_ext_stale, [&](Bytes& p) { p[trailer + 7] ^= 0x40; });
    refused(&Counters::auth_ext_invalid_hmac, [&](Bytes& p) { p[22] = 254; });
    refused(&Counters::auth_ext_missing, [&](Bytes& p) {
        p.resize(trailer);
        set_total_length(p);
    });

    r.config.hmac->mode = HmacMode::permissive;
    Bytes plain = Receiver::packet_of(sender, "10.0.0.2", 150, 3);
    plain.resize(trailer);
    set_total_length(plain);
    CHECK(r.receive(plain).has_value());
    CHECK(r.receive(Receiver::packet_of(sender, "10.0.0.2", 150, 4)).has_value());
}

TEST_CASE("IPv6 adverts are checked for hop limit and list; their checksum is the kernel's work") {
    Receiver r;
    r.config.version = 3;
    r.config.family = net::Family::ipv6;
    r.config.advertised = {ip("fe80::53"), ip("2001:db8::53")};
    r.config.group = ip("ff02::12");
    const Bytes packet = Receiver::packet_of(r.config, "fe80::2");
    const auto advert = r.receive(packet, "fe80::2");
    REQUIRE(advert.has_value());
    CHECK(advert->priority == 150);
    CHECK(advert->interval == Seconds{1});
    CHECK_FALSE(r.receive(packet, "fe80::2", nullptr, 64).has_value());
    CHECK(r.state.counters.ip_ttl_err == 1);
}

TEST_CASE("a stream of bad packets neither silences a master nor keeps a backup from taking over") {
    Bench a(virtual_router("VI_1", 51, 100));
    auto other_version = a.router.config().instances[0];
    other_version.version = 3;
    a.start();
    for (int i = 0; i < 80; ++i) a.run(0.1).hear_as(other_version, "10.0.0.2", 50);
    REQUIRE(a.adverts().size() >= 5);
    CHECK(a.adverts()[0] == Approx(3.609).margin(0.01));
    CHECK(a.adverts()[4] == Approx(7.6).margin(0.03));
    CHECK(a.inside().counters.version_err == 80);
    CHECK(a.inside().master_address.is_none());  // a rejected packet names no master
}

TEST_CASE("adverts are discarded in INIT and FAULT") {
    Bench a(virtual_router("VI_1", 51, 100));
    a.hear("10.0.0.2", 150);
    CHECK(a.inside().counters.advert_rcvd == 0);
    a.start().give(FaultChanged{0, Fault::interface_down, true, "interface eth0 down"}).hear("10.0.0.2", 150);
    CHECK(a.inside().counters.advert_rcvd == 0);
}

TEST_CASE("random octets and mutilated adverts never do harm") {
    std::uint64_t seed = 0x9e3779b97f4a7c15;
    const auto random = [&seed] {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return static_cast<std::uint32_t>(seed >> 16);
    };
    for (int round = 0; round < 100'000; ++round) {
        Receiver r;
        const std::uint32_t kind = random();
        r.config.version = (kind & 1) != 0 ? 3 : 2;
        r.config.unicast = (kind & 2) != 0;
        r.config.auth_type = static_cast<AuthType>(r.config.version == 2 ? kind >> 4 & 1 : 0);
        if ((kind & 0x60) == 0x60 && r.config.version == 2) r.config.auth_type = AuthType::ah;
        if ((kind & 0x80) != 0) r.config.hmac = HmacConfig{.keys = {{7, Bytes(32, 'k')}}, .active_key = 7};
        if ((kind & 0x100) != 0) {
            r.config.family = net::Family::ipv6;
            r.config.auth_type = AuthType::none;
            r.config.advertised = {ip("fe80::53")};
        }
        Bytes packet =
            Receiver::packet_of(r.config, r.config.family == net::Family::ipv4 ? "10.0.0.2" : "fe80::2");
        for (std::uint32_t flips = random() % 4; flips > 0; --flips)
            packet[random() % packet.size()] = static_cast<std::uint8_t>(random());
        if (random() % 3 == 0) packet.resize(random() % 200);
        if (random() % 50 == 0)
            for (auto& octet : packet) octet = static_cast<std::uint8_t>(random());
        packet.shrink_to_fit();  // so that AddressSanitizer sees every step too far
        r.receive(packet, r.config.family == net::Family::ipv4 ? "10.0.0.2" : "fe80::2");
    }
}
