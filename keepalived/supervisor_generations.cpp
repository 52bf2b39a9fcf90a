// The supervisor's shell, second part: reading a new configuration, and what comes into force with it.
#include <fmt/format.h>

#include "keepalived/config_log.hpp"
#include "keepalived/host.hpp"
#include "keepalived/saved_config.hpp"
#include "keepalived/supervisor.hpp"
#include "lib/log/log.hpp"
#include "lib/process/name.hpp"

namespace keepalived {

void Supervisor::read_configuration() {
    const conf::Host& host = model().host;
    const ReloadMarker marker{
        reload_marker_path(model().global.reload_file, setup_.pid_files[0].path(), host.instance)};
    if (!passes_check())
        return feed(
            {.kind = policy::EventKind::read_refused, .text = "the new configuration failed validation"});

    conf::ReadOptions options = read_options(setup_.line);
    options.is_reload = true;
    options.running = &current_.configuration;
    logging::info("Reloading ...");
    logging::info("Configuration file {}", options.pattern);
    conf::Generation read = conf::read(options);
    log_diagnostics(read.diagnostics);
    read.number = generations_ + 1;
    std::string reason = reason_to_refuse(read);
    if (reason.empty()) {
        auto live = make_next(std::move(read));
        if (live) {
            next_ = std::move(*live);
            const conf::Model& upcoming = upcoming_model();
            fifos_.open_for(upcoming);
            save_configuration(upcoming.global.config_save_dir, next_->configuration, ++readings_);
            save_state("pre");
            return feed({.kind = policy::EventKind::read_done, .settings = settings_of(upcoming)});
        }
        reason = live.error().message();
    }
    logging::info("{}", reason);
    feed({.kind = policy::EventKind::read_refused, .text = std::move(reason)});
}

Result<LiveGeneration> Supervisor::make_next(conf::Generation read) const {
    return read.same_as_running ? make_again(current_, std::move(read)) : make_live(std::move(read));
}

/// reload_check_config: whatever -t would find fault with is refused before anything is done.
bool Supervisor::passes_check() const {
    const auto& log_file = model().global.reload_check_config;
    if (!log_file) return true;
    conf::ReadOptions options = read_options(setup_.line);
    options.is_reload = options.config_test = true;
    const conf::Generation checked = conf::read(options);
    write_check_report(*log_file, config_report(checked.diagnostics, false));
    if (!checked.main_file_missing && checked.diagnostics.exit_status() == 0) return true;
    logging::info("New config failed validation, see {} for details", *log_file);
    return false;
}

/// config_save_dir: what each process knows before and after a reload.
void Supervisor::save_state(const char* moment) {
    const std::string& directory = model().global.config_save_dir;
    if (directory.empty()) return;
    constexpr std::pair<Role, const char*> kProcesses[] = {
        {Role::vrrp, "vrrp"}, {Role::checker, "check"}, {Role::bfd, "bfd"}};
    for (const auto& [role, word] : kProcesses) {
        const int pid = policy_[role].pid;
        if (pid <= 0) continue;
        dumps_.request(control::Dump::data, role, static_cast<std::uint32_t>(pid),
                       fmt::format("{}/keepalived_{}.{}.{}.{}", directory, word, pid, readings_, moment));
    }
}

std::string Supervisor::reason_to_refuse(const conf::Generation& next) const {
    if (next.main_file_missing)
        return "Reload refused, the running configuration stays: the file cannot be read";
    if (next.same_as_running) return {};
    if (std::string line = conf::unchangeable_difference(model(), next.model); !line.empty()) return line;
    if (next.diagnostics.refuses_reload())
        return "Reload refused, the running configuration stays: see the errors above";
    return {};
}

void Supervisor::use_next() {
    old_ = std::move(current_);
    current_ = std::move(*next_);
    next_.reset();
    if (std::exchange(current_.borrows_model, false))
        current_.configuration.model = std::move(old_->configuration.model);
    // Whoever is prepared commits now; whoever is not is started again.
    for (const Role role : kProtocolRoles)
        if (texts_[index_of(role)] != 0) texts_[index_of(role)] = current_.text;
    generations_ = current_.configuration.number;
    take_effect();
}

/// What the supervisor itself does differently in this generation.
void Supervisor::take_effect() {
    const conf::Model& now = model();
    const std::pair<Role, bool> asked[] = {
        {Role::vrrp, now.wants_vrrp}, {Role::checker, now.wants_checker}, {Role::bfd, now.wants_bfd}};
    for (const auto& [role, wanted] : asked)
        if (wanted && !setup_.executables.has(role))
            logging::info("The {} process is not installed: its part of the configuration is not run",
                          names_of(role).title);
    dumps_.configure({.directory = setup_.temporary_directory,
                      .state_dump_file = now.global.state_dump_file,
                      .stats_dump_file = now.global.stats_dump_file,
                      .json_dump_file = now.global.json_dump_file,
                      .use_instance = now.global.data_use_instance,
                      .net_namespace = setup_.pid_rules.net_namespace,
                      .instance = now.host.instance},
                     present_umask());
    process::set_name(now.global.parent_process_name.empty() ? "keepalived" : now.global.parent_process_name);
    fifos_.keep_only(now);
    reload_timer_.configure(now.global.reload_time_file, now.global.reload_repeat);
}

}  // namespace keepalived
