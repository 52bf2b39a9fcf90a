// Who tracks what: an instance's own trackers and those of its sync group, seen from the tracked object.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conf/model.hpp"

namespace report {

struct TrackerUse {
    std::string_view instance;
    std::int64_t weight = 0;
    bool reverse = false;
};

/// Object name → its uses, in the order of the instances.
using TrackerUses = std::unordered_map<std::string_view, std::vector<TrackerUse>>;

/// @param kind  &conf::Tracks::scripts and the like. The views point into the model.
TrackerUses uses_of(const conf::Model& model, std::vector<conf::TrackRef> conf::Tracks::*kind);

/// Names of the tracked BFD sessions in the order of their board rows: order of first use.
std::vector<std::string> tracked_bfds(const conf::Model& model);

}  // namespace report
