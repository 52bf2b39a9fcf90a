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

schedule::Config schedule_config(const conf::Checker& checker) {
    const conf::CheckTiming& timing = checker.timing;
    return {.delay_loop = timing.delay_loop,
            .delay_before_retry = timing.delay_before_retry,
            .warmup = timing.warmup,
            .retry = timing.retry,
            .policy = {}};
}

void copy_reason(std::array<char, rows::kReasonLength>& into, std::string_view text) {
    into.fill(0);
    std::copy_n(text.begin(), std::min(text.size(), into.size() - 1), into.begin());
}

std::string sharing_key(const conf::VirtualServer& server) {
    return fmt::format("{} {}", server.group, static_cast<int>(server.protocol));
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
    for (std::uint32_t n = 0; n < lvs.virtual_servers.size(); ++n) {
        const conf::VirtualServer& server = lvs.virtual_servers[n];
        Service made{.core = quorum::Service(quorum_config(server, lvs, model.global.rs_init_notifies)),
                     .kernel_services = kernel_services(server, lvs),
                     .first_server = static_cast<std::uint32_t>(server_rows_.size())};
        if (server.kind == conf::ServiceKind::group) sharing_[sharing_key(server)].push_back(n);
        const std::string service_name = conf::service_name(server);
        for (std::uint32_t s = 0; s < server.real_servers.size(); ++s) {
            const conf::RealServer& real = server.real_servers[s];
            server_rows_.push_back({.service = n});
            auto& numbers = checker_numbers_.emplace_back();
            for (std::uint32_t c = 0; c < real.checkers.size(); ++c) {
                Checker checker{
                    .service = n, .server = s, .index = c, .config = schedule_config(real.checkers[c])};
                ProbeSubject subject;
                subject.server = conf::server_name(real.endpoint, server.protocol);
                subject.service = service_name;
                subject.virtualhost = real.virtualhost.empty() ? server.virtualhost : real.virtualhost;
                subject.service_virtualhost = server.virtualhost;
                subject.weight = real.weight;
                subject.service_delay_loop = server.delay_loop;
                subject.log = [this](std::string line) { log(std::move(line)); };
                checker.probe = make_probe(real.checkers[c], std::move(subject), probe_services_);
                if (checker.probe) checker.config.policy = checker.probe->policy();
                checker.state.up = !real.checkers[c].timing.alpha;
                checker.row.server = made.first_server + s;
                numbers.push_back(static_cast<std::uint32_t>(checkers_.size()));
                checkers_.push_back(std::move(checker));
            }
        }
        services_.push_back(std::move(made));
    }
    for (std::uint32_t n = 0; n < services_.size(); ++n) touch(n);
    for (std::uint32_t n = 0; n < checkers_.size(); ++n) dirty_checkers_.insert(n);
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
    return checkers_[checker_numbers_[server_number(service, server)][index]];
}

void Fleet::log(std::string line) { pending_.push_back({.line = std::move(line)}); }

void Fleet::touch(std::uint32_t service) {
    dirty_tables_.insert(service);
    dirty_rows_.insert(service);
}

// ------------------------------------------------------------------------------------------------ beginnings

void Fleet::schedule_all(Instant now, bool only_new) {
    for (std::uint32_t n = 0; n < checkers_.size(); ++n) {
        Checker& checker = checkers_[n];
        const auto& server = model_->lvs.virtual_servers[checker.service];
        const auto& real = server.real_servers[checker.server];
        const bool said = only_new && checker.state.has_run;
        if (!said && checker.state.enabled) {
            log(fmt::format("Activating healthchecker for service {} for VS {}",
                            conf::server_name(real.endpoint, server.protocol), conf::service_name(server)));
        }
        if (checker.probe) reschedule(n, schedule::first_due(checker.config, now, random_part()));
    }
}

void Fleet::start(Instant now) {
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        quorum::ActionList actions;
        services_[n].core.start(actions);
        collect(n, actions);
        touch(n);
    }
    schedule_all(now, false);
}

