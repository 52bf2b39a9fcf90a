// The notifier with real scripts, a pipe in place of each FIFO, and an SMTP server on loopback.
#include "vrrp/notify/notifier.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "lib/process/script_runner.hpp"
#include "tests/support/asio_loop.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/smtp_server.hpp"

using namespace vrrp;
using namespace vrrp::notify;
using protocol::Notice;
using protocol::State;

namespace {

class Pipe {
  public:
    Pipe() {
        int ends[2];
        REQUIRE(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
        read_.reset(ends[0]);
        write_.reset(ends[1]);
    }
    int fd() const { return write_.get(); }
    std::string text() {
        char bytes[4096];
        const ssize_t length = read(read_.get(), bytes, sizeof bytes);
        return length < 0 ? "" : std::string(bytes, static_cast<std::size_t>(length));
    }

  private:
    UniqueFd read_, write_;
};

struct Told {
    std::uint32_t index;
    State state;
    bool finished;
    friend bool operator==(const Told&, const Told&) = default;
};

struct Lab {
    Scratch scratch;
    AsioLoop loop;
    CapturedLog log;
    Pipe all_fifo, vrrp_fifo;
    smtp_server::Server mail_server{loop.io, smtp_server::friendly};
    conf::Model model;
    std::vector<Told> told, group_told;
    process::ScriptRunner runner{loop.io, process::Baseline::capture()};
    Notifier notifier{loop.io,
                      runner,
                      {[this](auto i, State s, bool f) {
                           told.push_back({i, s, f});
                       },
                       [this](auto i, State s, bool f) {
                           group_told.push_back({i, s, f});
                       }}};

