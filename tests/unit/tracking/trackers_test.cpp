// The trackers with real scripts, files and processes.
#include "vrrp/tracking/trackers.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "lib/process/script_runner.hpp"
#include "tests/support/asio_loop.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/scratch.hpp"

using namespace vrrp;
using protocol::TrackerChanged;
using protocol::Verdict;

namespace {

constexpr std::size_t kRows = 8;

struct Lab {
    Scratch scratch;
    AsioLoop loop;
    CapturedLog log;
    UniqueFd board_fd = make_board();
    board::Board rows = *board::Board::map(board_fd.get(), board::Access::write);
    tracking::Tables tables{rows.table<rows::Script>(), rows.table<rows::File>(),
                            rows.table<rows::TrackedProcess>()};
    conf::Model model;
    std::vector<TrackerChanged> reports;
    process::ScriptRunner runner{loop.io, process::Baseline::capture()};
    tracking::Trackers trackers{loop.io, runner,
                                [this](const TrackerChanged& changed) { reports.push_back(changed); }};

    static UniqueFd make_board() {
        const board::TableSpec specs[]{board::table_spec<rows::Script>(kRows),
                                       board::table_spec<rows::File>(kRows),
                                       board::table_spec<rows::TrackedProcess>(kRows)};
        return *board::create("test", specs);
    }
    conf::VrrpScript& add_script(const std::string& name, const std::string& body,
                                 Microseconds interval = Milliseconds(50)) {
        conf::VrrpScript script;
        script.name = name;
        script.script.path = scratch.script(name + ".sh", body);
        script.script.argv = {script.script.path};
        script.script.uid = getuid();
        script.script.gid = getgid();
        script.interval = interval;
        model.scripts.push_back(script);
        return model.scripts.back();
    }
    void add_file(const std::string& name) {
        conf::TrackFile file;
        file.name = name;
        file.path = scratch / name;
        model.track_files.push_back(file);
    }
    /// Scripts are numbered from 0, files from 10, processes from 20.
    tracking::Numbers numbers() const {
        tracking::Numbers result;
        for (std::uint32_t i = 0; i < model.scripts.size(); ++i) result.scripts.push_back(i);
        for (std::uint32_t i = 0; i < model.track_files.size(); ++i) result.files.push_back(10 + i);
        for (std::uint32_t i = 0; i < model.track_processes.size(); ++i) result.processes.push_back(20 + i);
        return result;
    }
    void start() {
        trackers.configure(model, numbers(), tables, false);
        trackers.start();
    }
    void reload() {
        reports.clear();
        trackers.configure(model, numbers(), tables, true);
    }
    bool reported(protocol::TrackerIndex tracker, Verdict verdict) {
        return loop.until([&] {
            return std::ranges::any_of(
                reports, [&](const auto& r) { return r.tracker == tracker && r.verdict == verdict; });
        });
    }
    bool value_of(protocol::TrackerIndex tracker, std::int64_t value) {
        return loop.until([&] {
            const auto last = std::find_if(reports.rbegin(), reports.rend(),
                                           [&](const auto& r) { return r.tracker == tracker; });
            return last != reports.rend() && last->value == value;
        });
    }
    rows::Script script_row(std::uint32_t index) {
        rows::Script row;
        REQUIRE(tables.scripts.read(index, row));
        return row;
    }
};

/// A process with a name of its own that lives until it is told to end.
class NamedProcess {
  public:
    explicit NamedProcess(const char* name) : pid_(fork()) {
        if (pid_ != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, name);
        for (;;) pause();
    }
    ~NamedProcess() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

  private:
    pid_t pid_;
};

}  // namespace

TEST_CASE("a script is unknown at first, runs at once, and its result is reported and published") {
    Lab lab;
    lab.add_script("c1", "test -e good");
    lab.scratch.write("good", "");
    lab.trackers.configure(lab.model, lab.numbers(), lab.tables, false);
    REQUIRE(lab.reports.size() == 1);
    CHECK(lab.reports[0].verdict == Verdict::unknown);
    lab.trackers.start();
    REQUIRE(lab.reported(0, Verdict::up));
    CHECK(lab.script_row(0).init == rows::ScriptInit::has_run);
    CHECK(lab.log.has("VRRP_Script(c1) succeeded"));

    std::filesystem::remove(lab.scratch / "good");
    REQUIRE(lab.reported(0, Verdict::down));
    CHECK(lab.log.has("Script `c1` now returning 1"));
    CHECK(lab.log.has("VRRP_Script(c1) failed (exited with status 1)"));
    CHECK(lab.script_row(0).verdict == static_cast<std::uint8_t>(Verdict::down));
    CHECK(lab.script_row(0).runs >= 2);
}

