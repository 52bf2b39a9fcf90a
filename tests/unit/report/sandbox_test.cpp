#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cerrno>
#include <fstream>
#include <string>

#include "lib/process/control.hpp"
#include "report/child/sandbox.hpp"

namespace {

/// Runs `inside` in a child of its own, because a sandbox is for ever; true when it returned true.
template <typename Inside>
bool in_sandbox(Inside inside) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(report::enter_sandbox() && inside() ? 0 : 1);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("in the sandbox the process has no user rights, no groups and no new privileges") {
    CHECK(in_sandbox([] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1; }));
    if (::geteuid() != 0) return;
    int status[2];
    REQUIRE(::pipe(status) == 0);
    // /proc cannot be opened inside: the test reads the child's status from outside.
    const pid_t pid = ::fork();
    if (pid == 0) {
        const bool confined = static_cast<bool>(report::enter_sandbox());
        (void)!::write(status[1], confined ? "y" : "n", 1);
        pollfd never{status[0], 0, 0};
        ::poll(&never, 1, -1);
        ::_exit(0);
    }
    char confined = 'n';
    REQUIRE(::read(status[0], &confined, 1) == 1);
    CHECK(confined == 'y');
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK(text.find("\nUid:\t0") == std::string::npos);
    CHECK(text.find("\nGroups:\t \n") != std::string::npos);
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd"}) {
        INFO(set);
        CHECK(text.find(std::string("\n") + set + ":\t0000000000000000\n") != std::string::npos);
    }
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::close(status[0]);
    ::close(status[1]);
}

#if KEEPALIVED_FILTERS_CALLS
TEST_CASE("the sandbox refuses files, programs and the network, and lets the control channel through") {
    CHECK(in_sandbox([] { return ::open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM; }));
    CHECK(in_sandbox([] {
        char* const arguments[] = {nullptr};
        return ::execve("/bin/true", arguments, arguments) < 0 && errno == EPERM;
    }));
    CHECK(in_sandbox([] { return ::socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM; }));
    CHECK(in_sandbox([] { return ::fork() < 0 && errno == EPERM; }));
    auto pair = control::Channel::pair();
    REQUIRE(pair.has_value());
    auto& [ours, theirs] = *pair;
    CHECK(in_sandbox([&end = theirs] { return static_cast<bool>(end.send(control::Message{})); }));
    const auto received = ours.receive();
    REQUIRE(received.has_value());
    CHECK(received->has_value());
}
#endif
