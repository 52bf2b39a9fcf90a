// The quorum algebra. Read it beside lvs-behaviour.md §5: Q quorum, H hysteresis, S sum of the alive weights;
// lost when S = 0 or S < Q − H, gained when S ≥ Q + H.
#include "check/quorum/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace check::quorum {

namespace {

constexpr std::int64_t kMaxWeight = 2147483647;

std::int64_t clamped(std::int64_t weight) { return std::clamp<std::int64_t>(weight, 0, kMaxWeight); }

void log(ActionList& actions, std::string line) { actions.push_back({Action::Kind::log, std::move(line)}); }

void notify_server(ActionList& actions, std::uint32_t server, bool up) {
    actions.push_back({Action::Kind::server, {}, server, up, false});
}

/// A server that leaves with its service or its configuration; this has a mail of its own.
void notify_server_gone(ActionList& actions, std::uint32_t server, std::string mail_body) {
    actions.push_back({Action::Kind::server, std::move(mail_body), server, false, true});
}

void notify_service(ActionList& actions, bool up, std::string mail_body, bool stopping = false) {
    actions.push_back({Action::Kind::service, std::move(mail_body), 0, up, stopping});
}

}  // namespace

Service::Service(ServiceConfig config) : config_(std::move(config)) {
    servers_.reserve(config_.servers.size());
    checkers_.reserve(config_.servers.size());
    for (const ServerConfig& server : config_.servers) {
        auto& checkers = checkers_.emplace_back();
        checkers.reserve(server.checkers.size());
        ServerState state;
        state.weight = state.previous_weight = server.weight;
        for (const CheckerConfig& checker : server.checkers) {
            checkers.push_back({.up = !checker.alpha});
            if (checker.alpha) ++state.failed;
        }
        servers_.push_back(state);
    }
}

bool Service::pool_is_active() const { return state_.quorum_up || !config_.has_sorry || !state_.sorry_alive; }

std::int64_t Service::effective_weight(std::uint32_t server) const {
    const ServerState& state = servers_[server];
    std::int64_t weight = state.weight_overridden ? state.overriding_weight : config_.servers[server].weight;
    for (const CheckerState& checker : checkers_[server]) weight += checker.contribution;
    return weight;
}

std::int64_t Service::alive_weight() const {
    std::int64_t sum = 0;
    for (const ServerState& server : servers_) {
        if (server.alive && server.override != Override::drain) sum += clamped(server.weight);
    }
    return sum;
}

void Service::start(ActionList& actions) {
    state_.started = true;
    for (std::uint32_t n = 0; n < servers_.size(); ++n) {
        ServerState& server = servers_[n];
        const bool healthy = server.failed == 0 && server.override != Override::disabled;
        if (healthy && !server.alive) {
            server.alive = server.set = true;
            if (config_.rs_init_notifies) notify_server(actions, n, true);
        } else if (config_.servers[n].inhibit) {
            server.set = true;
        }
    }
    test_quorum(true, actions);
    const bool idle_sorry = config_.has_sorry && config_.sorry_inhibit && !config_.sorry_is_real_server;
    if (idle_sorry && !state_.sorry_alive) state_.sorry_set = true;
}

void Service::checker_result(std::uint32_t server, std::uint32_t index, bool up, ActionList& actions) {
    CheckerState& checker = checkers_[server][index];
    ServerState& state = servers_[server];
    const bool first = !std::exchange(checker.has_run, true);
    if (checker.up == up) {
        const bool alpha = config_.servers[server].checkers[index].alpha;
        if (first && (alpha || !up)) notify_server(actions, server, state.alive);
        return;
    }
    checker.up = up;
    if (up) {
        if (state.failed > 0) --state.failed;
    } else {
        ++state.failed;
        // What a checker contributed to the weight ends with its success, and is no change worth a line (run).
        if (std::exchange(checker.contribution, 0) != 0) state.weight = effective_weight(server);
    }
    update_alive(server, actions);
}

void Service::update_alive(std::uint32_t server, ActionList& actions) {
    const ServerState& state = servers_[server];
    set_alive(server, state.failed == 0 && state.override != Override::disabled, actions);
}

