// What tests of probes share: one attempt run to its end, sockets on loopback.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "check/probe/probe.hpp"
#include "lib/process/script_runner.hpp"

namespace probe_test {

struct Bench {
    boost::asio::io_context loop;
    process::ScriptRunner scripts{loop, process::Baseline::capture()};

    check::Attempt attempt(const conf::Checker& checker) {
        auto probe = check::make_probe(checker, {.server = "R", .service = "V"}, {loop, scripts});
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

}  // namespace probe_test