TEST_CASE("a change of exit status alone is logged, not reported") {
    Lab lab;
    lab.scratch.write("status", "1");
    lab.add_script("c1", "exit $(cat status)");
    lab.start();
    REQUIRE(lab.reported(0, Verdict::down));
    lab.reports.clear();
    lab.scratch.write("status", "2");
    CHECK(lab.loop.until([&] { return lab.log.has("Script `c1` now returning 2"); }));
    CHECK(lab.reports.empty());
    CHECK(lab.log.count("Script `c1` now returning 2") == 1);
}

TEST_CASE("a script killed by a signal has failed") {
    Lab lab;
    lab.add_script("c1", "kill -9 $$");
    lab.start();
    REQUIRE(lab.reported(0, Verdict::down));
    CHECK(lab.log.has("VRRP_Script(c1) failed (due to signal 9)"));
}

TEST_CASE("a script over its time fails at once; while it will not end the next run is skipped") {
    Lab lab;
    lab.add_script("c1", "trap '' TERM; sleep 600", Milliseconds(100)).timeout = Milliseconds(60);
    lab.start();
    REQUIRE(lab.reported(0, Verdict::down));
    CHECK(lab.log.has("VRRP_Script(c1) timed_out"));
    CHECK(lab.script_row(0).run == rows::ScriptRun::requested_termination);
    CHECK(lab.script_row(0).timeouts == 1);
    CHECK(lab.loop.until(
        [&] { return lab.log.has("Track script c1 is already running, expect idle - skipping run"); }));
}

TEST_CASE("</path tests through the shell whether the file can be opened") {
    Lab lab;
    auto& script = lab.add_script("c1", "").script;
    script.by_shell = true;
    script.path = "/bin/sh";
    script.argv = {"< " + (lab.scratch / "flag")};
    lab.start();
    CHECK(lab.reported(0, Verdict::down));
    lab.scratch.write("flag", "");
    CHECK(lab.reported(0, Verdict::up));
}

TEST_CASE("a script that nobody tracks is not run") {
    Lab lab;
    lab.add_script("c1", "touch ran");
    lab.add_script("c2", "exit 0");
    lab.trackers.configure(lab.model, {{protocol::kNone, 1}, {}, {}}, lab.tables, false);
    lab.trackers.start();
    REQUIRE(lab.reported(1, Verdict::up));
    CHECK_FALSE(lab.scratch.has("ran"));
}

TEST_CASE("a reload keeps the result of a script with the same command, and only of that") {
    Lab lab;
    lab.add_script("c1", "exit 1");
    lab.add_script("c2", "exit 0");
    lab.start();
    REQUIRE(lab.reported(0, Verdict::down));
    REQUIRE(lab.reported(1, Verdict::up));

    std::swap(lab.model.scripts[0], lab.model.scripts[1]);
    lab.model.scripts[1].interval = Milliseconds(70);
    lab.model.scripts[0].script.argv.push_back("other");
    lab.reload();
    REQUIRE(lab.reports.size() == 2);
    CHECK(lab.reports[0].verdict == Verdict::unknown);
    CHECK(lab.reports[1].verdict == Verdict::down);
    CHECK(lab.log.has("VRRP_Script(c1) considered unsuccessful on reload"));
    CHECK(lab.script_row(1).init == rows::ScriptInit::reload);
    CHECK(lab.reported(0, Verdict::up));
}

TEST_CASE("a successor goes on from the rows of its predecessor") {
    Lab lab;
    lab.add_script("c1", "exit 0").fall = 3;
    rows::Script row;
    row.result = 2;
    row.init = rows::ScriptInit::has_run;
    row.verdict = static_cast<std::uint8_t>(Verdict::up);
    row.run = rows::ScriptRun::running;
    row.pid = 4711;
    row.runs = 17;
    lab.trackers.adopt(lab.model, lab.numbers(), lab.tables, {{row}, {}, {}});
    REQUIRE(lab.reports.size() == 1);
    CHECK(lab.reports[0].verdict == Verdict::up);
    CHECK(lab.script_row(0).run == rows::ScriptRun::idle);
    CHECK(lab.script_row(0).pid == 0);
    lab.trackers.start();
    CHECK(lab.loop.until([&] { return lab.script_row(0).runs >= 18 && lab.script_row(0).result == 3; }));
    CHECK(lab.reports.size() == 1);
}

