// Every kind of check against every fault of a server: each cell says how the attempt ends, or why there is no such cell.
// Each ends within its limits and holds no more than a bounded buffer, whatever the server sends.
#include <malloc.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "check/probe/tls_context.hpp"
#include "tests/unit/probe/fault_servers.hpp"

using check::schedule::Attempt;
using probe_test::Fault;
using probe_test::FaultServer;
using probe_test::kFaults;
using probe_test::Speaks;

namespace {

constexpr Milliseconds kTimeout{100};
constexpr std::chrono::milliseconds kLongest{2500};  // ten steps of an HTTP check, and a slow machine
constexpr std::size_t kMostMemory =
    512 * 1024;  // a window of a regex is 256 KiB; headers, lines are 16 and 4

constexpr std::size_t kMostWithTls = 4 * 1024 * 1024;  // both ends are in this process

struct Cell {
    Attempt outcome = Attempt::failure;
    const char* detail = "";      // how the detail begins
    const char* none = nullptr;   // why there is no such case
    const char* other = nullptr;  // how it begins when the fault is seen before the connection is
};

constexpr Cell ok{Attempt::success, ""};
constexpr Cell fails(const char* detail, const char* other = nullptr) {
    return {Attempt::failure, detail, nullptr, other};
}
constexpr Cell no(const char* why) { return {Attempt::failure, "", why}; }
constexpr Cell not_tls = no("no certificate is seen");

struct Row {
    const char* name;
    Speaks speaks;
    std::array<Cell, kFaults> cells;
};

// In the order of Fault: none, refuses, hangs, resets, garbage, drips, endless, huge header, half close, unreachable, wrong
// name, expired. DNS_CHECK, UDP_CHECK and PING_CHECK, which have no connection, are below.
const Row kRows[] = {
    {"TCP_CHECK",
     Speaks::nothing,
     {ok, fails("TCP connection to R failed."), ok, ok, ok, ok, ok, ok, ok,
      fails("TCP connection to R failed."), not_tls, not_tls}},
    {"HTTP_GET",
     Speaks::http,
     {ok, fails("Connection failed server R."), fails("Timeout WEB read server R."),
      fails("Read error with server R."), fails("HTTP status code error to server R."),
      fails("Timeout HTTP read server R."), fails("Timeout HTTP read server R."),
      fails("Read, no data received from  server R."), fails("Read, no data received from  server R."),
      fails("HTTP/SSL_CHECK - network unreachable server R."), not_tls, not_tls}},
    {"SSL_GET",
     Speaks::https,
     {ok, fails("Connection failed server R."), fails("Timeout SSL read server R."),
      fails("SSL read error from server R."), fails("HTTP status code error to server R."),
      fails("Timeout SSL read server R."), fails("Timeout SSL read server R."),
      fails("Read, no data received from  server R."), fails("SSL read error from server R."),
      fails("HTTP/SSL_CHECK - network unreachable server R."), ok, ok}},
    {"SMTP_CHECK",
     Speaks::smtp,
     {ok, fails("SMTP_CHECK Could not connect to server [127.0.0.1]:"),
      fails("SMTP_CHECK Read timeout from server"),
      fails("SMTP_CHECK Read failure from server", "SMTP_CHECK Could not connect to server [127.0.0.1]:"),
      fails("SMTP_CHECK Bad greeting banner from server"), fails("SMTP_CHECK Read timeout from server"),
      fails("SMTP_CHECK Read timeout from server"), fails("SMTP_CHECK Bad greeting banner from server"),
      fails("SMTP_CHECK Read failure from server"),
      fails("SMTP_CHECK Network unreachable for server 255.255.255.255 - real server [255.255.255.255]:"),
      not_tls, not_tls}},
};

conf::Checker checker_of(const std::string& name, std::uint16_t port, bool unreachable) {
    conf::Checker checker;
    checker.connection.destination = {*net::IpAddress::parse(unreachable ? "255.255.255.255" : "127.0.0.1"),
                                      port};
    checker.connection.settings.own().timeout = kTimeout;
    checker.timing.own().delay_loop = kTimeout;
    if (name == "SMTP_CHECK") checker.kind = conf::SmtpCheck{};
    if (name == "HTTP_GET" || name == "SSL_GET") {
        conf::HttpCheck http;
        http.tls = name == "SSL_GET";
        http.enable_sni = true;
        http.sni_name = "server.test";
        http.urls.push_back({.path = "/", .status_codes = {{200, 299}}});
        // The body is looked at, so that an endless one could pile up.
        http.urls[0].regex = conf::Regex{.pattern = "absent(?!)", .no_match = true};
        checker.kind = http;
    }
    return checker;
}

std::size_t in_use() {
    const auto heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
}

struct Measured {
    check::Attempt attempt;
    std::chrono::milliseconds took{};
    std::size_t memory = 0;  // the most that was allocated meanwhile
};

/// One attempt, with a look at the heap every few milliseconds.
Measured measure(const conf::Checker& checker) {
    using Clock = std::chrono::steady_clock;
    boost::asio::io_context loop;
    process::ScriptRunner scripts{loop, process::Baseline::capture()};
    const auto tls = check::TlsContext::make(std::nullopt);
    REQUIRE(tls.has_value());
    auto probe = check::make_probe(checker, {.server = "R", .service = "V"}, {loop, scripts, tls->get()});
    Measured measured;
    const std::size_t before = in_use();
    bool done = false;
    boost::asio::steady_timer look(loop);
    std::function<void()> look_again = [&] {
        measured.memory = std::max(measured.memory, in_use() - std::min(in_use(), before));
        look.expires_after(std::chrono::milliseconds(2));
        look.async_wait([&](const boost::system::error_code& error) {
            if (!error && !done) look_again();
        });
    };
    look_again();
    const auto began = Clock::now();
    probe->start([&](check::Attempt attempt) {
        measured.attempt = std::move(attempt);
        done = true;
        look.cancel();
    });
    loop.run();
    measured.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    REQUIRE(done);
    return measured;
}

}  // namespace

