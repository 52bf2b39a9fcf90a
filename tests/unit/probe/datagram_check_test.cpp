// DNS_CHECK, UDP_CHECK and PING_CHECK against sockets on loopback.
#include <thread>

#include "check/probe/dns_query.hpp"
#include "tests/unit/probe/bench.hpp"

using check::schedule::Attempt;
using probe_test::Bench;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Answers one datagram by `answer` (empty: not at all).
class UdpServer {
  public:
    explicit UdpServer(std::function<Bytes(const Bytes&)> answer) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        socklen_t length = sizeof address;
        getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, answer = std::move(answer)] {
            Bytes bytes(2048);
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const ssize_t got =
                recvfrom(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
            bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            request_ = bytes;
            const Bytes reply = answer(bytes);
            if (!reply.empty()) {
                (void)sendto(fd_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from),
                             size);
            }
        });
    }
    ~UdpServer() { join(); }
    Bytes request() {
        join();
        return request_;
    }
    std::uint16_t port() const { return port_; }

  private:
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    UniqueFd fd_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port_ = 0;
    Bytes request_;
    std::thread thread_;
};

template <typename Kind>
conf::Checker checker_of(Kind kind, std::uint16_t port) {
    conf::Checker checker;
    checker.kind = std::move(kind);
    checker.connection.destination = {*net::IpAddress::parse("127.0.0.1"), port};
    checker.connection.settings.own().timeout = Milliseconds{200};
    return checker;
}

Bytes dns_reply(const Bytes& query, std::uint8_t code) {
    Bytes reply(query.begin(), query.begin() + 12);
    reply[2] |= 0x80;
    reply[3] = code;
    return reply;
}

}  // namespace

TEST_CASE("DNS queries are the reference's bytes") {
    const auto hex = [](const Bytes& bytes) {
        std::string text;
        for (const auto byte : bytes)
            text += "0123456789abcdef"[byte >> 4], text += "0123456789abcdef"[byte & 15];
        return text;
    };
    CHECK(hex(check::dns_query(0x7f34, "www.example.org.", 1)) ==
          "7f340100000100000000000003777777076578616d706c65036f72670000010001");
    CHECK(hex(check::dns_query(0x7f34, "www.example.org", 1)) ==
          "7f340100000100000000000003777777076578616d706c65036f72670000010001");
    CHECK(hex(check::dns_query(0x9b7e, "", 6)) == "9b7e010000010000000000000000060001");
    CHECK(hex(check::dns_query(1, "a.example", 16)).size() == 2 * (12 + 11 + 4));
    CHECK(check::dns_query(1, std::string(64, 'a') + ".org", 1).empty());
}

TEST_CASE("a DNS server is judged by the code of the answer that is meant for us") {
    struct {
        const char* what;
        std::function<Bytes(const Bytes&)> answer;
        Attempt outcome;
        const char* detail;
    } const cases[] = {
        {"no error", [](const Bytes& q) { return dns_reply(q, 0); }, Attempt::success, ""},
        {"refused", [](const Bytes& q) { return dns_reply(q, 5); }, Attempt::failure,
         "DNS_CHECK (R) read error occurred. (rcode = 5)"},
        {"another id",
         [](const Bytes& q) {
             Bytes r = dns_reply(q, 0);
             r[0] ^= 1;
             return r;
         },
         Attempt::failure, "DNS_CHECK (R) read timeout from socket"},
        {"no response bit", [](const Bytes& q) { return Bytes(q.begin(), q.begin() + 12); }, Attempt::failure,
         "DNS_CHECK (R) read timeout from socket"},
        {"too short", [](const Bytes& q) { return Bytes(q.begin(), q.begin() + 5); }, Attempt::failure,
         "DNS_CHECK (R) read timeout from socket"},
    };
    for (const auto& one : cases) {
        INFO(one.what);
        UdpServer server(one.answer);
        const check::Attempt attempt = Bench{}.attempt(checker_of(conf::DnsCheck{}, server.port()));
        CHECK(attempt.outcome == one.outcome);
        CHECK(attempt.detail == one.detail);
    }
}

TEST_CASE("a closed UDP port fails a check, silence succeeds unless a reply is required") {
    const auto nothing = [](const Bytes&) { return Bytes{}; };
    std::uint16_t closed = 0;
    {
        UdpServer gone(nothing);
        closed = gone.port();
        (void)Bench{}.attempt(checker_of(conf::UdpCheck{}, closed));
    }
    CHECK(Bench{}.attempt(checker_of(conf::UdpCheck{}, closed)).outcome == Attempt::failure);
    {
        UdpServer silent(nothing);
        CHECK(Bench{}.attempt(checker_of(conf::UdpCheck{}, silent.port())).outcome == Attempt::success);
        const Bytes request = silent.request();
        CHECK(std::string(request.begin(), request.end()) == "keepalived check - keepalived ch");
    }
    UdpServer silent(nothing);
    CHECK(Bench{}.attempt(checker_of(conf::UdpCheck{.require_reply = true}, silent.port())).outcome ==
          Attempt::failure);
}

TEST_CASE("a UDP reply must match under its nibble mask and within its lengths") {
    struct {
        Bytes reply;
        bool good;
    } const cases[] = {
        {{1, 0x2f, 3}, true}, {{1, 0x3f, 3}, false}, {{1, 0x20}, false}, {{1, 0x20, 3, 4, 5, 6}, false}};
    for (const auto& one : cases) {
        UdpServer server([&](const Bytes&) { return one.reply; });
        conf::UdpCheck check{.require_reply = true, .reply = {1, 0x20, 3}, .reply_mask = {0xff, 0xf0, 0xff}};
        check.max_reply_length = 5;
        CHECK((Bench{}.attempt(checker_of(check, server.port())).outcome == Attempt::success) == one.good);
    }
}

TEST_CASE("loopback answers a ping, where the kernel lets us ask") {
    const check::Attempt attempt = Bench{}.attempt(checker_of(conf::PingCheck{}, 0));
    const bool allowed = UniqueFd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP)).get() >= 0;
    CHECK(attempt.outcome == (allowed ? Attempt::success : Attempt::local));
}
