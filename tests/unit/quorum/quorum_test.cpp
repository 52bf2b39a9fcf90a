// The quorum algebra against the sequences observed on the reference (lvs-behaviour.md §5.3, §16 D1, D3, D9)
// and against a slow, obvious model over random fleets.
#include <catch2/catch.hpp>
#include <random>

#include "check/quorum/service.hpp"

using namespace check::quorum;

namespace {

ServerConfig server(const char* name, std::int64_t weight, int checkers = 1, bool inhibit = false,
                    bool alpha = false) {
    return {name, weight, inhibit, std::vector<CheckerConfig>(static_cast<std::size_t>(checkers), {alpha})};
}

ServiceConfig three_with_sorry() {
    ServiceConfig config;
    config.name = "[10.0.0.1]:tcp:80";
    config.quorum = 4;
    config.hysteresis = 2;
    config.has_sorry = true;
    config.sorry_name = "[192.168.9.9]:tcp:80";
    config.servers = {server("[192.168.1.1]:tcp:80", 3), server("[192.168.1.2]:tcp:80", 2),
                      server("[192.168.1.3]:tcp:80", 2)};
    return config;
}

/// The lines of the notify FIFO, as people read them.
std::vector<std::string> fifo(const ActionList& actions, const ServiceConfig& config) {
    std::vector<std::string> lines;
    for (const Action& action : actions) {
        const std::string state = action.up ? " UP" : " DOWN";
        if (action.kind == Action::Kind::service) lines.push_back("VS" + state);
        if (action.kind == Action::Kind::server)
            lines.push_back("RS " + config.servers[action.server].name + state);
    }
    return lines;
}

std::vector<std::string> logged(const ActionList& actions) {
    std::vector<std::string> lines;
    for (const Action& action : actions) {
        if (action.kind == Action::Kind::log) lines.push_back(action.text);
    }
    return lines;
}

using Wishes = std::vector<Wish>;

}  // namespace

TEST_CASE("a quorum with hysteresis loses and gains where the reference does (D1)") {
    Service service(three_with_sorry());
    ActionList all;
    service.start(all);
    CHECK(logged(all) == std::vector<std::string>{"Gained quorum 4+2=6 <= 7 for VS [10.0.0.1]:tcp:80"});

    service.checker_result(1, 0, false, all);
    service.checker_result(2, 0, false, all);
    CHECK(service.desired() == Wishes{{0, 3}});
    service.checker_result(0, 0, false, all);
    CHECK(service.desired() == Wishes{{Wish::kSorry, 1}});
    service.checker_result(0, 0, true, all);
    CHECK(service.desired() == Wishes{{Wish::kSorry, 1}});
    service.checker_result(1, 0, true, all);
    CHECK(service.desired() == Wishes{{Wish::kSorry, 1}});
    service.checker_result(2, 0, true, all);
    CHECK(service.desired() == Wishes{{0, 3}, {1, 2}, {2, 2}});

    CHECK(fifo(all, service.config()) ==
          std::vector<std::string>{"VS UP", "RS [192.168.1.2]:tcp:80 DOWN", "RS [192.168.1.3]:tcp:80 DOWN",
                                   "RS [192.168.1.1]:tcp:80 DOWN", "VS DOWN", "RS [192.168.1.1]:tcp:80 UP",
                                   "RS [192.168.1.2]:tcp:80 UP", "RS [192.168.1.3]:tcp:80 UP", "VS UP"});
    CHECK(logged(all) ==
          std::vector<std::string>{"Gained quorum 4+2=6 <= 7 for VS [10.0.0.1]:tcp:80",
                                   "Removing service [192.168.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80",
                                   "Removing service [192.168.1.3]:tcp:80 from VS [10.0.0.1]:tcp:80",
                                   "Removing service [192.168.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80",
                                   "Lost quorum 4-2=2 > 0 for VS [10.0.0.1]:tcp:80",
                                   "Adding sorry server [192.168.9.9]:tcp:80 to VS [10.0.0.1]:tcp:80",
                                   "Removing alive servers from the pool for VS [10.0.0.1]:tcp:80",
                                   "Adding service [192.168.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80",
                                   "Adding service [192.168.1.2]:tcp:80 to VS [10.0.0.1]:tcp:80",
                                   "Adding service [192.168.1.3]:tcp:80 to VS [10.0.0.1]:tcp:80",
                                   "Gained quorum 4+2=6 <= 7 for VS [10.0.0.1]:tcp:80",
                                   "Removing sorry server [192.168.9.9]:tcp:80 from VS [10.0.0.1]:tcp:80",
                                   "Adding alive servers to the pool for VS [10.0.0.1]:tcp:80"});
}

