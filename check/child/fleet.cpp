// The fleet: glue between probes, schedule and quorum. Rules live in those; here is only who is told what.
#include "check/child/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "check/desired_table.hpp"
#include "lib/time/clock.hpp"

namespace check {

namespace {

constexpr double kTwoTo32 = 4294967296.0;
/// A check that is suspended looks again at the next point of the grid at the earliest.
constexpr Microseconds kShortestIdle{10'000};
/// A machine that cannot keep up still hears signals and results between the checks it starts.
constexpr std::size_t kStartsATurn = 500;

schedule::Config schedule_config(const conf::Checker& checker) {
    const conf::CheckTiming& timing = *checker.timing;
    return {.delay_loop = timing.delay_loop,
            .delay_before_retry = timing.delay_before_retry,
            .warmup = timing.warmup,
            .retry = timing.retry,
            .policy = {}};
}

rows::Reason reason_of(std::string_view text) {
    rows::Reason reason;
    std::copy_n(text.begin(), std::min(text.size(), reason.text.size() - 1), reason.text.begin());
    return reason;
}

}  // namespace

Fleet::Fleet(const conf::Model& model, ProbeServices services, FleetTables tables, Effects effects,
             std::uint32_t seed)
    : model_(&model),
      probe_services_(services),
      tables_(tables),
      effects_(std::move(effects)),
      random_(seed * 2654435761ULL + 1) {
    const conf::Lvs& lvs = model.lvs;
    services_.reserve(lvs.virtual_servers.size());
    suspended_.resize(lvs.virtual_servers.size());
    std::uint32_t servers = 0;
    for (const conf::VirtualServer& server : lvs.virtual_servers) {
        services_.push_back({.core = quorum::Service(quorum_config(server, model.global.rs_init_notifies)),
                             .first_server = servers});
        servers += static_cast<std::uint32_t>(server.real_servers.size());
    }
}

/// Rows, schedules and probes. Apart from the constructor: at a start the kernel's table does not wait for them.
void Fleet::equip() {
    if (std::exchange(equipped_, true)) return;
    std::size_t servers = 0, checkers = 0;
    for (const conf::VirtualServer& server : model_->lvs.virtual_servers) {
        servers += server.real_servers.size();
        for (const conf::RealServer& real : server.real_servers) checkers += real.checkers.size();
    }
    server_rows_.reserve(servers);
    first_checker_.reserve(servers + 1);
    checkers_.reserve(checkers);
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        const conf::VirtualServer& server = model_->lvs.virtual_servers[n];
        const std::string service_name = conf::service_name(server);
        for (std::uint32_t s = 0; s < server.real_servers.size(); ++s) {
            const conf::RealServer& real = server.real_servers[s];
            server_rows_.push_back({.service = n});
            for (std::uint32_t c = 0; c < real.checkers.size(); ++c) {
                Checker checker{
                    .service = n, .server = s, .index = c, .config = schedule_config(real.checkers[c])};
                checker.probe = make_probe(real.checkers[c], subject(n, s, service_name), probe_services_);
                if (checker.probe) checker.config.policy = checker.probe->policy();
                checker.state.up = !real.checkers[c].timing->alpha;
                checker.row.server = server_number(n, s);
                checkers_.push_back(std::move(checker));
            }
            first_checker_.push_back(static_cast<std::uint32_t>(checkers_.size()));
        }
    }
    for (std::uint32_t n = 0; n < services_.size(); ++n) touch(n);
}

ProbeSubject Fleet::subject(std::uint32_t service, std::uint32_t server, const std::string& service_name) {
    const conf::VirtualServer& config = model_->lvs.virtual_servers[service];
    const conf::RealServer& real = config.real_servers[server];
    ProbeSubject subject;
    subject.server = conf::server_name(real.endpoint, config.protocol);
    subject.service = service_name;
    subject.virtualhost =
        real.settings->virtualhost.empty() ? config.virtualhost : real.settings->virtualhost;
    subject.service_virtualhost = config.virtualhost;
    subject.weight = real.weight;
    subject.service_delay_loop = config.delay_loop;
    subject.log = [this](std::string line) { log(std::move(line)); };
    return subject;
}

/// Before anything is served: which kernel services the virtual servers are.
void Fleet::settle_marks(const GroupMarks& before) {
    marks_ = allocate_marks(*model_, before);
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        const auto& server = model_->lvs.virtual_servers[n];
        services_[n].row.mark = mark_of(server, marks_);
        services_[n].kernel_services = kernel_services(server, model_->lvs, services_[n].row.mark);
    }
    find_sharing();
}