void Fleet::continue_from(Fleet& old, Instant now) {
    const auto matches = continuation(old.model_->lvs, model_->lvs);
    std::vector<bool> kept(old.services_.size(), false);
    for (const auto& match : matches) {
        if (match.service != kNew) kept[match.service] = true;
    }
    for (std::uint32_t n = 0; n < old.services_.size(); ++n) {
        if (kept[n]) continue;
        const auto& gone = old.model_->lvs.virtual_servers[n];
        old.log(gone.kind == conf::ServiceKind::group
                    ? fmt::format("Removing Virtual Server Group [{}]", gone.group)
                    : fmt::format("Removing Virtual Server {}", conf::service_name(gone)));
        quorum::ActionList actions;
        old.services_[n].core.remove(actions);
        old.collect(n, actions);
    }
    old.carry_out_effects();
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        quorum::ActionList actions;
        const ServiceContinuation& match = matches[n];
        if (match.service == kNew) {
            services_[n].core.start(actions);
            collect(n, actions);
            continue;
        }
        services_[n].row = old.services_[match.service].row;
        services_[n].row.reloaded = 1;
        services_[n].core.continue_from(old.services_[match.service].core, match.server_of, match.checker_of,
                                        match.same_sorry, actions);
        collect(n, actions);
        for (std::uint32_t s = 0; s < match.server_of.size(); ++s) {
            if (match.server_of[s] == kNew) continue;
            rows::Server& row = server_rows_[server_number(n, s)];
            row = old.server_rows_[old.server_number(match.service, match.server_of[s])];
            row.service = n;
            row.reloaded = 1;
            for (std::uint32_t c = 0; c < match.checker_of[s].size(); ++c) {
                if (match.checker_of[s][c] == kNew) continue;
                Checker& ours = checker(n, s, c);
                const Checker& before =
                    old.checker(match.service, match.server_of[s], match.checker_of[s][c]);
                const std::uint32_t number = ours.row.server;
                ours.state = before.state;
                ours.state.due = kNever;
                ours.row = before.row;
                ours.row.server = number;
                ours.row.reloaded = 1;
            }
        }
    }
    schedule_all(now, true);
}

bool Fleet::adopt(const FleetTables& predecessor, Instant now) {
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        rows::Service row;
        if (!predecessor.services.read(n, row)) return false;
        std::vector<quorum::ServerState> servers;
        std::vector<std::vector<quorum::CheckerState>> checkers;
        const auto& config = model_->lvs.virtual_servers[n];
        for (std::uint32_t s = 0; s < config.real_servers.size(); ++s) {
            rows::Server& server = server_rows_[server_number(n, s)];
            if (!predecessor.servers.read(server_number(n, s), server)) return false;
            servers.push_back(server.core);
            auto& states = checkers.emplace_back();
            for (const std::uint32_t number : checker_numbers_[server_number(n, s)]) {
                Checker& ours = checkers_[number];
                if (!predecessor.checkers.read(number, ours.row)) return false;
                ours.state = ours.row.schedule;
                states.push_back(ours.row.core);
            }
        }
        services_[n].row = row;
        services_[n].core.adopt(row.core, servers, checkers);
    }
    // Checks go on at their old rhythm; what came due meanwhile is spread as after a start.
    for (std::uint32_t n = 0; n < checkers_.size(); ++n) {
        if (!checkers_[n].probe) continue;
        const Instant due = checkers_[n].state.due;
        reschedule(n, due > now && due != kNever
                          ? due
                          : schedule::first_due(checkers_[n].config, now, random_part()));
    }
    return true;
}

// ------------------------------------------------------------------------------------------------ checks

void Fleet::reschedule(std::uint32_t number, Instant due) {
    Checker& checker = checkers_[number];
    if (checker.state.due != kNever) due_.erase({checker.state.due, number});
    checker.state.due = due == kNever ? kNever : schedule::on_grid(due);
    if (checker.state.due != kNever) due_.emplace(checker.state.due, number);
    dirty_checkers_.insert(number);
}

