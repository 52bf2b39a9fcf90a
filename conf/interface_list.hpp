// The interfaces of a network namespace, for the checks of the reader.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/facts.hpp"

namespace conf {

/// @param net_namespace  a name of /run/netns, a path, or "" for ours; nothing when it cannot be entered
std::optional<std::vector<Interface>> list_interfaces(const std::string& net_namespace);

}  // namespace conf
