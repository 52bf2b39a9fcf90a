// Random services under random orders of everything that can happen to them, against a slow model which remembers only
// facts (what checkers and operators said last, and whether the quorum stands) and works everything else out anew.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "check/quorum/service.hpp"

using namespace check::quorum;

namespace {

constexpr int kFleets = 1500;
constexpr int kEvents = 50;
constexpr std::int64_t kMaxWeight = 2147483647;

struct CheckerFact {
    bool alpha = false;
    bool up = true;
    std::int64_t contribution = 0;
};

struct ServerFact {
    std::string name;
    std::int64_t configured = 1;
    std::optional<std::int64_t> from_outside;  ///< set_weight
    bool inhibit = false;
    Override override = Override::none;
    std::vector<CheckerFact> checkers;

    bool is_alive() const {
        return override != Override::disabled &&
               std::all_of(checkers.begin(), checkers.end(), [](const CheckerFact& c) { return c.up; });
    }
    std::int64_t weight() const {
        std::int64_t sum = from_outside.value_or(configured);
        for (const CheckerFact& checker : checkers) sum += checker.contribution;
        return std::clamp<std::int64_t>(sum, 0, kMaxWeight);
    }
    std::int64_t share() const { return is_alive() && override != Override::drain ? weight() : 0; }
};

struct Facts {
    std::uint32_t quorum = 1, hysteresis = 0;
    bool has_sorry = false, sorry_inhibit = false, sorry_is_real_server = false;
    std::string sorry_name = "sorry";
    std::vector<ServerFact> servers;
    bool quorum_up = false;

    /// The three lines of lvs-behaviour.md §5.3.
    void settle(std::int64_t sum) {
        const std::int64_t q = quorum, h = hysteresis;
        if (quorum_up && (sum == 0 || sum < q - h)) {
            quorum_up = false;
        } else if (!quorum_up && sum >= q + h) {
            quorum_up = true;
        }
    }
    void settle() {
        std::int64_t sum = 0;
        for (const ServerFact& server : servers) sum += server.share();
        settle(sum);
    }
    bool sorry_serves() const { return has_sorry && !quorum_up; }
};

ServiceConfig config_of(const Facts& facts) {
    ServiceConfig config{.name = "VS", .quorum = facts.quorum, .hysteresis = facts.hysteresis};
    config.has_sorry = facts.has_sorry;
    config.sorry_inhibit = facts.sorry_inhibit;
    config.sorry_is_real_server = facts.sorry_is_real_server;
    config.sorry_name = facts.sorry_name;
    for (const ServerFact& server : facts.servers) {
        ServerConfig made{server.name, server.configured, server.inhibit, {}};
        for (const CheckerFact& checker : server.checkers) made.checkers.push_back({checker.alpha});
        config.servers.push_back(std::move(made));
    }
    return config;
}

/// What must hold of the table after every event.
void check_table(const Service& service, const Facts& facts) {
    REQUIRE(service.state().quorum_up == facts.quorum_up);
    REQUIRE(service.state().sorry_alive == facts.sorry_serves());
    std::map<std::uint32_t, std::uint32_t> present;
    for (const Wish& wish : service.desired()) REQUIRE(present.emplace(wish.server, wish.weight).second);
    for (std::uint32_t n = 0; n < facts.servers.size(); ++n) {
        const ServerFact& server = facts.servers[n];
        INFO("server " << n << " of " << facts.servers.size() << (server.inhibit ? ", inhibit" : ""));
        REQUIRE(service.server(n).alive == server.is_alive());
        const auto at = present.find(n);
        const bool serves = server.is_alive() && !facts.sorry_serves();
        // Who serves is in, with its weight, or draining with 0. Who does not takes no traffic, and is in at all
        // only with inhibit_on_failure.
        if (serves) {
            REQUIRE(at != present.end());
            REQUIRE(at->second == server.share());
        } else if (at != present.end()) {
            REQUIRE(server.inhibit);
            REQUIRE(at->second == 0);
        }
    }
    const auto sorry = present.find(Wish::kSorry);
    const bool idles = facts.has_sorry && facts.sorry_inhibit && !facts.sorry_is_real_server;
    REQUIRE((sorry != present.end()) == (facts.sorry_serves() || idles));
    if (sorry != present.end()) REQUIRE(sorry->second == (facts.sorry_serves() ? 1U : 0U));
}

/// The last thing said of anybody is how it is.
void check_notices(const ActionList& actions, const Service& service) {
    std::map<std::uint32_t, bool> servers;
    std::optional<bool> quorum;
    for (const Action& action : actions) {
        if (action.kind == Action::Kind::server) servers[action.server] = action.up;
        if (action.kind == Action::Kind::service) quorum = action.up;
    }
    for (const auto& [server, up] : servers) REQUIRE(service.server(server).alive == up);
    if (quorum) REQUIRE(service.state().quorum_up == *quorum);
}

class Random {
  public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(engine_() % n); }
    bool one_in(unsigned n) { return below(n) == 0; }

