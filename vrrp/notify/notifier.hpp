// Tells the world about changes of state: scripts, FIFOs, mail (vrrp-behaviour.md §10). D-Bus and SNMP read
// the board.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "conf/model.hpp"
#include "vrrp/protocol/router.hpp"

namespace boost::asio {
class io_context;
}
namespace process {
class ScriptRunner;
}

namespace vrrp::notify {

/// Open, non-blocking descriptors which the supervisor passed; -1 = not configured. Not owned.
struct Fifos {
    int notify = -1;       ///< notify_fifo
    int vrrp_notify = -1;  ///< vrrp_notify_fifo
};

/// Where a notification stands, for the row: `finished` is false from the moment it is taken until its
/// scripts have ended.
struct Progress {
    std::function<void(protocol::InstanceIndex, protocol::State notified, bool finished)> instance;
    std::function<void(protocol::GroupIndex, protocol::State notified, bool finished)> group;
};

struct StateOf {
    protocol::State state = protocol::State::init;
    std::uint8_t priority = 0;
};

class Notifier {
  public:
    Notifier(boost::asio::io_context& loop, process::ScriptRunner& runner, Progress progress);
    ~Notifier();

    /// Start and reload. Scripts queued or running for instances that continue (by `continuation`) go on;
    /// pass an empty one at a start. The model stays where it is until the next call.
    void configure(const conf::Model& model, Fifos fifos, const protocol::Continuation& continuation);

    void notify(const protocol::NotifyInstance& notice);
    void notify(const protocol::NotifyGroup& notice);
    /// After an adoption: the notification which the predecessor had taken but not finished runs again; FIFOs
    /// too.
    void resume(protocol::InstanceIndex instance, protocol::State notified, std::uint8_t priority);
    void resume_group(protocol::GroupIndex group, protocol::State notified);
    /// Adopted and already told: remembered, so that mails do not repeat.
    void assume(protocol::InstanceIndex instance, protocol::State notified);
    void assume_group(protocol::GroupIndex group, protocol::State notified);

    /// An instance of the old model is gone after a reload; call it before configure().
    /// @param was  its last state: nothing is told when that was FAULT
    void deleted(protocol::InstanceIndex old_instance, StateOf was);
    /// fifo_write_vrrp_states_on_reload: all groups and instances to the FIFOs again (the reference forgets masters).
    /// Does nothing when the keyword is not set.
    void write_states(std::span<const StateOf> instances, std::span<const protocol::State> groups);

    /// Clean stop, after the STOP notices were given: `then` is called once, from the loop, when the last
    /// script and mail are over, at the latest after 1 s (scripts which still run get SIGKILL).
    void finish(std::function<void()> then);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace vrrp::notify