TEST_CASE("inhibited servers and an inhibited sorry server keep their place with weight 0 (D9)") {
    ServiceConfig config;
    config.name = "VS";
    config.quorum = 2;
    config.hysteresis = 1;
    config.has_sorry = config.sorry_inhibit = true;
    config.sorry_name = "sorry";
    config.servers = {server("1", 2), server("2", 1, 1, true), server("3", 0, 0)};
    Service service(config);
    ActionList actions;
    service.start(actions);
    CHECK(service.desired() == Wishes{{0, 2}, {1, 1}, {2, 0}, {Wish::kSorry, 0}});
    service.checker_result(0, 0, false, actions);
    CHECK(service.desired() == Wishes{{1, 1}, {2, 0}, {Wish::kSorry, 0}});
    service.checker_result(1, 0, false, actions);
    CHECK(service.desired() == Wishes{{1, 0}, {Wish::kSorry, 1}});
    service.checker_result(1, 0, true, actions);
    CHECK(service.desired() == Wishes{{1, 0}, {Wish::kSorry, 1}});
    service.checker_result(0, 0, true, actions);
    CHECK(service.desired() == Wishes{{0, 2}, {1, 1}, {2, 0}, {Wish::kSorry, 0}});
}

TEST_CASE("a server is up only while all its checkers are (D3)") {
    ServiceConfig config{.name = "VS", .servers = {server("1", 1, 2)}};
    Service service(config);
    ActionList actions;
    service.start(actions);
    service.checker_result(0, 0, false, actions);
    CHECK(service.desired().empty());
    service.checker_result(0, 1, false, actions);
    actions.clear();
    service.checker_result(0, 0, true, actions);
    CHECK(actions.empty());
    service.checker_result(0, 1, true, actions);
    CHECK(logged(actions).front() == "Adding service 1 to VS VS");
}

TEST_CASE("an alpha server comes in with its first success, with inhibit it waits with weight 0") {
    ServiceConfig config{.name = "VS",
                         .servers = {server("1", 7, 1, false, true), server("2", 7, 1, true, true)}};
    Service service(config);
    ActionList actions;
    service.start(actions);
    CHECK(service.desired() == Wishes{{1, 0}});
    CHECK(logged(actions).empty());
    service.checker_result(0, 0, true, actions);
    service.checker_result(1, 0, true, actions);
    CHECK(service.desired() == Wishes{{0, 7}, {1, 7}});
}

TEST_CASE("an alpha server that fails at first is notified once") {
    ServiceConfig config{.name = "VS", .servers = {server("1", 1, 1, false, true)}};
    Service service(config);
    ActionList actions;
    service.start(actions);
    service.checker_result(0, 0, false, actions);
    service.checker_result(0, 0, false, actions);
    CHECK(fifo(actions, config) == std::vector<std::string>{"RS 1 DOWN"});
}

TEST_CASE("a start below quorum brings the sorry server and says so with the reference's arithmetic") {
    ServiceConfig config = three_with_sorry();
    config.quorum = 5;
    config.hysteresis = 3;
    Service service(config);
    ActionList actions;
    service.start(actions);
    CHECK(logged(actions).front() == "Starting with quorum down 5-3=8 > 7 for VS [10.0.0.1]:tcp:80");
    CHECK(service.desired() == Wishes{{Wish::kSorry, 1}});
    CHECK(fifo(actions, config) == std::vector<std::string>{"VS DOWN"});
}

TEST_CASE("a contribution changes the weight, negative sums are programmed as 0") {
    ServiceConfig config{.name = "VS", .servers = {server("1", 10, 2)}};
    Service service(config);
    ActionList actions;
    service.start(actions);
    service.checker_contribution(0, 0, 10, actions);
    service.checker_contribution(0, 1, 20, actions);
    CHECK(service.desired() == Wishes{{0, 40}});
    service.checker_contribution(0, 0, -70, actions);
    CHECK(service.desired() == Wishes{{0, 0}});
    CHECK(logged(actions).back() == "Lost quorum 1-0=1 > 0 for VS VS");
}

TEST_CASE("a drained server keeps its connections: weight 0, and not counted") {
    ServiceConfig config{.name = "VS", .servers = {server("1", 1), server("2", 1)}};
    Service service(config);
    ActionList actions;
    service.start(actions);
    service.set_override(0, Override::drain, actions);
    CHECK(service.desired() == Wishes{{0, 0}, {1, 1}});
    service.set_override(0, Override::disabled, actions);
    CHECK(service.desired() == Wishes{{1, 1}});
    service.set_override(0, Override::none, actions);
    CHECK(service.desired() == Wishes{{0, 1}, {1, 1}});
}