    ServerFact server(int number) {
        ServerFact made{.name = "s" + std::to_string(number)};
        made.configured = one_in(20) ? kMaxWeight : below(5);
        made.inhibit = one_in(3);
        for (std::uint32_t n = below(4); n > 0; --n) made.checkers.push_back(checker());
        return made;
    }
    CheckerFact checker() {
        const bool alpha = one_in(4);
        return {.alpha = alpha, .up = !alpha};
    }
    void rules(Facts& facts) {
        std::int64_t total = 0;
        for (const ServerFact& server : facts.servers) total += server.configured;
        // As validation leaves them (conf-lvs.md §5.3): no quorum above the weights, none at all without weights.
        facts.quorum =
            total == 0 ? 0 : 1 + below(static_cast<std::size_t>(std::min<std::int64_t>(total, 12)));
        facts.hysteresis = total == 0 ? UINT32_MAX : below(facts.quorum);
    }
    void sorry(Facts& facts) {
        facts.has_sorry = one_in(2);
        facts.sorry_inhibit = one_in(2);
        facts.sorry_is_real_server = one_in(4);
    }
    Facts facts() {
        Facts made;
        for (std::uint32_t n = 1 + below(6); n > 0; --n) made.servers.push_back(server(names_++));
        rules(made);
        sorry(made);
        return made;
    }

    int names_ = 0;

  private:
    std::mt19937 engine_;
};

/// A reload: servers and checkers come, go and change; matched by name and by position.
struct Reload {
    Facts next;
    std::vector<std::uint32_t> server_of;
    std::vector<std::vector<std::uint32_t>> checker_of;
    bool same_sorry = true;
};

void change_checkers(Random& random, ServerFact& server, std::vector<std::uint32_t>& of, bool was_alive) {
    for (std::uint32_t n = 0; n < server.checkers.size(); ++n) of.push_back(n);
    if (!server.checkers.empty() && random.one_in(6)) {
        const std::uint32_t gone = random.below(server.checkers.size());
        server.checkers.erase(server.checkers.begin() + gone);
        of.erase(of.begin() + gone);
    }
    if (random.one_in(6)) {
        CheckerFact added = random.checker();
        added.up = added.up || was_alive;  // a healthy server stays in until the new checker's first result
        server.checkers.push_back(added);
        of.push_back(Service::kNew);
    }
}