/// Groups used twice, and blocks of one identity, have kernel services in common.
void Fleet::find_sharing() {
    std::vector<std::pair<ipvs::ServiceKey, std::uint32_t>> users;
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        for (const ipvs::Service& service : services_[n].kernel_services) users.emplace_back(service.key, n);
    }
    std::sort(users.begin(), users.end());
    for (std::size_t n = 1; n < users.size(); ++n) {
        if (users[n].first != users[n - 1].first || users[n].second == users[n - 1].second) continue;
        // Chained by the order of the model; desired_of() walks the chain.
        sharing_[users[n].second].insert(users[n - 1].second);
        sharing_[users[n - 1].second].insert(users[n].second);
    }
}

Fleet::~Fleet() {
    *alive_ = false;
    for (Checker& checker : checkers_) {
        if (checker.probe) checker.probe->cancel();
    }
}

double Fleet::random_part() {
    random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(random_ >> 32) / kTwoTo32;
}

std::uint32_t Fleet::server_number(std::uint32_t service, std::uint32_t server) const {
    return services_[service].first_server + server;
}

Fleet::Checker& Fleet::checker(std::uint32_t service, std::uint32_t server, std::uint32_t index) {
    return checkers_[first_checker_[server_number(service, server)] + index];
}

void Fleet::log(std::string line) { pending_.push_back({.line = std::move(line)}); }

void Fleet::detail(std::string line) {
    pending_.push_back({.kind = Pending::Kind::detail, .line = std::move(line)});
}

/// Something about the service as a whole may have changed: its entries in the table, its row and those of its servers and
/// checkers.
void Fleet::touch(std::uint32_t service) {
    dirty_tables_.insert(service);
    dirty_services_.insert(service);
    const auto servers = static_cast<std::uint32_t>(services_[service].core.config().servers.size());
    for (std::uint32_t s = 0; s < servers; ++s) {
        const std::uint32_t number = server_number(service, s);
        dirty_servers_.insert(number);
        for (const std::uint32_t checker : checkers_of(number)) dirty_checkers_.insert(checker);
    }
}

/// Only what is said of a checker and its server: a result that decided nothing.
void Fleet::touch_checker(const Checker& checker) {
    const std::uint32_t server = server_number(checker.service, checker.server);
    dirty_servers_.insert(server);
    dirty_checkers_.insert(first_checker_[server] + checker.index);
}

// ------------------------------------------------------------------------------------------------ checks

void Fleet::reschedule(std::uint32_t number, Instant due) {
    Checker& checker = checkers_[number];
    checker.state.due = due == kNever ? kNever : schedule::on_grid(due);
    if (checker.state.due != kNever) due_.add(checker.state.due, number);
    dirty_checkers_.insert(number);
}

Instant Fleet::next_deadline() const { return due_.next(); }

void Fleet::run_due(Instant now) {
    if (due_.next() > now) return;
    started_wallclock_us_ = wallclock_us();
    const auto begin_if_due = [this, now](std::uint32_t number, Instant due) {
        Checker& checker = checkers_[number];
        if (checker.state.due != due) return;  // it has been put off since
        checker.state.due = kNever;
        begin(number, now);
    };
    // Of tens of thousands none is in the processor's cache when its turn comes.
    const auto fetch = [this](std::uint32_t number) {
        constexpr std::size_t kCacheLine = 64;
        const auto* at = reinterpret_cast<const char*>(&checkers_[number]);
        for (std::size_t part = 0; part < sizeof(Checker); part += kCacheLine)
            __builtin_prefetch(at + part, 1);
    };
    due_.take_until(now, kStartsATurn, begin_if_due, fetch);
}

