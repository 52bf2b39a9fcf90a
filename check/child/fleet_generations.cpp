// The fleet from one generation to the next: start, reload, adoption after a crash.
#include <fmt/format.h>

#include <algorithm>

#include "check/child/file_verdict.hpp"
#include "check/child/fleet.hpp"
#include "check/desired_table.hpp"
#include "check/probe/dynamic_weight.hpp"

namespace check {

namespace {

/// "[10.1.0.3]:tcp:80-10.1.0.4"; a mark that goes is named by its number alone (run).
std::string entry_name(const conf::GroupEntry& entry, conf::Protocol protocol, bool added) {
    if (entry.is_fwmark) return fmt::format("{}{}", added ? "FWM " : "", entry.fwmark);
    const std::string first = conf::server_name({entry.first, entry.port}, protocol);
    return entry.first == entry.last ? first : fmt::format("{}-{}", first, entry.last.to_string());
}

}  // namespace

void Fleet::schedule_all(Instant now, bool only_new) {
    for (std::uint32_t n = 0; n < checkers_.size(); ++n) {
        Checker& checker = checkers_[n];
        const auto& server = model_->lvs.virtual_servers[checker.service];
        const auto& real = server.real_servers[checker.server];
        const bool said = only_new && checker.state.has_run;
        checker.state.enabled = !suspended_[checker.service];
        if (!said) {
            log(fmt::format("{} healthchecker for service {} for VS {}",
                            checker.state.enabled ? "Activating" : "Deactivating",
                            conf::server_name(real.endpoint, server.protocol), conf::service_name(server)));
        }
        if (checker.probe) reschedule(n, schedule::first_due(checker.config, now, random_part()));
    }
    for (std::uint32_t n = 0; n < services_.size(); ++n) services_[n].row.suspended = suspended_[n] ? 1 : 0;
}

void Fleet::settle() {
    if (std::exchange(settled_, true)) return;
    settle_marks({});
    first_actions_.resize(services_.size());
    // Mostly a line and a notice; what a growing vector leaves behind is memory touched for nothing.
    constexpr std::size_t kUsualActions = 2;
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        first_actions_[n].reserve(kUsualActions);
        services_[n].core.start(first_actions_[n]);
    }
}

void Fleet::start(Instant now) {
    settle();
    equip();
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        collect(n, first_actions_[n]);
        touch(n);
    }
    first_actions_.clear();
    schedule_all(now, false);
}

/// "VS [[10.1.0.9]:tcp:80] added into group G" for each line of a group which the other form of it does not have.
void Fleet::log_entries(const conf::VirtualServer& from, const conf::Lvs& from_lvs,
                        const conf::VirtualServer& to, const conf::Lvs& to_lvs, bool added) {
    if (from.kind != conf::ServiceKind::group) return;
    const conf::VirtualServerGroup* group = find_group(from_lvs, from.group);
    const conf::VirtualServerGroup* other = find_group(to_lvs, to.group);
    if (group == nullptr || other == nullptr) return;
    for (const bool marks : {false, true}) {
        for (const conf::GroupEntry& entry : group->entries) {
            const auto& there = other->entries;
            if (entry.is_fwmark != marks || std::find(there.begin(), there.end(), entry) != there.end())
                continue;
            log(fmt::format("VS [{}] {} group {}{}", entry_name(entry, from.protocol, added),
                            added ? "added into" : "in", from.group, added ? "" : " no longer exists"));
        }
    }
}

/// The old generation tells what goes, service by service: removed services and servers, lines of groups.
void Fleet::leave_behind(const conf::Lvs& next, const std::vector<ServiceContinuation>& matches) {
    std::vector<std::uint32_t> successor(services_.size(), kNew);
    for (std::uint32_t n = 0; n < matches.size(); ++n) {
        if (matches[n].service != kNew) successor[matches[n].service] = n;
    }
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        const auto& config = model_->lvs.virtual_servers[n];
        quorum::ActionList actions;
        if (successor[n] == kNew) {
            log(config.kind == conf::ServiceKind::group
                    ? fmt::format("Removing Virtual Server Group [{}]", config.group)
                    : fmt::format("Removing Virtual Server {}", conf::service_name(config)));
            services_[n].core.remove(actions);
        } else {
            log_entries(config, model_->lvs, next.virtual_servers[successor[n]], next, false);
            std::vector<bool> kept(config.real_servers.size(), false);
            for (const std::uint32_t from : matches[successor[n]].server_of) {
                if (from != kNew) kept[from] = true;
            }
            services_[n].core.remove_servers(kept, actions);
        }
        collect(n, actions);
    }
    carry_out_effects();
}

void Fleet::continue_rows(Fleet& old, std::uint32_t service, const ServiceContinuation& match) {
    for (std::uint32_t s = 0; s < match.server_of.size(); ++s) {
        if (match.server_of[s] == kNew) continue;
        rows::Server& row = server_rows_[server_number(service, s)];
        row = old.server_rows_[old.server_number(match.service, match.server_of[s])];
        row.service = service;
        row.reloaded = 1;
        for (std::uint32_t c = 0; c < match.checker_of[s].size(); ++c) {
            if (match.checker_of[s][c] == kNew) continue;
            Checker& ours = checker(service, s, c);
            const Checker& before = old.checker(match.service, match.server_of[s], match.checker_of[s][c]);
            const std::uint32_t number = ours.row.server;
            ours.state = before.state;
            ours.state.due = kNever;
            ours.row = before.row;
            ours.row.server = number;
            ours.row.reloaded = 1;
            if (before.row.failures > 0) take_reason(old.tables_, old.number_of(before), number_of(ours));
        }
    }
}

