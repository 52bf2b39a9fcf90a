// A scenario is a list of steps made from a seed: rough weather first, then
// quiet, then one probe after the other. It can be run with some of its steps
// left out, which is how a failing one is made short.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster.hpp"

namespace sim {

enum class Happening : std::uint8_t {
    power_off,
    power_on,
    stop,
    child_crash,  ///< amount: milliseconds until its respawn
    isolate,
    reconnect,
    link_down,
    link_up,
    script_fails,
    script_recovers,
    reload_with_priority,  ///< amount
    weather,               ///< amount: loss in percent
};

struct Step {
    Time at = 0;
    Happening what = Happening::weather;
    std::size_t box = 0;
    InstanceIndex segment = 0;
    std::int64_t amount = 0;
};

/// The cluster: how many boxes, what they have in their files.
struct Setting {
    std::vector<RouterConfig> configs;
    std::vector<std::int64_t> drifts_ppm;
    bool crossed = false;         ///< the addresses of the boxes, from segment to segment
    std::int64_t duplicates = 0;  ///< percent of the packets come twice, also when it is quiet
};

struct Scenario {
    std::uint64_t seed = 0;
    Setting setting;
    std::vector<Step> rough;
    Time quiet_from = 0;
};

Scenario make_scenario(std::uint64_t seed);

struct Outcome {
    std::optional<std::string> violation;
    std::string trace;  ///< steps and transitions, for people
};

Outcome run(const Scenario& scenario);

/// The same violation with as few steps as possible.
Scenario shrink(Scenario failing);

}  // namespace sim
