#include "lib/process/script_runner.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>

#include "tests/support/asio_loop.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/scratch.hpp"

using process::Command;
using process::ScriptEnd;

namespace {

struct Lab {
    AsioLoop loop;
    Scratch scratch;
    CapturedLog log;
    process::ScriptRunner runner{loop.io, process::Baseline::capture()};

    Command command(const std::string& body, uid_t uid = getuid(), gid_t gid = getgid()) {
        const std::string path = scratch.script("script", body);
        return {path, {path}, uid, gid, {}};
    }
    ScriptEnd run(Command what, Nanoseconds timeout = Nanoseconds::zero()) {
        std::optional<ScriptEnd> end;
        runner.start(
            {.command = std::move(what), .timeout = timeout, .ended = [&](const ScriptEnd& e) { end = e; }});
        REQUIRE(loop.until([&] { return end.has_value(); }));
        return *end;
    }
    std::string status_line(const std::string& key) {
        std::istringstream lines(scratch.read("status"));
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(key + ":")) return line.substr(key.size() + 2);
        return "?";
    }
};

/// A process that is gone, or only waits to be collected by its parent.
bool is_gone(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(stat, text);
    return text.empty() || text.find(") Z ") != std::string::npos;
}

}  // namespace

TEST_CASE("the exit status, or the signal that ended a script, is reported") {
    Lab lab;
    CHECK(lab.run(lab.command("exit 0")).succeeded());
    CHECK(lab.run(lab.command("exit 7")).exit_status() == 7);
    const ScriptEnd killed = lab.run(lab.command("kill -9 $$"));
    CHECK(killed.signal() == 9);
    CHECK(killed.exit_status() == -1);
    CHECK_FALSE(killed.succeeded());
}

TEST_CASE("arguments reach the script as they are") {
    Lab lab;
    Command command = lab.command(R"(printf '%s|' "$0" "$@" > words)");
    command.argv = {command.path, "a b", "", "'c'", "INSTANCE"};
    lab.run(command);
    CHECK(lab.scratch.read("words") == command.path + "|a b||'c'|INSTANCE|");
}

TEST_CASE("a script runs as its user, with its groups and no others") {
    if (getuid() != 0) return;
    Lab lab;
    chmod(lab.scratch.path().c_str(), 0777);
    const std::string body = "umask 022; cat /proc/self/status > status";
    lab.run(lab.command(body, 65534, 65534));
    CHECK(lab.status_line("Uid") == "65534\t65534\t65534\t65534");
    CHECK(lab.status_line("Gid") == "65534\t65534\t65534\t65534");
    CHECK(lab.status_line("Groups").find_first_of("0123456789") == std::string::npos);

    Command grouped = lab.command(body);
    grouped.groups = {7, 11};
    lab.run(grouped);
    CHECK(lab.status_line("Groups") == "7 11 ");
}

TEST_CASE("a script has default signals, an empty mask, and a process group of its own") {
    Lab lab;
    sigset_t usr1, before;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, &before);
    const auto previous = signal(SIGPIPE, SIG_IGN);
    const Command command =
        lab.command("cat /proc/self/status > status; cut -d' ' -f5 /proc/self/stat > group; echo $$ > pid");
    lab.run(command);
    signal(SIGPIPE, previous);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    CHECK(lab.status_line("SigBlk") == "0000000000000000");
    CHECK(lab.status_line("SigIgn") == "0000000000000000");
    CHECK(lab.scratch.read("group") == lab.scratch.read("pid"));
}

TEST_CASE("a script sees /dev/null three times and no descriptor of ours") {
    Lab lab;
    const int leaky = dup(2);  // as a library might open one: not close-on-exec
    lab.run(lab.command("sh -c 'for fd in /proc/$0/fd/*; do readlink $fd; done > fds' $$; true"));
    close(leaky);
    // Besides, the shell keeps its script open.
    std::istringstream open_files(lab.scratch.read("fds"));
    int null = 0, scratch = 0, other = 0;
    for (std::string target; std::getline(open_files, target);)
        ++(target == "/dev/null" ? null : target.starts_with(lab.scratch.path()) ? scratch : other);
    CHECK(null == 3);
    CHECK(scratch <= 1);
    CHECK(other == 0);
}

TEST_CASE("IFS, LD_PRELOAD and LD_LIBRARY_PATH are not passed on, anything else is") {
    setenv("LD_LIBRARY_PATH", "/nowhere", 1);
    setenv("IFS", "x", 1);
    setenv("KEEPALIVED_TEST_WORD", "seen", 1);
    Lab lab;
    lab.run(lab.command("tr '\\0' '\\n' < /proc/$$/environ > env"));
    unsetenv("LD_LIBRARY_PATH");
    unsetenv("IFS");
    const std::string environment = lab.scratch.read("env");
    CHECK(environment.find("LD_LIBRARY_PATH") == std::string::npos);
    CHECK(environment.find("IFS=") == std::string::npos);
    CHECK(environment.find("KEEPALIVED_TEST_WORD=seen\n") != std::string::npos);
}

