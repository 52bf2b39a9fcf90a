#include "lib/process/lifecycle_script.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "tests/support/captured_log.hpp"
#include "tests/support/scratch.hpp"

namespace {

void run(Scratch& scratch, const std::string& body, Seconds timeout = Seconds(10), int cancelled = -1) {
    const process::Spawner spawner(process::Baseline::capture());
    const std::string path = scratch.script("s", body);
    process::run_lifecycle_script(spawner, {path, {path}, getuid(), getgid(), {}}, "startup", path, timeout,
                                  cancelled);
}

}  // namespace

TEST_CASE("the supervisor waits for the startup script") {
    Scratch scratch;
    CapturedLog log(1);
    run(scratch, "sleep 0.1; touch done");
    CHECK(scratch.has("done"));
    CHECK(log.lines() == std::vector<std::string>{"Running startup script " + scratch / "s",
                                                  "startup script script succeeded"});
}

TEST_CASE("its failure is logged, and nothing else without -D") {
    Scratch scratch;
    CapturedLog log;
    run(scratch, "exit 3");
    CHECK(log.lines() == std::vector<std::string>{"startup script script failed, status 3"});
}

TEST_CASE("a startup script over its time gets SIGTERM, then SIGKILL two seconds later") {
    Scratch scratch;
    CapturedLog log;
    const auto began = std::chrono::steady_clock::now();
    run(scratch, "trap '' TERM; while :; do sleep 0.05; done", Seconds(1));
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(took >= std::chrono::milliseconds(3000));
    CHECK(took < std::chrono::milliseconds(4500));
    CHECK(log.lines() == std::vector<std::string>{"startup script timed out"});
}

TEST_CASE("a signal for the supervisor ends the wait") {
    Scratch scratch;
    CapturedLog log;
    int pipe_ends[2];
    REQUIRE(pipe(pipe_ends) == 0);
    REQUIRE(write(pipe_ends[1], "x", 1) == 1);
    const auto began = std::chrono::steady_clock::now();
    run(scratch, "sleep 600", Seconds(100), pipe_ends[0]);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}
