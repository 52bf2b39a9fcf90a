#include "keepalived/command_line.hpp"

#include <catch2/catch.hpp>

using keepalived::CommandLine;
using keepalived::Immediate;

namespace {

CommandLine parse(std::vector<std::string> words) {
    words.insert(words.begin(), "keepalived");
    return keepalived::parse_command_line(words);
}

}  // namespace

TEST_CASE("bad usage gets the reference's words, and status 1 where it has one") {
    struct Case {
        std::vector<std::string> words;
        std::string to_stderr;
        bool bad;
    };
    const Case cases[] = {
        {{"--bogus"}, "Unknown option --bogus\n", true},
        {{"-Z"}, "Unknown option -Z\n", true},
        {{"-nZl"}, "Unknown option -Z\n", true},
        {{"-f"}, "Missing parameter for option -f\n", true},
        {{"--use-file="}, "Missing parameter for option --use-file\n", true},
        {{"--use-file"}, "Missing parameter for option --use-file\n", true},
        {{"--use-f"}, "Missing parameter for option --use-file\n", true},
        {{"-Z", "--bogus", "-f"},
         "Unknown option -Z\nUnknown option --bogus\nMissing parameter for option -f\n",
         true},
        {{"-g"}, "-g requires configure option --enable-log-file\n", true},
        {{"--flush-log-file"}, "Unknown option --flush-log-file\n", true},
        {{"-L"}, "Unknown option -L\n", true},
        {{"--signum"}, "Missing parameter for option --signum\n", true},
        {{"-S", "9"}, "Invalid log facility '9'\n", false},
        {{"-S", "mail"}, "Invalid log facility 'mail'\n", false},
        {{"-u", "0999"}, "Invalid --umask option 0999", false},
        {{"-u", "01000"}, "Invalid --umask option 01000", false},
        {{"-u", "-1"}, "Invalid --umask option -1", false},
    };
    for (const Case& c : cases) {
        const CommandLine line = parse(c.words);
        INFO(c.words[0]);
        CHECK(line.to_stderr == c.to_stderr);
        CHECK(line.bad_usage == c.bad);
    }
}

TEST_CASE("extra words are named on stdout and otherwise ignored") {
    const CommandLine line = parse({"extra", "-n", "args"});
    CHECK(line.to_stdout == "Unexpected argument(s): extra args \n");
    CHECK(line.dont_fork);
    CHECK_FALSE(line.bad_usage);
}

TEST_CASE("-v, -h, -T and --signum act at once: what follows is not looked at") {
    CHECK(parse({"-vh"}).immediate == Immediate::version);
    CHECK(parse({"-h", "--bogus"}).immediate == Immediate::help);
    CHECK(parse({"--vers"}).immediate == Immediate::version);
    CHECK(parse({"--signum=DATA"}).signum_name == "DATA");
    CHECK_FALSE(parse({"-T", "-s", "x"}).genhash_not_first);
    CHECK(parse({"-n", "-T"}).genhash_not_first);
}

TEST_CASE("an optional argument must be attached") {
    CHECK(parse({"-t/tmp/x"}).config_test_log == "/tmp/x");
    CHECK(parse({"--config-test=/tmp/x"}).config_test_log == "/tmp/x");
    CHECK(parse({"--config-t"}).config_test);
    const CommandLine detached = parse({"-t", "/tmp/x"});
    CHECK(detached.config_test_log.empty());
    CHECK(detached.to_stdout == "Unexpected argument(s): /tmp/x \n");
    CHECK(parse({"-M"}).core_pattern == "core");
    CHECK(parse({"-Mcore.%p"}).core_pattern == "core.%p");
}

TEST_CASE("short options bundle, a later value wins") {
    const CommandLine line = parse({"-nlGDD", "-f", "/a", "-f", "/b"});
    CHECK((line.dont_fork && line.log_console && line.no_syslog));
    CHECK(line.log_detail == 2);
    CHECK(line.config_file == "/b");
}

TEST_CASE("the processes to run follow -P -C -B and --all in their order") {
    struct Case {
        std::vector<std::string> words;
        bool vrrp, checker, bfd, all;
    };
    const Case cases[] = {
        {{}, true, true, true, false},
        {{"-P"}, true, false, true, false},
        {{"-C"}, false, true, true, false},
        {{"-P", "-C", "-B"}, false, false, false, false},
        {{"-P", "--all"}, true, true, true, true},
        {{"--all", "-P"}, true, false, true, true},
    };
    for (const Case& c : cases) {
        const CommandLine line = parse(c.words);
        CHECK(line.run_vrrp == c.vrrp);
        CHECK(line.run_checker == c.checker);
        CHECK(line.run_bfd == c.bfd);
        CHECK(line.run_all == c.all);
    }
}

TEST_CASE("facilities and umasks are read as the reference reads them") {
    CHECK(parse({"-S", "0"}).log_facility == 16);
    CHECK(parse({"-S", "local3"}).log_facility == 19);
    CHECK(parse({"-S", "user"}).log_facility == 1);
    CHECK(parse({"-S", "daemon"}).log_facility == 3);
    CHECK(parse({"-u", "022"}).umask == 022U);
    CHECK(parse({"-u", "18"}).umask == 18U);
    CHECK(parse({"-u", "0x12"}).umask == 0x12U);
    CHECK(parse({"-u", "0"}).umask == 0U);
    CHECK_FALSE(parse({"-u", "0999"}).umask.has_value());
    CHECK(parse({"-S", "9"}).config_errors);
}

TEST_CASE("a configuration test implies -R, -n and -G") {
    const CommandLine line = parse({"-t"});
    CHECK((line.dont_respawn && line.dont_fork && line.no_syslog));
}

TEST_CASE("the usage names every option once") {
    const std::string text = keepalived::usage("keepalived");
    for (const char* name :
         {"--use-file=FILE", "--config-test[=FILE]", "--signum=NAME", "--ignore-sigint", "--all "})
        CHECK(text.find(name) != std::string::npos);
}
