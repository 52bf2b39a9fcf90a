#include <catch2/catch.hpp>

#include "report/child/render.hpp"
#include "tests/unit/report/sample_lab.hpp"

using control::Dump;
using control::Role;

TEST_CASE("each request is answered by its text") {
    struct Case {
        Dump kind;
        Role whose;
        const char* begins;
    };
    const SampleLab lab;
    for (const Case& c : {Case{Dump::data, Role::vrrp, "------< Global definitions >------\n"},
                          {Dump::data, Role::supervisor, "------< Global definitions >------\n"},
                          {Dump::conf, Role::vrrp, "------< Global definitions >------\n"},
                          {Dump::stats, Role::vrrp, "VRRP Instance: VI_1\n"},
                          {Dump::stats_clear, Role::vrrp, "VRRP Instance: VI_1\n"},
                          {Dump::json, Role::vrrp, "[{\"data\":{"}}) {
        const auto text = report::render(c.kind, c.whose, lab.model, lab.snapshot);
        REQUIRE(text);
        CHECK(text->substr(0, std::string(c.begins).size()) == c.begins);
    }
}

TEST_CASE("without instances there are empty statistics, but no JSON at all") {
    const conf::Model model;
    const auto snapshot = report::empty_snapshot(model);
    CHECK(report::render(Dump::stats, Role::vrrp, model, snapshot) == "");
    CHECK_FALSE(report::render(Dump::json, Role::vrrp, model, snapshot));
}
