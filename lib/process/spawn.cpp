#include "lib/process/spawn.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "lib/process/limits.hpp"

extern char** environ;

namespace process {

namespace {

constexpr std::array kRestoredLimits{RLIMIT_RTTIME, RLIMIT_MEMLOCK};
constexpr std::array<std::string_view, 3> kNotPassedOn{"IFS=", "LD_PRELOAD=", "LD_LIBRARY_PATH="};
constexpr const char* kShell = "/bin/sh";
constexpr int kCommandNotFound = 127;
constexpr int kCannotExecute = 126;

bool passed_on(std::string_view variable) {
    for (const auto name : kNotPassedOn)
        if (variable.starts_with(name)) return false;
    return true;
}

/// Everything the child needs, laid out before the fork: it must not allocate.
struct ChildPlan {
    const Command& command;
    const Baseline& baseline;
    char* const* argv;
    char* const* shell_argv;  ///< the same for /bin/sh, where the file has no #! line
    char* const* environment;
    int null_fd;
    int failure_fd;
    pid_t parent;
};

[[noreturn]] void give_up(const ChildPlan& plan, SpawnStep step) {
    const SpawnFailure failure{step, errno};
    [[maybe_unused]] const ssize_t written = write(plan.failure_fd, &failure, sizeof failure);
    _exit(failure.error == ENOENT ? kCommandNotFound : kCannotExecute);
}

void restore_baseline(const Baseline& baseline) {
    const sched_param normal{};
    sched_setscheduler(0, SCHED_OTHER, &normal);
    setpriority(PRIO_PROCESS, 0, baseline.nice);
    for (const auto& limit : baseline.limits)
        setrlimit(static_cast<__rlimit_resource>(limit.resource), &limit.value);
}

void reset_signals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

// The raw calls: the C library's setuid() and friends synchronise threads, which a forked child has none of.
void become_user(const ChildPlan& plan) {
    const Command& command = plan.command;
    if (syscall(SYS_setgroups, command.groups.size(), command.groups.data()) != 0 && geteuid() == 0)
        give_up(plan, SpawnStep::groups);
    if (syscall(SYS_setresgid, command.gid, command.gid, command.gid) != 0) give_up(plan, SpawnStep::gid);
    if (syscall(SYS_setresuid, command.uid, command.uid, command.uid) != 0) give_up(plan, SpawnStep::uid);
}

[[noreturn]] void become_script(const ChildPlan& plan) {
    setpgid(0, 0);
    restore_baseline(plan.baseline);
    reset_signals();
    for (int fd = 0; fd <= 2; ++fd) dup2(plan.null_fd, fd);
    syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    become_user(plan);
    // A change of credentials clears the parent death signal; the parent may have died before it was set.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != plan.parent) _exit(kCannotExecute);
    execve(plan.command.path.c_str(), plan.argv, plan.environment);
    if (errno == ENOEXEC) execve(kShell, plan.shell_argv, plan.environment);
    give_up(plan, SpawnStep::exec);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> list;
    list.reserve(words.size() + 1);
    for (const auto& word : words) list.push_back(const_cast<char*>(word.c_str()));
    list.push_back(nullptr);
    return list;
}

/// sh PATH ARGUMENTS…
std::vector<std::string> words_for_shell(const Command& command) {
    std::vector<std::string> words{kShell, command.path};
    if (command.argv.size() > 1) words.insert(words.end(), command.argv.begin() + 1, command.argv.end());
    return words;
}

Result<std::pair<UniqueFd, UniqueFd>> make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno_error("pipe");
    return std::pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace

Baseline Baseline::capture() {
    Baseline baseline;
    for (const auto resource : kRestoredLimits) {
        Limit limit{static_cast<int>(resource), {}};
        if (getrlimit(resource, &limit.value) == 0) baseline.limits.push_back(limit);
    }
    baseline.nice = getpriority(PRIO_PROCESS, 0);
    return baseline;
}

Spawner::Spawner(Baseline baseline)
    : baseline_(std::move(baseline)), null_(::open("/dev/null", O_RDWR | O_CLOEXEC)) {
    limits::original();  // looked up now: not between fork and exec
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
        if (passed_on(*variable)) environment_.emplace_back(*variable);
}

Result<Spawned> Spawner::start(const Command& command) const {
    auto pipe = make_pipe();
    if (!pipe) return pipe.error();
    const auto argv = pointers(command.argv);
    const auto shell_words = words_for_shell(command);
    const auto shell_argv = pointers(shell_words);
    const auto environment = pointers(environment_);
    const ChildPlan plan{.command = command,
                         .baseline = baseline_,
                         .argv = argv.data(),
                         .shell_argv = shell_argv.data(),
                         .environment = environment.data(),
                         .null_fd = null_.get(),
                         .failure_fd = pipe->second.get(),
                         .parent = getpid()};

    // No signal may be handled in the child before its dispositions are the default ones.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t pid = _Fork();
    if (pid == 0) become_script(plan);
    const int fork_error = errno;
    sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return Error{fork_error, "fork", command.path, {}};

    setpgid(pid, pid);  // both sides do it: a kill of the group may come before the child has run
    UniqueFd pidfd(
        static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));  // the header of glibc 2.36 has no C linkage
    if (!pidfd) {
        const Error error = errno_error("pidfd_open", command.path);
        ::kill(-pid, SIGKILL);
        waitpid(pid, nullptr, 0);
        return error;
    }
    return Spawned{pid, std::move(pidfd), std::move(pipe->first)};
}

std::string spawn_failure_text(const Spawned& spawned, const Command& command) {
    SpawnFailure failure;
    if (read(spawned.failure_pipe.get(), &failure, sizeof failure) != sizeof failure) return {};
    const std::string reason = std::strerror(failure.error);
    const std::string number = std::to_string(failure.error);
    switch (failure.step) {
        case SpawnStep::groups:
            return "Couldn't setgroups for " + std::to_string(command.uid) + " (" + reason + ")";
        case SpawnStep::gid:
            return "Couldn't setgid: " + std::to_string(command.gid) + " (" + reason + ")";
        case SpawnStep::uid:
            return "Couldn't setuid: " + std::to_string(command.uid) + " (" + reason + ")";
        case SpawnStep::exec:
            break;
    }
    return "Error exec-ing command '" + command.path + "', error " + number + ": " + reason;
}

Reaped reap(pid_t pid) {
    int status = 0;
    const pid_t collected = waitpid(pid, &status, WNOHANG);
    if (collected == pid) return {.ended = true, .wait_status = status};
    const bool gone = collected < 0 && errno == ECHILD;
    return {.ended = gone, .lost = gone};
}

}  // namespace process
