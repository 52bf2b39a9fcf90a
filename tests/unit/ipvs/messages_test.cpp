// IPVS messages against the bytes seen on the wire (lvs-behaviour.md §4, worked examples).
#include "lib/netlink/ipvs/messages.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace netlink::ipvs;
using net::IpAddress;

namespace {

constexpr std::size_t kHeaders = 16 + 4;  // nlmsghdr, genlmsghdr

std::vector<std::uint8_t> hex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    std::string digits;
    for (char c : text) {
        if (!isxdigit(static_cast<unsigned char>(c))) continue;
        digits += c;
        if (digits.size() < 2) continue;
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits, nullptr, 16)));
        digits.clear();
    }
    return bytes;
}

std::vector<std::uint8_t> payload(const Requests& requests) {
    const auto bytes = requests.bytes().subspan(kHeaders);
    return {bytes.begin(), bytes.end()};
}

IpAddress ip(const char* text) { return *IpAddress::parse(text); }

const char* const kZero12 = "000000000000000000000000";

Service web() { return {.key = {.protocol = 6, .address = ip("10.0.0.1"), .port = 443}, .scheduler = "wlc"}; }

Service mark5() {
    return {.key = {.fwmark = 5},
            .scheduler = "wrr",
            .flags = kFlagPersistent,
            .timeout = 120,
            .netmask = 0xffffff00};
}

}  // namespace

TEST_CASE("a TCP service is encoded as on the wire") {
    Requests requests(30);
    requests.service(Command::new_service, web(), 1, 0);
    CHECK(payload(requests) ==
          hex(std::string("5400 0180  0600 0100 0200 0000  0600 0200 0600 0000  1400 0300 0a000001 ") +
              kZero12 +
              "0600 0400 01bb 0000 0800 0600 776c6300  0c00 0700 00000000 ffffffff"
              "0800 0800 00000000  0800 0900 ffffffff"));
}

TEST_CASE("a tunnelled destination is encoded as on the wire") {
    Requests requests(30);
    requests.destination(Command::new_dest, web(), {.key = {ip("192.168.1.1"), 443}, .forward = 2}, 1, 0);
    const auto bytes = payload(requests);
    const std::vector<std::uint8_t> destination(bytes.begin() + 0x54, bytes.end());
    CHECK(destination == hex(std::string("5000 0280  0600 0b00 0200 0000  1400 0100 c0a80101 ") + kZero12 +
                             "0600 0200 01bb 0000  0800 0300 02000000 0800 0400 01000000  0500 0d00 00 000000"
                             "0800 0500 00000000  0800 0600 00000000"));
}

TEST_CASE("tunnel ports go with gue, checksum flags with gue and gre") {
    const auto options = [](std::uint8_t type, std::uint16_t port, std::uint16_t flags) {
        Requests requests(30);
        requests.destination(Command::new_dest, web(),
                             {.key = {ip("192.168.1.5"), 443},
                              .forward = 2,
                              .tunnel_type = type,
                              .tunnel_port = port,
                              .tunnel_flags = flags},
                             1, 0);
        const auto bytes = payload(requests);
        constexpr std::ptrdiff_t kUpToWeight = 0x54 + 4 + 8 + 20 + 8 + 8 + 8;
        return std::vector<std::uint8_t>(bytes.begin() + kUpToWeight, bytes.end() - 16);
    };
    CHECK(options(1, 6081, 2) == hex("0500 0d00 01 000000  0600 0e00 17c1 0000  0600 0f00 0200 0000"));
    CHECK(options(1, 6080, 1) == hex("0500 0d00 01 000000  0600 0e00 17c0 0000  0600 0f00 0100 0000"));
    CHECK(options(2, 0, 1) == hex("0500 0d00 02 000000  0600 0f00 0100 0000"));
}

TEST_CASE("a firewall-mark service carries its persistence, its destinations' requests do not") {
    Requests requests(30);
    requests.service(Command::new_service, mark5(), 1, 0);
    CHECK(payload(requests) == hex("3800 0180  0600 0100 0200 0000  0800 0500 05000000  0800 0600 77727200"
                                   "0c00 0700 01000000 ffffffff  0800 0800 78000000  0800 0900 ffffff00"));
    requests.clear();
    requests.destination(
        Command::new_dest, mark5(),
        {.key = {ip("192.168.1.1"), 8080}, .weight = 3, .upper_threshold = 100, .lower_threshold = 50}, 1, 0);
    CHECK(payload(requests) ==
          hex(std::string("3800 0180  0600 0100 0200 0000  0800 0500 05000000  0800 0600 77727200"
                          "0c00 0700 00000000 ffffffff  0800 0800 00000000  0800 0900 ffffffff"
                          "4800 0280  0600 0b00 0200 0000  1400 0100 c0a80101 ") +
              kZero12 +
              "0600 0200 1f90 0000  0800 0300 00000000  0800 0400 03000000  0800 0500 64000000  0800 0600 "
              "32000000"));
}

