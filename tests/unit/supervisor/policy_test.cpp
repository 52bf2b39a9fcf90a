// The policy of starts, deaths, observers and the end.
#include "policy_play.hpp"

TEST_CASE(
    "children start in the reference's order, observers once these are at work, and then the start is "
    "complete") {
    World world;
    world.start(settings_with({Role::vrrp, Role::checker, Role::bfd, Role::report}));
    Words spawns;
    for (const std::string& words : world.done)
        if (words.starts_with("spawn") || words == "log Startup complete") spawns.push_back(words);
    CHECK(spawns ==
          Words{"spawn checker", "spawn vrrp", "spawn bfd", "spawn report", "log Startup complete"});
    CHECK(world.count("notify ready") == 1);
}

TEST_CASE("a child goes through hello, prepare, commit") {
    World world;
    world.start(settings_with({Role::vrrp}));
    CHECK(world.take() == Words{"spawn vrrp", "log Starting VRRP child process, pid=101", "write pid vrrp",
                                "prepare vrrp none", "commit vrrp", "log Startup complete", "notify ready"});
}

TEST_CASE("with nothing to run the daemon says so and stays") {
    World world;
    world.start(settings_with({Role::report}));
    CHECK(world.did("log Warning - keepalived has no configuration to run"));
    CHECK_FALSE(world.state.ended);
}

TEST_CASE("an observer does not wait longer than a second for protocol children, and not at all for a dump") {
    World world;
    world.answers = false;
    world.start(settings_with({Role::vrrp, Role::report}));
    CHECK_FALSE(world.did("spawn report"));
    SECTION("time") { world.pass(kObserverWarmUp); }
    SECTION("SIGUSR1") { world.feed({.kind = EventKind::signal, .number = SIGUSR1}); }
    SECTION("the protocol child is at work") {
        for (const EventKind kind : {EventKind::hello, EventKind::prepared, EventKind::committed})
            world.feed({.kind = kind, .role = Role::vrrp});
    }
    CHECK(world.count("spawn report") == 1);
}

TEST_CASE("an observer that never gets ready holds the start up for a second only") {
    World world;
    world.answers = false;
    world.start(settings_with({Role::vrrp, Role::report}));
    world.feed({.kind = EventKind::hello, .role = Role::vrrp});
    world.feed({.kind = EventKind::prepared, .role = Role::vrrp});
    world.feed({.kind = EventKind::committed, .role = Role::vrrp});
    CHECK_FALSE(world.state.started);
    world.pass(kObserverWarmUp);
    CHECK(world.did("log Startup complete"));
}

TEST_CASE("the restart delay of a child follows 0 1 2 4 8 16 32 60 60 seconds") {
    World world = running({Role::vrrp});
    world.dies(Role::vrrp, killed_by(SIGKILL));  // lived 100 s
    CHECK_FALSE(world.did("log Restart of VRRP process delayed 0 seconds to limit respawn rate"));
    for (const int expected : {0, 1, 2, 4, 8, 16, 32, 60, 60}) {
        world.take();
        REQUIRE(world.state[Role::vrrp].phase == Phase::running);
        world.dies(Role::vrrp, exited_with(9));
        CHECK(world.did(
            fmt::format("log Restart of VRRP process delayed {} seconds to limit respawn rate", expected)));
        // A release run may come first; it ends at once.
        if (world.state[Role::vrrp].purpose == Purpose::release) world.dies(Role::vrrp, exited_with(0));
        world.pass(Seconds{expected});
    }
}

TEST_CASE("a child that lived a minute is started at once, and the sequence begins anew") {
    World world = running({Role::vrrp});
    world.dies(Role::vrrp, killed_by(SIGKILL));
    world.dies(Role::vrrp, killed_by(SIGKILL));
    if (world.state[Role::vrrp].purpose == Purpose::release) world.dies(Role::vrrp, exited_with(0));
    world.pass(Seconds{61});
    world.take();
    world.dies(Role::vrrp, killed_by(SIGKILL));
    CHECK(world.state[Role::vrrp].phase == Phase::running);
    for (const std::string& words : world.done) CHECK(words.find("delayed") == std::string::npos);
}

