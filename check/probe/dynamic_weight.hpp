// misc_dynamic: what a script's exit status makes of its server's weight (lvs-behaviour.md §7.8).
#pragma once

#include <cstdint>
#include <optional>

#include "conf/model.hpp"

namespace check {

/// What a checker adds to the configured weight of its server after this exit status, if statuses are weights to it and
/// this one says anything about that.
std::optional<std::int64_t> dynamic_contribution(const conf::Checker& checker, std::int64_t status,
                                                 std::int64_t weight);

}  // namespace check
