// The VRRP child without its process: one generation in force, the pure core, and the parts that carry its actions out.
//
//   packets, kernel events, timers, tracker results ─► Router::step ─► actions ─► [rows published] ─► adverts ─► kernel
//   objects in batches, gratuitous ARP as each is in ─► routes, rules ─► notifications
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "conf/reader.hpp"
#include "lib/board/board.hpp"
#include "lib/net/event_loop.hpp"
#include "lib/process/control.hpp"
#include "lib/process/script_runner.hpp"
#include "lib/process/uninterrupted.hpp"
#include "vrrp/child/adverts.hpp"
#include "vrrp/child/firewall.hpp"
#include "vrrp/child/garp.hpp"
#include "vrrp/child/kernel_monitor.hpp"
#include "vrrp/child/kernel_objects.hpp"
#include "vrrp/child/kernel_view.hpp"
#include "vrrp/child/row_writer.hpp"
#include "vrrp/child/sync_daemon.hpp"
#include "vrrp/child/virtual_links.hpp"
#include "vrrp/core_config.hpp"
#include "vrrp/notify/notifier.hpp"
#include "vrrp/protocol/router.hpp"
#include "vrrp/tracking/trackers.hpp"

namespace vrrp {

/// What `prepare` made of a generation: nothing of it is visible yet.
struct Prepared {
    conf::Generation generation;
    CoreConfig core;
    board::Board board;
    board::Board old_board;
    control::Adopt adopt = control::Adopt::none;
    notify::Fifos fifos;
    std::vector<UniqueFd> descriptors;  ///< the FIFOs of the supervisor, ours while the generation lives
    UniqueFd ipvs_socket;               ///< with net_namespace_ipvs, opened there
};

class Shell {
  public:
    Shell(net::EventLoop& loop, const control::Options& options);
    ~Shell();

    /// A generation is in force.
    bool running() const { return running_; }
    /// Whatever can fail of a generation that is not in force yet; the generation in force goes on.
    Result<> prepare(Prepared& next);
    /// The generation comes into force: the first one, a reload, or adoption of a dead predecessor's.
    Result<> commit(Prepared next);
    /// Clean stop; `then` is called when the last script is over.
    void stop(std::function<void()> then);
    /// Of a dead predecessor: priority 0 for its masters, their objects removed, nobody told.
    Result<> release(Prepared next);
    /// Everything that is due, then the timer: the loop's end of turn.
    net::EventLoop::Turn turn();
    /// What a takeover needs is in memory.
    void rehearse() const;
    /// Rows as they are now, for a dump.
    void publish_all();
    /// STATS_CLEAR, first half: remembers what has just been published; it counts once the file is written.
    void mark_statistics();
    /// Second half: what was remembered becomes the baseline.
    void clear_statistics();

  private:
    using Notice = std::variant<protocol::NotifyInstance, protocol::NotifyGroup>;

    // shell.cpp
    void do_what_is_urgent();
    Instant expect_takeover(Instant now);
    void step(const protocol::Event& event);
    void perform();
    void stamp_and_publish();
    void carry_out(const protocol::Action& action);
    void burst(std::uint32_t instance, std::uint32_t repeat);
    void on_addresses_set(std::uint32_t owner);
    bool notify_in_order();
    bool waits_for_kernel(const Notice& notice) const;
    void take_kernel_changes();
    void note_lateness(Instant now);
    void follow_with_sync_daemon();

    // life_cycle.cpp
    Result<> start_first(Prepared next);
    void warn_of_settings() const;
    void log_missing_interfaces() const;
    void log_own_addresses() const;
    void make_links();
    void place_and_attach();
    void configure_adverts(const conf::Model& model);
    tracking::Tables tables() const;
    void hold_all_masters();
    void run_kernel_work();

    // reload.cpp
    Result<> reload(Prepared next);
    void continue_placements(const protocol::Continuation& continuation);
    void continue_rows(const protocol::Continuation& continuation, board::Board board,
                       std::uint32_t generation);
    void write_states();
    KernelObjects::Obsolete obsolete_objects(const conf::Model& after,
                                             const protocol::Continuation& continuation);

    // adoption.cpp
    void adopt(const board::Board& old);
    void adopt_interfaces(const board::Board& old);

    // telling.cpp
    void tell_facts(std::uint32_t instance);
    void tell_all_facts();
    void tell_interface_trackers();
    void tell_track_groups();
    void configure_trackers(bool is_reload, const board::Board* predecessor);

    net::EventLoop& loop_;
    control::Options options_;
    process::ScriptRunner runner_;
    KernelView kernel_;
    KernelObjects objects_;
    KernelMonitor monitor_;
    VirtualLinks links_;
    Firewall firewall_;
    GarpSender garp_;
    Adverts adverts_;
    SyncDaemon sync_daemon_;
    RowWriter rows_;
    std::vector<protocol::Counters>
        marked_;  ///< one an instance, between mark_statistics and clear_statistics
    std::optional<protocol::Router> router_;
    std::optional<tracking::Trackers> trackers_;
    std::optional<notify::Notifier> notifier_;

    std::unique_ptr<Prepared> current_;
    protocol::ActionList actions_;
    std::vector<protocol::InstanceIndex> due_, changed_;
    std::vector<protocol::GroupIndex> changed_groups_;
    std::vector<std::uint32_t> pending_garps_;  ///< rounds to be sent once the instance's addresses are in
    std::deque<Notice> notices_;
    std::function<void()> stopped_;
    Nanoseconds smallest_interval_{0};
    bool running_ = false;
    bool silent_ = false;  ///< nobody is told (release)
    bool kernel_work_posted_ = false;
    bool gives_memory_back_ = false;                  ///< a turn with very many actions was before
    std::optional<process::Uninterrupted> takeover_;  ///< one is about to be due
};

}  // namespace vrrp