Instant Fleet::next_deadline() const { return due_.empty() ? kNever : due_.begin()->first; }

void Fleet::run_due(Instant now) {
    while (!due_.empty() && due_.begin()->first <= now) {
        const std::uint32_t number = due_.begin()->second;
        due_.erase(due_.begin());
        checkers_[number].state.due = kNever;
        begin(number, now);
    }
}

void Fleet::begin(std::uint32_t number, Instant now) {
    Checker& checker = checkers_[number];
    if (!checker.state.enabled) {
        reschedule(number, now + checker.config.delay_loop);
        return;
    }
    if (checker.running) return;
    checker.running = true;
    checker.state.started = now;
    checker.row.last_ran_wallclock_us = wallclock_us();
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
    if (failed) {
        copy_reason(checker.row.reason, attempt.detail);
        copy_reason(server_rows_[checker.row.server].reason, attempt.detail);
    }
    say_attempt(checker, attempt, decision);

    quorum::Service& core = services_[checker.service].core;
    quorum::ActionList actions;
    if (attempt.contribution) {
        core.checker_contribution(checker.server, checker.index, *attempt.contribution, actions);
    }
    const bool was_alive = core.server(checker.server).alive;
    const bool was_up = core.checker(checker.server, checker.index).up;
    if (decision.report != schedule::Report::nothing) {
        core.checker_result(checker.server, checker.index, decision.report == schedule::Report::up, actions);
    }
    collect(checker.service, actions);
    const bool is_up = core.checker(checker.server, checker.index).up;
    const bool alive_changed = was_alive != core.server(checker.server).alive;
    if (was_up != is_up && (alive_changed || !model_->global.no_checker_emails)) {
        Pending mail{.is_line = false};
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
    const bool all =
        real.checkers[checker.index].timing.log_all_failures || model_->global.checker_log_all_failures;
    const bool was_up = services_[checker.service].core.checker(checker.server, checker.index).up;
    const bool has_run = services_[checker.service].core.checker(checker.server, checker.index).has_run;
    const bool goes_down = decision.report == schedule::Report::down && (was_up || !has_run);
    const bool say = attempt.always_log || all || (goes_down && checker.probe->says_detail_when_down());
    if (!attempt.detail.empty() && say) log(attempt.detail);
    if (goes_down) {
        if (std::string line = checker.probe->down_line(decision.retries); !line.empty())
            log(std::move(line));
    }
    if (decision.report == schedule::Report::up && !was_up) {
        if (std::string line = checker.probe->up_line(); !line.empty()) log(std::move(line));
    }
}

void Fleet::collect(std::uint32_t service, quorum::ActionList& actions) {
    if (actions.empty()) {
        touch(service);
        return;
    }
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
                Pending notice{.is_line = false};
                notice.notice = {Notice::Kind::server, service, action.server, action.up,
                                 action.stopping,      {}};
                pending_.push_back(std::move(notice));
                break;
            }
            case quorum::Action::Kind::service: {
                rows::Service& row = services_[service].row;
                action.up ? ++row.gained : ++row.lost;
                row.last_transition_wallclock_us = now;
                Pending notice{.is_line = false};
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
    dirty_checkers_.insert(checker_numbers_[server_number(service, server)][index]);
}

void Fleet::external_contribution(std::uint32_t service, std::uint32_t server, std::uint32_t index,
                                  std::int64_t value) {
    quorum::ActionList actions;
    services_[service].core.checker_contribution(server, index, value, actions);
    collect(service, actions);
    dirty_checkers_.insert(checker_numbers_[server_number(service, server)][index]);
}

void Fleet::set_override(std::uint32_t service, std::uint32_t server, quorum::Override override) {
    quorum::ActionList actions;
    services_[service].core.set_override(server, override, actions);
    collect(service, actions);
}

void Fleet::set_weight(std::uint32_t service, std::uint32_t server, std::optional<std::int64_t> weight) {
    quorum::ActionList actions;
    services_[service].core.set_weight(server, weight, actions);
    collect(service, actions);
}

void Fleet::set_suspended(std::uint32_t service, bool suspended, bool initial) {
    services_[service].row.suspended = suspended ? 1 : 0;
    dirty_rows_.insert(service);
    const auto& config = model_->lvs.virtual_servers[service];
    const char* verb = suspended ? (initial ? "Deactivating" : "Suspending") : "Activating";
    for (std::uint32_t s = 0; s < config.real_servers.size(); ++s) {
        for (const std::uint32_t number : checker_numbers_[server_number(service, s)]) {
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

void Fleet::stop(bool quietly) {
    for (Checker& checker : checkers_) {
        if (checker.probe) checker.probe->cancel();
    }
    due_.clear();
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        quorum::ActionList actions;
        services_[n].core.stop(quietly, actions);
        collect(n, actions);
    }
}

// ------------------------------------------------------------------------------------------------ tables, rows, effects

std::vector<std::uint32_t> Fleet::take_dirty() {
    std::vector<std::uint32_t> taken(dirty_tables_.begin(), dirty_tables_.end());
    dirty_tables_.clear();
    return taken;
}

ipvs::Table Fleet::desired() const {
    ipvs::Table table;
    const conf::Lvs& lvs = model_->lvs;
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        if (!services_[n].core.state().started) continue;
        append_entries(table, lvs.virtual_servers[n], lvs, services_[n].core.desired());
    }
    ipvs::normalise(table);
    return table;
}

ipvs::Table Fleet::desired_of(const std::vector<std::uint32_t>& services,
                              std::vector<ipvs::ServiceKey>& keys) const {
    std::set<std::uint32_t> wanted(services.begin(), services.end());
    for (const std::uint32_t n : services) {
        const auto at = sharing_.find(sharing_key(model_->lvs.virtual_servers[n]));
        if (model_->lvs.virtual_servers[n].kind != conf::ServiceKind::group || at == sharing_.end()) continue;
        wanted.insert(at->second.begin(), at->second.end());
    }
    ipvs::Table table;
    for (const std::uint32_t n : wanted) {
        for (const ipvs::Service& service : services_[n].kernel_services) keys.push_back(service.key);
        if (!services_[n].core.state().started) continue;
        append_entries(table, model_->lvs.virtual_servers[n], model_->lvs, services_[n].core.desired());
    }
    ipvs::normalise(table);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return table;
}

void Fleet::carry_out_effects() {
    std::vector<Pending> now;
    now.swap(pending_);
    for (const Pending& one : now) {
        if (one.is_line) {
            effects_.log(one.line);
        } else {
            effects_.notify(one.notice);
        }
    }
}

void Fleet::publish_server(std::uint32_t service, std::uint32_t server) {
    const std::uint32_t number = server_number(service, server);
    rows::Server& row = server_rows_[number];
    row.core = services_[service].core.server(server);
    tables_.servers.publish(number, row);
}

void Fleet::publish() {
    for (const std::uint32_t n : dirty_rows_) {
        Service& service = services_[n];
        service.row.core = service.core.state();
        tables_.services.publish(n, service.row);
        for (std::uint32_t s = 0; s < service.core.config().servers.size(); ++s) {
            publish_server(n, s);
            for (const std::uint32_t number : checker_numbers_[server_number(n, s)])
                dirty_checkers_.insert(number);
        }
    }
    dirty_rows_.clear();
    for (const std::uint32_t number : dirty_checkers_) {
        Checker& checker = checkers_[number];
        checker.row.core = services_[checker.service].core.checker(checker.server, checker.index);
        checker.row.schedule = checker.state;
        tables_.checkers.publish(number, checker.row);
    }
    dirty_checkers_.clear();
}

}  // namespace check