TEST_CASE("omega notifies at a stop, without it a stop is silent") {
    for (const bool omega : {false, true}) {
        ServiceConfig config{.name = "VS", .omega = omega, .servers = {server("1", 1)}};
        Service service(config);
        ActionList actions;
        service.start(actions);
        actions.clear();
        service.stop(false, actions);
        CHECK(logged(actions) == std::vector<std::string>{"Shutting down service 1 from VS VS"});
        CHECK(fifo(actions, config) ==
              (omega ? std::vector<std::string>{"RS 1 DOWN", "VS DOWN"} : std::vector<std::string>{}));
        CHECK(service.desired().empty());
    }
}

TEST_CASE("omega tells of a quorum that is lost once more at a stop") {
    ServiceConfig config{.name = "VS", .omega = true, .servers = {server("1", 1, 1)}};
    Service service(config);
    ActionList actions;
    service.start(actions);
    service.checker_result(0, 0, false, actions);
    actions.clear();
    service.stop(false, actions);
    CHECK(fifo(actions, config) == std::vector<std::string>{"VS DOWN"});
}

TEST_CASE("a service that goes loses its quorum") {
    ServiceConfig config{.name = "VS", .quorum = 2, .servers = {server("1", 1), server("2", 1)}};
    Service service(config);
    ActionList actions;
    service.start(actions);
    actions.clear();
    service.remove(actions);
    CHECK(fifo(actions, config) == std::vector<std::string>{"RS 1 DOWN", "RS 2 DOWN", "VS DOWN"});
    CHECK(actions.back().text == "=> Lost quorum 2+0=2 <= 0 <=");
}

TEST_CASE("a reload weighs the quorum when all new weights are known, and speaks as at a start") {
    ServiceConfig config{.name = "VS", .servers = {server("1", 1), server("2", 1)}};
    Service old(config);
    ActionList actions;
    old.start(actions);
    actions.clear();
    config.servers[0].weight = config.servers[1].weight = 0;
    config.quorum = 0;
    config.hysteresis = UINT32_MAX;  // as the reader makes it where there is no weight
    Service next(config);
    next.continue_from(old, {0, 1}, {{0}, {0}}, true, actions);
    CHECK(logged(actions) ==
          std::vector<std::string>{"Changing weight from 1 to 0 for active service 1 of VS VS",
                                   "Changing weight from 1 to 0 for active service 2 of VS VS",
                                   "Starting with quorum down 0-4294967295=1 > 0 for VS VS"});
    CHECK(actions.back().text == "=> Starting with quorum down 0+4294967295=1 <= 0 <=");
}

TEST_CASE("a reload to another sorry server says that the one which waited with weight 0 goes") {
    ServiceConfig config = three_with_sorry();
    config.sorry_inhibit = true;
    Service old(config);
    ActionList actions;
    old.start(actions);
    actions.clear();
    config.sorry_name = "[192.168.9.8]:tcp:80";
    Service next(config);
    next.continue_from(old, {0, 1, 2}, {{0}, {0}, {0}}, false, actions);
    CHECK(logged(actions) ==
          std::vector<std::string>{"Removing sorry server [192.168.9.9]:tcp:80 from VS [10.0.0.1]:tcp:80"});
    CHECK(next.desired().back() == Wish{Wish::kSorry, 0});
}

TEST_CASE("a reload keeps what did not change and says what did") {
    Service old(three_with_sorry());
    ActionList actions;
    old.start(actions);
    old.checker_result(1, 0, false, actions);
    ServiceConfig config = three_with_sorry();
    config.servers[0].weight = 5;
    config.servers[2] = server("[192.168.1.4]:tcp:80", 2);
    Service next(config);
    actions.clear();
    old.remove_servers({true, true, false}, actions);
    next.continue_from(old, {0, 1, Service::kNew}, {{0}, {0}, {Service::kNew}}, true, actions);
    CHECK(fifo(actions, config) == std::vector<std::string>{"RS [192.168.1.4]:tcp:80 DOWN"});
    CHECK(logged(actions) ==
          std::vector<std::string>{
              "service [192.168.1.3]:tcp:80 no longer exist",
              "Removing service [192.168.1.3]:tcp:80 from VS [10.0.0.1]:tcp:80",
              "Changing weight from 3 to 5 for active service [192.168.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80"});
    CHECK(next.desired() == Wishes{{0, 5}, {2, 2}});
}

