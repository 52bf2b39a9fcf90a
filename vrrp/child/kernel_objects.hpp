// The reconciler: makes the kernel hold the objects of those owners that are to hold them, in batches with turns of the
// loop in between, so that adverts and packets are never kept waiting (design.md, fast path).
//
//   hold(owner, yes/no) ─► queue ─► step(): one batch of addresses ─► events read ─► on_addresses ─► routes and rules ─► on_done
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lib/netlink/socket.hpp"
#include "vrrp/child/kernel_view.hpp"
#include "vrrp/child/repair.hpp"

namespace vrrp {

class KernelObjects {
  public:
    struct Callbacks {
        std::function<void()> read_events;  ///< the mirror becomes what the kernel holds now
        std::function<void(std::uint32_t owner)> addresses_set;  ///< all addresses of a holder are in
        std::function<void(std::uint32_t owner)> done;           ///< nothing more to do for this owner
        /// Before a holder's addresses come, after those of another have gone: firewall entries.
        std::function<void(std::uint32_t owner, bool hold)> guard;
    };

    KernelObjects(KernelView& kernel, Callbacks callbacks)
        : kernel_(kernel), callbacks_(std::move(callbacks)) {}
    Result<> open(const conf::Model& model);
    netlink::RequestSocket& requests() { return requests_; }

    /// The owners are those of the model in `kernel` now. What was queued is forgotten.
    void configure();
    /// The owner's objects are desired, or not; the queue makes it so.
    void hold(std::uint32_t owner, bool hold);
    /// The set of a holder again, after a link came up, a reload, an adoption: silent, only what is missing is added.
    void complete(std::uint32_t owner);
    /// Removes whatever of the owner's objects the kernel holds (residues of a predecessor).
    void clear_residue(std::uint32_t owner);
    /// Removes what the old model held and the new one does not want. Call it between place() and hold().
    struct Obsolete {
        std::vector<objects::AddressKey> addresses;
        std::vector<conf::Route> routes;
        std::vector<conf::Rule> rules;
    };
    void remove(const Obsolete& obsolete);

    /// One batch. True: there is more to do.
    bool step();
    bool busy(std::uint32_t owner) const { return progress_[owner].queued; }
    bool idle() const { return queue_.empty() && later_.empty(); }

    /// The kernel told that it no longer holds this.
    void address_vanished(std::uint32_t owner, std::uint32_t number, Instant now);
    void route_vanished(const netlink::RouteEvent& route, Instant now);
    void rule_vanished(const netlink::RuleEvent& rule, Instant now);
    void repair_due(Instant now);
    Instant next_deadline() const { return repairs_.next_deadline(); }

    std::uint64_t repairs() const { return repaired_; }
    std::uint64_t errors() const { return errors_; }

  private:
    enum class Kind : std::uint8_t { address = 0, route = 1, rule = 2, nothing = 3 };
    struct Progress {
        std::uint32_t next = 0;  ///< addresses already asked for
        bool queued = false;
        bool hold = false;
        bool silent = false;  ///< no lines "setting VIPs."
    };

    static std::uint64_t tag(Kind kind, std::uint32_t owner, std::size_t number);
    void step_addresses();
    void step_later();
    bool add_addresses(std::uint32_t owner, netlink::Batch& batch);
    void remove_all(std::uint32_t owner, netlink::Batch& batch);
    bool wanted_by_another(const objects::AddressKey& key, std::uint32_t owner);
    void add_routes_and_rules(std::uint32_t owner, netlink::Batch& batch);
    void append(netlink::Batch& batch, const netlink::Request& request, std::uint64_t tag);
    void run(netlink::Batch& batch);
    void report(const netlink::Failure& failure);
    void log_begin(std::uint32_t owner, bool hold) const;
    void log_routes(std::uint32_t owner, bool hold) const;
    void vanished(std::uint64_t object, const std::string& what, Instant now);
    void warn_static(std::uint32_t owner, const char* kind, const std::function<std::string()>& line) const;

    KernelView& kernel_;
    Callbacks callbacks_;
    netlink::RequestSocket requests_;
    std::vector<Progress> progress_;
    std::deque<std::uint32_t> queue_;  ///< owners whose addresses are to be set, or everything removed
    std::deque<std::uint32_t> later_;  ///< holders whose routes and rules are still to come
    std::vector<std::uint32_t> with_routes_, with_rules_;
    RepairSchedule repairs_;
    std::vector<std::uint64_t> due_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>>
        asked_;  ///< addresses of the batch that is being built
    std::uint64_t repaired_ = 0, errors_ = 0;
};

}  // namespace vrrp
