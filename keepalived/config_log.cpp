#include "keepalived/config_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "lib/log/log.hpp"
#include "lib/process/exit_code.hpp"
#include "lib/process/unique_fd.hpp"

namespace keepalived {
namespace {

constexpr int kConfigErrors = 5;
constexpr int kFileNotFound = 4;

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

int exit_status(const CommandLine& line, const conf::Generation& generation) {
    if (generation.main_file_missing) return kFileNotFound;
    const int status = generation.diagnostics.exit_status();
    const bool outranked = status == exit_code::kOk || status == kFileNotFound;
    return line.config_errors && outranked ? kConfigErrors : status;
}

}  // namespace

conf::ReadOptions read_options(const CommandLine& line) {
    conf::ReadOptions options;
    options.pattern = line.config_file;
    options.config_id = line.config_id;
    options.all_config = line.all_config;
    options.config_test = options.reference_complaints = options.judge_only = line.config_test;
    return options;
}

void log_diagnostics(const conf::Diagnostics& diagnostics) {
    for (const conf::Diagnostic& problem : diagnostics.list) {
        if (problem.severity == conf::Class::note && !logging::detailed()) continue;
        logging::write(logging::Level::info, conf::render(problem, diagnostics.files, conf::Style::log_line));
        if (problem.alike > 0) logging::write(logging::Level::info, conf::more_like_it(problem));
    }
    if (diagnostics.omitted > 0) logging::info("... and {} more problems", diagnostics.omitted);
}

std::string config_report(const conf::Diagnostics& diagnostics, bool colour) {
    std::string text;
    for (const conf::Diagnostic& problem : diagnostics.list) {
        if (problem.severity == conf::Class::note) continue;
        text += conf::render(problem, diagnostics.files, colour ? conf::Style::colour : conf::Style::full);
        if (!text.ends_with('\n')) text += '\n';
    }
    if (diagnostics.omitted > 0) text += fmt::format("... and {} more problems\n", diagnostics.omitted);
    return text;
}

void test_configuration(const CommandLine& line) {
    UniqueFd log_file;
    int output = STDERR_FILENO;
    if (!line.config_test_log.empty()) {
        constexpr mode_t kMode = 0600;
        log_file = UniqueFd{::open(line.config_test_log.c_str(),
                                   O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kMode)};
        if (!log_file) {
            std::fprintf(stderr, "Unable to open config-test log file %s %d - %s\n",
                         line.config_test_log.c_str(), errno, std::strerror(errno));
            ::_exit(exit_code::kFatal);
        }
        output = log_file.get();
    }
    const conf::Generation generation = conf::read(read_options(line));
    write_all(output, config_report(generation.diagnostics, ::isatty(output) == 1));
    if (line.config_fd >= 0) write_all(line.config_fd, conf::expanded_text(generation));
    // Taking a large model apart would cost as much as a tenth of reading it.
    ::_exit(exit_status(line, generation));
}

}  // namespace keepalived
