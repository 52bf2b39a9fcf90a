#include <catch2/catch.hpp>

#include "report/dump/sections.hpp"
#include "sample_lab.hpp"

using namespace report;

TEST_CASE("the topology of the full sample is the reference's, byte for byte") {
    const SampleLab lab;
    Lines lines;
    dump_topology({lab.model, lab.snapshot, Scope::running, lines});
    CHECK(lines.take() ==
          between(golden("vrrp.data"), "------< VRRP Topology >------", "------< VRRP Sockpool >------"));
}
