#include "lib/log/log.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <regex>

#include "lib/process/unique_fd.hpp"
#include "tests/unit/process/temporary_directory.hpp"

namespace {

/// Stands for syslogd.
class Collector {
  public:
    explicit Collector(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    std::string next() {
        char text[9000];
        const ssize_t length = ::recv(fd_.get(), text, sizeof text, MSG_DONTWAIT);
        return length < 0 ? "" : std::string(text, static_cast<std::size_t>(length));
    }

  private:
    UniqueFd fd_;
};

logging::Options options_for(const std::string& socket) {
    logging::Options options;
    options.ident = "Keepalived_test";
    options.socket = socket;
    return options;
}

}  // namespace

TEST_CASE("a line goes out at once in the form of syslog(3)") {
    const TemporaryDirectory directory;
    Collector collector{directory / "log"};
    logging::open(options_for(directory / "log"));
    logging::info("({}) Entering {} STATE", "VI_1", "MASTER");
    const std::string line = collector.next();
    INFO(line);
    const std::regex form{R"(<30>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d Keepalived_test\[)" +
                          std::to_string(::getpid()) + R"(\]: \(VI_1\) Entering MASTER STATE)"};
    CHECK(std::regex_match(line, form));
    logging::alert("x");
    CHECK(collector.next().starts_with("<25>"));
}

TEST_CASE("lines that are held go out in their order once the last holder ends") {
    const TemporaryDirectory directory;
    Collector collector{directory / "log"};
    logging::open(options_for(directory / "log"));
    {
        const logging::Held outer;
        {
            const logging::Held inner;
            logging::info("first");
        }
        logging::alert("second");
        CHECK(collector.next().empty());
    }
    CHECK(collector.next().ends_with("first"));
    const std::string second = collector.next();
    CHECK((second.starts_with("<25>") && second.ends_with("second")));
    logging::info("third");
    CHECK(collector.next().ends_with("third"));
}

TEST_CASE("of many lines that are held only a few are kept, the first ones go out") {
    const TemporaryDirectory directory;
    Collector collector{directory / "log"};
    logging::open(options_for(directory / "log"));
    const auto before = logging::dropped_lines();
    constexpr int kMany = 100'000;
    int sent = 0;
    {
        const logging::Held lines;
        // The socket of a log daemon that does not read is full long before.
        while (sent < kMany && logging::dropped_lines() == before) logging::info("line {}", sent++);
    }
    CHECK(sent < kMany);
    CHECK(collector.next().ends_with("line 0"));
    CHECK(collector.next().ends_with("line 1"));
    while (!collector.next().empty()) {
    }
    logging::info("after");
    CHECK(collector.next().ends_with("after"));
    CHECK(collector.next().ends_with("log lines were lost"));
}

TEST_CASE("the facility is the one asked for, detail lines need -D") {
    const TemporaryDirectory directory;
    Collector collector{directory / "log"};
    auto options = options_for(directory / "log");
    options.facility = 19;  // local3
    logging::open(options);
    logging::detail("hidden");
    logging::info("shown");
    CHECK(collector.next().starts_with("<158>"));
    options.detail = 1;
    logging::open(options);
    logging::detail("now shown");
    CHECK(collector.next().ends_with("now shown"));
}

TEST_CASE("a full log socket never blocks, and the loss is told with the next line") {
    const TemporaryDirectory directory;
    Collector collector{directory / "log"};
    logging::open(options_for(directory / "log"));
    const auto before = logging::dropped_lines();
    for (int i = 0; i < 100000 && logging::dropped_lines() == before; ++i) logging::info("line {}", i);
    REQUIRE(logging::dropped_lines() == before + 1);
    while (!collector.next().empty()) {
    }
    logging::info("after");
    CHECK(collector.next().ends_with("after"));
    CHECK(collector.next().find("1 log lines were lost") != std::string::npos);
}

TEST_CASE("a restarted log daemon is found again") {
    const TemporaryDirectory directory;
    auto first = std::make_unique<Collector>(directory / "log");
    logging::open(options_for(directory / "log"));
    logging::info("one");
    first.reset();
    logging::info("lost");
    ::unlink((directory / "log").c_str());
    Collector second{directory / "log"};
    logging::info("two");
    CHECK(second.next().ends_with("two"));
}

TEST_CASE("a repeated line goes out once a minute and the next one knows how many were held back") {
    logging::RateLimit limit;
    std::uint64_t held = 0;
    CHECK(limit.allow(0, held));
    CHECK_FALSE(limit.allow(1'000'000'000, held));
    CHECK_FALSE(limit.allow(59'999'999'999, held));
    CHECK(limit.allow(60'000'000'000, held));
    CHECK(held == 2);
}