/// §5.2. While the sorry server stands in, a server that comes or goes is logged but the table is left alone.
void Service::set_alive(std::uint32_t server, bool alive, ActionList& actions) {
    ServerState& state = servers_[server];
    if (state.alive == alive) return;
    const ServerConfig& config = config_.servers[server];
    const char* verb = config.inhibit ? (alive ? "Enabling" : "Disabling") : (alive ? "Adding" : "Removing");
    const char* preposition = config.inhibit ? "of" : (alive ? "to" : "from");
    log(actions, fmt::format("{} service {} {} VS {}", verb, config.name, preposition, config_.name));
    if (pool_is_active()) state.set = alive || config.inhibit;
    state.alive = alive;
    notify_server(actions, server, alive);
    test_quorum(false, actions);
}

void Service::checker_contribution(std::uint32_t server, std::uint32_t checker, std::int64_t contribution,
                                   ActionList& actions) {
    if (checkers_[server][checker].contribution == contribution) return;
    checkers_[server][checker].contribution = contribution;
    update_weight(server, actions);
}

void Service::replace_contribution(std::uint32_t server, std::uint32_t checker, std::int64_t contribution) {
    checkers_[server][checker].contribution = contribution;
}

void Service::set_weight(std::uint32_t server, std::optional<std::int64_t> weight, ActionList& actions) {
    servers_[server].weight_overridden = weight.has_value();
    servers_[server].overriding_weight = weight.value_or(0);
    update_weight(server, actions);
}

void Service::set_override(std::uint32_t server, Override override, ActionList& actions) {
    if (std::exchange(servers_[server].override, override) == override) return;
    update_alive(server, actions);
    test_quorum(false, actions);
}

void Service::update_weight(std::uint32_t server, ActionList& actions) {
    ServerState& state = servers_[server];
    const std::int64_t next = effective_weight(server);
    if (next == state.weight) return;
    log(actions, fmt::format("Changing weight from {} to {} for {} service {} of VS {}",
                             clamped(state.weight), clamped(next), state.alive ? "active" : "inactive",
                             config_.servers[server].name, config_.name));
    state.previous_weight = std::exchange(state.weight, next);
    if (state_.started) test_quorum(false, actions);
}

// ------------------------------------------------------------------------------------------------ §5.3

void Service::test_quorum(bool initial, ActionList& actions) {
    const std::int64_t sum = alive_weight();
    const std::int64_t quorum = config_.quorum;
    const std::int64_t hysteresis = config_.hysteresis;
    if (state_.quorum_up) {
        if (sum == 0 || sum < quorum - hysteresis) lose(actions, sum, initial);
    } else if (sum >= quorum + hysteresis) {
        gain(actions, sum, initial);
    } else if (initial && config_.has_sorry && !state_.sorry_alive) {
        start_below(actions, sum);
    }
}

void Service::gain(ActionList& actions, std::int64_t sum, bool initial) {
    const std::int64_t threshold = std::int64_t{config_.quorum} + config_.hysteresis;
    log(actions, fmt::format("Gained quorum {}+{}={} <= {} for VS {}", config_.quorum, config_.hysteresis,
                             threshold, sum, config_.name));
    state_.quorum_up = true;
    if (state_.sorry_alive) {
        log(actions,
            fmt::format("{} sorry server {} from VS {}", config_.sorry_inhibit ? "Disabling" : "Removing",
                        config_.sorry_name, config_.name));
        bring_pool_back(actions);
    }
    notify_service(
        actions, true,
        fmt::format("=> {} {}+{}={} <= {} <=", initial ? "Starting with quorum up" : "Gained quorum",
                    config_.quorum, config_.hysteresis, threshold, sum));
}

/// Without any weight the hysteresis is 2^32-1, and its difference is shown as 32 bits make it (run).
void Service::lose(ActionList& actions, std::int64_t sum, bool initial) {
    const std::uint32_t threshold = config_.quorum - config_.hysteresis;
    const char* what = initial ? "Starting with quorum down" : "Lost quorum";
    log(actions, fmt::format("{} {}-{}={} > {} for VS {}", what, config_.quorum, config_.hysteresis,
                             threshold, sum, config_.name));
    state_.quorum_up = false;
    if (config_.has_sorry && !state_.sorry_alive) {
        log(actions, fmt::format("{} sorry server {} to VS {}", config_.sorry_inhibit ? "Enabling" : "Adding",
                                 config_.sorry_name, config_.name));
        log(actions, fmt::format("Removing alive servers from the pool for VS {}", config_.name));
        bring_sorry_in();
    }
    // The mail prints the sum of Q and H whichever way the quorum went (run).
    notify_service(
        actions, false,
        fmt::format("=> {} {}+{}={} <= {} <=", what, config_.quorum, config_.hysteresis, threshold, sum));
}

