// MISC_CHECK with real scripts, SMTP_CHECK with small servers on loopback.
#include <thread>

#include "tests/unit/probe/bench.hpp"

using check::schedule::Attempt;
using probe_test::Bench;
using probe_test::Listener;

namespace {

conf::Checker misc(const std::string& command, bool dynamic, Seconds timeout = Seconds{5}) {
    conf::MiscCheck check;
    check.script.need().path = "/bin/sh";
    check.script.need().argv = {"/bin/sh", "-c", command};
    check.script.need().uid = geteuid();
    check.script.need().gid = getegid();
    check.dynamic = dynamic;
    check.timeout = timeout;
    conf::Checker checker;
    checker.kind = check;
    return checker;
}

/// Says each of `lines` when the client has said something (the first at once).
class Script {
  public:
    explicit Script(std::vector<std::string> lines) : listener_(4) {
        thread_ = std::thread([this, lines = std::move(lines)] {
            UniqueFd client(accept(listener_.fd.get(), nullptr, nullptr));
            char bytes[512];
            for (std::size_t n = 0; n < lines.size(); ++n) {
                if (n > 0) {
                    const ssize_t got = recv(client.get(), bytes, sizeof bytes, 0);
                    if (got <= 0) return;
                    heard_.append(bytes, static_cast<std::size_t>(got));
                }
                (void)send(client.get(), lines[n].data(), lines[n].size(), MSG_NOSIGNAL);
            }
        });
    }
    ~Script() { join(); }
    std::string heard() {
        join();
        return heard_;
    }
    conf::Checker checker() const {
        conf::Checker made;
        made.kind = conf::SmtpCheck{};
        made.connection.destination = {*net::IpAddress::parse("127.0.0.1"), listener_.port};
        made.connection.settings.own().timeout = Milliseconds{200};
        return made;
    }

  private:
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    Listener listener_;
    std::string heard_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("a script's exit status decides, a dynamic one sets the weight") {
    struct {
        const char* command;
        bool dynamic;
        Attempt outcome;
        std::optional<std::int64_t> contribution;
    } const cases[] = {
        {"exit 0", false, Attempt::success, std::nullopt},
        {"exit 1", false, Attempt::failure, std::nullopt},
        {"exit 7", false, Attempt::failure, std::nullopt},
        {"exit 0", true, Attempt::success, 0},
        {"exit 1", true, Attempt::failure, std::nullopt},
        {"exit 22", true, Attempt::success, 22 - 2 - 1},
        {"exit 255", true, Attempt::success, 252},
        {"exit 2", true, Attempt::success, -1},
        {"kill -9 $$", true, Attempt::failure, std::nullopt},
    };
    for (const auto& one : cases) {
        INFO(one.command);
        const check::Attempt attempt = Bench{}.attempt(misc(one.command, one.dynamic));
        CHECK(attempt.outcome == one.outcome);
        CHECK(attempt.contribution == one.contribution);
    }
}

TEST_CASE("a script that does not end is ended, and has failed") {
    CHECK(Bench{}.attempt(misc("exec sleep 30", false, Seconds{1})).outcome == Attempt::failure);
}

TEST_CASE("an SMTP server that speaks is up, continuation lines and bare codes included") {
    for (const std::vector<std::string>& lines :
         {std::vector<std::string>{"220 ready\r\n", "250 hello\r\n", "221 bye\r\n"},
          {"220-welcome\r\n220 ready\r\n", "250-a\r\n250 b\r\n", "221 bye\r\n"},
          {"220\r\n", "250\n", "anything\r\n"}}) {
        Script server(lines);
        CHECK(Bench{}.attempt(server.checker()).outcome == Attempt::success);
        CHECK(server.heard() == "HELO smtpchecker.keepalived.org\r\nQUIT\r\n");
    }
}

TEST_CASE("an SMTP server that fails says so in its own words") {
    struct {
        std::vector<std::string> lines;
        const char* text;
    } const cases[] = {
        {{"554 go away\r\n"}, "SMTP_CHECK Bad greeting banner from server [127.0.0.1]:"},
        {{"garbage\r\n"}, "SMTP_CHECK Bad greeting banner from server [127.0.0.1]:"},
        {{"220 hi\r\n", "500 no\r\n"}, "SMTP_CHECK Bad HELO response from server [127.0.0.1]:"},
        {{"220 hi\r\n", "250 ok\r\n"}, "SMTP_CHECK Read failure from server [127.0.0.1]:"},
        {{""}, "SMTP_CHECK Read failure from server [127.0.0.1]:"},
    };
    for (const auto& one : cases) {
        Script server(one.lines);
        const check::Attempt attempt = Bench{}.attempt(server.checker());
        CHECK(attempt.outcome == Attempt::failure);
        INFO(attempt.detail);
        CHECK(attempt.detail.find(one.text) == 0);
        CHECK(attempt.mail.find("=> CHECK failed on service : ") == 0);
    }
}