TEST_CASE("the persistence engine stands before the flags") {
    Requests requests(30);
    const Service sip{.key = {.protocol = 17, .address = ip("10.0.0.2"), .port = 5060},
                      .scheduler = "rr",
                      .persistence_engine = "sip",
                      .flags = kFlagPersistent | kFlagOnePacket,
                      .timeout = 60};
    requests.service(Command::new_service, sip, 1, 0);
    CHECK(payload(requests) ==
          hex(std::string("5c00 0180  0600 0100 0200 0000  0600 0200 1100 0000  1400 0300 0a000002 ") +
              kZero12 +
              "0600 0400 13c4 0000  0700 0600 727200 00  0800 0b00 73697000  0c00 0700 05000000 ffffffff"
              "0800 0800 3c000000  0800 0900 ffffffff"));
}

TEST_CASE("an IPv6 service has a prefix length where IPv4 has a mask") {
    Requests requests(30);
    const Service six{
        .key = {.family = net::Family::ipv6, .protocol = 6, .address = ip("2001:db8::1"), .port = 443},
        .scheduler = "sh",
        .flags = kFlagPersistent | kFlagSched1 | kFlagSched2,
        .timeout = 360,
        .netmask = 64};
    requests.service(Command::new_service, six, 1, 0);
    CHECK(payload(requests) ==
          hex("5400 0180  0600 0100 0a00 0000  0600 0200 0600 0000"
              "1400 0300 20010db8 0000000000000000000000 01  0600 0400 01bb 0000  0700 0600 736800 00"
              "0c00 0700 19000000 ffffffff  0800 0800 68010000  0800 0900 40000000"));
}

TEST_CASE("sync daemons and timeouts are encoded as on the wire") {
    Requests requests(30);
    requests.daemon(Command::new_daemon,
                    {.state = DaemonState::master,
                     .interface = "dummy0",
                     .sync_id = 51,
                     .max_length = 1400,
                     .port = 8849,
                     .ttl = 4,
                     .group = ip("224.0.0.99")},
                    1, 0);
    CHECK(payload(requests) ==
          hex("4000 0380  0800 0100 01000000  0b00 0200 64756d6d793000 00  0800 0300 33000000"
              "0600 0400 7805 0000 0600 0700 9122 0000  0500 0800 04 000000  0800 0500 e0000063"));
    requests.clear();
    requests.daemon(Command::del_daemon, {.state = DaemonState::backup, .interface = "dummy0", .sync_id = 51},
                    1, 0);
    CHECK(payload(requests) == hex("1400 0380  0800 0100 02000000  0800 0300 00000000"));
    requests.clear();
    requests.timeouts({1000, 120, 200}, 1, 0);
    CHECK(payload(requests) == hex("0800 0400 e8030000  0800 0500 78000000  0800 0600 c8000000"));
}

TEST_CASE("what was encoded is read back") {
    for (const Service& service : {web(), mark5()}) {
        Requests requests(30);
        requests.service(Command::new_service, service, 1, 0);
        const auto read = parse_service(requests.bytes().subspan(kHeaders));
        REQUIRE(read.has_value());
        CHECK(read->service == service);
    }
    const Destination destination{.key = {ip("fd00::5"), 80},
                                  .forward = 2,
                                  .weight = 7,
                                  .tunnel_type = 1,
                                  .tunnel_port = 6080,
                                  .tunnel_flags = 1,
                                  .upper_threshold = 9,
                                  .lower_threshold = 3};
    Requests requests(30);
    requests.destination(Command::new_dest, web(), destination, 1, 0);
    const auto read = parse_destination(requests.bytes().subspan(kHeaders), net::Family::ipv4);
    REQUIRE(read.has_value());
    CHECK(read->destination == destination);
}

TEST_CASE("replies that are cut or overwritten at random are refused or read, never trusted") {
    Requests requests(30);
    requests.service(Command::new_service, mark5(), 1, 0);
    requests.destination(Command::new_dest, web(), {.key = {ip("192.168.1.1"), 443}, .forward = 2}, 1, 0);
    const std::vector<std::uint8_t> original(requests.bytes().begin() + kHeaders, requests.bytes().end());
    std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same bytes in every run
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = original;
        bytes.resize(random() % (bytes.size() + 1));
        for (unsigned n = random() % 4; n > 0 && !bytes.empty(); --n) {
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        }
        const auto service = parse_service(bytes);
        if (service) CHECK(service->service.scheduler.size() < bytes.size());
        (void)parse_destination(bytes, net::Family::ipv6);
        (void)parse_daemon(bytes);
        (void)parse_timeouts(bytes);
        (void)parse_info(bytes);
    }
}

TEST_CASE("error lines keep the names and numbers that people grep") {
    const ServiceKey service = web().key;
    const DestinationKey destination{ip("192.168.1.1"), 80};
    CHECK(error_line(Command::new_service, EEXIST, &service, nullptr) ==
          "IPVS cmd IP_VS_SO_SET_ADD(1154) error: Service already exists(17) (10.0.0.1:tcp:443)");
    CHECK(error_line(Command::new_dest, EEXIST, &service, &destination) ==
          "IPVS cmd IP_VS_SO_SET_ADDDEST(1159) error: Destination already exists(17) (10.0.0.1:tcp:443 -> "
          "192.168.1.1:80)");
    CHECK(error_line(Command::new_daemon, EEXIST, nullptr, nullptr) ==
          "IPVS cmd IP_VS_SO_SET_STARTDAEMON(1163) error: Daemon has already run(17)");
}
