// The policy of reloads: all prepare, all commit, or nothing changes.
#include "policy_play.hpp"

TEST_CASE("a reload prepares all, then commits all; once that is done it tells the observers") {
    World world = running({Role::vrrp, Role::checker, Role::report});
    world.answers = false;
    world.reload(world.state.settings);
    CHECK(world.take() ==
          Words{"notify reloading", "read", "prepare checker reload next", "prepare vrrp reload next"});
    world.feed({.kind = EventKind::prepared, .role = Role::vrrp});
    CHECK(world.take().empty());
    world.feed({.kind = EventKind::prepared, .role = Role::checker});
    CHECK(world.take() == Words{"use next", "commit checker", "commit vrrp"});
    world.feed({.kind = EventKind::committed, .role = Role::vrrp});
    CHECK(world.take().empty());
    world.feed({.kind = EventKind::committed, .role = Role::checker});
    CHECK(world.take() ==
          Words{"log Reload complete", "prepare report reload", "commit report", "drop old", "notify ready"});
}

TEST_CASE("one refusal, one silence or one death before the commit aborts the reload for all") {
    for (const std::string what : {"refusal", "silence", "death"}) {
        World world = running({Role::vrrp, Role::checker});
        world.answers = false;
        world.reload(world.state.settings);
        world.feed({.kind = EventKind::prepared, .role = Role::vrrp});
        world.take();
        if (what == "refusal")
            world.feed({.kind = EventKind::refused, .role = Role::checker, .text = "no memory"});
        if (what == "silence") world.pass(kReloadPrepareLimit);
        if (what == "death") world.dies(Role::checker, killed_by(SIGSEGV));
        INFO(what);
        CHECK(world.did("abort vrrp"));
        CHECK(world.did("drop next"));
        CHECK(world.did("notify refused"));
        CHECK_FALSE(world.did("use next"));
        CHECK(world.state.reload == ReloadPhase::idle);
        CHECK(world.state[Role::vrrp].phase == Phase::running);
    }
}

TEST_CASE("children have the longer to read a file the longer the supervisor took") {
    World world = running({Role::checker});
    world.answers = false;
    world.reading = Seconds{1};
    world.reload(world.state.settings);
    world.pass(kReloadPrepareLimit + (kReloadReadings - 1) * Seconds{1});
    CHECK_FALSE(world.did("abort checker"));
    world.pass(Seconds{1});
    CHECK(world.did("abort checker"));
}

TEST_CASE("a file that cannot be run changes nothing") {
    World world = running({Role::vrrp});
    world.reload_is_good = false;
    world.reload(settings_with({}));
    CHECK(world.take() == Words{"notify reloading", "read", "notify refused"});
    CHECK(world.state.settings.wanted[index_of(Role::vrrp)]);
}

TEST_CASE(
    "a child that fails after the commit is killed and started on the new generation, without the old rows") {
    World world = running({Role::vrrp});
    world.answers = false;
    world.reload(world.state.settings);
    world.feed({.kind = EventKind::prepared, .role = Role::vrrp});
    world.take();
    world.pass(kCommitLimit);
    CHECK(world.did("kill vrrp 9"));
    world.answers = true;
    world.dies(Role::vrrp, killed_by(SIGKILL));
    CHECK(world.did("new board vrrp"));
    CHECK(world.did("prepare vrrp none"));
    CHECK(world.did("log Reload complete"));
}

TEST_CASE("HUPs during a reload are one more reload") {
    World world = running({Role::vrrp});
    world.state.settings.detail = true;
    world.answers = false;
    world.reload(world.state.settings);
    world.signal(SIGHUP);
    world.signal(SIGHUP);
    world.answers = true;
    world.feed({.kind = EventKind::prepared, .role = Role::vrrp});
    CHECK(world.count("read") == 2);
    CHECK(world.count("log Reload complete") == 2);
    CHECK(world.count("log Reload already in progress, request queued") == 1);
    CHECK(world.count("log Processing queued reload") == 1);
}

TEST_CASE("a HUP before the start is complete is done after it") {
    World world;
    world.answers = false;
    Settings settings = settings_with({Role::vrrp});
    settings.detail = true;
    world.start(settings);
    world.reload(settings);
    CHECK_FALSE(world.did("read"));
    world.answers = true;
    world.feed({.kind = EventKind::hello, .role = Role::vrrp});
    CHECK(world.did("read"));
    CHECK(world.did("log Reload complete"));
    CHECK(world.count("log Reload already in progress, request queued") == 0);  // no reload was in progress
    CHECK(world.count("log Processing queued reload") == 0);
}

TEST_CASE("HUP starts a child at once that waits for its restart") {
    World world = running({Role::vrrp});
    for (int i = 0; i < 3; ++i) {
        world.dies(Role::vrrp, killed_by(SIGKILL));
        world.pass(Seconds{20});
    }
    world.dies(Role::vrrp, killed_by(SIGKILL));
    REQUIRE(world.state[Role::vrrp].phase != Phase::running);
    if (world.state[Role::vrrp].purpose == Purpose::release) world.dies(Role::vrrp, exited_with(0));
    REQUIRE(world.state[Role::vrrp].phase == Phase::delayed);
    world.reload(world.state.settings);
    CHECK(world.state[Role::vrrp].phase == Phase::running);
    CHECK(world.did("log Reload complete"));
}

TEST_CASE("a section that appears starts its child; one that vanishes leaves the child running idle") {
    World world = running({Role::vrrp});
    world.reload(settings_with({Role::vrrp, Role::bfd}));
    CHECK(world.did("spawn bfd"));
    CHECK(world.take().back() == "notify ready");
    world.reload(settings_with({}));
    CHECK(world.state[Role::vrrp].phase == Phase::running);
    CHECK(world.state[Role::bfd].phase == Phase::running);
    CHECK_FALSE(world.did("kill bfd 15"));
    world.reload(settings_with({Role::bfd}));
    CHECK(world.count("spawn bfd") == 0);
}

TEST_CASE("when no child ran until the reload, the start is what completes") {
    World world = running({Role::report});
    world.reload(settings_with({Role::vrrp, Role::report}));
    CHECK(world.did("log Startup complete"));
    CHECK_FALSE(world.did("log Reload complete"));
}
