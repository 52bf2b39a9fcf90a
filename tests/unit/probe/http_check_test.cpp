// HTTP_GET against small servers on loopback: request bytes, decisions, and every way a server can misbehave.
#include <openssl/evp.h>
#include <sys/socket.h>

#include <thread>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "check/probe/body_verifier.hpp"
#include "check/probe/http_exchange.hpp"
#include "tests/unit/probe/bench.hpp"

using probe_test::Bench;
using probe_test::Listener;

namespace {

/// Answers one connection with `reply`, then closes (or holds it open until the client goes).
class Server {
  public:
    explicit Server(std::string reply, bool hold = false, bool reset = false) : listener_(8) {
        thread_ = std::thread([this, reply = std::move(reply), hold, reset] {
            UniqueFd client(accept(listener_.fd.get(), nullptr, nullptr));
            char bytes[4096];
            const ssize_t got = recv(client.get(), bytes, sizeof bytes, 0);
            if (got > 0) request_.assign(bytes, static_cast<std::size_t>(got));
            if (!reply.empty()) (void)send(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
            if (reset) {
                const linger now{1, 0};
                setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
            } else if (hold) {
                while (recv(client.get(), bytes, sizeof bytes, 0) > 0) continue;
            }
        });
    }
    ~Server() { thread_.join(); }
    std::uint16_t port() const { return listener_.port; }
    std::string request() { return request_; }

  private:
    Listener listener_;
    std::string request_;
    std::thread thread_;
};

conf::Checker get(std::uint16_t port) {
    conf::HttpCheck http;
    http.urls.push_back({.path = "/b", .status_codes = {{200, 299}}});
    conf::Checker checker;
    checker.kind = http;
    checker.connection.destination = {*net::IpAddress::parse("127.0.0.1"), port};
    checker.connection.settings.own().timeout = Milliseconds{300};
    checker.timing.own().delay_loop = Seconds{1};
    return checker;
}

conf::HttpCheck& http(conf::Checker& checker) { return std::get<conf::HttpCheck>(checker.kind); }

struct Case {
    const char* what;
    std::string reply;
    bool hold, reset;
    check::schedule::Attempt outcome;
    std::string detail;
};

using check::schedule::Attempt;

}  // namespace

TEST_CASE("the request is the reference's, byte for byte") {
    CHECK(check::request_text("/b", "127.0.0.2:8001", conf::HttpProtocol::http10) ==
          "GET /b HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.2:8001\r\n\r\n");
    CHECK(check::request_text("/a b", "h", conf::HttpProtocol::http10c) ==
          "GET /a b HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: h\r\n\r\n");
    CHECK(check::request_text("/x", "h", conf::HttpProtocol::http11) ==
          "GET /x HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: h\r\n\r\n");
    CHECK(check::host_of({*net::IpAddress::parse("::1"), 8004}) == "[::1]:8004");
}

TEST_CASE("each behaviour of a server ends in its outcome") {
    const std::string header = "HTTP/1.0 200 OK\r\n";
    const Case cases[] = {
        {"answers and closes", header + "\r\nhello", false, false, Attempt::success, ""},
        {"keeps the connection open", header + "Content-Length: 5\r\n\r\nhello", true, false,
         Attempt::success, ""},
        {"header name in lower case", header + "content-length: 5\r\n\r\nhello", true, false,
         Attempt::success, ""},
        {"sends chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", true,
         false, Attempt::success, ""},
        {"announces more than it sends", header + "Content-Length: 50\r\n\r\nhello", false, false,
         Attempt::success, ""},
        {"not found", "HTTP/1.0 404 Not Found\r\n\r\n", false, false, Attempt::failure,
         "HTTP status code error to server R."},
        {"closes at once", "", false, false, Attempt::failure, "Read, no data received from  server R."},
        {"garbage", "\x01\x02\x03 garbage without end\r\n\r\n", false, false, Attempt::failure,
         "HTTP status code error to server R."},
        {"no reason", "HTTP/1.1 200\r\n\r\nhello", false, false, Attempt::success, ""},
        {"no reason but a blank", "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello", true, false,
         Attempt::success, ""},
        {"a code of four digits", "HTTP/1.1 2000 OK\r\n\r\n", false, false, Attempt::failure,
         "HTTP status code error to server R."},
        {"a protocol in lower case", "http/1.1 200 ok\r\n\r\nhello", false, false, Attempt::success, ""},
        {"a protocol of its own", "ICY 200 OK\r\n\r\nhello", false, false, Attempt::success, ""},
        {"a field without colon", header + "nonsense\r\nContent-Length: 5\r\n\r\nhello", true, false,
         Attempt::success, ""},
        {"a folded field", header + "X: a\r\n b\r\n\r\nhello", false, false, Attempt::success, ""},
        {"a length that is none", header + "Content-Length: many\r\n\r\nhello", false, false,
         Attempt::success, ""},
        {"two lengths", header + "Content-Length: 5\r\nContent-Length: 9\r\n\r\nhello", true, false,
         Attempt::success, ""},
        {"chunks that are none", header + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello", false, false,
         Attempt::success, ""},
        {"line ends without return", "HTTP/1.1 200 OK\n\nhello", false, false, Attempt::failure,
         "Read, no data received from  server R."},
        {"says to go on first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", false, false,
         Attempt::failure, "HTTP status code error to server R."},
        {"half a header", "HTTP/1.0 200 OK\r\nServ", false, false, Attempt::failure,
         "Read, no data received from  server R."},
        {"huge header", header + "X: " + std::string(100'000, 'x'), false, false, Attempt::failure,
         "Read, no data received from  server R."},
        {"silent", "", true, false, Attempt::failure, "Timeout WEB read server R."},
        {"stops in the header", "HTTP/1.1 2", true, false, Attempt::failure, "Timeout HTTP read server R."},
    };
    for (const Case& one : cases) {
        INFO(one.what);
        Server server(one.reply, one.hold, one.reset);
        const check::Attempt attempt = Bench{}.attempt(get(server.port()));
        CHECK(attempt.outcome == one.outcome);
        CHECK(attempt.detail == one.detail);
    }
}

TEST_CASE("a reset in the header is a failure") {
    Server server("HTTP/1.0 20", false, true);
    CHECK(Bench{}.attempt(get(server.port())).outcome == Attempt::failure);
}

TEST_CASE("digest and regex look at the body") {
    const std::string reply = "HTTP/1.0 200 OK\r\n\r\nhello\n";
    struct {
        const char* pattern;
        bool no_match;
        bool good;
    } const cases[] = {
        {"^hel", false, true}, {"absent", false, false}, {"absent", true, true}, {"o\\n$", false, true}};
    for (const auto& one : cases) {
        INFO(one.pattern);
        Server server(reply);
        conf::Checker checker = get(server.port());
        http(checker).urls[0].regex = conf::Regex{.pattern = one.pattern, .no_match = one.no_match};
        CHECK((Bench{}.attempt(checker).outcome == Attempt::success) == one.good);
    }
    // md5("hello\n") = b1946ac92492d2347c6235b4d2611184
    const std::array<std::uint8_t, 16> digest{0xb1, 0x94, 0x6a, 0xc9, 0x24, 0x92, 0xd2, 0x34,
                                              0x7c, 0x62, 0x35, 0xb4, 0xd2, 0x61, 0x11, 0x84};
    for (const bool right : {true, false}) {
        Server server(reply);
        conf::Checker checker = get(server.port());
        http(checker).urls[0].digest = digest;
        if (!right) (*http(checker).urls[0].digest)[0] ^= 1;
        CHECK((Bench{}.attempt(checker).outcome == Attempt::success) == right);
    }
}

TEST_CASE("chunks are hashed as they are joined or as they came, and searched either way") {
    const std::string chunks = "3\r\nhel\r\n3\r\nlo\n\r\n0\r\n\r\n";
    // md5 of "hello\n" and of the chunks
    const std::array<std::uint8_t, 16> joined{0xb1, 0x94, 0x6a, 0xc9, 0x24, 0x92, 0xd2, 0x34,
                                              0x7c, 0x62, 0x35, 0xb4, 0xd2, 0x61, 0x11, 0x84};
    std::array<std::uint8_t, 16> raw{};
    REQUIRE(EVP_Digest(chunks.data(), chunks.size(), raw.data(), nullptr, EVP_md5(), nullptr) == 1);
    for (const auto& digest : {joined, raw}) {
        Server server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        conf::Checker checker = get(server.port());
        http(checker).urls[0].digest = digest;
        http(checker).urls[0].regex = conf::Regex{.pattern = "^hello$"};
        CHECK(Bench{}.attempt(checker).outcome == Attempt::success);
    }
}

TEST_CASE("a pattern is found in the header, too, but its absence is asked of the body") {
    for (const bool no_match : {false, true}) {
        Server server("HTTP/1.0 200 OK\r\nX-State: moon\r\n\r\nhello");
        conf::Checker checker = get(server.port());
        http(checker).urls[0].regex = conf::Regex{.pattern = "moon", .no_match = no_match};
        CHECK(Bench{}.attempt(checker).outcome == Attempt::success);
    }
}

TEST_CASE("a line of a multi-line pattern may begin where a read begins") {
    std::string error;
    check::BodyVerifier verifier(
        false, check::CompiledRegex::compile({.pattern = "^hello", .options = PCRE2_MULTILINE}, error));
    for (const std::string piece : {"a\n", "hello"})
        verifier.take({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
    verifier.end();
    CHECK(verifier.matched());
}

TEST_CASE("a pattern that does not compile fails its url and says where") {
    Server server("HTTP/1.0 200 OK\r\n\r\nhello");
    conf::Checker checker = get(server.port());
    http(checker).urls[0].regex = conf::Regex{.pattern = "a(b"};
    const check::Attempt attempt = Bench{}.attempt(checker);
    CHECK(attempt.outcome == Attempt::failure);
    CHECK(attempt.detail.find("Invalid regex: 'a(b' at offset 3") == 0);
}

TEST_CASE("a match that is spread over reads is found, wherever it is cut") {
    const std::string body = "xxxxneedle in a haystackxxxx";
    std::string error;
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
        check::BodyVerifier verifier(
            false, check::CompiledRegex::compile({.pattern = "nee[a-z]+ in .*stack"}, error));
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(body.data());
        verifier.take({bytes, cut});
        verifier.take({bytes + cut, body.size() - cut});
        verifier.end();
        INFO(cut);
        CHECK(verifier.matched());
    }
}

TEST_CASE("regex offsets bound where a match may begin") {
    std::string error;
    const auto matches = [&](std::size_t min, std::optional<std::size_t> max) {
        conf::Regex regex{.pattern = "b"};
        regex.min_offset = min;
        regex.max_offset = max;
        check::BodyVerifier verifier(false, check::CompiledRegex::compile(regex, error));
        for (const char c : std::string("aabaab"))
            verifier.take({reinterpret_cast<const std::uint8_t*>(&c), 1});
        verifier.end();
        return verifier.matched();
    };
    CHECK(matches(0, std::nullopt));
    CHECK(matches(2, 2));
    CHECK_FALSE(matches(0, 1));
    CHECK(matches(3, 5));
    CHECK_FALSE(matches(3, 4));
    CHECK_FALSE(matches(6, std::nullopt));
}

TEST_CASE("regex_stack gives an expression the room it needs, for all urls") {
    std::string error;
    const std::string body = std::string(200'000, 'a') + "b";
    const auto matches = [&](std::size_t stack) {
        conf::Regex regex{.pattern = "^(?:a|(b))*$"};
        regex.stack_start = 1024;
        regex.stack_max = stack;
        check::BodyVerifier verifier(false, check::CompiledRegex::compile(regex, error));
        verifier.take({reinterpret_cast<const std::uint8_t*>(body.data()), body.size()});
        verifier.end();
        return verifier.matched();
    };
    CHECK_FALSE(matches(0));
    CHECK(matches(64 << 20));
    CHECK(matches(0));
}

TEST_CASE("urls with one pattern and options share the compiled code") {
    std::string error;
    const conf::Regex regex{.pattern = "shared [0-9]+"};
    const auto a = check::CompiledRegex::compile(regex, error),
               b = check::CompiledRegex::compile(regex, error);
    CHECK(a->code() == b->code());
}

TEST_CASE("with several urls a server is up once all passed, one an attempt") {
    Bench bench;
    conf::Checker checker = get(1);
    http(checker).urls.push_back({.path = "/c", .status_codes = {{200, 299}}});
    const std::string good = "HTTP/1.0 200 OK\r\n\r\n";
    const std::string bad = "HTTP/1.0 500 No\r\n\r\n";
    std::unique_ptr<check::Probe> probe;
    std::vector<Attempt> outcomes;
    std::vector<std::string> paths;
    // One listener for all attempts: the port is part of the probe.
    Listener listener(8);
    checker.connection.destination.port = listener.port;
    probe = check::make_probe(checker, {.server = "R", .service = "V"}, {bench.loop, bench.scripts});
    std::vector<std::string> details;
    for (const std::string& reply : {good, bad, good, good, good}) {
        std::thread server([&] {
            UniqueFd client(accept(listener.fd.get(), nullptr, nullptr));
            char bytes[1024];
            const ssize_t got = recv(client.get(), bytes, sizeof bytes, 0);
            paths.emplace_back(bytes + 4, got > 6 ? 2 : 0);
            (void)send(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
        });
        probe->set_up(outcomes.size() < 2);  // the failure takes the server down
        probe->start([&](check::Attempt attempt) {
            outcomes.push_back(attempt.outcome);
            details.push_back(attempt.detail);
        });
        bench.loop.restart();
        bench.loop.run();
        server.join();
    }
    CHECK(paths == std::vector<std::string>{"/b", "/c", "/c", "/b", "/c"});
    CHECK(outcomes == std::vector{Attempt::partial, Attempt::failure, Attempt::partial, Attempt::partial,
                                  Attempt::success});
    CHECK(details == std::vector<std::string>{
                         "", "HTTP status code error to server R.", "HTTP status code success to R url(/c)",
                         "HTTP status code success to R url(/b)", "HTTP status code success to R url(/c)"});
}
