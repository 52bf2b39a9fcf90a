// keepalivedctl diff and the log of a reload: what would change, in words.
#pragma once

#include <string>
#include <vector>

#include "conf/model.hpp"

namespace conf {

/// One line an object: "instance VI_1: priority 100 → 110; 2 addresses added; mastership kept". Empty = nothing changes.
std::vector<std::string> difference(const Model& running, const Model& next);

}  // namespace conf
