// One number for what a model says, wherever in the files it says it.
#pragma once

#include <cstdint>

#include "conf/model.hpp"

namespace conf {

/// Equal for equal models; positions do not count.
std::uint64_t model_hash(const Model& model);
/// The same from two halves: a child which does not read the virtual servers takes their half from the supervisor.
std::uint64_t lvs_hash(const Model& model);
std::uint64_t model_hash(const Model& model, std::uint64_t lvs_hash);

}  // namespace conf
