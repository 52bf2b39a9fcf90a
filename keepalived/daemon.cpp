#include "keepalived/daemon.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>

#include "conf/command.hpp"
#include "keepalived/config_log.hpp"
#include "keepalived/host.hpp"
#include "keepalived/supervisor.hpp"
#include "keepalived/version.hpp"
#include "lib/log/log.hpp"
#include "lib/process/exit_code.hpp"
#include "lib/process/lifecycle_script.hpp"
#include "lib/process/spawn.hpp"

namespace keepalived {
namespace {

constexpr mode_t kDefaultUmask = 0177;

void open_log(const CommandLine& line, const std::string& suffix) {
    logging::Options log;
    log.ident = "Keepalived" + suffix;
    log.facility = line.log_facility;
    log.syslog = !line.no_syslog;
    log.console = line.log_console && line.dont_fork;
    log.detail = line.log_detail;
    logging::open(log);
}

/// A start that ends here: why, for whoever typed the command. The log has it too, but only -l shows that.
void tell(const std::string& text) {
    if (!logging::options().console) fmt::print(stderr, "keepalived: {}\n", text);
}

/// Somebody else's pid file, or one that cannot be made.
void tell_refused_start(const std::string& path, const Error& error, bool locked) {
    if (!locked) return tell(error.message() + (::geteuid() == 0 ? "" : "; it has to be started by root"));
    std::ifstream file{path};
    std::string pid;
    file >> pid;
    tell(fmt::format("already running: {} is locked by process {}", path, pid.empty() ? "?" : pid));
}

/// The reference has this said by user.info under the program's own name.
std::string find_temporary_directory(const CommandLine& line) {
    constexpr int kUser = 1;
    logging::Options log = logging::options();
    log.ident = "keepalived";
    log.facility = kUser;
    logging::open(log);
    std::string directory = temporary_directory();
    open_log(line, "");
    return directory;
}

void log_start(const CommandLine& line, int argc, char** argv) {
    logging::info("Starting {}, {}", compatible_version(), own_version());
    logging::info("{}", kernel_line());
    for (const std::string& words : command_line_text({argv, argv + argc})) logging::info("{}", words);
    logging::info("Configuration file {}", line.config_file);
}

bool include_check_failed(const conf::Diagnostics& diagnostics) {
    return std::any_of(diagnostics.list.begin(), diagnostics.list.end(),
                       [](const conf::Diagnostic& problem) { return problem.include_check; });
}

PidRules pid_rules(const CommandLine& line, const conf::Model& model) {
    PidRules rules;
    rules.net_namespace = line.net_namespace.empty() ? model.host.net_namespace : line.net_namespace;
    rules.instance = model.host.instance;
    rules.use_pid_dir = model.host.use_pid_dir;
    rules.given[index_of(Role::supervisor)] = line.pid_file;
    rules.given[index_of(Role::vrrp)] = line.vrrp_pid_file;
    rules.given[index_of(Role::checker)] = line.checkers_pid_file;
    rules.given[index_of(Role::bfd)] = line.bfd_pid_file;
    return rules;
}

std::string ident_suffix(const PidRules& rules) {
    std::string suffix;
    if (!rules.net_namespace.empty()) suffix += "_" + rules.net_namespace;
    if (!rules.instance.empty()) suffix += "_" + rules.instance;
    return suffix;
}

/// Locks the files of every enabled child before anything is started; those not needed now are removed again.
bool take_pid_files(Setup& setup) {
    const CommandLine& line = setup.line;
    const conf::Model& model = setup.generation.model();
    struct PidFileWanted {
        Role role;
        bool enabled, needed;
    };
    const PidFileWanted rows[] = {
        {Role::supervisor, true, true},
        {Role::vrrp, line.run_vrrp, line.run_all || model.wants_vrrp},
        {Role::checker, line.run_checker, line.run_all || model.wants_checker},
        {Role::bfd, line.run_bfd, line.run_all || model.wants_bfd},
    };
    for (const PidFileWanted& row : rows) {
        if (!row.enabled) continue;
        const std::string path = pid_path(setup.pid_rules, row.role);
        auto file = PidFile::acquire(path);
        if (!file) {
            const bool locked = file.error().code == EAGAIN;
            tell_refused_start(path, file.error(), locked);
            if (locked)
                logging::info("Another process has pid file {} locked", path);
            else
                logging::info("{}", file.error().message());
            logging::info("daemon is already running");
            for (PidFile& taken : setup.pid_files) taken.remove();
            return false;
        }
        if (row.needed)
            setup.pid_files[index_of(row.role)] = std::move(*file);
        else
            file->remove();
    }
    return true;
}

void run_script(const process::Baseline& baseline, const std::optional<conf::Script>& script,
                const char* which, Seconds timeout) {
    if (!script || script->verdict != conf::ScriptVerdict::usable) return;
    const process::Spawner spawner{baseline};
    process::run_lifecycle_script(spawner, conf::command_of(*script), which, script->command, timeout);
}

void log_cpu_usage() {
    rusage self{}, children{};
    ::getrusage(RUSAGE_SELF, &self);
    ::getrusage(RUSAGE_CHILDREN, &children);
    auto text = [](const timeval& time) { return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec); };
    logging::detail("CPU usage (self/children) user: {}/{} system: {}/{}", text(self.ru_utime),
                    text(children.ru_utime), text(self.ru_stime), text(children.ru_stime));
}

/// After the fork: children, until all is over.
int run_to_the_end(Setup setup, CoreDumps& cores, PidDirectory& pid_directory) {
    const process::Baseline baseline = setup.baseline;
    signals::ignore_the_others();
    auto stream = signals::Stream::listen();
    if (!stream) return exit_code::kSoftware;
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (auto written = setup.pid_files[0].write(::getpid()); !written)
        logging::info("{}", written.error().message());
    const conf::Global global = setup.generation.model().global;
    run_script(baseline, global.startup_script, "startup", global.startup_script_timeout);

    Supervisor supervisor{std::move(setup), std::move(*stream)};
    const int code = supervisor.run();
    if (supervisor.wants_shutdown_script())
        run_script(baseline, supervisor.model().global.shutdown_script, "shutdown",
                   supervisor.model().global.shutdown_script_timeout);
    log_cpu_usage();
    logging::info("Stopped {}", compatible_version());
    cores.restore();
    supervisor.remove_pid_files();
    pid_directory.remove();
    return code;
}

}  // namespace