void Fleet::begin(std::uint32_t number, Instant now) {
    Checker& checker = checkers_[number];
    if (!checker.state.enabled) {
        reschedule(number, now + std::max(checker.config.delay_loop, kShortestIdle));
        return;
    }
    if (checker.running) return;
    checker.running = true;
    checker.state.started = now;
    checker.row.last_ran_wallclock_us = started_wallclock_us_;
    checker.probe->set_up(checker.state.up);
    checker.probe->start([this, number, alive = alive_](Attempt attempt) {
        if (*alive) attempt_ended(number, std::move(attempt), monotonic_now());
    });
}

void Fleet::attempt_ended(std::uint32_t number, Attempt attempt, Instant now) {
    Checker& checker = checkers_[number];
    checker.running = false;
    ++checks_ended_;
    checker.row.last_duration_ns = (now - checker.state.started).count();
    const schedule::Decision decision =
        schedule::attempt_ended(checker.state, checker.config, attempt.outcome, now);
    const Instant due = std::exchange(checker.state.due, kNever);
    reschedule(number, due);
    const bool failed = attempt.outcome == schedule::Attempt::failure;
    failed ? ++checker.row.failures : ++checker.row.successes;
    const Progress progress = checker.probe->progress();
    checker.row.icmp_sequence = progress.icmp_sequence;
    checker.row.next_url = progress.next_url;
    checker.row.last_status = attempt.status;
    if (attempt.error != 0) checker.row.last_errno = attempt.error;
    if (failed || decision.report != schedule::Report::nothing || attempt.contribution)
        touch_checker(checker);
    // Of most attempts there is nothing to say, and nothing more is touched.
    if (!failed && decision.report == schedule::Report::nothing && !attempt.contribution &&
        !attempt.always_log)
        return;
    if (failed) tables_.reasons.publish(number, reason_of(attempt.detail));
    quorum::Service& core = services_[checker.service].core;
    quorum::ActionList actions;
    if (attempt.contribution) {
        core.checker_contribution(checker.server, checker.index, *attempt.contribution, actions);
        collect(checker.service, actions);
        actions.clear();
    }
    say_attempt(checker, attempt, decision);
    const bool was_alive = core.server(checker.server).alive;
    const bool was_up = core.checker(checker.server, checker.index).up;
    if (decision.report != schedule::Report::nothing) {
        core.checker_result(checker.server, checker.index, decision.report == schedule::Report::up, actions);
    }
    collect(checker.service, actions);
    const bool is_up = core.checker(checker.server, checker.index).up;
    const bool alive_changed = was_alive != core.server(checker.server).alive;
    if (was_up != is_up && (alive_changed || !model_->global.no_checker_emails)) {
        Pending mail{.kind = Pending::Kind::notice};
        mail.notice = {Notice::Kind::checker_mail,
                       checker.service,
                       checker.server,
                       core.server(checker.server).alive,
                       false,
                       attempt.mail.empty() ? checker.probe->mail_body(is_up) : attempt.mail};
        pending_.push_back(std::move(mail));
    }
}

/// The checker's own lines come before what they cause.
void Fleet::say_attempt(const Checker& checker, const Attempt& attempt, const schedule::Decision& decision) {
    const auto& real = model_->lvs.virtual_servers[checker.service].real_servers[checker.server];
    const auto& core = services_[checker.service].core.checker(checker.server, checker.index);
    const bool all = !attempt.never_log && (real.checkers[checker.index].timing->log_all_failures ||
                                            model_->global.checker_log_all_failures);
    const auto say = [this](std::string_view text) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            log(std::string(text.substr(0, end)));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    };
    if (decision.report == schedule::Report::down && (core.up || !core.has_run)) {
        if (attempt.always_log || (all && core.up && !checker.probe->down_line_has_detail()))
            say(attempt.detail);
        return say(checker.probe->down_line(decision.retries));
    }
    if (attempt.always_log || (all && core.up && attempt.outcome == schedule::Attempt::failure)) {
        say(checker.probe->retry_line(attempt, {decision.retries_done, decision.retries_left}));
    }
    if (decision.report != schedule::Report::up) return;
    if (!core.up || checker.probe->says_first_success()) say(checker.probe->up_line());
}

