// The checker child's shell: one loop; fleet, table, notifier and board of the generation in force.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "check/child/external_checks.hpp"
#include "check/child/fleet.hpp"
#include "check/child/local_addresses.hpp"
#include "check/child/mark_rules.hpp"
#include "check/child/notifier.hpp"
#include "check/child/ping_group_range.hpp"
#include "check/child/table_keeper.hpp"
#include "check/probe/tls_context.hpp"
#include "conf/reader.hpp"
#include "lib/board/board.hpp"
#include "lib/net/event_loop.hpp"
#include "lib/process/control.hpp"
#include "lib/process/script_runner.hpp"

namespace check {

/// A generation that is ready to come into force.
struct Prepared {
    conf::Generation generation;
    control::Adopt adopt = control::Adopt::none;
    bool stays = false;  ///< the generation in force once more: only its number, the hash and `tls` count
    board::Board board, old_board;
    std::unique_ptr<TlsContext> tls;
    Fifos fifos;
    std::vector<UniqueFd> descriptors;  ///< what the FIFOs' numbers stand for
    UniqueFd ipvs_socket;  ///< opened by the supervisor in net_namespace_ipvs; empty = our own namespace
};

class Shell {
  public:
    Shell(net::EventLoop& loop, const control::Options& options);
    ~Shell();

    /// A generation is in force.
    bool running() const { return current_ != nullptr; }
    /// Whether a reload with nothing new can go on with what is there.
    bool can_stay() const;
    const conf::Generation& generation() const { return current_->generation; }
    /// Whatever can fail: the TLS context. Nothing visible changes.
    Result<> prepare(Prepared& next);
    Result<> commit(Prepared next);
    /// Clean stop; `then` when the last script and mail are over.
    void stop(std::function<void()> then);
    /// Cleaner of a dead predecessor: its services leave the kernel.
    Result<> release(Prepared last);
    void publish_all();

  private:
    net::EventLoop& loop_;
    control::Options options_;
    process::ScriptRunner scripts_;
    TableKeeper table_;
    Notifier notifier_;
    ExternalChecks external_;
    LocalAddresses addresses_;
    std::unique_ptr<Prepared> current_;
    std::unique_ptr<Fleet> fleet_;
    rows::Process process_row_;
    MarkRules marks_;
    PingGroupRange ping_range_;
    bool serving_ =
        true;  ///< false: services are configured, but this kernel has no ip_vs; nothing is checked
    bool stopping_ = false;

    Fleet::Effects effects();
    std::unique_ptr<Fleet> make_fleet(Prepared& generation);
    bool can_serve(Prepared& generation);
    void use_resources(const conf::Model& model);
    void set_marks();
    void start_first();
    void fill_table(bool successor);
    void stay(Prepared next);
    void reload(std::unique_ptr<Fleet> fleet, std::unique_ptr<Prepared> upcoming);
    void follow_addresses(const conf::Model& model);
    std::vector<bool> suspended(const conf::Lvs& lvs) const;
    void begin_suspended(Fleet& fleet);
    void address_changed(const net::IpAddress& address, bool present);
    void suspend_by_addresses();
    bool is_present(const conf::VirtualServer& server, const conf::Lvs& lvs) const;
    void in_force();
    void turn();
    void publish_process();
};

/// Typed views of a board's tables.
FleetTables fleet_tables(const board::Board& board);

}  // namespace check
