// The command line of keepalived(8), with the reference's exact reactions to bad usage (cli-signals.md §1).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace keepalived {

/// What -v, -h, -T and --signum ask for: done at once, the rest of the line is not looked at.
enum class Immediate { none, version, help, genhash, signum };

struct CommandLine {
    std::string config_file = "/etc/keepalived/keepalived.conf";  ///< may be a glob
    bool run_vrrp = true, run_checker = true, run_bfd = true;     ///< cleared by -C, -P, -B
    bool run_all = false;                                         ///< --all: also what has no configuration
    bool log_console = false, no_syslog = false, dont_fork = false;
    int log_detail = 0;
    int log_facility = 3;  ///< syslog number: 3 daemon, 1 user, 16..23 local0..7
    std::optional<unsigned> umask;
    bool release_vips = false, dont_release_vrrp = false, dont_release_ipvs = false, dont_respawn = false;
    bool dump_conf = false, address_monitoring = false, ignore_sigint = false, all_config = false;
    std::string pid_file, vrrp_pid_file, checkers_pid_file,
        bfd_pid_file;  ///< empty = by rule (pid_paths.hpp)
    bool snmp = false;
    std::string snmp_socket;
    std::string net_namespace;  ///< -s; overrides the file
    bool core_dump = false;
    std::optional<std::string> core_pattern;
    std::string config_id;
    bool config_test = false;
    std::string config_test_log;
    int config_fd = -1;
    bool already_running_ok = false;

    Immediate immediate = Immediate::none;
    std::string signum_name;
    bool genhash_not_first = false;

    std::string to_stderr;  ///< as it is to be written, line ends included
    std::string to_stdout;
    bool bad_usage = false;      ///< exit 1 once to_stderr was written
    bool config_errors = false;  ///< a bad value which -t counts (exit 5)
};

/// @param arguments  argv, the program's name first
CommandLine parse_command_line(const std::vector<std::string>& arguments);

/// The text of -h.
std::string usage(const std::string& program);

}  // namespace keepalived
