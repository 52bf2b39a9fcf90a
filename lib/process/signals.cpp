#include "lib/process/signals.hpp"

#include <sys/signalfd.h>

#include <utility>

namespace signals {

sigset_t handled() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number :
         {SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGCHLD, SIGXCPU, json(), stats_clear()})
        sigaddset(&set, number);
    return set;
}

void block_all() {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
}

void ignore_the_others() {
    const sigset_t ours = handled();
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    for (int number = 1; number <= SIGRTMAX; ++number) {
        switch (number) {
            case SIGILL:
            case SIGFPE:
            case SIGSEGV:
            case SIGBUS:
            case SIGKILL:
            case SIGSTOP:
                continue;
            default:
                break;
        }
        if (sigismember(&ours, number) == 0) ::sigaction(number, &ignore, nullptr);
    }
}

void restore_defaults() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number <= SIGRTMAX; ++number) ::sigaction(number, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

Result<Stream> Stream::listen() {
    const sigset_t set = handled();
    Stream stream;
    stream.fd_ = UniqueFd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!stream.fd_) return errno_error("open signalfd");
    if (::sigprocmask(SIG_SETMASK, &set, nullptr) != 0) return errno_error("set signal mask");
    return stream;
}

std::optional<int> Stream::next() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

std::optional<int> number_of(std::string_view name) {
    const std::pair<std::string_view, int> names[] = {{"STOP", SIGTERM}, {"RELOAD", SIGHUP},
                                                      {"DATA", SIGUSR1}, {"STATS", SIGUSR2},
                                                      {"JSON", json()},  {"STATS_CLEAR", stats_clear()}};
    for (const auto& [word, number] : names)
        if (word == name) return number;
    return std::nullopt;
}

}  // namespace signals