TEST_CASE("a script gets back the limits and the nice value that were captured") {
    Lab lab;  // captures here
    rlimit original{};
    getrlimit(RLIMIT_RTTIME, &original);
    rlimit changed = original;
    changed.rlim_cur = 5000;
    setrlimit(RLIMIT_RTTIME, &changed);
    const int nice_before = getpriority(PRIO_PROCESS, 0);
    setpriority(PRIO_PROCESS, 0, nice_before + 5);
    lab.run(lab.command("cat /proc/self/limits > limits; cut -d' ' -f19 /proc/self/stat > nice"));
    setrlimit(RLIMIT_RTTIME, &original);
    CHECK(lab.scratch.read("limits").find("Max realtime timeout      unlimited") != std::string::npos);
    if (getuid() == 0) {
        setpriority(PRIO_PROCESS, 0, nice_before);
        CHECK(lab.scratch.read("nice") == std::to_string(nice_before) + "\n");
    }
}

TEST_CASE("what is over its time gets SIGTERM, with its whole group, and counts as timed out") {
    Lab lab;
    bool told = false;
    std::optional<ScriptEnd> end;
    lab.runner.start({.command = lab.command("sleep 600 & echo $! > child; wait"),
                      .timeout = Milliseconds(300),
                      .time_over = [&] { told = true; },
                      .ended = [&](const ScriptEnd& e) { end = e; }});
    REQUIRE(lab.loop.until([&] { return end.has_value(); }));
    CHECK(told);
    CHECK(end->timed_out);
    CHECK(end->signal() == SIGTERM);
    const pid_t child = std::stoi(lab.scratch.read("child"));
    CHECK(lab.loop.until([&] { return is_gone(child); }));
}

TEST_CASE("what ignores SIGTERM is killed two seconds later") {
    Lab lab;
    bool killed = false;
    std::optional<ScriptEnd> end;
    const auto began = std::chrono::steady_clock::now();
    lab.runner.start({.command = lab.command("trap '' TERM; while :; do sleep 0.05; done"),
                      .timeout = Milliseconds(200),
                      .being_killed = [&] { killed = true; },
                      .ended = [&](const ScriptEnd& e) { end = e; }});
    REQUIRE(lab.loop.until([&] { return end.has_value(); }));
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(killed);
    CHECK(end->signal() == SIGKILL);
    CHECK(took >= std::chrono::milliseconds(2200));
}

TEST_CASE("a script that cannot be executed says why in the reference's words") {
    Lab lab;
    const auto end = lab.run({lab.scratch / "absent", {"absent"}, getuid(), getgid(), {}});
    CHECK(end.exit_status() == 127);
    CHECK(lab.log.has("Error exec-ing command '" + (lab.scratch / "absent") +
                      "', error 2: No such file or directory"));

    lab.scratch.write("plain", "text");
    CHECK(lab.run({lab.scratch / "plain", {"plain"}, getuid(), getgid(), {}}).exit_status() == 126);
    CHECK(
        lab.log.has("Error exec-ing command '" + (lab.scratch / "plain") + "', error 13: Permission denied"));
}

TEST_CASE("a script without a #! line is run by the shell, with its arguments") {
    Lab lab;
    Command command = lab.command("");
    lab.scratch.write("script", "echo \"$@\" > " + (lab.scratch / "words"));
    command.argv.push_back("INSTANCE");
    CHECK(lab.run(command).succeeded());
    CHECK(lab.scratch.read("words") == "INSTANCE\n");
}

TEST_CASE("callbacks never come from inside start, nor after abandon") {
    Lab lab;
    int ended = 0;
    const auto count = [&](const ScriptEnd&) { ++ended; };
    lab.runner.start({.command = {"/nonexistent", {"x"}, getuid(), getgid(), {}}, .ended = count});
    CHECK(ended == 0);
    const auto abandoned = lab.runner.start({.command = lab.command("sleep 600"), .ended = count});
    REQUIRE(lab.loop.until([&] { return ended == 1; }));
    lab.runner.abandon(abandoned);
    REQUIRE(lab.loop.until([&] { return lab.runner.running() == 0; }));
    CHECK(ended == 1);
}

TEST_CASE("a queued script that is terminated ends without having run") {
    Lab lab;
    std::optional<ScriptEnd> end;
    const auto id = lab.runner.start(
        {.command = lab.command("touch ran"), .ended = [&](const ScriptEnd& e) { end = e; }});
    lab.runner.terminate(id);
    REQUIRE(lab.loop.until([&] { return end.has_value(); }));
    CHECK(end->not_started);
    CHECK_FALSE(lab.scratch.has("ran"));
}

TEST_CASE("the loop turns between the starts of many scripts") {
    Lab lab;
    constexpr int kScripts = 40;
    int ended = 0;
    const Command command = lab.command("exit 0");
    for (int i = 0; i < kScripts; ++i)
        lab.runner.start({.command = command, .ended = [&](const ScriptEnd&) { ++ended; }});
    int turns = 0;
    std::function<void()> other_work = [&] {
        ++turns;
        if (ended < kScripts) boost::asio::post(lab.loop.io, other_work);
    };
    boost::asio::post(lab.loop.io, other_work);
    REQUIRE(lab.loop.until([&] { return ended == kScripts; }));
    CHECK(turns >= kScripts);
}

TEST_CASE("destroying the runner kills what still runs") {
    Scratch scratch;
    AsioLoop loop;
    pid_t pid = 0;
    {
        process::ScriptRunner runner(loop.io, process::Baseline::capture());
        const std::string path = scratch.script("script", "sleep 600");
        runner.start({.command = {path, {path}, getuid(), getgid(), {}},
                      .started = [&](pid_t started) { pid = started; },
                      .ended = [](const ScriptEnd&) {}});
        REQUIRE(loop.until([&] { return pid != 0; }));
    }
    CHECK(loop.until([&] { return is_gone(pid); }));
}
