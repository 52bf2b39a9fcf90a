#include "keepalived/supervisor.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "keepalived/host.hpp"
#include "keepalived/saved_config.hpp"
#include "keepalived/tuning.hpp"
#include "keepalived/version.hpp"
#include "lib/board/board.hpp"
#include "lib/log/log.hpp"
#include "lib/process/exit_code.hpp"
#include "lib/process/limits.hpp"
#include "lib/time/clock.hpp"

namespace keepalived {
namespace {

/// On a busy host the protocols have the processor first: a start and a reload do not wait for those who look on.
constexpr int kObserverNice = 10;

const conf::ProcessTuning& tuning_of(const conf::Model& model, Role role) {
    static const conf::ProcessTuning kNone;
    switch (role) {
        case Role::vrrp:
            return model.global.vrrp_process;
        case Role::checker:
            return model.global.checker_process;
        case Role::bfd:
            return model.global.bfd_process;
        default:
            return kNone;
    }
}

void copy_text(std::array<char, 64>& into, const std::string& text) {
    std::copy_n(text.begin(), std::min(text.size(), into.size() - 1), into.begin());
}

control::Options options_for_children(const Setup& setup, mode_t umask) {
    const CommandLine& line = setup.line;
    control::Options options;
    options.log_facility = static_cast<std::uint8_t>(line.log_facility);
    options.detail = static_cast<std::uint8_t>(line.log_detail);
    options.console = line.log_console && line.dont_fork;
    options.no_syslog = line.no_syslog;
    options.dont_release_vrrp = line.dont_release_vrrp;
    options.release_vips = line.release_vips;
    options.dont_release_ipvs = line.dont_release_ipvs;
    options.dump_conf = line.dump_conf;
    options.ignore_sigint = line.ignore_sigint;
    options.address_monitoring = line.address_monitoring;
    options.snmp = line.snmp;
    options.umask = umask;
    options.script_core_soft = limits::original().core.rlim_cur;
    options.script_core_hard = limits::original().core.rlim_max;
    copy_text(options.ident_suffix, setup.ident_suffix);
    return options;
}

/// net_namespace_ipvs, for the two that program IPVS; the setting cannot change at a reload.
UniqueFd ipvs_socket(Role role, const conf::Model& model) {
    if (!model.host.net_namespace_ipvs || (role != Role::checker && role != Role::vrrp)) return {};
    auto socket = generic_netlink_socket_in(*model.host.net_namespace_ipvs);
    if (socket) return std::move(*socket);
    logging::info("{}", socket.error().message());
    return {};
}

}  // namespace

Supervisor::Supervisor(Setup setup, signals::Stream stream)
    : setup_(std::move(setup)),
      signals_(std::move(stream)),
      current_(std::move(setup_.generation)),
      dumps_([this](Role role, const control::Message& message, std::span<const int> descriptors) {
          return send(role, message, descriptors);
      }),
      fifos_(setup_.baseline) {
    current_.configuration.number = current_.text = generations_;
    for (std::string& word : setup_.arguments) argv_.push_back(word.data());
    argv_.push_back(nullptr);
    fifos_.open_for(model());
    take_effect();
    save_configuration(model().global.config_save_dir, current_.configuration, readings_);
}

int Supervisor::run() {
    feed({.kind = policy::EventKind::start, .settings = settings_of(model())});
    while (!ended_) wait_for_something();
    return policy_.exit_code;
}

void Supervisor::remove_pid_files() {
    for (std::size_t role = kRoles; role-- > 0;) setup_.pid_files[role].remove();
}

policy::Settings Supervisor::settings_of(const conf::Model& model) const {
    const CommandLine& line = setup_.line;
    policy::Settings settings;
    settings.dont_respawn = line.dont_respawn;
    settings.dont_release_vrrp = line.dont_release_vrrp;
    settings.dont_release_ipvs = line.dont_release_ipvs;
    settings.detail = line.log_detail > 0;
    settings.child_wait = Seconds{model.host.child_wait_time};
    settings.shortest_hold = shortest_hold(model);
    auto want = [&](Role role, bool wanted) {
        settings.wanted[index_of(role)] = wanted && setup_.executables.has(role);
    };
    want(Role::vrrp, line.run_vrrp && (line.run_all || model.wants_vrrp));
    want(Role::checker, line.run_checker && (line.run_all || model.wants_checker));
    want(Role::bfd, line.run_bfd && (line.run_all || model.wants_bfd));
    want(Role::report, true);
    const conf::Global& global = model.global;
    want(Role::snmp,
         line.snmp || global.snmp_vrrp || global.snmp_checker || global.snmp_rfcv2 || global.snmp_rfcv3);
    want(Role::dbus, global.dbus);
    return settings;
}

// ------------------------------------------------------------------------------------------- policy

void Supervisor::feed(const policy::Event& event) {
    policy::Actions actions;
    policy::step(policy_, event, monotonic_now(), actions);
    for (const policy::Action& action : actions) apply(action);
}

void Supervisor::apply(const policy::Action& action) {
    using policy::ActionKind;
    const Role role = action.role;
    switch (action.kind) {
        case ActionKind::spawn:
            return spawn(role);
        case ActionKind::prepare:
            return prepare(action);
        case ActionKind::commit:
            return send_plain(role, control::Kind::commit);
        case ActionKind::abort:
            return send_plain(role, control::Kind::abort);
        case ActionKind::release:
            return send_plain(role, control::Kind::release);
        case ActionKind::ping:
            return send_plain(role, control::Kind::ping);
        case ActionKind::crash_details:
            return log_crash_details();
        case ActionKind::kill:
            if (const int pid = policy_[role].pid; pid > 0) ::kill(pid, action.number);
            return;
        case ActionKind::log:
            return logging::write(action.level, action.text);
        case ActionKind::read_configuration:
            return read_configuration();
        case ActionKind::use_next:
            return use_next();
        case ActionKind::drop_next:
            next_.reset();
            return fifos_.keep_only(model());
        case ActionKind::drop_old:
            old_.reset();
            return save_state("post");
        case ActionKind::new_board:
            if (auto made = renew_board(current_, role); !made) logging::alert("{}", made.error().message());
            return;
        case ActionKind::write_pid:
            return write_pid(role);
        case ActionKind::remove_pid:
            return setup_.pid_files[index_of(role)].remove();
        case ActionKind::dump_parent:
            logging::info("Printing parent data for process({}) on signal", ::getpid());
            return dumps_.request(control::Dump::data, Role::supervisor,
                                  static_cast<std::uint32_t>(::getpid()));
        case ActionKind::notify_ready:
            return setup_.service_manager.ready();
        case ActionKind::notify_reloading:
            return setup_.service_manager.reloading();
        case ActionKind::notify_refused:
            return setup_.service_manager.reload_refused(action.text);
        case ActionKind::notify_stopping:
            return setup_.service_manager.stopping();
        case ActionKind::notify_errno:
            return setup_.service_manager.failed(action.number);
        case ActionKind::end:
            ended_ = true;
            return;
    }
}

void Supervisor::log_crash_details() const {
    logging::info("  {}, {}", compatible_version(), own_version());
    logging::info("  {}", kernel_line());
    for (const std::string& words : command_line_text(setup_.arguments)) logging::info("  {}", words);
    logging::info("  {}", config_options(libexec_directory()));
}

// ------------------------------------------------------------------------------------------- children

void Supervisor::spawn(Role role) {
    const conf::Model& upcoming = upcoming_model();
    const bool needs_ipvs = (role == Role::checker && !upcoming.lvs.virtual_servers.empty()) ||
                            (role == Role::vrrp && upcoming.global.lvs_sync_daemon.has_value());
    if (needs_ipvs && !asked_for_ipvs_) {
        asked_for_ipvs_ = true;
        ask_for_ipvs();
    }
    policy::Event spawned{.kind = policy::EventKind::spawned, .role = role};
    auto ends = control::Channel::pair();
    if (!ends) {
        logging::alert("{}", ends.error().message());
        return feed(spawned);
    }
    const auto pid = launch(setup_.executables.fd(role), ends->second.fd(), argv_.data(),
                            names_of(role).is_observer ? kObserverNice : 0);
    if (pid) {
        spawned.pid = *pid;
        if (role == Role::vrrp || role == Role::bfd) ask_for_short_slices(*pid);
        channels_[index_of(role)] = std::move(ends->first);
        tuned_[index_of(role)] = {};
        texts_[index_of(role)] = 0;
        say_hello(role);
    } else {
        logging::alert("{} process: {}", names_of(role).title, pid.error().message());
    }
    feed(spawned);
}

void Supervisor::say_hello(Role role) {
    control::Message hello;
    hello.kind = control::Kind::hello;
    hello.role = role;
    hello.hash = control::build_id();
    hello.pid = static_cast<std::uint32_t>(::getpid());
    hello.options = options_for_children(setup_, present_umask());
    const PidFile& pid_file = setup_.pid_files[index_of(role)];
    hello.set_text(pid_file.path());
    const int descriptor = pid_file.fd();
    send(role, hello, pid_file ? std::span{&descriptor, 1} : std::span<const int>{});
}

/// A failed send needs no handling: the child is dead, or so far behind that its deadline will kill it.
bool Supervisor::send(Role role, const control::Message& message, std::span<const int> descriptors) {
    control::Channel& channel = channels_[index_of(role)];
    return channel && channel.send(message, descriptors).has_value();
}

void Supervisor::send_plain(Role role, control::Kind kind) {
    control::Message message;
    message.kind = kind;
    message.role = role;
    message.generation = current_.configuration.number;
    send(role, message, {});
}

void Supervisor::prepare(const policy::Action& action) {
    const Role role = action.role;
    const bool upcoming = action.next && next_;
    LiveGeneration& generation = upcoming ? *next_ : current_;
    const conf::Model& its_model = upcoming ? upcoming_model() : model();
    const bool observer = names_of(role).is_observer;
    control::Message message;
    message.kind = control::Kind::prepare;
    message.role = role;
    message.adopt = action.adopt;
    message.generation = generation.configuration.number;
    message.hash = observer ? 0 : generation.configuration.model_hash;
    const conf::ProcessTuning& tuning = tuning_of(its_model, role);
    message.set_text(tuning.name);
    message.flags = tuning.no_swap ? control::kNoSwap : 0;
    if (texts_[index_of(role)] == generation.text) message.flags |= control::kSameText;
    if (!upcoming) texts_[index_of(role)] = generation.text;

    std::vector<int> descriptors;
    std::vector<UniqueFd> extra;
    if (observer) {
        if (auto sealed = seal_for_observers(generation); !sealed)
            return logging::alert("{}", sealed.error().message());
        descriptors.push_back(generation.redacted.get());
        for (const Role writer : kProtocolRoles) {
            auto board = board::read_only(generation.boards[index_of(writer)].get());
            if (!board) return logging::alert("{}", board.error().message());
            descriptors.push_back(board->get());
            extra.push_back(std::move(*board));
        }
    } else {
        descriptors.push_back(generation.sealed.get());
        descriptors.push_back(generation.boards[index_of(role)].get());
        // A reload: its own board of now. After a crash: the board which its predecessor wrote, the same one.
        if (action.adopt != control::Adopt::none)
            descriptors.push_back(current_.boards[index_of(role)].get());
        for (const int fifo : fifos_.descriptors_for(role, its_model)) descriptors.push_back(fifo);
        if (auto socket = ipvs_socket(role, its_model); socket) {
            descriptors.push_back(socket.get());
            extra.push_back(std::move(socket));
        }
    }
    send(role, message, descriptors);
}

void Supervisor::tune_child(Role role) {
    const conf::ProcessTuning& wanted = tuning_of(model(), role);
    if (const int pid = policy_[role].pid; pid > 0) tune(pid, tuned_[index_of(role)], wanted);
    tuned_[index_of(role)] = wanted;
}

void Supervisor::write_pid(Role role) {
    PidFile& file = setup_.pid_files[index_of(role)];
    if (!file) {
        const std::string path = pid_path(setup_.pid_rules, role);
        if (path.empty()) return;
        auto acquired = PidFile::acquire(path);
        if (!acquired) return logging::info("{}", acquired.error().message());
        file = std::move(*acquired);
    }
    if (auto written = file.write(policy_[role].pid); !written)
        logging::info("{}", written.error().message());
}

// ------------------------------------------------------------------------------------------- events

void Supervisor::wait_for_something() {
    constexpr std::size_t kWatch = kRoles, kTimer = kRoles + 1;
    std::array<pollfd, kRoles + 2> waiting{};
    waiting[0] = {signals_.fd(), POLLIN, 0};
    waiting[kWatch] = {reload_timer_.watch_fd(), POLLIN, 0};
    waiting[kTimer] = {reload_timer_.timer_fd(), POLLIN, 0};
    for (std::size_t role = 1; role < kRoles; ++role)
        waiting[role] = {channels_[role] ? channels_[role].fd() : -1, POLLIN, 0};

    const Instant due = policy::next_deadline(policy_);
    timespec patience{};
    if (due != kNever) {
        const auto left = std::max<std::int64_t>(0, (due - monotonic_now()).count());
        patience = {left / 1'000'000'000, left % 1'000'000'000};
    }
    if (::ppoll(waiting.data(), waiting.size(), due == kNever ? nullptr : &patience, nullptr) < 0 &&
        errno != EINTR) {
        logging::alert("poll: {}", std::strerror(errno));
        policy_.exit_code = exit_code::kSoftware;
        ended_ = true;
        return;
    }
    // Messages before deaths: a child may have said something last.
    for (std::size_t role = 1; role < kRoles; ++role)
        if (waiting[role].revents != 0) read_channel(static_cast<Role>(role));
    if (waiting[kWatch].revents != 0) reload_timer_.on_change();
    if (waiting[kTimer].revents != 0 && reload_timer_.on_time())
        feed({.kind = policy::EventKind::signal, .number = SIGHUP});
    if (waiting[0].revents != 0) read_signals();
    feed({.kind = policy::EventKind::tick});
}

void Supervisor::read_channel(Role role) {
    while (channels_[index_of(role)]) {
        auto received = channels_[index_of(role)].receive();
        if (!received) {
            // Its death, which SIGCHLD tells, is what counts.
            channels_[index_of(role)] = control::Channel{};
            return;
        }
        if (!*received) return;
        on_message(role, **received);
    }
}

void Supervisor::on_message(Role role, control::Received& received) {
    control::Message& message = received.message;
    switch (message.kind) {
        case control::Kind::hello:
            if (message.hash != control::build_id()) return;
            return feed(policy::EventKind::hello, role);
        case control::Kind::prepared:
            return feed(policy::EventKind::prepared, role);
        case control::Kind::committed:
            // Only now: reading a file or locking memory takes more processor than a real-time process is allowed.
            tune_child(role);
            feed(policy::EventKind::committed, role);
            if (role == Role::report) dumps_.report_ready();
            return;
        case control::Kind::pong:
            return feed(policy::EventKind::pong, role);
        case control::Kind::dump:
            if (!names_of(role).is_observer) dumps_.request(message.dump, role, message.pid);
            return;
        case control::Kind::done:
            if (role == Role::report) dumps_.answer(message);
            return;
        case control::Kind::refused:
            if (role == Role::report && message.value != 0) return dumps_.answer(message);
            return feed(
                {.kind = policy::EventKind::refused, .role = role, .text = std::string{message.text_view()}});
        case control::Kind::log:
            if (role != Role::report || index_of(message.role) >= kRoles) return;
            if (message.role == Role::supervisor)
                return logging::write(logging::Level::info, message.text_view());
            send(message.role, message, {});
            return;
        default:
            return;
    }
}

void Supervisor::read_signals() {
    while (const auto number = signals_.next()) {
        if (*number == SIGCHLD)
            reap();
        else if (*number == SIGXCPU || (*number == SIGINT && setup_.line.ignore_sigint))
            continue;
        else
            feed({.kind = policy::EventKind::signal, .number = *number});
    }
}

void Supervisor::reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        // We are a subreaper: orphans of scripts come here too, and concern nobody.
        for (std::size_t role = 1; role < kRoles; ++role) {
            if (policy_.children[role].pid != pid) continue;
            read_channel(static_cast<Role>(role));
            channels_[role] = control::Channel{};
            if (static_cast<Role>(role) == Role::report) dumps_.report_gone();
        }
        feed({.kind = policy::EventKind::exited, .pid = pid, .wait_status = status});
    }
}

}  // namespace keepalived
