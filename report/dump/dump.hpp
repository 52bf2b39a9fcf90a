// The *.data files (state-files.md §2-§5), and the same text for option -d.
#pragma once

#include <string>

#include "report/snapshot/snapshot.hpp"

namespace report {

class Lines;

/// The process whose file it is; the Global definitions differ in a few lines.
enum class Writer { parent, vrrp, checker, bfd };

/// A dump of running state, or (option -d) of the configuration alone.
enum class Scope { running, configuration };

/// keepalived.data.
std::string vrrp_data(const conf::Model& model, const Snapshot& snapshot, Scope scope);
/// keepalived_check.data.
std::string check_data(const conf::Model& model, const Snapshot& snapshot);
/// keepalived_bfd.data.
std::string bfd_data(const conf::Model& model, const Snapshot& snapshot);
/// keepalived_parent.data.
std::string parent_data(const conf::Model& model);

/// The section with which each of the files begins.
void dump_global_definitions(const conf::Model& model, Writer writer, Lines& lines);

}  // namespace report