    /// Appends its own name and its arguments to the file `calls`.
    conf::Script recorder(const std::string& name, const std::string& before = "") {
        conf::Script script;
        script.path = scratch.script(name, before + "\necho \"" + name + " $*\" >> calls");
        script.argv = {script.path};
        script.uid = getuid();
        script.gid = getgid();
        return script;
    }
    conf::VrrpInstance& add_instance(const std::string& name) {
        model.instances.emplace_back().name = name;
        return model.instances.back();
    }
    conf::SyncGroup& add_group(const std::string& name) {
        model.sync_groups.emplace_back().name = name;
        return model.sync_groups.back();
    }
    void with_mail() {
        model.global.smtp_server = net::IpAddress::v4(0x7f000001);
        model.global.smtp_port = mail_server.port();
        model.global.notification_email = {"a@b"};
        model.global.email_from = "k@b";
        model.global.router_id = "RID";
    }
    void configure(const protocol::Continuation& continuation = {}) {
        notifier.configure(model, {all_fifo.fd(), vrrp_fifo.fd()}, continuation);
    }
    void enter(std::uint32_t instance, State state, std::uint8_t priority = 100) {
        notifier.notify(protocol::NotifyInstance{instance, Notice::state, state, priority});
    }
    bool calls(const std::string& expected) {
        return loop.until([&] { return scratch.read("calls") == expected; }, std::chrono::seconds(10));
    }
    std::vector<std::string> subjects() {
        std::vector<std::string> found;
        for (const auto& line : mail_server.heard) {
            const auto at = line.find("Subject: ");
            if (at != std::string::npos) found.push_back(line.substr(at + 9, line.find('\r', at) - at - 9));
        }
        return found;
    }
};

}  // namespace

TEST_CASE("a change runs the state's script without and the generic one with four arguments") {
    Lab lab;
    auto& notify = lab.add_instance("VI_1").notify;
    notify.master = lab.recorder("master");
    notify.backup = lab.recorder("backup");
    lab.configure();
    lab.enter(0, State::master);
    CHECK(lab.calls("master \n"));
    lab.model.instances[0].notify = {};
    lab.model.instances[0].notify.generic = lab.recorder("generic");
    lab.configure({{0}, {}, {}});
    lab.enter(0, State::backup, 150);
    CHECK(lab.calls("master \ngeneric INSTANCE VI_1 BACKUP 150\n"));
}

TEST_CASE("both FIFOs get the line") {
    Lab lab;
    lab.add_instance("VI_1");
    lab.add_group("G");
    lab.configure();
    lab.notifier.notify(protocol::NotifyGroup{0, State::backup});
    lab.enter(0, State::backup);
    lab.notifier.notify(protocol::NotifyInstance{0, Notice::priority, State::backup, 90});
    const std::string lines =
        "GROUP \"G\" BACKUP 0\nINSTANCE \"VI_1\" BACKUP 100\nINSTANCE \"VI_1\" BACKUP_PRIORITY 90\n";
    CHECK(lab.all_fifo.text() == lines);
    CHECK(lab.vrrp_fifo.text() == lines);
}

TEST_CASE("a group's generic script gets GROUP NAME STATE 0") {
    Lab lab;
    auto& notify = lab.add_group("G1").notify;
    notify.fault = lab.recorder("fault", "sleep 0.1");
    notify.generic = lab.recorder("generic");
    lab.configure();
    lab.notifier.notify(protocol::NotifyGroup{0, State::fault});
    // Both are started at once, so the slower one writes later.
    CHECK(lab.calls("generic GROUP G1 FAULT 0\nfault \n"));
}

TEST_CASE("the scripts of one instance's changes run in order, those of another do not wait") {
    Lab lab;
    auto& slow = lab.add_instance("V1").notify;
    slow.master = lab.recorder("slow_master", "while [ ! -e go ]; do sleep 0.02; done");
    slow.backup = lab.recorder("slow_backup");
    lab.add_instance("V2").notify.master = lab.recorder("other");
    lab.configure();
    lab.enter(0, State::master);
    lab.enter(0, State::backup);
    lab.enter(1, State::master);
    REQUIRE(lab.calls("other \n"));
    lab.scratch.write("go", "");
    CHECK(lab.calls("other \nslow_master \nslow_backup \n"));
}

TEST_CASE("progress is unfinished from the notice until the last script has ended") {
    Lab lab;
    lab.add_instance("V1").notify.master = lab.recorder("master");
    lab.configure();
    lab.enter(0, State::master);
    CHECK(lab.told == std::vector<Told>{{0, State::master, false}});
    REQUIRE(lab.loop.until([&] { return lab.told.size() == 2; }));
    CHECK(lab.told[1] == Told{0, State::master, true});
    CHECK(lab.scratch.read("calls") == "master \n");

    lab.told.clear();
    lab.enter(0, State::backup);  // no script for it
    CHECK(lab.told == std::vector<Told>{{0, State::backup, false}, {0, State::backup, true}});
}

TEST_CASE("progress goes to the instance's present number") {
    Lab lab;
    lab.add_instance("V1").notify.master = lab.recorder("master", "while [ ! -e go ]; do sleep 0.02; done");
    lab.configure();
    lab.enter(0, State::master);
    lab.model.instances.insert(lab.model.instances.begin(), conf::VrrpInstance{});
    lab.configure({{protocol::kNone, 0}, {}, {}});
    lab.scratch.write("go", "");
    REQUIRE(lab.loop.until([&] { return lab.told.back().finished; }));
    CHECK(lab.told.back() == Told{1, State::master, true});
}

TEST_CASE("notify_master_rx_lower_pri runs without arguments, the FIFO says so, nothing else does") {
    Lab lab;
    auto& notify = lab.add_instance("V1").notify;
    notify.generic = lab.recorder("generic");
    notify.master_rx_lower_pri = lab.recorder("lower");
    lab.configure();
    lab.notifier.notify(protocol::NotifyInstance{0, Notice::master_rx_lower_pri, State::master, 100});
    CHECK(lab.calls("lower \n"));
    CHECK(lab.all_fifo.text() == "INSTANCE \"V1\" MASTER_RX_LOWER_PRI 100\n");
}

TEST_CASE("an instance that a reload deletes is told as FAULT, or as DELETED with notify_deleted") {
    Lab lab;
    auto& notify = lab.add_instance("V1").notify;
    notify.generic = lab.recorder("generic");
    notify.fault = lab.recorder("fault");
    notify.deleted = lab.recorder("deleted", "sleep 0.1");
    std::string word = "FAULT";
    SECTION("without the keyword") {
        notify.deleted.reset();
        lab.configure();
        lab.notifier.deleted(0, {State::master, 100});
        CHECK(lab.calls("generic INSTANCE V1 FAULT 100\n"));
    }
    SECTION("with it") {
        notify.notify_deleted = true;
        word = "DELETED";
        lab.configure();
        lab.notifier.deleted(0, {State::master, 100});
        lab.model.instances.clear();
        lab.configure();
        CHECK(lab.calls("generic INSTANCE V1 DELETED 100\ndeleted \n"));
    }
    CHECK(lab.all_fifo.text() == "INSTANCE \"V1\" " + word + " 100\n");
    CHECK(lab.told.empty());
}

TEST_CASE("one that was in FAULT already is not told again") {
    Lab lab;
    lab.add_instance("V1");
    lab.configure();
    lab.notifier.deleted(0, {State::fault, 100});
    CHECK(lab.all_fifo.text().empty());
}

TEST_CASE("a reload writes all states to the FIFOs again when asked to") {
    Lab lab;
    lab.add_instance("V1");
    lab.add_instance("V2");
    lab.add_group("G");
    const StateOf states[]{{State::master, 100}, {State::backup, 90}};
    const State groups[]{State::backup};
    lab.configure();
    lab.notifier.write_states(states, groups);
    CHECK(lab.all_fifo.text().empty());
    lab.model.global.fifo_write_vrrp_states_on_reload = true;
    lab.configure({{0, 1}, {0}, {}});
    lab.notifier.write_states(states, groups);
    CHECK(lab.all_fifo.text() ==
          "GROUP \"G\" BACKUP 0\nINSTANCE \"V1\" MASTER 100\nINSTANCE \"V2\" BACKUP 90\n");
}

TEST_CASE("mails go out for whoever asked, never the same state twice in a row") {
    Lab lab;
    lab.with_mail();
    lab.add_instance("V1").smtp_alert = true;
    lab.add_instance("V2").smtp_alert = false;
    lab.add_group("G").smtp_alert = true;
    lab.configure();
    lab.enter(0, State::backup);
    lab.enter(1, State::backup);
    lab.enter(0, State::backup);
    lab.notifier.notify(protocol::NotifyGroup{0, State::master});
    REQUIRE(lab.loop.until([&] { return lab.subjects().size() == 2; }));
    auto subjects = lab.subjects();
    std::ranges::sort(subjects);
    CHECK(subjects == std::vector<std::string>{"[RID] VRRP Group G - Entering MASTER state",
                                               "[RID] VRRP Instance V1 - Entering BACKUP state"});
}

TEST_CASE("no_email_faults silences FAULT alone") {
    Lab lab;
    lab.with_mail();
    lab.model.global.no_email_faults = true;
    lab.add_instance("V1").smtp_alert = true;
    lab.configure();
    lab.enter(0, State::fault);
    lab.enter(0, State::backup);
    REQUIRE(lab.loop.until([&] { return std::ranges::count(lab.mail_server.heard, "QUIT\r\n") == 1; }));
    CHECK(lab.mail_server.connections == 1);
    CHECK(lab.subjects() == std::vector<std::string>{"[RID] VRRP Instance V1 - Entering BACKUP state"});
}

TEST_CASE("what the predecessor told is not mailed again, what it left unfinished is told again") {
    Lab lab;
    lab.with_mail();
    lab.add_instance("V1").smtp_alert = true;
    auto& second = lab.add_instance("V2");
    second.notify.master = lab.recorder("master");
    lab.configure();
    lab.notifier.assume(0, State::backup);
    lab.notifier.resume(1, State::master, 120);
    CHECK(lab.all_fifo.text() == "INSTANCE \"V2\" MASTER 120\n");
    lab.enter(0, State::backup);
    CHECK(lab.calls("master \n"));
    CHECK(lab.mail_server.connections == 0);
}

TEST_CASE("a clean stop ends as soon as the last script is over") {
    Lab lab;
    lab.add_instance("V1").notify.stop = lab.recorder("stop", "sleep 0.1");
    lab.configure();
    bool over = false;
    SECTION("with a script") {
        lab.enter(0, State::stop);
        lab.notifier.finish([&] { over = true; });
        REQUIRE(lab.loop.until([&] { return over; }, std::chrono::milliseconds(900)));
        CHECK(lab.scratch.read("calls") == "stop \n");
    }
    SECTION("at once without one") {
        lab.notifier.finish([&] { over = true; });
        CHECK(lab.loop.until([&] { return over; }, std::chrono::milliseconds(300)));
    }
}

TEST_CASE("a clean stop waits one second at most, then kills; what waited has been started") {
    Lab lab;
    auto& notify = lab.add_instance("V1").notify;
    notify.backup = lab.recorder("backup", "sleep 600");
    notify.stop = lab.recorder("stop");
    lab.configure();
    lab.enter(0, State::backup);
    lab.enter(0, State::stop);
    bool over = false;
    const auto began = std::chrono::steady_clock::now();
    lab.notifier.finish([&] { over = true; });
    REQUIRE(lab.loop.until([&] { return over; }));
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(took >= std::chrono::milliseconds(950));
    CHECK(took < std::chrono::milliseconds(2000));
    CHECK(lab.scratch.read("calls") == "stop \n");
    CHECK(lab.loop.until([&] { return lab.runner.running() == 0; }));
}

TEST_CASE("a script that never ends holds up the next change for five seconds only") {
    Lab lab;
    auto& notify = lab.add_instance("V1").notify;
    notify.master = lab.recorder("master", "sleep 600");
    notify.backup = lab.recorder("backup");
    lab.configure();
    lab.enter(0, State::master);
    lab.enter(0, State::backup);
    CHECK(lab.calls("backup \n"));
    CHECK(lab.log.has(
        "(V1) a notify script has been running for 5 seconds - the next one is started beside it"));
}

TEST_CASE("a disabled script is not run") {
    Lab lab;
    auto& notify = lab.add_instance("V1").notify;
    notify.master = lab.recorder("master");
    notify.master->verdict = conf::ScriptVerdict::disabled_unsafe;
    lab.configure();
    lab.enter(0, State::master);
    CHECK(lab.told.back().finished);
    CHECK(lab.runner.running() == 0);
}