TEST_CASE("each kind of check meets each fault in its specified way, in time, and in bounded memory") {
    for (const Row& row : kRows) {
        for (std::size_t n = 0; n < kFaults; ++n) {
            const Cell& cell = row.cells[n];
            if (cell.none != nullptr) continue;
            INFO(row.name << " x " << probe_test::kFaultNames[n]);
            const auto fault = static_cast<Fault>(n);
            FaultServer server(row.speaks, fault);
            const Measured measured =
                measure(checker_of(row.name, server.port(), fault == Fault::unreachable));
            CHECK(measured.attempt.outcome == cell.outcome);
            INFO(measured.attempt.detail);
            const auto begins_with = [&](const char* text) {
                return measured.attempt.detail.rfind(text, 0) == 0;
            };
            CHECK((begins_with(cell.detail) || (cell.other != nullptr && begins_with(cell.other))));
            CHECK(measured.attempt.detail.empty() == (cell.outcome == Attempt::success));
            CHECK(measured.took < kLongest);
            CHECK(measured.memory < (row.speaks == Speaks::https ? kMostWithTls : kMostMemory));
        }
    }
}

// ------------------------------------------------------------------------------------------------ scripts

TEST_CASE("MISC_CHECK meets each fault of a script in time and in bounded memory") {
    // Of the columns above a script has these; to a ping there is no more than silence and no route, which need a network:
    // tests/uml/test_checks_side_by_side.py.
    struct {
        const char* what;
        const char* command;
        Attempt outcome;
        const char* detail;
        std::chrono::milliseconds longest;
    } const cases[] = {
        {"none", "exit 0", Attempt::success, "", kLongest},
        {"refuses", "exec /no/such/program", Attempt::failure, "exited with status 127", kLongest},
        {"hangs", "exec sleep 30", Attempt::failure, "timed out", kLongest},
        {"hangs, deaf to SIGTERM", "trap '' TERM; while :; do sleep 0.1; done", Attempt::failure, "timed out",
         std::chrono::milliseconds(5000)},
        {"is killed", "kill -9 $$", Attempt::failure, "signal 9", kLongest},
        {"says garbage", "printf '\\001\\377\\000'; exit 0", Attempt::success, "", kLongest},
        {"drips", "while :; do echo x; sleep 0.1; done", Attempt::failure, "timed out", kLongest},
        {"endless words", "exec yes", Attempt::failure, "timed out", kLongest},
        {"leaves a child behind", "sleep 3 & exit 0", Attempt::success, "", kLongest},
    };
    for (const auto& one : cases) {
        INFO("MISC_CHECK x " << one.what);
        conf::MiscCheck misc;
        misc.script.need().path = "/bin/sh";
        misc.script.need().argv = {"/bin/sh", "-c", one.command};
        misc.script.need().uid = geteuid();
        misc.script.need().gid = getegid();
        misc.timeout = Seconds{1};
        conf::Checker checker;
        checker.kind = misc;
        const Measured measured = measure(checker);
        CHECK(measured.attempt.outcome == one.outcome);
        INFO(measured.attempt.detail);
        CHECK(measured.attempt.detail.find(one.detail) != std::string::npos);
        CHECK(measured.took < one.longest);
        CHECK(measured.memory < kMostMemory);
    }
}

