// Which text answers which request.
#pragma once

#include <optional>
#include <string>

#include "lib/process/control.hpp"
#include "report/snapshot/snapshot.hpp"

namespace report {

/// The text of a dump. nullopt: there is nothing to write, and the old file stays (JSON without instances, state-files.md §6).
/// @param whose  the process whose data is asked for; the supervisor's is keepalived_parent.data
std::optional<std::string> render(control::Dump kind, control::Role whose, const conf::Model& model,
                                  const Snapshot& snapshot);

}  // namespace report