/// A start, or a reload, below quorum with a sorry server. The line prints a minus and the threshold of the
/// gain (run).
void Service::start_below(ActionList& actions, std::int64_t sum) {
    const std::int64_t threshold = std::int64_t{config_.quorum} + config_.hysteresis;
    log(actions, fmt::format("Starting with quorum down {}-{}={} > {} for VS {}", config_.quorum,
                             config_.hysteresis, threshold, sum, config_.name));
    log(actions, fmt::format("{} sorry server {} to VS {}", config_.sorry_inhibit ? "Enabling" : "Adding",
                             config_.sorry_name, config_.name));
    log(actions, fmt::format("Removing alive servers from the pool for VS {}", config_.name));
    bring_sorry_in();
    notify_service(actions, false,
                   fmt::format("=> Starting with quorum down {}+{}={} <= {} <=", config_.quorum,
                               config_.hysteresis, threshold, sum));
}

void Service::bring_sorry_in() {
    for (ServerState& server : servers_) {
        if (server.alive) server.set = false;
    }
    state_.sorry_alive = state_.sorry_set = true;
}

void Service::bring_pool_back(ActionList& actions) {
    state_.sorry_alive = false;
    state_.sorry_set = config_.sorry_inhibit && !config_.sorry_is_real_server;
    log(actions, fmt::format("Adding alive servers to the pool for VS {}", config_.name));
    for (ServerState& server : servers_) {
        if (server.alive) server.set = true;
    }
}

std::vector<Wish> Service::desired() const {
    std::vector<Wish> wishes;
    if (!state_.started) return wishes;
    const bool active = pool_is_active();
    for (std::uint32_t n = 0; n < servers_.size(); ++n) {
        const ServerState& server = servers_[n];
        if (!server.set) continue;
        const bool serving = server.alive && active && server.override != Override::drain;
        wishes.push_back({n, serving ? static_cast<std::uint32_t>(clamped(server.weight)) : 0});
    }
    if (config_.has_sorry && state_.sorry_set) {
        wishes.push_back({Wish::kSorry, state_.sorry_alive ? 1U : 0U});
    }
    return wishes;
}

// ------------------------------------------------------------------------------------------------ stop,
// reload, crash

void Service::stop(bool quietly, ActionList& actions) {
    for (std::uint32_t n = 0; n < servers_.size() && !quietly; ++n) {
        const bool inhibited = config_.servers[n].inhibit && !servers_[n].alive && servers_[n].set;
        log(actions, fmt::format("Shutting down {}service {} from VS {}", inhibited ? "(inhibited) " : "",
                                 config_.servers[n].name, config_.name));
        if (config_.omega && servers_[n].alive) notify_server_gone(actions, n, "=> Shutting down <=");
    }
    // Once more where it is lost already (run).
    if (config_.omega) notify_service(actions, false, "=> Shutting down <=", true);
    for (ServerState& server : servers_) server.alive = server.set = false;
    state_ = {};
}

void Service::remove_server(std::uint32_t server, ActionList& actions) {
    const ServerState& gone = servers_[server];
    if (!gone.set && !gone.alive) return;
    const bool inhibited = config_.servers[server].inhibit && !gone.alive;
    log(actions, fmt::format("Removing {}service {} from VS {}", inhibited ? "(inhibited) " : "",
                             config_.servers[server].name, config_.name));
    if (gone.alive) notify_server_gone(actions, server, "=> Removing <=");
}

void Service::remove_servers(const std::vector<bool>& kept, ActionList& actions) {
    for (std::uint32_t n = 0; n < servers_.size(); ++n) {
        if (kept[n]) continue;
        log(actions, fmt::format("service {} no longer exist", config_.servers[n].name));
        remove_server(n, actions);
    }
}

void Service::remove(ActionList& actions) {
    for (std::uint32_t n = 0; n < servers_.size(); ++n) remove_server(n, actions);
    if (state_.quorum_up) {
        notify_service(actions, false,
                       fmt::format("=> Lost quorum {}+{}={} <= 0 <=", config_.quorum, config_.hysteresis,
                                   config_.quorum - config_.hysteresis),
                       true);
    }
    for (ServerState& server : servers_) server.alive = server.set = false;
    state_ = {};
}

