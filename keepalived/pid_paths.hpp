// Where the pid files are (cli-signals.md §6).
#pragma once

#include <string>

#include "keepalived/role.hpp"

namespace keepalived {

struct PidRules {
    std::string net_namespace;  ///< of the file or of -s
    std::string instance;
    bool use_pid_dir = false;
    std::array<std::string, kRoles> given;  ///< -p -r -c -b; win, unchanged
};

/// As seen in the mount namespace of the daemon; empty = this role has none.
std::string pid_path(const PidRules& rules, Role role);
/// The files are below /run/keepalived, which has to be made and, when empty, removed.
bool uses_pid_directory(const PidRules& rules);

inline constexpr const char* kPidDirectory = "/run/keepalived";

}  // namespace keepalived