void Fleet::take_reason(const FleetTables& from, std::uint32_t its_number, std::uint32_t our_number) {
    if (rows::Reason reason; from.reasons.read(its_number, reason))
        tables_.reasons.publish(our_number, reason);
}

void Fleet::settle_from(Fleet& old) {
    if (std::exchange(settled_, true)) return;
    matches_ = continuation(old.model_->lvs, model_->lvs);
    old.leave_behind(model_->lvs, matches_);
    settle_marks(old.marks_);
    first_actions_.resize(services_.size());
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        const ServiceContinuation& match = matches_[n];
        if (match.service == kNew) {
            services_[n].core.start(first_actions_[n]);
            continue;
        }
        const std::uint32_t mark = services_[n].row.mark;
        services_[n].row = old.services_[match.service].row;
        services_[n].row.mark = mark;
        services_[n].row.reloaded = 1;
        recompute_contributions(old, n, match);
        services_[n].core.continue_from(old.services_[match.service].core, match.server_of, match.checker_of,
                                        match.same_sorry, first_actions_[n]);
    }
}

void Fleet::continue_from(Fleet& old, Instant now) {
    settle_from(old);
    equip();
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        collect(n, first_actions_[n]);
        const ServiceContinuation& match = matches_[n];
        if (match.service == kNew) continue;
        continue_rows(old, n, match);
        log_entries(model_->lvs.virtual_servers[n], model_->lvs,
                    old.model_->lvs.virtual_servers[match.service], old.model_->lvs, true);
    }
    first_actions_.clear();
    matches_.clear();
    schedule_all(now, true);
}

void Fleet::stay(TlsContext* tls, const std::vector<bool>& suspended, Instant now) {
    probe_services_.tls = tls;
    suspended_ = suspended;
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        quorum::ActionList actions;
        services_[n].core.stay(actions);
        collect(n, actions);
        if (std::exchange(services_[n].row.reloaded, 1) == 0) dirty_services_.insert(n);
    }
    for (std::uint32_t number = 0; number < server_rows_.size(); ++number) {
        if (std::exchange(server_rows_[number].reloaded, 1) == 0) dirty_servers_.insert(number);
    }
    due_.clear();
    for (Checker& checker : checkers_) {
        checker.row.reloaded = 1;
        checker.running = false;
        checker.state.due = kNever;
        if (!checker.probe) continue;
        checker.probe->cancel();
        if (checker.probe->is_stateless()) continue;
        const auto& config = model_->lvs.virtual_servers[checker.service];
        checker.probe =
            make_probe(config.real_servers[checker.server].checkers[checker.index],
                       subject(checker.service, checker.server, conf::service_name(config)), probe_services_);
    }
    schedule_all(now, true);
}

bool Fleet::adopt(const FleetTables& predecessor, Instant now) {
    equip();
    GroupMarks marks;
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        rows::Service row;
        if (!predecessor.services.read(n, row) || !row.core.started) return false;
        std::vector<quorum::ServerState> servers;
        std::vector<std::vector<quorum::CheckerState>> checkers;
        const auto& config = model_->lvs.virtual_servers[n];
        for (std::uint32_t s = 0; s < config.real_servers.size(); ++s) {
            rows::Server& server = server_rows_[server_number(n, s)];
            if (!predecessor.servers.read(server_number(n, s), server)) return false;
            server.service = n;
            servers.push_back(server.core);
            auto& states = checkers.emplace_back();
            for (const std::uint32_t number : checkers_of(server_number(n, s))) {
                Checker& ours = checkers_[number];
                if (!predecessor.checkers.read(number, ours.row)) return false;
                ours.row.server = server_number(n, s);
                ours.state = ours.row.schedule;
                if (ours.row.failures > 0) take_reason(predecessor, number, number);
                states.push_back(ours.row.core);
            }
        }
        services_[n].row = row;
        services_[n].core.adopt(row.core, servers, checkers);
        if (row.mark != 0) marks[{config.group, config.protocol}] = row.mark;
    }
    settle_marks(marks);
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

/// The weight of a FILE_CHECK, or of the server of a MISC_CHECK with misc_dynamic, may have changed: its contribution under
/// the new settings is what the old weight is compared with, so that a reload makes one change of weight, or none.
void Fleet::recompute_contributions(Fleet& old, std::uint32_t service,
                                    const ServiceContinuation& match) const {
    const auto& servers = model_->lvs.virtual_servers[service].real_servers;
    for (std::uint32_t s = 0; s < servers.size(); ++s) {
        for (std::uint32_t c = 0; c < servers[s].checkers.size(); ++c) {
            const std::uint32_t from = match.checker_of[s][c];
            if (from == kNew) continue;
            const auto put = [&](std::int64_t contribution) {
                old.services_[match.service].core.replace_contribution(match.server_of[s], from,
                                                                       contribution);
            };
            const conf::Checker& config = servers[s].checkers[c];
            if (const auto* file = std::get_if<conf::FileCheck>(&config.kind)) {
                const auto value = old.file_values_.find(file->track_file);
                if (value != old.file_values_.end())
                    put(file_verdict(value->second, file->weight, file->reverse).contribution);
                continue;
            }
            const auto& state = old.services_[match.service].core.checker(match.server_of[s], from);
            if (!state.has_run || !state.up) continue;
            const Checker& before = old.checker(match.service, match.server_of[s], from);
            if (const auto wanted = dynamic_contribution(config, before.row.last_status, servers[s].weight))
                put(*wanted);
        }
    }
}

}  // namespace check
