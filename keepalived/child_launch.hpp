// Starting child executables: found once beside the running binary, opened O_PATH, so that a respawn runs the build that
// started, also after a package upgrade (decisions.md §1).
#pragma once

#include <sys/types.h>

#include <array>
#include <string>

#include "keepalived/role.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace keepalived {

class Executables {
  public:
    /// @param directory  …/libexec/keepalived
    static Executables open(const std::string& directory);
    bool has(Role role) const { return static_cast<bool>(fds_[index_of(role)]); }
    int fd(Role role) const { return fds_[index_of(role)].get(); }

  private:
    std::array<UniqueFd, kRoles> fds_;
};

/// <dir of the running binary>/../libexec/keepalived
std::string libexec_directory();

/// Runs `executable` in a new process with `channel_end` as descriptor 3, every signal blocked, and our argv.
/// @param nice  added to its nice value before the program is loaded
/// The pid, or an error when there can be no process.
Result<pid_t> launch(int executable, int channel_end, char* const* argv, int nice);

}  // namespace keepalived
