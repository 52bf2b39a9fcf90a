// What the daemon changes about its own surroundings before it starts children (cli-signals.md §4, §12, §13, §14).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace keepalived {

/// $TMPDIR when it is an absolute path of a directory, else /tmp. The complaint about another value goes to the log.
std::string temporary_directory();

/// Into /run/netns/NAME. The pid directory is made private by make_pid_directory().
Result<> enter_network_namespace(const std::string& name);

/// /run/keepalived, and with a network namespace /run/keepalived/NAME bind-mounted on it in a mount namespace of our
/// own: every daemon sees its files in /run/keepalived.
class PidDirectory {
  public:
    PidDirectory() = default;
    static Result<PidDirectory> make(const std::string& net_namespace);
    /// Removes the directories that are empty and were made here.
    void remove();

  private:
    std::string inner_;  ///< as seen from outside
    bool made_outer_ = false, mounted_ = false;
};

/// Core dumps of any size; with a pattern also /proc/sys/kernel/core_pattern, put back by restore().
class CoreDumps {
  public:
    void allow(const std::optional<std::string>& pattern);
    void restore();

  private:
    std::string before_;
};

mode_t present_umask();

/// The launcher ends with status 0, the daemon goes on: session leader, in /, descriptors 0-2 on /dev/null.
Result<> daemonise();

/// Opened where IPVS is to be programmed (net_namespace_ipvs; empty name: the namespace of process 1), for a child which
/// may not enter namespaces.
Result<UniqueFd> generic_netlink_socket_in(const std::string& net_namespace);

/// modprobe of ip_vs, when the kernel does not have it yet: the checker may not load modules. Whether it helped is for the
/// checker to see (lvs-behaviour.md §2).
void ask_for_ipvs();

}  // namespace keepalived
