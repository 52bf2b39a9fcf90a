#include "keepalived/host.hpp"

#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "keepalived/pid_paths.hpp"
#include "lib/log/log.hpp"
#include "lib/process/limits.hpp"

namespace keepalived {
namespace {

constexpr const char* kCorePattern = "/proc/sys/kernel/core_pattern";
constexpr const char* kModprobe = "/sbin/modprobe";
constexpr mode_t kDirectoryMode = 0755;

bool is_directory(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// True when it was made here. The mode is 0755 whatever the umask.
Result<bool> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), kDirectoryMode) != 0) {
        if (errno == EEXIST && is_directory(path)) return false;
        return errno_error("make directory", path);
    }
    if (::chmod(path.c_str(), kDirectoryMode) != 0) return errno_error("chmod", path);
    return true;
}

void write_core_pattern(const std::string& pattern) {
    const UniqueFd fd{::open(kCorePattern, O_WRONLY | O_CLOEXEC)};
    if (!fd || ::write(fd.get(), pattern.data(), pattern.size()) < 0)
        logging::info("Unable to set core pattern {}", pattern);
}

std::string read_core_pattern() {
    const UniqueFd fd{::open(kCorePattern, O_RDONLY | O_CLOEXEC)};
    char text[256];
    const ssize_t length = fd ? ::read(fd.get(), text, sizeof text) : -1;
    return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string{};
}

}  // namespace

std::string temporary_directory() {
    const char* directory = std::getenv("TMPDIR");
    if (directory == nullptr || directory[0] == '\0') return "/tmp";
    if (directory[0] == '/' && is_directory(directory)) return directory;
    logging::info("Environment TMPDIR={} not a directory", directory);
    return "/tmp";
}

Result<> enter_network_namespace(const std::string& name) {
    const std::string path = "/run/netns/" + name;
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return errno_error("Failed to open", path);
    if (::setns(fd.get(), CLONE_NEWNET) != 0) return errno_error("Failed to enter", path);
    return {};
}

Result<PidDirectory> PidDirectory::make(const std::string& net_namespace) {
    PidDirectory directory;
    auto outer = make_directory(kPidDirectory);
    if (!outer) return outer.error();
    directory.made_outer_ = *outer;
    if (net_namespace.empty()) return directory;
    const std::string inner = std::string{kPidDirectory} + "/" + net_namespace;
    if (auto made = make_directory(inner); !made) return made.error();
    directory.inner_ = inner;
    if (::unshare(CLONE_NEWNS) != 0) return errno_error("make mount namespace for", inner);
    if (::mount("", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
        return errno_error("make mounts private for", inner);
    if (::mount(inner.c_str(), kPidDirectory, nullptr, MS_BIND, nullptr) != 0)
        return errno_error("bind", inner);
    directory.mounted_ = true;
    return directory;
}

void PidDirectory::remove() {
    if (mounted_) ::umount2(kPidDirectory, MNT_DETACH);
    if (!inner_.empty()) ::rmdir(inner_.c_str());
    // Somebody else's files keep it; rmdir of a directory that is not empty fails.
    if (made_outer_ || !inner_.empty()) ::rmdir(kPidDirectory);
}

void CoreDumps::allow(const std::optional<std::string>& pattern) {
    limits::original();
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_CORE, &unlimited) != 0) logging::info("Failed to set core dump size");
    if (!pattern) return;
    before_ = read_core_pattern();
    write_core_pattern(*pattern);
}

void CoreDumps::restore() {
    if (!before_.empty()) write_core_pattern(before_);
}

Result<> daemonise() {
    const pid_t pid = ::fork();
    if (pid < 0) return errno_error("fork");
    if (pid > 0) ::_exit(0);
    ::setsid();
    if (::chdir("/") != 0) return errno_error("chdir", "/");
    const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!null) return errno_error("open", "/dev/null");
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null.get(), fd);
    return {};
}

Result<UniqueFd> generic_netlink_socket_in(const std::string& net_namespace) {
    const std::string path = net_namespace.empty() ? "/proc/1/ns/net" : "/run/netns/" + net_namespace;
    const UniqueFd home{::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
    const UniqueFd there{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!home || !there) return errno_error("open network namespace", path);
    if (::setns(there.get(), CLONE_NEWNET) != 0) return errno_error("enter network namespace", path);
    UniqueFd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC)};
    const int error = errno;
    if (::setns(home.get(), CLONE_NEWNET) != 0) return errno_error("return from network namespace", path);
    if (!socket) return Error{error, "open generic netlink socket in", path};
    return socket;
}

mode_t present_umask() {
    const mode_t mask = ::umask(0177);
    ::umask(mask);
    return mask;
}

/// One that hangs must not keep VRRP from starting: it is ended, and reaped with the other children.
static void await_modprobe(pid_t pid) {
    constexpr int kLongest = 5000;  // ms
    const UniqueFd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    pollfd ended{process.get(), POLLIN, 0};
    if (process && ::poll(&ended, 1, kLongest) == 0) {
        logging::info("{} ip_vs has not ended after {} s - going on without it", kModprobe, kLongest / 1000);
        ::kill(pid, SIGKILL);
        return;
    }
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

void ask_for_ipvs() {
    if (::access("/proc/net/ip_vs", F_OK) == 0) return;
    posix_spawnattr_t attributes;
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    std::array<char*, 5> words{const_cast<char*>("modprobe"), const_cast<char*>("-s"),
                               const_cast<char*>("--"), const_cast<char*>("ip_vs"), nullptr};
    pid_t pid = 0;
    if (::posix_spawn(&pid, kModprobe, nullptr, &attributes, words.data(), environ) == 0) await_modprobe(pid);
    ::posix_spawnattr_destroy(&attributes);
}

}  // namespace keepalived
