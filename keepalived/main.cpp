// keepalived: the supervisor's program.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "keepalived/child_launch.hpp"
#include "keepalived/command_line.hpp"
#include "keepalived/config_log.hpp"
#include "keepalived/daemon.hpp"
#include "keepalived/version.hpp"
#include "lib/process/exit_code.hpp"
#include "lib/process/signals.hpp"

namespace {

/// -T, or called by that name: the program beside this one.
int become_genhash(int argc, char** argv, int skip) {
    const std::string program = keepalived::libexec_directory() + "/../../bin/genhash";
    std::vector<char*> words;
    for (int i = 0; i < argc; ++i)
        if (i == 0 || i > skip) words.push_back(argv[i]);
    words.push_back(nullptr);
    ::execv(program.c_str(), words.data());
    std::perror(program.c_str());
    return exit_code::kFatal;
}

int position_of_genhash(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--genhash" || (word.starts_with("-") && !word.starts_with("--") && word.ends_with("T")))
            return i;
    }
    return 0;
}

int print_signal_number(const std::string& name) {
    const auto number = signals::number_of(name);
    if (!number) {
        std::fprintf(stderr, "Unknown sigfunc %s\n", name.c_str());
        return exit_code::kFatal;
    }
    std::printf("%d\n", *number);
    return exit_code::kOk;
}

}  // namespace

int main(int argc, char** argv) {
    if (std::filesystem::path{argv[0]}.filename().string().ends_with("genhash"))
        return become_genhash(argc, argv, 0);

    keepalived::CommandLine line = keepalived::parse_command_line({argv, argv + argc});
    std::fputs(line.to_stdout.c_str(), stdout);
    std::fputs(line.to_stderr.c_str(), stderr);
    switch (line.immediate) {
        case keepalived::Immediate::version:
            std::fputs(keepalived::version_text(keepalived::libexec_directory()).c_str(), stderr);
            return exit_code::kOk;
        case keepalived::Immediate::help:
            std::fputs(keepalived::usage(argv[0]).c_str(), stderr);
            return exit_code::kOk;
        case keepalived::Immediate::signum:
            return print_signal_number(line.signum_name);
        case keepalived::Immediate::genhash:
            if (line.genhash_not_first)
                std::fputs("Warning -- `-T` not used as first option, previous options ignored\n", stderr);
            return become_genhash(argc, argv, position_of_genhash(argc, argv));
        case keepalived::Immediate::none:
            break;
    }
    if (line.bad_usage) return exit_code::kFatal;
    std::fflush(nullptr);
    if (line.config_test) keepalived::test_configuration(line);
    return keepalived::run_daemon(std::move(line), argc, argv);
}
