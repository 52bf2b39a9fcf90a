// Two address owners: vrrp-behaviour.md §5.4.
#include <catch2/catch.hpp>

#include "lab.hpp"

using namespace lab;
using Lines = std::vector<std::string>;

TEST_CASE("of two owners the one with the lower address yields at once") {
    Bench a(virtual_router("N", 51, 255));
    a.start().run(2).forget().hear("10.0.0.2", 255);
    CHECK(a.state() == State::backup);
    CHECK(a.log().front() ==
          "(N) CONFIGURATION ERROR: local instance and 10.0.0.2 are both configured as address owner, please "
          "resolve");
    CHECK(a.logged(
        "(N) Master received advert from 10.0.0.2 with same priority 255 but higher IP address than ours"));
    a.run(1).hear("10.0.0.2", 255).run(1);
    CHECK(a.state() == State::backup);  // does not come back at once
    a.run(3);
    CHECK(a.state() == State::master);
}

TEST_CASE("the owner with the higher address defends itself, and the rogue falls silent") {
    Bench a(virtual_router("N", 51, 255));
    a.start().run(2).hear("10.0.0.0", 255).run(6);
    CHECK(a.state() == State::master);
    CHECK(a.logged("(N): rogue address owner appears to have stopped advertising"));
    CHECK(a.inside().effective_priority == 255);
}

TEST_CASE("a rogue owner that goes on makes us step down to 254 for as long as it is there") {
    Bench a(virtual_router("N", 51, 255));
    a.start().run(2.5);
    for (int i = 0; i < 6; ++i) a.hear("10.0.0.0", 255).run(1);
    CHECK(a.state() == State::backup);
    CHECK(a.inside().effective_priority == 254);
    CHECK(a.logged(
        "(N) 10.0.0.0 is still advertising as address owner, please resolve - reducing our priority"));
    a.run(4);
    CHECK(a.state() == State::master);
    CHECK(a.inside().effective_priority == 255);
}
