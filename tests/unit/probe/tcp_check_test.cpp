// TCP_CHECK against sockets on loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/probe/bench.hpp"

using probe_test::Bench;
using probe_test::Listener;

namespace {

conf::Checker tcp_to(std::uint16_t port) {
    conf::Checker checker;
    checker.connection.destination = {*net::IpAddress::parse("127.0.0.1"), port};
    checker.connection.settings.own().timeout = Milliseconds{200};
    return checker;
}

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
    checker.connection.settings.own().bind.address = *net::IpAddress::parse("192.0.2.1");
    const check::Attempt attempt = Bench{}.attempt(checker);
    CHECK(attempt.outcome == check::schedule::Attempt::local);
    CHECK(attempt.detail ==
          "Checker bind failed: Cannot assign requested address\nTCP socket bind failed. Rescheduling.");
}

TEST_CASE("the lines people grep are the reference's") {
    Bench bench;
    auto probe = check::make_probe(tcp_to(1), {.server = "[192.168.1.1]:tcp:80", .service = "V"},
                                   {bench.loop, bench.scripts});
    CHECK(probe->up_line() == "TCP connection to [192.168.1.1]:tcp:80 success.");
    CHECK(probe->down_line(0) == "TCP_CHECK on service [192.168.1.1]:tcp:80 failed.");
    CHECK(probe->down_line(2) == "TCP_CHECK on service [192.168.1.1]:tcp:80 failed after 2 retries.");
}