// ------------------------------------------------------------------------------------------------ datagrams

namespace {

/// Answers with these datagrams, again and again while `flood`.
class DatagramServer {
  public:
    DatagramServer(std::vector<std::string> answers, bool flood) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        socklen_t length = sizeof address;
        getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, answers = std::move(answers), flood] {
            char bytes[2048];
            sockaddr_in from{};
            socklen_t size = sizeof from;
            if (recvfrom(fd_.get(), bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size) < 0)
                return;
            do {
                for (const std::string& answer : answers) {
                    (void)sendto(fd_.get(), answer.data(), answer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), size);
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            } while (flood && !over_);
        });
    }
    ~DatagramServer() {
        over_ = true;
        shutdown(fd_.get(), SHUT_RDWR);
        thread_.join();
    }
    std::uint16_t port() const { return port_; }

  private:
    UniqueFd fd_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port_ = 0;
    std::atomic<bool> over_ = false;
    std::thread thread_;
};

conf::Checker datagram_checker(bool dns, std::uint16_t port) {
    conf::Checker checker;
    if (dns) {
        checker.kind = conf::DnsCheck{};
    } else {
        checker.kind =
            conf::UdpCheck{.require_reply = true, .reply = {'y', 'e', 's'}, .reply_mask = {255, 255, 255}};
    }
    checker.connection.destination = {*net::IpAddress::parse("127.0.0.1"), port};
    checker.connection.settings.own().timeout = kTimeout;
    return checker;
}

}  // namespace

TEST_CASE("DNS and UDP checks meet each fault of a datagram server in time and in bounded memory") {
    const std::string huge(60000, 'x');
    struct {
        const char* what;
        std::vector<std::string> answers;
        bool flood;
        const char* dns;
        const char* udp;
    } const cases[] = {
        {"silence", {}, false, "DNS_CHECK (R) read timeout from socket", "UDP connection to R failed."},
        {"garbage",
         {"\x01\x02"},
         false,
         "DNS_CHECK (R) read timeout from socket",
         "UDP check to R reply data mismatch."},
        {"an empty datagram",
         {""},
         false,
         "DNS_CHECK (R) read timeout from socket",
         "UDP check to R reply data mismatch."},
        {"garbage for ever",
         {"\x01\x02", huge},
         true,
         "DNS_CHECK (R) read timeout from socket",
         "UDP check to R reply data mismatch."},
        {"a huge datagram",
         {huge},
         false,
         "DNS_CHECK (R) read timeout from socket",
         "UDP check to R reply data mismatch."},
    };
    for (const auto& one : cases) {
        for (const bool dns : {true, false}) {
            INFO((dns ? "DNS_CHECK x " : "UDP_CHECK x ") << one.what);
            DatagramServer server(one.answers, one.flood);
            const Measured measured = measure(datagram_checker(dns, server.port()));
            CHECK(measured.attempt.outcome == Attempt::failure);
            CHECK(measured.attempt.detail == (dns ? one.dns : one.udp));
            CHECK(measured.took < kLongest);
            CHECK(measured.memory < kMostMemory);
        }
    }
}