TEST_CASE("the reason of a death is told in the reference's words") {
    struct Case {
        int status;
        std::string line;
    };
    const Case cases[] = {
        {killed_by(SIGKILL),
         "log pid 101 exited due to signal 9 (Killed) - has rlimit_rttime been exceeded?"},
        {killed_by(SIGABRT), "log pid 101 exited due to signal 6 (Aborted)"},
        {killed_by(SIGSEGV), "log pid 101 exited due to segmentation fault (SIGSEGV)."},
        {exited_with(3), "log pid 101 exited with status 3"},
    };
    for (const Case& c : cases) {
        World world = running({Role::vrrp});
        world.dies(Role::vrrp, c.status);
        CHECK(world.done.front() == c.line);
        CHECK(world.did("log VRRP child process(101) died: Respawning"));
    }
    World clean = running({Role::vrrp});
    clean.dies(Role::vrrp, exited_with(0));
    CHECK(clean.done.front() == "log VRRP child process(101) died: Respawning");
}

TEST_CASE("a killed child's successor adopts its board; one that stopped cleanly starts from nothing") {
    World killed = running({Role::vrrp});
    killed.dies(Role::vrrp, killed_by(SIGKILL));
    CHECK(killed.did("prepare vrrp successor"));
    CHECK_FALSE(killed.did("new board vrrp"));

    World clean = running({Role::vrrp, Role::report});
    clean.dies(Role::vrrp, exited_with(0));
    CHECK(clean.did("new board vrrp"));
    CHECK(clean.did("prepare vrrp none"));
    CHECK(clean.did("prepare report reload"));  // the observer reads the new board
}

TEST_CASE("a child that dies within ten seconds of an adoption is released and started without the board") {
    World world = running({Role::vrrp});
    world.dies(Role::vrrp, killed_by(SIGKILL));
    world.pass(Seconds{9});
    world.take();
    world.dies(Role::vrrp, killed_by(SIGSEGV));
    CHECK(world.did("prepare vrrp successor"));  // the release run reads it
    CHECK(world.did("release vrrp"));
    CHECK_FALSE(world.did("commit vrrp"));
    world.take();
    world.dies(Role::vrrp, exited_with(0));
    CHECK(world.did("new board vrrp"));
    CHECK(world.did("prepare vrrp none"));
}

TEST_CASE("a child that dies eleven seconds after an adoption is adopted again") {
    World world = running({Role::vrrp});
    world.dies(Role::vrrp, killed_by(SIGKILL));
    world.pass(Seconds{11});
    world.take();
    world.dies(Role::vrrp, killed_by(SIGKILL));
    CHECK_FALSE(world.did("release vrrp"));
    CHECK(world.did("prepare vrrp successor"));
}

TEST_CASE("-V: nothing is ever released") {
    Settings settings;
    settings.dont_release_vrrp = true;
    World world = running({Role::vrrp}, settings);
    world.dies(Role::vrrp, killed_by(SIGKILL));
    world.dies(Role::vrrp, killed_by(SIGKILL));
    CHECK_FALSE(world.did("release vrrp"));
    settings.dont_respawn = true;
    World ends = running({Role::vrrp}, settings);
    ends.dies(Role::vrrp, killed_by(SIGKILL));
    CHECK(ends.state.ended);
}

TEST_CASE("permanent errors end the daemon with their code, after a release, without the shutdown script") {
    struct Case {
        int code;
        std::string word;
        int error_number;
    };
    for (const Case& c : {Case{1, "FATAL", 22}, Case{2, "CONFIG", 22}, Case{4, "missing permission", 1}}) {
        World world = running({Role::vrrp, Role::bfd});
        world.dies(Role::vrrp, exited_with(c.code));
        CHECK(world.did(fmt::format("log pid 101 exited with permanent error {}. Terminating", c.word)));
        CHECK(world.did(fmt::format("notify errno {}", c.error_number)));
        CHECK(world.did("kill bfd 15"));
        CHECK(world.did("release vrrp"));
        world.dies(Role::vrrp, exited_with(0));
        world.dies(Role::bfd, exited_with(0));
        CHECK(world.state.ended);
        CHECK(world.state.exit_code == c.code);
        CHECK_FALSE(world.state.run_shutdown_script);
    }
}

TEST_CASE("-R: the death of a child is a normal stop with status 0, after a release") {
    Settings settings;
    settings.dont_respawn = true;
    World world = running({Role::vrrp, Role::checker}, settings);
    world.dies(Role::vrrp, killed_by(SIGKILL));
    CHECK(world.did("log VRRP child process(102) died: Exiting"));
    CHECK(world.did("kill checker 15"));
    CHECK(world.did("release vrrp"));
    world.dies(Role::vrrp, exited_with(0));
    CHECK_FALSE(world.state.ended);
    world.dies(Role::checker, exited_with(0));
    CHECK(world.state.ended);
    CHECK(world.state.exit_code == 0);
}