void Service::adopt(const ServiceState& service, const std::vector<ServerState>& servers,
                    const std::vector<std::vector<CheckerState>>& checkers) {
    state_ = service;
    for (std::size_t n = 0; n < std::min(servers.size(), servers_.size()); ++n) {
        servers_[n] = servers[n];
        for (std::size_t c = 0; c < std::min(checkers[n].size(), checkers_[n].size()); ++c) {
            checkers_[n][c] = checkers[n][c];
        }
    }
}

void Service::continue_from(const Service& old, const std::vector<std::uint32_t>& server_of,
                            const std::vector<std::vector<std::uint32_t>>& checker_of, bool same_sorry,
                            ActionList& actions) {
    state_ = old.state_;
    // The settings the old sum was made of may be gone: what follows goes step by step as at a start.
    for (std::uint32_t n = 0; n < servers_.size(); ++n) {
        const std::uint32_t from = server_of[n];
        if (from == kNew) continue;
        ServerState& state = servers_[n];
        const ServerState& before = old.servers_[from];
        state.alive = before.alive;
        state.set = before.set;
        state.override = before.override;
        state.weight = before.weight;
        const bool file_weight_changed = old.config_.servers[from].weight != config_.servers[n].weight;
        state.weight_overridden = before.weight_overridden && !file_weight_changed;
        state.overriding_weight = before.overriding_weight;
        state.failed = 0;
        for (std::uint32_t c = 0; c < checkers_[n].size(); ++c) {
            const std::uint32_t same = checker_of[n][c];
            if (same != kNew) checkers_[n][c] = old.checkers_[from][same];
            // A new checker of a server that is known to be healthy does not take it out before its first
            // result, unless the server had failed: then a new alpha checker starts down.
            if (same == kNew && before.alive) checkers_[n][c].up = true;
            if (!checkers_[n][c].up) ++state.failed;
        }
    }
    if (!same_sorry) state_.sorry_alive = state_.sorry_set = false;
    if ((old.state_.sorry_alive || old.state_.sorry_set) && !same_sorry) {
        log(actions,
            fmt::format("Removing sorry server {} from VS {}", old.config_.sorry_name, config_.name));
    }
    if (old.state_.sorry_alive && !same_sorry) {
        // Also with a new sorry server: it comes in below only if the quorum is still down then.
        for (ServerState& server : servers_) server.set = server.set || server.alive;
        if (!config_.has_sorry) {
            log(actions, fmt::format("Adding alive servers to the pool for VS {}", config_.name));
        }
    }
    state_.started = false;  // what weights make of the quorum is seen at the end
    for (std::uint32_t n = 0; n < servers_.size(); ++n) {
        ServerState& state = servers_[n];
        if (server_of[n] == kNew) {
            if (state.failed == 0) state.alive = true;
            if (pool_is_active()) state.set = state.alive || config_.servers[n].inhibit;
            continue;
        }
        update_weight(n, actions);
        const bool inhibit = config_.servers[n].inhibit;
        if (old.config_.servers[server_of[n]].inhibit != inhibit) {
            if (!state.alive) {
                state.set = inhibit;
            } else if (!pool_is_active()) {
                state.set = state.set && inhibit;
            }
        }
        update_alive(n, actions);
    }
    state_.started = true;
    test_quorum(true, actions);
    if (config_.has_sorry && config_.sorry_inhibit && !config_.sorry_is_real_server) state_.sorry_set = true;
}

void Service::stay(ActionList& actions) {
    for (std::uint32_t n = 0; n < servers_.size(); ++n) {
        ServerState& state = servers_[n];
        state.previous_weight = config_.servers[n].weight;
        const auto down = [](const CheckerState& checker) { return !checker.up; };
        state.failed = static_cast<std::uint32_t>(std::ranges::count_if(checkers_[n], down));
    }
    state_.started = false;
    for (std::uint32_t n = 0; n < servers_.size(); ++n) {
        update_weight(n, actions);
        update_alive(n, actions);
    }
    state_.started = true;
    test_quorum(true, actions);
    if (config_.has_sorry && config_.sorry_inhibit && !config_.sorry_is_real_server) state_.sorry_set = true;
}

}  // namespace check::quorum