Reload reload_of(Random& random, const Facts& now) {
    Reload made{.next = now};
    made.next.servers.clear();
    for (std::uint32_t n = 0; n < now.servers.size(); ++n) {
        if (now.servers.size() > 1 && random.one_in(6)) continue;
        ServerFact server = now.servers[n];
        if (random.one_in(4)) {
            const std::int64_t before = std::exchange(server.configured, random.below(6));
            if (before != server.configured) server.from_outside.reset();  // the file has the last word
        }
        if (random.one_in(6)) server.inhibit = !server.inhibit;
        change_checkers(random, server, made.checker_of.emplace_back(), now.servers[n].is_alive());
        made.server_of.push_back(n);
        made.next.servers.push_back(std::move(server));
    }
    while (made.next.servers.empty() || random.one_in(3)) {
        made.next.servers.push_back(random.server(random.names_++));
        made.checker_of.emplace_back(made.next.servers.back().checkers.size(), Service::kNew);
        made.server_of.push_back(Service::kNew);
    }
    if (random.one_in(2)) random.rules(made.next);
    if (random.one_in(4)) {
        random.sorry(made.next);
        made.next.sorry_name += "'";
        made.same_sorry = false;
    }
    return made;
}

/// Server by server, as §11 has it: each one's new state is weighed against the quorum before the next one's, new weights
/// are weighed when all are known.
void settle_reload(const Facts& before, Reload& reload) {
    Facts& next = reload.next;
    std::vector<std::int64_t> share(next.servers.size(), 0);
    for (std::size_t n = 0; n < next.servers.size(); ++n) {
        if (reload.server_of[n] != Service::kNew) share[n] = before.servers[reload.server_of[n]].share();
    }
    const auto sum = [&share] {
        std::int64_t all = 0;
        for (const std::int64_t one : share) all += one;
        return all;
    };
    for (std::size_t n = 0; n < next.servers.size(); ++n) {
        const ServerFact& server = next.servers[n];
        if (reload.server_of[n] == Service::kNew) {
            share[n] = server.share();
            continue;
        }
        const ServerFact& old = before.servers[reload.server_of[n]];
        const bool drained = server.override == Override::drain;
        const auto unclamped = [](const ServerFact& of) {
            std::int64_t all = of.from_outside.value_or(of.configured);
            for (const CheckerFact& checker : of.checkers) all += checker.contribution;
            return all;
        };
        if (unclamped(server) != unclamped(old)) {
            share[n] = old.is_alive() && !drained ? server.weight() : 0;
        }
        if (server.is_alive() != old.is_alive()) {
            share[n] = server.share();
            next.settle(sum());
        }
    }
    next.settle(sum());
}

Service reloaded(const Service& old, const Facts& before, Reload& reload, ActionList& actions) {
    settle_reload(before, reload);
    Service next(config_of(reload.next));
    next.continue_from(old, reload.server_of, reload.checker_of, reload.same_sorry, actions);
    return next;
}

Service adopted(const Service& dead, const Facts& facts) {
    std::vector<ServerState> servers;
    std::vector<std::vector<CheckerState>> checkers;
    for (std::uint32_t n = 0; n < facts.servers.size(); ++n) {
        servers.push_back(dead.server(n));
        auto& of = checkers.emplace_back();
        for (std::uint32_t c = 0; c < facts.servers[n].checkers.size(); ++c) of.push_back(dead.checker(n, c));
    }
    Service successor(config_of(facts));
    successor.adopt(dead.state(), servers, checkers);
    return successor;
}

/// One event from a checker or from outside, told to both.
void anything(Random& random, Service& service, Facts& facts, ActionList& actions) {
    const std::uint32_t n = random.below(facts.servers.size());
    ServerFact& server = facts.servers[n];
    const auto some_checker = [&] { return random.below(server.checkers.size()); };
    switch (random.below(server.checkers.empty() ? 2 : 8)) {
        case 0:
            server.override = static_cast<Override>(random.below(3));
            service.set_override(n, server.override, actions);
            break;
        case 1:
            if (random.one_in(2)) {
                server.from_outside.reset();
            } else {
                server.from_outside = std::int64_t{random.below(9)} - 2;
            }
            service.set_weight(n, server.from_outside, actions);
            break;
        case 2: {
            const std::uint32_t c = some_checker();
            server.checkers[c].contribution = random.one_in(10)
                                                  ? (random.one_in(2) ? kMaxWeight : -kMaxWeight)
                                                  : std::int64_t{random.below(9)} - 4;
            service.checker_contribution(n, c, server.checkers[c].contribution, actions);
            break;
        }
        default: {
            CheckerFact& checker = server.checkers[some_checker()];
            const bool was_up = std::exchange(checker.up, random.one_in(2));
            if (was_up && !checker.up) checker.contribution = 0;  // it ends with the success it came with
            service.checker_result(n, static_cast<std::uint32_t>(&checker - server.checkers.data()),
                                   checker.up, actions);
        }
    }
    facts.settle();
}

}  // namespace

