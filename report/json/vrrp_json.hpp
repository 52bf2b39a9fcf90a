// keepalived.json, versions 1 and 2 (state-files.md §6).
#pragma once

#include <string>

#include "report/snapshot/snapshot.hpp"

namespace report {

/// One line with its newline. The version is the model's json_version. Empty when there is no instance: then
/// no file is written.
std::string vrrp_json(const conf::Model& model, const Snapshot& snapshot);

}  // namespace report
