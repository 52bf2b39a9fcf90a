// One number for what a model says, wherever in the files it says it.
#pragma once

#include <cstdint>

#include "conf/model.hpp"

namespace conf {

/// Equal for equal models; positions do not count.
std::uint64_t model_hash(const Model& model);

}  // namespace conf
