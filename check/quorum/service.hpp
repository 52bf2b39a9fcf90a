// One virtual server: which of its real servers are in the table, with which weight, and when its quorum is
// gained or lost. Pure: results of checks in, desired destinations and notices out (lvs-behaviour.md §5;
// design.md, idea 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check/quorum/state.hpp"

namespace check::quorum {

struct CheckerConfig {
    bool alpha = false;  ///< starts down
};

struct ServerConfig {
    std::string name;  ///< "[ip]:proto:port", for lines
    std::int64_t weight = 1;
    bool inhibit = false;
    std::vector<CheckerConfig> checkers;
};

struct ServiceConfig {
    std::string name;
    std::uint32_t quorum = 1;
    std::uint32_t hysteresis = 0;
    bool omega = false;
    bool rs_init_notifies = false;
    bool has_sorry = false;
    bool sorry_inhibit = false;
    bool sorry_is_real_server = false;  ///< the same address and port as one of the servers
    std::string sorry_name;
    std::vector<ServerConfig> servers;
};

// ---------------------------------------------------------------------------------------------- actions, in
// order

/// One thing to do, in order. `server`: notify_up / notify_down, FIFO line and trap of a real server; its mail is the
/// checker's own affair, but for a stop or removal, whose body is `text`. `service`: quorum_up / quorum_down, FIFO line,
/// trap, and a mail whose body is `text`.
struct Action {
    enum class Kind : std::uint8_t { log, server, service } kind = Kind::log;
    std::string text;          ///< the line, or the mail body
    std::uint32_t server = 0;  ///< index, kind `server` only
    bool up = false;
    bool stopping = false;  ///< stop, or removal at a reload: scripts are waited for
    friend bool operator==(const Action&, const Action&) = default;
};
using ActionList = std::vector<Action>;

/// A destination that ought to be in the table. Server kSorry is the sorry server.
struct Wish {
    static constexpr std::uint32_t kSorry = UINT32_MAX;
    std::uint32_t server = 0;
    std::uint32_t weight = 0;
    friend bool operator==(const Wish&, const Wish&) = default;
};

class Service {
  public:
    /// A service as it is before its start: checkers up unless alpha, nothing in the table.
    explicit Service(ServiceConfig config);

    const ServiceConfig& config() const { return config_; }

    /// §5.5: servers without a failed checker come in, then the quorum is tested for the first time.
    void start(ActionList& actions);
    /// A checker's verdict, after its retries (§5.1, §5.2).
    void checker_result(std::uint32_t server, std::uint32_t checker, bool up, ActionList& actions);
    /// A checker's share of its server's weight changed (§5.4).
    void checker_contribution(std::uint32_t server, std::uint32_t checker, std::int64_t contribution,
                              ActionList& actions);
    /// Before a reload, on the service that is to be continued: what the checker contributes under the new settings.
    void replace_contribution(std::uint32_t server, std::uint32_t checker, std::int64_t contribution);
    /// From outside: drain (weight 0, connections stay), disable (out), enable.
    void set_override(std::uint32_t server, Override override, ActionList& actions);
    /// From outside: the configured weight is replaced; nullopt puts it back.
    void set_weight(std::uint32_t server, std::optional<std::int64_t> weight, ActionList& actions);
    /// §12: what a clean stop says. @param quietly  lvs_flush_on_stop: no line and no notice a server
    void stop(bool quietly, ActionList& actions);
    /// §11: the service vanished from the configuration.
    void remove(ActionList& actions);
    /// §11: these servers vanished from it, before the rest continues. @param kept  for each server
    void remove_servers(const std::vector<bool>& kept, ActionList& actions);

    /// §11 step 2-4: this service continues `old`. @param server_of  for each of our servers its old index or
    /// kNew;
    /// @param checker_of  for each of our servers, for each of its checkers, the old index or kNew
    static constexpr std::uint32_t kNew = UINT32_MAX;
    void continue_from(const Service& old, const std::vector<std::uint32_t>& server_of,
                       const std::vector<std::vector<std::uint32_t>>& checker_of, bool same_sorry,
                       ActionList& actions);

    /// §11 with the very same settings: what continue_from() makes of a service that continues itself.
    void stay(ActionList& actions);

    /// Crash of the child: the rows of the predecessor. Nothing is notified.
    void adopt(const ServiceState& service, const std::vector<ServerState>& servers,
               const std::vector<std::vector<CheckerState>>& checkers);

    /// The desired destinations, sorry server last.
    std::vector<Wish> desired() const;

    const ServiceState& state() const { return state_; }
    const ServerState& server(std::uint32_t index) const { return servers_[index]; }
    const CheckerState& checker(std::uint32_t server, std::uint32_t index) const {
        return checkers_[server][index];
    }
    /// Sum of the weights of the alive servers, each clamped to 0 … 2^31−1.
    std::int64_t alive_weight() const;

  private:
    ServiceConfig config_;
    ServiceState state_;
    std::vector<ServerState> servers_;
    std::vector<std::vector<CheckerState>> checkers_;

    bool pool_is_active() const;
    std::int64_t effective_weight(std::uint32_t server) const;
    void set_alive(std::uint32_t server, bool alive, ActionList& actions);
    void update_alive(std::uint32_t server, ActionList& actions);
    void remove_server(std::uint32_t server, ActionList& actions);
    void update_weight(std::uint32_t server, ActionList& actions);
    void test_quorum(bool initial, ActionList& actions);
    void gain(ActionList& actions, std::int64_t sum, bool initial);
    void lose(ActionList& actions, std::int64_t sum, bool initial);
    void start_below(ActionList& actions, std::int64_t sum);
    void bring_sorry_in();
    void bring_pool_back(ActionList& actions);
};

}  // namespace check::quorum