TEST_CASE("a file reports its number as it changes, 0 when it goes away") {
    Lab lab;
    lab.scratch.write("f", "5");
    lab.add_file("f");
    lab.start();
    REQUIRE(lab.reports.size() == 1);
    CHECK(lab.reports[0].value == 5);
    lab.scratch.write("f", "0x10");
    CHECK(lab.value_of(10, 16));
    lab.scratch.write("f", "99999999999");
    CHECK(lab.loop.until([&] {
        return lab.log.has("Invalid number 99999999999 read from " + (lab.scratch / "f") + " - ignoring");
    }));
    std::filesystem::rename(lab.scratch / "f", lab.scratch / "g");
    CHECK(lab.value_of(10, 0));
    std::filesystem::rename(lab.scratch / "g", lab.scratch / "f");
    lab.scratch.write("f", "-7");
    CHECK(lab.value_of(10, -7));
    rows::File row;
    REQUIRE(lab.tables.files.read(0, row));
    CHECK(row.value == -7);
    CHECK(row.readable == 1);
}

TEST_CASE("init_file overwrites at a start only; a reload makes the file that is missing") {
    Lab lab;
    lab.scratch.write("f", "1");
    lab.add_file("f");
    lab.model.track_files[0].init_value = 42;
    lab.model.track_files[0].init_overwrite = true;
    lab.start();
    CHECK(lab.reports[0].value == 42);
    lab.scratch.write("f", "3");
    CHECK(lab.value_of(10, 3));
    lab.reload();
    REQUIRE(lab.reports.size() == 1);
    CHECK(lab.reports[0].value == 3);
    std::filesystem::remove(lab.model.track_files[0].path);
    CHECK(lab.value_of(10, 0));
    lab.reload();
    CHECK(lab.value_of(10, 42));
}

TEST_CASE("a tracked process is found at the start, and when it comes or goes") {
    Lab lab;
    const std::string name = "kt" + std::to_string(getpid());
    conf::TrackProcess process;
    process.name = "tp";
    process.process = name;
    lab.model.track_processes = {process};
    process.name = "none of them";
    process.quorum = 0;
    process.quorum_max = 0;
    lab.model.track_processes.push_back(process);

    auto running = std::make_unique<NamedProcess>(name.c_str());
    REQUIRE(lab.loop.until([&] {
        lab.reports.clear();
        lab.trackers.configure(lab.model, lab.numbers(), lab.tables, false);
        return lab.reports[0].verdict == Verdict::up;
    }));
    CHECK(lab.reports[1].verdict == Verdict::down);
    lab.trackers.start();
    lab.reports.clear();
    running.reset();
    CHECK(lab.reported(20, Verdict::down));
    CHECK(lab.reported(21, Verdict::up));
    CHECK(lab.log.has("Quorum lost for tracked process tp"));
    running = std::make_unique<NamedProcess>(name.c_str());
    CHECK(lab.reported(20, Verdict::up));
    CHECK(lab.log.has("Quorum gained for tracked process tp"));
}

TEST_CASE("after stop nothing is reported any more") {
    Lab lab;
    lab.add_script("c1", "exit 0");
    lab.scratch.write("f", "5");
    lab.add_file("f");
    lab.start();
    lab.trackers.stop();
    lab.reports.clear();
    lab.scratch.write("f", "6");
    CHECK(lab.loop.until([&] { return lab.runner.running() == 0; }));
    CHECK(lab.reports.empty());
}

TEST_CASE("where the kernel tells nothing of processes, /proc is read; one warning says so") {
    if (getuid() != 0) return;
    const UniqueFd home(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    REQUIRE(unshare(CLONE_NEWNET) == 0);
    {
        Lab lab;
        conf::TrackProcess process;
        process.name = "tp";
        process.process = "kp" + std::to_string(getpid());
        process.terminate_delay = Milliseconds(100);
        lab.model.track_processes = {process};
        lab.start();
        CHECK(lab.reports.at(0).verdict == Verdict::down);
        auto running = std::make_unique<NamedProcess>(process.process.c_str());
        CHECK(lab.reported(20, Verdict::up));
        lab.reports.clear();
        running.reset();
        CHECK(lab.reported(20, Verdict::down));
        CHECK(lab.log.count(
                  "WARNING - the kernel does not support proc events - track_process reads /proc instead") ==
              1);
    }
    REQUIRE(setns(home.get(), CLONE_NEWNET) == 0);
}
