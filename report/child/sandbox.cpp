#include "report/child/sandbox.hpp"

#include <cap-ng.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ctime>
#include <memory>

namespace report {
namespace {

struct Account {
    uid_t uid = 65534;
    gid_t gid = 65534;
};

/// The overflow ids stand in where the system has neither user.
Account observer_account() {
    for (const char* name : {"keepalived", "nobody"})
        if (const passwd* entry = ::getpwnam(name); entry != nullptr && entry->pw_uid != 0)
            return {entry->pw_uid, entry->pw_gid};
    return {};
}

Result<> become(const Account& account) {
    if (::geteuid() != 0) return {};
    if (::setgroups(0, nullptr) != 0) return errno_error("setgroups");
    if (::setresgid(account.gid, account.gid, account.gid) != 0)
        return errno_error("setresgid", std::to_string(account.gid));
    if (::setresuid(account.uid, account.uid, account.uid) != 0)
        return errno_error("setresuid", std::to_string(account.uid));
    return {};
}

/// The bounding set goes first, while we may still change it. Without the right to (a container that gives none) no_new_privs
/// alone keeps capabilities from coming back.
Result<> drop_capabilities() {
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_apply(CAPNG_SELECT_CAPS) != 0) return errno_error("drop capabilities");
    return {};
}

void empty_bounding_set() {
    capng_get_caps_process();
    capng_clear(CAPNG_SELECT_BOUNDS);
    (void)capng_apply(CAPNG_SELECT_BOUNDS);
}

#if !KEEPALIVED_FILTERS_CALLS
Result<> filter_system_calls() { return {}; }
#else
constexpr int kAllowed[] = {
    // memory
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
    SCMP_SYS(mlockall), SCMP_SYS(munlockall),
    // what we were given: boards, generations, dump files, the control channel
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek),
    SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(fcntl), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(connect),
    SCMP_SYS(getsockopt),
    // time, signals, the process itself
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
    SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid),
    SCMP_SYS(tgkill), SCMP_SYS(prctl), SCMP_SYS(exit), SCMP_SYS(exit_group)};

/// Everything else fails with EPERM: a forgotten call shows as an error in the log, not as a dead observer.
Result<> filter_system_calls() {
    const std::unique_ptr<void, decltype(&seccomp_release)> filter{seccomp_init(SCMP_ACT_ERRNO(EPERM)),
                                                                   seccomp_release};
    if (!filter) return Error{0, "create the system call filter", {}, {}};
    for (const int call : kAllowed)
        if (const int failed = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0); failed != 0)
            return Error{-failed, "allow a system call", std::to_string(call), {}};
    // The log daemon's socket after it was restarted; no other family.
    if (const int failed = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                            SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
        failed != 0)
        return Error{-failed, "allow a system call", "socket", {}};
    if (const int failed = seccomp_load(filter.get()); failed != 0)
        return Error{-failed, "load the system call filter", {}, {}};
    return {};
}
#endif

}  // namespace

Result<> enter_sandbox() {
    ::tzset();  // reads /etc/localtime; localtime_r uses what was read
    const Account account = observer_account();
    empty_bounding_set();
    if (auto done = become(account); !done) return done;
    if (auto done = drop_capabilities(); !done) return done;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error("set no_new_privs");
    return filter_system_calls();
}

}  // namespace report
