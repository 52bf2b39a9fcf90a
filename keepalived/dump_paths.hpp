// Names and modes of the files written on request (state-files.md §1, conf-global.md §9).
#pragma once

#include <sys/types.h>

#include <string>

#include "keepalived/role.hpp"
#include "lib/process/control.hpp"

namespace keepalived {

struct DumpRules {
    std::string directory = "/tmp";                                ///< TMPDIR
    std::string state_dump_file, stats_dump_file, json_dump_file;  ///< global_defs
    bool use_instance = false;                                     ///< data_use_instance
    std::string net_namespace, instance;
};

std::string dump_path(const DumpRules& rules, control::Dump kind, Role role);
/// *.data and *.stats 0666 & ~umask, *.json always 0600.
mode_t dump_mode(control::Dump kind, mode_t umask);

}  // namespace keepalived
