#include "keepalived/command_line.hpp"

#include <fmt/format.h>
#include <getopt.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

namespace keepalived {
namespace {

// Values of long options that have no letter.
enum Letterless : int { kAll = 1000, kSignum, kIgnoreSigint, kConfigFd, kAlreadyRunningOk };

std::optional<int> facility_number(std::string_view word) {
    constexpr int kUser = 1, kDaemon = 3, kLocal0 = 16;
    if (word == "user") return kUser;
    if (word == "daemon") return kDaemon;
    if (word.starts_with("local")) word.remove_prefix(5);
    if (word.size() == 1 && word[0] >= '0' && word[0] <= '7') return kLocal0 + (word[0] - '0');
    return std::nullopt;
}

/// 0 prefix octal, 0x hexadecimal, else decimal; 0..0777.
std::optional<unsigned> umask_value(std::string_view word) {
    int base = 10;
    if (word.starts_with("0x") || word.starts_with("0X")) {
        base = 16;
        word.remove_prefix(2);
    } else if (word.size() > 1 && word[0] == '0') {
        base = 8;
        word.remove_prefix(1);
    }
    unsigned value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
    if (error != std::errc{} || end != word.data() + word.size() || value > 0777) return std::nullopt;
    return value;
}

void take_facility(CommandLine& line, const char* word) {
    if (const auto number = facility_number(word)) {
        line.log_facility = *number;
        return;
    }
    line.to_stderr += fmt::format("Invalid log facility '{}'\n", word);
    line.config_errors = true;
}

void take_umask(CommandLine& line, const char* word) {
    if (const auto value = umask_value(word))
        line.umask = *value;
    else
        line.to_stderr += fmt::format("Invalid --umask option {}", word);
}

void take_core_pattern(CommandLine& line, const char* word) {
    line.core_dump = true;
    line.core_pattern = word != nullptr ? word : "core";
}

void run_all(CommandLine& line, const char*) {
    line.run_all = line.run_vrrp = line.run_checker = line.run_bfd = true;
}

void refuse_log_file(CommandLine& line, const char*) {
    line.to_stderr += "-g requires configure option --enable-log-file\n";
    line.bad_usage = true;
}

void test_configuration(CommandLine& line, const char* word) {
    line.config_test = line.dont_respawn = line.dont_fork = line.no_syslog = true;
    if (word != nullptr) line.config_test_log = word;
}

void name_signal(CommandLine& line, const char* word) {
    line.immediate = Immediate::signum;
    line.signum_name = word;
}

void more_detail(CommandLine& line, const char*) { ++line.log_detail; }
void take_config_fd(CommandLine& line, const char* word) { line.config_fd = std::atoi(word); }

/// The usual two: a switch, and a word that is kept.
template <bool CommandLine::*Switch, bool kValue = true>
void turn(CommandLine& line, const char*) {
    line.*Switch = kValue;
}

template <std::string CommandLine::*Field>
void keep(CommandLine& line, const char* word) {
    line.*Field = word;
}

template <Immediate kWhat>
void ask(CommandLine& line, const char*) {
    line.immediate = kWhat;
}

/// One row an option: the letter or Letterless, the long name, its argument, what it does, what -h says.
struct Row {
    int value;
    const char* name;
    int argument;
    const char* placeholder;
    void (*take)(CommandLine& line, const char* word);
    const char* help;
};

constexpr Row kRows[] = {
    {'f', "use-file", required_argument, "FILE", keep<&CommandLine::config_file>,
     "read FILE (may be a glob pattern) instead of /etc/keepalived/keepalived.conf"},
    {'P', "vrrp", no_argument, "", turn<&CommandLine::run_checker, false>, "no health checker process"},
    {'C', "check", no_argument, "", turn<&CommandLine::run_vrrp, false>, "no VRRP process"},
    {'B', "no_bfd", no_argument, "", turn<&CommandLine::run_bfd, false>, "no BFD process"},
    {kAll, "all", no_argument, "", run_all, "run all processes, also those with nothing configured"},
    {'l', "log-console", no_argument, "", turn<&CommandLine::log_console>,
     "copy the log to stderr (with -n)"},
    {'D', "log-detail", no_argument, "", more_detail, "detailed log; twice: more"},
    {'S', "log-facility", required_argument, "FACILITY", take_facility,
     "syslog facility: 0-7, local0-local7, user, daemon"},
    {'g', "log-file", optional_argument, "FILE", refuse_log_file, "not in this build"},
    {'G', "no-syslog", no_argument, "", turn<&CommandLine::no_syslog>, "nothing to syslog"},
    {'u', "umask", required_argument, "MASK", take_umask, "umask of created files, default 0177"},
    {'X', "release-vips", no_argument, "", turn<&CommandLine::release_vips>,
     "drop the addresses on a transition to backup by signal"},
    {'V', "dont-release-vrrp", no_argument, "", turn<&CommandLine::dont_release_vrrp>,
     "leave addresses, routes and rules in place at stop"},
    {'I', "dont-release-ipvs", no_argument, "", turn<&CommandLine::dont_release_ipvs>,
     "leave the IPVS table in place at stop"},
    {'R', "dont-respawn", no_argument, "", turn<&CommandLine::dont_respawn>,
     "a process that dies ends the daemon"},
    {'n', "dont-fork", no_argument, "", turn<&CommandLine::dont_fork>, "stay in the foreground"},
    {'d', "dump-conf", no_argument, "", turn<&CommandLine::dump_conf>, "log the configuration after start"},
    {'p', "pid", required_argument, "FILE", keep<&CommandLine::pid_file>, "pid file of the parent"},
    {'r', "vrrp_pid", required_argument, "FILE", keep<&CommandLine::vrrp_pid_file>,
     "pid file of the VRRP process"},
    {'c', "checkers_pid", required_argument, "FILE", keep<&CommandLine::checkers_pid_file>,
     "pid file of the health checker process"},
    {'b', "bfd_pid", required_argument, "FILE", keep<&CommandLine::bfd_pid_file>,
     "pid file of the BFD process"},
    {'a', "address-monitoring", no_argument, "", turn<&CommandLine::address_monitoring>,
     "log every address that comes or goes"},
    {'T', "genhash", no_argument, "", ask<Immediate::genhash>, "be genhash; the first option"},
    {'x', "snmp", no_argument, "", turn<&CommandLine::snmp>, "enable SNMP"},
    {'A', "snmp-agent-socket", required_argument, "ADDRESS", keep<&CommandLine::snmp_socket>,
     "address of the AgentX master"},
    {'s', "namespace", required_argument, "NAME", keep<&CommandLine::net_namespace>,
     "run in this network namespace"},
    {'m', "core-dump", no_argument, "", turn<&CommandLine::core_dump>, "allow core dumps"},
    {'M', "core-dump-pattern", optional_argument, "PATTERN", take_core_pattern,
     "-m, and set the kernel's core pattern (default core)"},
    {'e', "all-config", no_argument, "", turn<&CommandLine::all_config>,
     "a missing included file is an error"},
    {'i', "config-id", required_argument, "ID", keep<&CommandLine::config_id>,
     "for @ID and @^ID lines; default: host name"},
    {kSignum, "signum", required_argument, "NAME", name_signal,
     "print the number of STOP RELOAD DATA STATS STATS_CLEAR JSON"},
    {kIgnoreSigint, "ignore-sigint", no_argument, "", turn<&CommandLine::ignore_sigint>,
     "SIGINT does nothing"},
    {kAlreadyRunningOk, "already-running-ok", no_argument, "", turn<&CommandLine::already_running_ok>,
     "exit 0 when another instance runs"},
    {'t', "config-test", optional_argument, "FILE", test_configuration,
     "check the configuration, report to stderr or FILE"},
    {kConfigFd, "config-fd", required_argument, "N", take_config_fd,
     "with -t: write the checked configuration to descriptor N"},
    {'v', "version", no_argument, "", ask<Immediate::version>, "print the version"},
    {'h', "help", no_argument, "", ask<Immediate::help>, "print this"},
};

const Row* row_of(int value) {
    for (const Row& row : kRows)
        if (row.value == value) return &row;
    return nullptr;
}

std::string short_options() {
    std::string letters = ":";
    for (const Row& row : kRows) {
        if (row.value >= kAll) continue;
        letters += static_cast<char>(row.value);
        if (row.argument == required_argument) letters += ':';
        if (row.argument == optional_argument) letters += "::";
    }
    return letters;
}

std::vector<option> long_options() {
    std::vector<option> options;
    for (const Row& row : kRows) options.push_back({row.name, row.argument, nullptr, row.value});
    options.push_back({nullptr, 0, nullptr, 0});
    return options;
}

/// As the option was given: "-f" or the full "--use-file".
std::string as_given(int value, const char* word) {
    const Row* row = row_of(value);
    const bool is_long = word != nullptr && std::string_view{word}.starts_with("--");
    if (row != nullptr && (is_long || value >= kAll)) return std::string{"--"} + row->name;
    return std::string{"-"} + static_cast<char>(value);
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = arguments;  // getopt permutes
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int argc = static_cast<int>(words.size());
    const std::string letters = short_options();
    const std::vector<option> names = long_options();

    CommandLine line;
    optind = 0;  // glibc: start anew
    opterr = 0;
    auto missing = [&](int value, const char* word) {
        line.to_stderr += fmt::format("Missing parameter for option {}\n", as_given(value, word));
        line.bad_usage = true;
    };
    while (true) {
        const int at = optind == 0 ? 1 : optind;
        const int value = ::getopt_long(argc, argv.data(), letters.c_str(), names.data(), nullptr);
        if (value == -1) break;
        const char* word = argv[static_cast<std::size_t>(optind > 1 ? optind - 1 : at)];
        if (value == ':') {
            missing(optopt, word);
        } else if (value == '?') {
            const bool is_long = optopt == 0 || std::string_view{word}.starts_with("--");
            line.to_stderr += is_long ? fmt::format("Unknown option {}\n", word)
                                      : fmt::format("Unknown option -{}\n", static_cast<char>(optopt));
            line.bad_usage = true;
        } else if (const Row& row = *row_of(value); row.argument == required_argument && *optarg == '\0') {
            missing(value, word);
        } else {
            row.take(line, optarg);
            if (line.immediate == Immediate::none) continue;
            line.genhash_not_first = line.immediate == Immediate::genhash && at > 1;
            return line;
        }
    }
    if (optind < argc) {
        line.to_stdout += "Unexpected argument(s): ";
        for (int i = optind; i < argc; ++i)
            line.to_stdout += std::string{argv[static_cast<std::size_t>(i)]} + " ";
        line.to_stdout += "\n";
    }
    return line;
}

std::string usage(const std::string& program) {
    std::string text = fmt::format("Usage: {} [OPTION...]\n", program);
    for (const Row& row : kRows) {
        const char* form = row.argument == no_argument         ? ""
                           : row.argument == optional_argument ? "[={}]"
                                                               : "={}";
        const std::string name = row.name + fmt::format(fmt::runtime(form), row.placeholder);
        const std::string letter =
            row.value < kAll ? fmt::format("-{}, ", static_cast<char>(row.value)) : "    ";
        text += fmt::format("  {}--{:<32} {}\n", letter, name, row.help);
    }
    return text;
}

}  // namespace keepalived