int run_daemon(CommandLine line, int argc, char** argv) {
    Setup setup;
    setup.baseline = process::Baseline::capture();
    open_log(line, "");
    setup.temporary_directory = find_temporary_directory(line);
    log_start(line, argc, argv);

    conf::Generation read = conf::read(read_options(line));
    log_diagnostics(read.diagnostics);
    if (read.main_file_missing || include_check_failed(read.diagnostics)) {
        if (!logging::options().console) fmt::print(stderr, "{}", config_report(read.diagnostics, false));
        return exit_code::kNoConfig;
    }
    setup.pid_rules = pid_rules(line, read.model);
    setup.ident_suffix = ident_suffix(setup.pid_rules);

    if (const std::string& name = setup.pid_rules.net_namespace; !name.empty()) {
        if (auto entered = enter_network_namespace(name); !entered) {
            tell(entered.error().message());
            logging::info("{}", entered.error().message());
            logging::info("Unable to set network namespace {} - exiting", name);
            return exit_code::kOk;
        }
    }
    ::umask(static_cast<mode_t>(line.umask.value_or(read.model.global.umask.value_or(kDefaultUmask))));
    PidDirectory pid_directory;
    if (uses_pid_directory(setup.pid_rules)) {
        auto made = PidDirectory::make(setup.pid_rules.net_namespace);
        if (!made) logging::info("{}", made.error().message());
        if (made) pid_directory = std::move(*made);
    }
    if (!setup.ident_suffix.empty()) {
        logging::info("Changing syslog ident to Keepalived{}", setup.ident_suffix);
        open_log(line, setup.ident_suffix);
    }
    if (read.model.global.max_auto_priority.value_or(0) == 0)
        logging::info(
            "NOTICE: setting config option max_auto_priority should result in better keepalived performance");

    auto generation = make_live(std::move(read));
    if (!generation) {
        logging::alert("{}", generation.error().message());
        return exit_code::kFatal;
    }
    setup.generation = std::move(*generation);
    setup.executables = Executables::open(libexec_directory());
    setup.arguments.assign(argv, argv + argc);
    setup.line = std::move(line);
    if (!take_pid_files(setup)) {
        pid_directory.remove();
        return setup.line.already_running_ok ? exit_code::kOk : exit_code::kFatal;
    }
    CoreDumps cores;
    if (setup.line.core_dump) cores.allow(setup.line.core_pattern);
    setup.service_manager.connect();
    if (!setup.line.dont_fork) {
        if (auto forked = daemonise(); !forked) {
            logging::alert("{}", forked.error().message());
            return exit_code::kSoftware;
        }
    }
    return run_to_the_end(std::move(setup), cores, pid_directory);
}

}  // namespace keepalived
