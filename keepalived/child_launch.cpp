#include "keepalived/child_launch.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <unistd.h>

#include <climits>

#include "lib/process/control.hpp"
#include "lib/process/signals.hpp"

namespace keepalived {
namespace {

constexpr int kCannotExec = 127;  // not one of the permanent codes

[[noreturn]] void become_child(int executable, int channel_end, char* const* argv, int nice) {
    signals::block_all();
    if (nice != 0) ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + nice);
    constexpr int kDescriptor = control::kChildDescriptor;
    // dup2 onto itself would leave it close-on-exec; and the executable may sit on 3 itself.
    if (executable == kDescriptor) executable = ::fcntl(executable, F_DUPFD_CLOEXEC, kDescriptor + 1);
    if (channel_end == kDescriptor)
        ::fcntl(kDescriptor, F_SETFD, 0);
    else
        ::dup2(channel_end, kDescriptor);
    ::close_range(kDescriptor + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execveat(executable, "", argv, environ, AT_EMPTY_PATH);
    ::_exit(kCannotExec);
}

}  // namespace

Executables Executables::open(const std::string& directory) {
    Executables executables;
    for (std::size_t role = 1; role < kRoles; ++role) {
        const std::string path = directory + "/" + kRoleNames[role].executable;
        executables.fds_[role] = UniqueFd{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    }
    return executables;
}

std::string libexec_directory() {
    char path[PATH_MAX];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    const std::string binary =
        length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "/usr/sbin/keepalived";
    return binary.substr(0, binary.rfind('/')) + "/../libexec/keepalived";
}

Result<pid_t> launch(int executable, int channel_end, char* const* argv, int nice) {
    // Nothing is copied, so nothing of ours has to be copied again when we write to it: with a large configuration that
    // is most of what a fork costs.
    // NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork): Linux lets the child call what it
    // likes while we wait; become_child() makes system calls only, and ends.
    const pid_t pid = ::vfork();
    if (pid < 0) return errno_error("vfork");
    if (pid == 0) become_child(executable, channel_end, argv, nice);
    // NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork)
    return pid;
}

}  // namespace keepalived