TEST_CASE("an unchanged reload says and changes nothing") {
    Service old(three_with_sorry());
    ActionList actions;
    old.start(actions);
    old.checker_result(2, 0, false, actions);
    const auto before = old.desired();
    Service next(three_with_sorry());
    actions.clear();
    next.continue_from(old, {0, 1, 2}, {{0}, {0}, {0}}, true, actions);
    CHECK(actions.empty());
    CHECK(next.desired() == before);
}

// ------------------------------------------------------------------------------------------------ the
// obvious model

namespace {

/// Remembers only what checkers said last, and works everything out anew each time.
struct Model {
    ServiceConfig config;
    std::vector<std::vector<bool>> up;
    std::vector<std::vector<std::int64_t>> contribution;
    bool quorum_up = false;

    explicit Model(const ServiceConfig& c) : config(c) {
        for (const auto& s : config.servers) {
            std::vector<bool> checkers;
            for (const auto& k : s.checkers) checkers.push_back(!k.alpha);
            up.push_back(checkers);
            contribution.emplace_back(s.checkers.size(), 0);
        }
    }
    bool alive(std::size_t n) const {
        for (const bool u : up[n]) {
            if (!u) return false;
        }
        return true;
    }
    std::int64_t weight(std::size_t n) const {
        std::int64_t w = config.servers[n].weight;
        for (const auto c : contribution[n]) w += c;
        return std::min<std::int64_t>(std::max<std::int64_t>(w, 0), 2147483647);
    }
    void settle() {
        std::int64_t sum = 0;
        for (std::size_t n = 0; n < up.size(); ++n) sum += alive(n) ? weight(n) : 0;
        if (quorum_up && (sum == 0 || sum < std::int64_t{config.quorum} - config.hysteresis)) {
            quorum_up = false;
        } else if (!quorum_up && sum >= std::int64_t{config.quorum} + config.hysteresis) {
            quorum_up = true;
        }
    }
    /// Weights of the servers which serve traffic; the sorry server under its own number.
    Wishes serving() const {
        Wishes wishes;
        if (!quorum_up && config.has_sorry) return {{Wish::kSorry, 1}};
        for (std::uint32_t n = 0; n < up.size(); ++n) {
            if (alive(n) && weight(n) > 0) wishes.push_back({n, static_cast<std::uint32_t>(weight(n))});
        }
        return wishes;
    }
};

Wishes with_weight(Wishes wishes) {
    std::erase_if(wishes, [](const Wish& wish) { return wish.weight == 0; });
    return wishes;
}

}  // namespace

TEST_CASE("random fleets and orders of events agree with the obvious model") {
    std::mt19937 random(11);  // NOLINT(bugprone-random-generator-seed): the same fleets in every run
    const auto below = [&random](unsigned n) { return static_cast<std::uint32_t>(random() % n); };
    for (int fleet = 0; fleet < 300; ++fleet) {
        ServiceConfig config{.name = "VS"};
        std::uint32_t total = 0;
        for (std::uint32_t n = 1 + below(5); n > 0; --n) {
            const std::uint32_t weight = below(5);
            total += weight;
            config.servers.push_back(
                server("s", weight, 1 + static_cast<int>(below(3)), below(3) == 0, below(4) == 0));
        }
        config.quorum = 1 + below(std::max(total, 1U));
        config.hysteresis = below(config.quorum);
        config.has_sorry = below(2) == 0;
        config.sorry_inhibit = below(2) == 0;
        Service service(config);
        Model model(config);
        ActionList actions;
        service.start(actions);
        model.settle();
        for (int step = 0; step < 60; ++step) {
            const std::uint32_t s = below(static_cast<unsigned>(config.servers.size()));
            const std::uint32_t c = below(static_cast<unsigned>(config.servers[s].checkers.size()));
            if (below(5) == 0) {
                const std::int64_t share = std::int64_t{below(9)} - 4;
                service.checker_contribution(s, c, share, actions);
                model.contribution[s][c] = share;
            } else {
                const bool up = below(2) == 0;
                service.checker_result(s, c, up, actions);
                if (!up && model.up[s][c]) model.contribution[s][c] = 0;
                model.up[s][c] = up;
            }
            model.settle();
            INFO("fleet " << fleet << " step " << step);
            REQUIRE(service.state().quorum_up == model.quorum_up);
            REQUIRE(with_weight(service.desired()) == model.serving());
        }
    }
}
