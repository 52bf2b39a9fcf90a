// The difference of two tables, against a slow and obvious model of the kernel.
#include "ipvs/table.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace ipvs;

namespace {

Service service(std::uint16_t port, std::string scheduler = "rr") {
    Service made;
    made.key.protocol = 6;
    made.key.address = net::IpAddress::v4(0x0a000001);
    made.key.port = port;
    made.scheduler = std::move(scheduler);
    return made;
}

Destination destination(std::uint32_t host, std::uint32_t weight = 1) {
    Destination made;
    made.key = {net::IpAddress::v4(0xc0a80100 + host), 80};
    made.weight = weight;
    return made;
}

/// The kernel: refuses what it would refuse, so a wrong order or a superfluous request shows.
struct ModelKernel {
    std::map<ServiceKey, std::pair<Service, std::map<DestinationKey, Destination>>> services;

    void carry_out(const Edit& edit) {
        auto at = services.find(edit.service.key);
        switch (edit.command) {
            case Command::new_service:
                REQUIRE(at == services.end());
                services[edit.service.key].first = edit.service;
                return;
            case Command::set_service:
                REQUIRE(at != services.end());
                at->second.first = edit.service;
                return;
            case Command::del_service:
                REQUIRE(at != services.end());
                services.erase(at);
                return;
            default:
                break;
        }
        REQUIRE(at != services.end());
        auto& destinations = at->second.second;
        const bool there = destinations.contains(edit.destination->key);
        if (edit.command == Command::new_dest) {
            REQUIRE_FALSE(there);
            destinations[edit.destination->key] = *edit.destination;
        } else if (edit.command == Command::set_dest) {
            REQUIRE(there);
            REQUIRE(destinations[edit.destination->key] != *edit.destination);
            destinations[edit.destination->key] = *edit.destination;
        } else {
            REQUIRE(there);
            destinations.erase(edit.destination->key);
        }
    }

    Table table() const {
        Table made;
        for (const auto& [key, value] : services) {
            Entry entry{value.first, {}};
            for (const auto& [name, d] : value.second) entry.destinations.push_back(d);
            made.push_back(entry);
        }
        return made;
    }
};

}  // namespace

TEST_CASE("a table that is as desired needs no edit") {
    const Table table{{service(80), {destination(1), destination(2)}}};
    CHECK(difference(table, table).empty());
}

TEST_CASE("a new weight is one edit, not a removal") {
    const Table actual{{service(80), {destination(1, 1)}}};
    const Table desired{{service(80), {destination(1, 9)}}};
    const auto edits = difference(actual, desired);
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].command == Command::set_dest);
}

TEST_CASE("a destination is added before the one it replaces goes") {
    const Table actual{{service(80), {destination(1)}}};
    const Table desired{{service(80), {destination(2)}}};
    const auto edits = difference(actual, desired);
    REQUIRE(edits.size() == 2);
    CHECK(edits[0].command == Command::new_dest);
    CHECK(edits[1].command == Command::del_dest);
}

TEST_CASE("a service that goes takes its destinations along in one request") {
    const auto edits = difference({{service(80), {destination(1), destination(2)}}}, {});
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].command == Command::del_service);
}

TEST_CASE("of two virtual servers on one service the first one's settings win, the servers are united") {
    Table table{{service(80, "rr"), {destination(2)}},
                {service(80, "wlc"), {destination(1), destination(2, 7)}}};
    normalise(table);
    REQUIRE(table.size() == 1);
    CHECK(table[0].service.scheduler == "rr");
    CHECK(table[0].destinations == std::vector{destination(1), destination(2)});
}

TEST_CASE("random tables become one another, and the followed table is the kernel's") {
    std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same tables in every run
    const auto random_table = [&random] {
        Table table;
        for (std::uint16_t port = 1; port <= 6; ++port) {
            if (random() % 3 == 0) continue;
            Entry entry{service(port, random() % 2 == 0 ? "rr" : "wlc"), {}};
            for (std::uint32_t host = 1; host <= 5; ++host) {
                if (random() % 2 == 0)
                    entry.destinations.push_back(destination(host, static_cast<std::uint32_t>(random() % 3)));
            }
            table.push_back(entry);
        }
        normalise(table);
        return table;
    };
    ModelKernel kernel;
    Table followed;
    for (int round = 0; round < 500; ++round) {
        const Table desired = random_table();
        for (const Edit& edit : difference(kernel.table(), desired)) {
            kernel.carry_out(edit);
            apply(followed, edit);
        }
        REQUIRE(kernel.table() == desired);
        REQUIRE(followed == desired);
    }
}

TEST_CASE("many services leave the followed table in one pass, the others stay in order") {
    Table table;
    for (std::uint16_t port = 1; port <= 9; ++port) table.push_back({service(port), {destination(port)}});
    erase_services(table, {service(7).key, service(2).key, service(9).key, service(42).key});
    std::vector<std::uint16_t> left;
    for (const Entry& entry : table) left.push_back(entry.service.key.port);
    CHECK(left == std::vector<std::uint16_t>{1, 3, 4, 5, 6, 8});
}
