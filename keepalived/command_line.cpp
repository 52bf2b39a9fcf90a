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

/// One row an option: the letter or Letterless, the long name, its argument, what -h says.
struct Row {
    int value;
    const char* name;
    int argument;
    const char* placeholder;
    const char* help;
};

constexpr Row kRows[] = {
    {'f', "use-file", required_argument, "FILE",
     "read FILE (may be a glob pattern) instead of /etc/keepalived/keepalived.conf"},
    {'P', "vrrp", no_argument, "", "no health checker process"},
    {'C', "check", no_argument, "", "no VRRP process"},
    {'B', "no_bfd", no_argument, "", "no BFD process"},
    {kAll, "all", no_argument, "", "run all processes, also those with nothing configured"},
    {'l', "log-console", no_argument, "", "copy the log to stderr (with -n)"},
    {'D', "log-detail", no_argument, "", "detailed log; twice: more"},
    {'S', "log-facility", required_argument, "FACILITY", "syslog facility: 0-7, local0-local7, user, daemon"},
    {'g', "log-file", optional_argument, "FILE", "not in this build"},
    {'G', "no-syslog", no_argument, "", "nothing to syslog"},
    {'u', "umask", required_argument, "MASK", "umask of created files, default 0177"},
    {'X', "release-vips", no_argument, "", "drop the addresses on a transition to backup by signal"},
    {'V', "dont-release-vrrp", no_argument, "", "leave addresses, routes and rules in place at stop"},
    {'I', "dont-release-ipvs", no_argument, "", "leave the IPVS table in place at stop"},
    {'R', "dont-respawn", no_argument, "", "a process that dies ends the daemon"},
    {'n', "dont-fork", no_argument, "", "stay in the foreground"},
    {'d', "dump-conf", no_argument, "", "log the configuration after start"},
    {'p', "pid", required_argument, "FILE", "pid file of the parent"},
    {'r', "vrrp_pid", required_argument, "FILE", "pid file of the VRRP process"},
    {'c', "checkers_pid", required_argument, "FILE", "pid file of the health checker process"},
    {'b', "bfd_pid", required_argument, "FILE", "pid file of the BFD process"},
    {'a', "address-monitoring", no_argument, "", "log every address that comes or goes"},
    {'T', "genhash", no_argument, "", "be genhash; the first option"},
    {'x', "snmp", no_argument, "", "enable SNMP"},
    {'A', "snmp-agent-socket", required_argument, "ADDRESS", "address of the AgentX master"},
    {'s', "namespace", required_argument, "NAME", "run in this network namespace"},
    {'m', "core-dump", no_argument, "", "allow core dumps"},
    {'M', "core-dump-pattern", optional_argument, "PATTERN",
     "-m, and set the kernel's core pattern (default core)"},
    {'e', "all-config", no_argument, "", "a missing included file is an error"},
    {'i', "config-id", required_argument, "ID", "for @ID and @^ID lines; default: host name"},
    {kSignum, "signum", required_argument, "NAME",
     "print the number of STOP RELOAD DATA STATS STATS_CLEAR JSON"},
    {kIgnoreSigint, "ignore-sigint", no_argument, "", "SIGINT does nothing"},
    {kAlreadyRunningOk, "already-running-ok", no_argument, "", "exit 0 when another instance runs"},
    {'t', "config-test", optional_argument, "FILE", "check the configuration, report to stderr or FILE"},
    {kConfigFd, "config-fd", required_argument, "N",
     "with -t: write the checked configuration to descriptor N"},
    {'v', "version", no_argument, "", "print the version"},
    {'h', "help", no_argument, "", "print this"},
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

void run_all(CommandLine& line) { line.run_all = line.run_vrrp = line.run_checker = line.run_bfd = true; }

void take(CommandLine& line, int value, const char* word) {
    switch (value) {
        case 'f':
            line.config_file = word;
            break;
        case 'P':
            line.run_checker = false;
            break;
        case 'C':
            line.run_vrrp = false;
            break;
        case 'B':
            line.run_bfd = false;
            break;
        case kAll:
            run_all(line);
            break;
        case 'l':
            line.log_console = true;
            break;
        case 'D':
            ++line.log_detail;
            break;
        case 'S':
            take_facility(line, word);
            break;
        case 'g':
            line.to_stderr += "-g requires configure option --enable-log-file\n";
            line.bad_usage = true;
            break;
        case 'G':
            line.no_syslog = true;
            break;
        case 'u':
            take_umask(line, word);
            break;
        case 'X':
            line.release_vips = true;
            break;
        case 'V':
            line.dont_release_vrrp = true;
            break;
        case 'I':
            line.dont_release_ipvs = true;
            break;
        case 'R':
            line.dont_respawn = true;
            break;
        case 'n':
            line.dont_fork = true;
            break;
        case 'd':
            line.dump_conf = true;
            break;
        case 'p':
            line.pid_file = word;
            break;
        case 'r':
            line.vrrp_pid_file = word;
            break;
        case 'c':
            line.checkers_pid_file = word;
            break;
        case 'b':
            line.bfd_pid_file = word;
            break;
        case 'a':
            line.address_monitoring = true;
            break;
        case 'x':
            line.snmp = true;
            break;
        case 'A':
            line.snmp_socket = word;
            break;
        case 's':
            line.net_namespace = word;
            break;
        case 'm':
            line.core_dump = true;
            break;
        case 'M':
            take_core_pattern(line, word);
            break;
        case 'e':
            line.all_config = true;
            break;
        case 'i':
            line.config_id = word;
            break;
        case kIgnoreSigint:
            line.ignore_sigint = true;
            break;
        case kAlreadyRunningOk:
            line.already_running_ok = true;
            break;
        case 't':
            line.config_test = line.dont_respawn = line.dont_fork = line.no_syslog = true;
            if (word != nullptr) line.config_test_log = word;
            break;
        case kConfigFd:
            line.config_fd = std::atoi(word);
            break;
        default:
            break;
    }
}

bool take_immediate(CommandLine& line, int value, const char* word) {
    switch (value) {
        case 'v':
            line.immediate = Immediate::version;
            return true;
        case 'h':
            line.immediate = Immediate::help;
            return true;
        case 'T':
            line.immediate = Immediate::genhash;
            return true;
        case kSignum:
            line.immediate = Immediate::signum;
            line.signum_name = word;
            return true;
        default:
            return false;
    }
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = arguments;  // getopt permutes
    std::vector<char*> argv;
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
        } else if (const Row* row = row_of(value);
                   row != nullptr && row->argument == required_argument && *optarg == '\0') {
            missing(value, word);
        } else if (take_immediate(line, value, optarg)) {
            line.genhash_not_first = line.immediate == Immediate::genhash && at > 1;
            return line;
        } else {
            take(line, value, optarg);
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
