// FILE_CHECK and BFD_CHECK: what a file holds and what a session says become results of the fleet's checks.
#include "check/child/external_checks.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "lib/process/script_runner.hpp"
#include "lib/time/clock.hpp"
#include "tests/support/asio_loop.hpp"
#include "tests/support/scratch.hpp"

namespace fs = std::filesystem;

namespace {

/// Two real servers of one service: the first follows the file "value", the second the session "peer".
struct Lab {
    Scratch scratch;
    AsioLoop loop;
    process::ScriptRunner scripts{loop.io, process::Baseline::capture()};
    conf::Model model = with_checks(scratch / "value");
    check::Fleet fleet{model, {loop.io, scripts}, {}, effects(), 1};
    check::ExternalChecks outside{loop.io};

    void start() {
        fleet.start(monotonic_now());
        outside.follow(fleet, true);
        fleet.carry_out_effects();
    }
    bool is_up(std::uint32_t server) const { return fleet.service(0).checker(server, 0).up; }
    bool comes_to_be(std::uint32_t server, bool up) {
        return loop.until([&] { return is_up(server) == up; });
    }
    std::int64_t weight(std::uint32_t server) const {
        for (const auto& wish : fleet.service(0).desired())
            if (wish.server == server) return wish.weight;
        return -1;
    }

  private:
    static conf::Model with_checks(const std::string& path) {
        conf::Model model;
        conf::TrackFile& file = model.track_files.emplace_back();
        file.name = "load";
        file.path = path;
        conf::VirtualServer& service = model.lvs.virtual_servers.emplace_back();
        service.endpoint = {*net::IpAddress::parse("192.0.2.1"), 80};
        service.family = net::Family::ipv4;
        service.protocol = conf::Protocol::tcp;
        for (const char* address : {"192.0.2.11", "192.0.2.12"}) {
            conf::RealServer& server = service.real_servers.emplace_back();
            server.endpoint = {*net::IpAddress::parse(address), 80};
            server.weight = 10;
        }
        service.real_servers[0].checkers.emplace_back().kind = conf::FileCheck{.track_file = "load"};
        service.real_servers[1].checkers.emplace_back().kind = conf::BfdCheck{.name = "peer"};
        return model;
    }
    static check::Fleet::Effects effects() {
        return {[](std::string_view) {}, [](std::string_view) {}, [](const check::Notice&) {}};
    }
};

}  // namespace

TEST_CASE("a BFD session is down until it is said to be up, and takes its real server along") {
    Lab lab;
    lab.start();
    CHECK_FALSE(lab.is_up(1));
    CHECK(lab.weight(1) == -1);

    lab.outside.bfd_changed("peer", true);
    CHECK(lab.is_up(1));
    CHECK(lab.weight(1) == 10);
    CHECK(lab.fleet.take_dirty() == std::vector<std::uint32_t>{0});

    lab.outside.bfd_changed("peer", false);
    CHECK_FALSE(lab.is_up(1));
    CHECK(lab.weight(1) == -1);

    lab.outside.bfd_changed("another", true);
    CHECK_FALSE(lab.is_up(1));
}

TEST_CASE("a BFD session's state outlives a reload, and nothing is told after a stop") {
    Lab lab;
    lab.start();
    lab.outside.bfd_changed("peer", true);
    lab.outside.follow(lab.fleet, false);
    CHECK(lab.is_up(1));
    lab.outside.stop();
    lab.outside.bfd_changed("peer", false);
    CHECK(lab.is_up(1));
}

TEST_CASE("FILE_CHECK adds the number in the file to the weight") {
    Lab lab;
    lab.scratch.write("value", "-3");
    lab.start();
    CHECK(lab.is_up(0));
    CHECK(lab.weight(0) == 7);
    lab.scratch.write("value", "5");
    CHECK(lab.loop.until([&] { return lab.weight(0) == 15; }));
    lab.scratch.write("value", "-2147483648");
    CHECK(lab.comes_to_be(0, false));
    CHECK(lab.weight(0) == -1);
    lab.scratch.write("value", "0");
    CHECK(lab.comes_to_be(0, true));
}

TEST_CASE("FILE_CHECK meets each fault of a file: it counts as 0, and no reader waits or reads without end") {
    Lab lab;
    const std::string path = lab.scratch / "value";
    SECTION("missing") {}
    SECTION("a directory") { fs::create_directory(path); }
    SECTION("a FIFO that nobody writes") { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }
    SECTION("a device without an end") { fs::create_symlink("/dev/zero", path); }
    SECTION("a symbolic link to itself") { fs::create_symlink(path, path); }
    SECTION("garbage") { lab.scratch.write("value", std::string("\x00\xff{}nothing", 11)); }
    SECTION("empty") { lab.scratch.write("value", ""); }
    SECTION("a number behind a megabyte of blanks") {
        lab.scratch.write("value", std::string(1 << 20, ' ') + "-254");
    }
    SECTION("a number that no integer holds") { lab.scratch.write("value", "99999999999999999999"); }
    lab.start();
    CHECK(lab.is_up(0));
    CHECK(lab.weight(0) == 10);
}
