// The supervisor's shell: one poll loop which turns signals, deaths and control messages into events of the policy, and
// carries its actions out. It decides nothing.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "keepalived/child_launch.hpp"
#include "keepalived/command_line.hpp"
#include "keepalived/dumps.hpp"
#include "keepalived/generation.hpp"
#include "keepalived/notify_fifos.hpp"
#include "keepalived/pid_paths.hpp"
#include "keepalived/policy.hpp"
#include "keepalived/reload_timer.hpp"
#include "keepalived/service_manager.hpp"
#include "lib/process/control.hpp"
#include "lib/process/pid_file.hpp"
#include "lib/process/signals.hpp"

namespace keepalived {

/// What main has made ready.
struct Setup {
    CommandLine line;
    std::vector<std::string> arguments;  ///< argv, which the children show
    Executables executables;
    LiveGeneration generation;
    std::array<PidFile, kRoles> pid_files;
    PidRules pid_rules;
    std::string ident_suffix;  ///< "_nsA_inst1"
    std::string temporary_directory;
    ServiceManager service_manager;
    process::Baseline baseline;
};

class Supervisor {
  public:
    Supervisor(Setup setup, signals::Stream stream);
    /// Until everything has ended; the exit code.
    int run();
    bool wants_shutdown_script() const { return policy_.run_shutdown_script; }
    const conf::Model& model() const { return current_.model(); }
    /// Last of all.
    void remove_pid_files();

  private:
    void feed(const policy::Event& event);
    void feed(policy::EventKind kind, Role role) { feed({.kind = kind, .role = role}); }
    void apply(const policy::Action& action);
    policy::Settings settings_of(const conf::Model& model) const;

    void spawn(Role role);
    void say_hello(Role role);
    void prepare(const policy::Action& action);
    void send_plain(Role role, control::Kind kind);
    bool send(Role role, const control::Message& message, std::span<const int> descriptors);
    void read_configuration();
    bool passes_check() const;
    std::string reason_to_refuse(const conf::Generation& next) const;
    void use_next();
    Result<LiveGeneration> make_next(conf::Generation read) const;
    /// Of the generation that is prepared, else of the one in force.
    const conf::Model& upcoming_model() const {
        return next_ && !next_->borrows_model ? next_->model() : model();
    }
    void tune_child(Role role);
    void write_pid(Role role);
    void take_effect();
    void save_state(const char* moment);
    void log_crash_details() const;

    void wait_for_something();
    void read_channel(Role role);
    void on_message(Role role, control::Received& received);
    void read_signals();
    void reap();

    Setup setup_;
    signals::Stream signals_;
    policy::State policy_;
    LiveGeneration current_;
    std::optional<LiveGeneration> next_, old_;
    std::uint32_t generations_ = 1;
    unsigned readings_ = 0;  ///< of configuration files: N of the files in config_save_dir
    std::array<control::Channel, kRoles> channels_;
    std::array<std::uint32_t, kRoles> texts_{};  ///< LiveGeneration::text a child has in force; 0: none yet
    std::array<conf::ProcessTuning, kRoles> tuned_;
    std::vector<char*> argv_;
    Dumps dumps_;
    NotifyFifos fifos_;
    ReloadTimer reload_timer_;
    bool ended_ = false;
    bool asked_for_ipvs_ = false;  ///< modprobe is tried once
};

}  // namespace keepalived