TEST_CASE("the death of an observer counts for nothing, not even with -R") {
    Settings settings;
    settings.dont_respawn = true;
    World world = running({Role::vrrp, Role::report}, settings);
    world.dies(Role::report, exited_with(2));
    CHECK_FALSE(world.state.stopping);
    CHECK(world.did("spawn report"));
}

TEST_CASE("TERM stops the children, and those that will not die are killed after child_wait_time") {
    World world = running({Role::vrrp, Role::checker, Role::report});
    world.signal(SIGTERM);
    CHECK(world.take() == Words{"log Stopping", "notify stopping", "kill checker 15", "kill vrrp 15"});
    world.dies(Role::vrrp, exited_with(0));
    world.take();
    world.pass(Seconds{5});
    CHECK(world.take() == Words{"log checker process failed to die - forcing termination", "kill checker 9"});
    world.dies(Role::checker, killed_by(SIGKILL));
    CHECK(world.did("release checker"));  // it had no time to take down what it holds
    world.take();
    world.dies(Role::checker, exited_with(0));
    CHECK(world.take() == Words{"kill report 15"});  // observers go when nothing is left to take down
    world.dies(Role::report, exited_with(0));
    CHECK(world.did("end"));
}

TEST_CASE("a successor stopped before it came into force leaves its predecessor's objects to a release") {
    World world = running({Role::vrrp});
    world.answers = false;
    world.dies(Role::vrrp, killed_by(SIGSEGV));
    world.take();
    world.signal(SIGTERM);
    world.answers = true;
    world.dies(Role::vrrp, exited_with(0));
    CHECK(world.did("release vrrp"));
    CHECK_FALSE(world.state.ended);
    world.dies(Role::vrrp, exited_with(0));
    CHECK(world.did("end"));
}

TEST_CASE("a hanging observer delays the end by a tenth of a second at most") {
    World world = running({Role::vrrp, Role::report});
    world.signal(SIGTERM);
    world.take();
    world.dies(Role::vrrp, exited_with(0));
    CHECK_FALSE(world.state.ended);
    CHECK(world.take() == Words{"kill report 15"});
    world.pass(kObserverStop);
    CHECK(world.take() == Words{"kill report 9"});
    world.dies(Role::report, killed_by(SIGKILL));
    CHECK(world.did("end"));
}

TEST_CASE("TERM while a child waits for its restart takes down what it left, then ends") {
    World world = running({Role::vrrp});
    world.dies(Role::vrrp, killed_by(SIGKILL));
    world.pass(Seconds{20});
    world.dies(Role::vrrp, killed_by(SIGKILL));
    world.pass(Seconds{20});
    world.dies(Role::vrrp, killed_by(SIGKILL));
    REQUIRE(world.state[Role::vrrp].phase == Phase::delayed);
    world.take();
    world.signal(SIGTERM);
    CHECK(world.did("release vrrp"));
    world.dies(Role::vrrp, exited_with(0));
    CHECK(world.did("end"));
}

TEST_CASE("signals are forwarded to those whom they concern") {
    struct Case {
        int signal;
        Words done;
    };
    const Case cases[] = {
        {SIGUSR1, {"kill vrrp 10", "kill checker 10", "kill bfd 10", "dump parent"}},
        {SIGUSR2, {"kill vrrp 12"}},
        {SIGRTMAX - 1, {"kill vrrp 63"}},
        {SIGRTMIN + 2, {"kill vrrp 36"}},
    };
    for (const Case& c : cases) {
        World world = running({Role::vrrp, Role::checker, Role::bfd, Role::report});
        world.signal(c.signal);
        CHECK(world.take() == c.done);
    }
}

TEST_CASE("an observer that does not answer a ping is killed and started again") {
    World world = running({Role::report});
    world.answers = false;
    world.pass(kPingInterval);
    for (int i = 0; i < 3; ++i) {
        world.feed({.kind = EventKind::pong, .role = Role::report});
        world.take();
        world.pass(kPingInterval);
        CHECK(world.done == Words{"ping report"});
    }
    world.pass(kPingLimit);
    CHECK(world.did("kill report 9"));
    world.dies(Role::report, killed_by(SIGKILL));
    CHECK(world.did("spawn report"));
}

TEST_CASE("a child that never says hello is killed and started again later") {
    World world;
    world.answers = false;
    world.start(settings_with({Role::vrrp}));
    world.take();
    world.pass(kHelloLimit);
    CHECK(world.did("kill vrrp 9"));
    world.dies(Role::vrrp, killed_by(SIGKILL));
    CHECK(world.did("spawn vrrp"));
    CHECK_FALSE(world.did("release vrrp"));
}
