// Notes: named, silenced by lint_ignore, never counted.
#include <catch2/catch.hpp>

#include "conf/explain.hpp"
#include "reading.hpp"

using namespace reading;

TEST_CASE("a note has a name and does not change the exit status") {
    const auto outcome = read(
        "vrrp_instance A {\nstate MASTER\ninterface eth0\nvirtual_router_id 1\n"
        "virtual_ipaddress {\n10.0.0.1\n}\n}\n");
    CHECK(outcome.exit() == 0);
    const auto& note = outcome.problem("state MASTER without a priority");
    CHECK(note.severity == conf::Class::note);
    CHECK(note.name == "master-without-priority");
}

TEST_CASE("lint_ignore silences a note, in global_defs or in the block") {
    const std::string block =
        "state MASTER\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n";
    CHECK_FALSE(read("global_defs {\nlint_ignore master-without-priority\n}\nvrrp_instance A {\n" + block)
                    .says("without a priority"));
    CHECK_FALSE(
        read("vrrp_instance A {\nlint_ignore master-without-priority\n" + block).says("without a priority"));
    CHECK(read_global("lint_ignore nonsense").says("there is no note called nonsense"));
}

TEST_CASE("a check that may outlast the time between checks is noted, and so is a quorum out of reach") {
    const auto outcome = read(
        "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\ndelay_loop 2\n"
        "quorum 3\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\nconnect_timeout 5\n}\n}\n}\n");
    CHECK(outcome.problem("is longer than delay_loop").name == "slow-check");
    CHECK(outcome.problem("is above the sum of all weights").name == "quorum-unreachable");
}

TEST_CASE("the tables explain a keyword wherever it stands") {
    const auto text = conf::explain("priority");
    CHECK(text.find("where    vrrp_instance") != std::string::npos);
    CHECK(text.find("1..255") != std::string::npos);
    CHECK(conf::explain("no_such_word").empty());
    CHECK(conf::suggestion("prioritty") == "priority");
    CHECK(conf::keyword_list_roff().find(".B virtual_router_id\\fR N") != std::string::npos);
}
