// TCP_CHECK against sockets on loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "check/probe/probe.hpp"
#include "lib/process/script_runner.hpp"

namespace {

struct Bench {
    boost::asio::io_context loop;
    process::ScriptRunner scripts{loop, process::Baseline::capture()};

    check::Attempt attempt(const conf::Checker& checker) {
        auto probe = check::make_probe(checker, {"R", "V"}, {loop, scripts});
        check::Attempt ended;
        bool done = false;
        probe->start([&](check::Attempt attempt) {
            ended = std::move(attempt);
            done = true;
        });
        CHECK_FALSE(done);
        loop.restart();
        loop.run();
        REQUIRE(done);
        return ended;
    }
};

conf::Checker tcp_to(std::uint16_t port) {
    conf::Checker checker;
    checker.connection.destination = {*net::IpAddress::parse("127.0.0.1"), port};
    checker.connection.timeout = Milliseconds{200};
    return checker;
}

struct Listener {
    UniqueFd fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port = 0;
    explicit Listener(int backlog) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        if (backlog >= 0) REQUIRE(listen(fd.get(), backlog) == 0);
        socklen_t length = sizeof address;
        getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
        port = ntohs(address.sin_port);
    }
};

}  // namespace

TEST_CASE("a listening server is a success") {
    const Listener server(5);
    CHECK(Bench{}.attempt(tcp_to(server.port)).outcome == check::schedule::Attempt::success);
}

TEST_CASE("a refused connection is a failure with its own words") {
    const Listener bound_only(-1);
    const check::Attempt attempt = Bench{}.attempt(tcp_to(bound_only.port));
    CHECK(attempt.outcome == check::schedule::Attempt::failure);
    CHECK(attempt.detail == "TCP connection to R failed.");
}

TEST_CASE("a server that does not answer is a time-out") {
    const Listener full(0);
    // One connection fills the queue of a listener with backlog 0; a second one's SYN is dropped.
    std::vector<UniqueFd> fillers;
    for (int n = 0; n < 3; ++n) {
        UniqueFd filler(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(full.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        (void)connect(filler.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
        fillers.push_back(std::move(filler));
    }
    const check::Attempt attempt = Bench{}.attempt(tcp_to(full.port));
    CHECK(attempt.outcome == check::schedule::Attempt::failure);
    CHECK(attempt.detail == "TCP connection to R timeout.");
}

TEST_CASE("an address that is not ours cannot be bound: the state of the server stays") {
    conf::Checker checker = tcp_to(9);
    checker.connection.bind.address = *net::IpAddress::parse("192.0.2.1");
    const check::Attempt attempt = Bench{}.attempt(checker);
    CHECK(attempt.outcome == check::schedule::Attempt::local);
    CHECK(attempt.detail == "TCP socket bind failed. Rescheduling.");
}

TEST_CASE("the lines people grep are the reference's") {
    Bench bench;
    auto probe = check::make_probe(tcp_to(1), {"[192.168.1.1]:tcp:80", "V"}, {bench.loop, bench.scripts});
    CHECK(probe->up_line() == "TCP connection to [192.168.1.1]:tcp:80 success.");
    CHECK(probe->down_line(0) == "TCP_CHECK on service [192.168.1.1]:tcp:80 failed.");
    CHECK(probe->down_line(2) == "TCP_CHECK on service [192.168.1.1]:tcp:80 failed after 2 retries.");
}