TEST_CASE("random services agree with the slow model whatever happens to them in whatever order") {
    for (int fleet = 0; fleet < kFleets; ++fleet) {
        Random random(static_cast<unsigned>(fleet) + 1);
        Facts facts = random.facts();
        auto service = std::make_unique<Service>(config_of(facts));
        ActionList actions;
        service->start(actions);
        facts.settle();
        for (int event = 0; event < kEvents; ++event) {
            INFO("fleet " << fleet << ", event " << event);
            check_table(*service, facts);
            check_notices(actions, *service);
            actions.clear();
            if (random.one_in(12)) {
                Reload reload = reload_of(random, facts);
                service = std::make_unique<Service>(reloaded(*service, facts, reload, actions));
                facts = reload.next;
            } else if (random.one_in(20)) {
                const auto before = service->desired();
                service = std::make_unique<Service>(adopted(*service, facts));
                REQUIRE(service->desired() == before);
            } else {
                anything(random, *service, facts, actions);
            }
        }
    }
}

TEST_CASE("a reload of any service without a change says and moves nothing") {
    for (int fleet = 0; fleet < kFleets; ++fleet) {
        Random random(static_cast<unsigned>(fleet) + 1);
        Facts facts = random.facts();
        Service service(config_of(facts));
        ActionList actions;
        service.start(actions);
        facts.settle();
        for (int event = 0; event < kEvents; ++event) anything(random, service, facts, actions);
        const auto before = service.desired();
        Reload reload{.next = facts};
        for (std::uint32_t n = 0; n < facts.servers.size(); ++n) {
            reload.server_of.push_back(n);
            auto& of = reload.checker_of.emplace_back();
            for (std::uint32_t c = 0; c < facts.servers[n].checkers.size(); ++c) of.push_back(c);
        }
        actions.clear();
        const Service next = reloaded(service, facts, reload, actions);
        INFO("fleet " << fleet);
        REQUIRE(next.desired() == before);
        REQUIRE(actions.empty());
        service.stay(actions);
        REQUIRE(service.desired() == before);
        REQUIRE(actions.empty());
        REQUIRE(service.state().quorum_up == next.state().quorum_up);
        REQUIRE(service.state().sorry_set == next.state().sorry_set);
        for (std::uint32_t n = 0; n < facts.servers.size(); ++n) {
            REQUIRE(service.server(n).failed == next.server(n).failed);
            REQUIRE(service.server(n).weight == next.server(n).weight);
            REQUIRE(service.server(n).previous_weight == next.server(n).previous_weight);
        }
    }
}

TEST_CASE("whatever state a service is in, stop and removal leave nothing behind") {
    for (int fleet = 0; fleet < kFleets; ++fleet) {
        Random random(static_cast<unsigned>(fleet) + 1);
        Facts facts = random.facts();
        Service service(config_of(facts));
        ActionList actions;
        service.start(actions);
        for (int event = 0; event < kEvents; ++event) anything(random, service, facts, actions);
        std::vector<bool> was_alive;
        for (const ServerFact& server : facts.servers) was_alive.push_back(server.is_alive());
        actions.clear();
        service.remove(actions);
        REQUIRE(service.desired().empty());
        for (const Action& action : actions) {
            if (action.kind != Action::Kind::server) continue;
            REQUIRE_FALSE(action.up);
            REQUIRE(was_alive[action.server]);
            was_alive[action.server] = false;
        }
        REQUIRE(std::count(was_alive.begin(), was_alive.end(), true) == 0);
    }
}