void Fleet::collect(std::uint32_t service, quorum::ActionList& actions) {
    // Whatever moves in a service says so in a line or a notice.
    if (actions.empty()) return;
    const std::int64_t now = wallclock_us();
    for (quorum::Action& action : actions) {
        switch (action.kind) {
            case quorum::Action::Kind::log:
                log(std::move(action.text));
                break;
            case quorum::Action::Kind::server: {
                rows::Server& row = server_rows_[server_number(service, action.server)];
                action.up ? ++row.ups : ++row.downs;
                row.last_transition_wallclock_us = now;
                Pending notice{.kind = Pending::Kind::notice};
                notice.notice = {Notice::Kind::server,  service, action.server, action.up, action.stopping,
                                 std::move(action.text)};
                pending_.push_back(std::move(notice));
                break;
            }
            case quorum::Action::Kind::service: {
                rows::Service& row = services_[service].row;
                action.up ? ++row.gained : ++row.lost;
                row.last_transition_wallclock_us = now;
                Pending notice{.kind = Pending::Kind::notice};
                notice.notice = {Notice::Kind::service, service, 0, action.up, action.stopping,
                                 std::move(action.text)};
                pending_.push_back(std::move(notice));
                break;
            }
        }
    }
    touch(service);
}

// ------------------------------------------------------------------------------------------------ from outside

void Fleet::external_result(std::uint32_t service, std::uint32_t server, std::uint32_t index, bool up) {
    Checker& ours = checker(service, server, index);
    ours.state.up = up;
    ours.state.has_run = true;
    ours.row.last_ran_wallclock_us = wallclock_us();
    quorum::ActionList actions;
    services_[service].core.checker_result(server, index, up, actions);
    collect(service, actions);
    touch_checker(ours);
}

void Fleet::external_contribution(std::uint32_t service, std::uint32_t server, std::uint32_t index,
                                  std::int64_t value) {
    quorum::ActionList actions;
    services_[service].core.checker_contribution(server, index, value, actions);
    collect(service, actions);
    touch_checker(checker(service, server, index));
}

void Fleet::set_override(std::uint32_t service, std::uint32_t server, quorum::Override override) {
    quorum::ActionList actions;
    services_[service].core.set_override(server, override, actions);
    collect(service, actions);
    touch(service);  // draining says nothing
}

void Fleet::set_weight(std::uint32_t service, std::uint32_t server, std::optional<std::int64_t> weight) {
    quorum::ActionList actions;
    services_[service].core.set_weight(server, weight, actions);
    collect(service, actions);
    touch(service);
}

void Fleet::track_file_read(std::uint32_t file, std::int32_t value) {
    file_values_[model_->track_files[file].name] = value;
    tables_.track_files.publish(file, {value});
}

void Fleet::set_suspended(std::uint32_t service, bool suspended) {
    services_[service].row.suspended = suspended ? 1 : 0;
    dirty_services_.insert(service);
    const auto& config = model_->lvs.virtual_servers[service];
    const char* verb = suspended ? "Suspending" : "Activating";
    for (std::uint32_t s = 0; s < config.real_servers.size(); ++s) {
        for (const std::uint32_t number : checkers_of(server_number(service, s))) {
            Checker& ours = checkers_[number];
            if (ours.state.enabled == !suspended) continue;
            ours.state.enabled = !suspended;
            dirty_checkers_.insert(number);
            log(fmt::format("{} healthchecker for service {} for VS {}", verb,
                            conf::server_name(config.real_servers[s].endpoint, config.protocol),
                            conf::service_name(config)));
        }
    }
}

void Fleet::halt() {
    for (Checker& checker : checkers_) {
        if (checker.probe) checker.probe->cancel();
    }
    due_.clear();
}

void Fleet::stop(bool quietly) {
    halt();
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        quorum::ActionList actions;
        services_[n].core.stop(quietly, actions);
        collect(n, actions);
        touch(n);
    }
}

}  // namespace check
