// Whole clusters in virtual time: one master a segment once it is quiet, a
// master within the RFC's bound, no flapping, and a crash of a child or a
// reload which nobody notices. KEEPALIVED_SIM_SEED=N runs one seed,
// KEEPALIVED_SIM_SEEDS=N that many.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "scenario.hpp"

using namespace sim;

namespace {

constexpr std::uint64_t kSeeds = 5000;  // 1 s; with sanitizers half a minute

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("clusters keep their promises in every weather") {
    const std::uint64_t only = number_from("KEEPALIVED_SIM_SEED", 0);
    const std::uint64_t first = only != 0 ? only : 1;
    const std::uint64_t count = only != 0 ? 1 : number_from("KEEPALIVED_SIM_SEEDS", kSeeds);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const Scenario scenario = make_scenario(seed);
        const Outcome outcome = run(scenario);
        if (!outcome.violation) {
            if (only != 0) WARN(outcome.trace);
            continue;
        }
        const Outcome shortest = run(shrink(scenario));
        FAIL("KEEPALIVED_SIM_SEED=" << seed << ": " << *shortest.violation << "\n" << shortest.trace);
    }
    SUCCEED();
}

TEST_CASE("the same seed gives the same run") {
    CHECK(run(make_scenario(42)).trace == run(make_scenario(42)).trace);
}
