// The inside of Router: what its source files share. election.cpp holds the transition table, transitions.cpp
// what happens on the way from state to state, groups.cpp what the members of a sync group do to each other,
// segments.cpp who meets its like, tracking.cpp the priority algebra, adverts.cpp sending and timers, reload.cpp how a configuration or a dead
// predecessor is continued.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "vrrp/protocol/advert_grid.hpp"
#include "vrrp/protocol/deadline_heap.hpp"
#include "vrrp/protocol/reception.hpp"
#include "vrrp/protocol/router.hpp"

namespace vrrp::protocol {

/// Indices that changed, each once, in the order of their first change.
class ChangedSet {
  public:
    void reset(std::size_t count) {
        marked_.assign(count, 0);
        order_.clear();
        order_.reserve(count);
    }
    void add(std::uint32_t index) {
        if (marked_[index] != 0) return;
        marked_[index] = 1;
        order_.push_back(index);
    }
    const std::vector<std::uint32_t>& items() const { return order_; }
    void clear() {
        for (const std::uint32_t index : order_) marked_[index] = 0;
        order_.clear();
    }

  private:
    std::vector<std::uint8_t> marked_;
    std::vector<std::uint32_t> order_;
};

/// Last known result of a tracked object.
struct TrackerResult {
    Verdict verdict = Verdict::unknown;
    std::int64_t value = 0;  ///< files
};

/// A tracked object as seen by the instance which uses it.
struct TrackedUse {
    TrackerIndex tracker = kNone;
    std::int32_t weight = 0;
    bool reverse = false;
};

struct FaultWords {
    Fault fault;
    std::string text;
};

/// What happens to an instance. The transition table of election.cpp is indexed by these.
enum class Input : std::uint8_t {
    start,
    stop,
    advertisement,
    advert_due,
    master_down,
    rogue_judged,    ///< time to see whether another address owner is still there
    faults_changed,  ///< the set of faults became empty, became not empty, or is no longer only about first
                     ///< script results
    hand_over,       ///< an operator wants the backup to take over
    step_down,       ///< another member of the sync group met a better advert, or an operator
};

constexpr std::uint32_t bit(Fault fault) { return static_cast<std::uint32_t>(fault); }

struct Router::Impl {
    explicit Impl(RouterConfig next);

    // ---- configuration, and what follows from it
    RouterConfig config;
    std::vector<std::vector<TrackedUse>> uses_of;  ///< of each instance

    // ---- state
    std::vector<VirtualRouterState> states;
    std::vector<AuthMemory> auth_memories;  ///< of each instance; empty while none has auth_hmac
    std::vector<SyncGroupState> groups;
    std::vector<TrackerResult> results;   ///< of each tracker
    std::vector<std::uint32_t> segments;  ///< of each instance; 0 = none
    bool running = false;                 ///< Start was given
    bool yielding_to_equal = false;       ///< and the sync group follows just now
    Instant delay_until = {};             ///< end of the startup delay
    bool delay_announced = false;         ///< "Delaying startup" was logged, its end was not

    // ---- bookkeeping
    DeadlineHeap deadlines;  ///< of each instance, and one more for the startup delay
    AdvertGrid grid;
    ChangedSet changed, changed_groups;  ///< since take_changed
    ChangedSet touched;                  ///< in this turn: deadlines to be renewed
    /// The words for each fault that is not a tracker's, the last one at the end.
    std::unordered_map<InstanceIndex, std::vector<FaultWords>> fault_details;

    // ---- the present turn
    Instant now = {};
    ActionList* actions = nullptr;

    // ------------------------------------------------------------------------------------ router.cpp
    void size_tables();
    void begin_turn(Instant at, ActionList& out);
    void end_turn();
    AuthMemory& auth_memory(InstanceIndex i) {
        static AuthMemory untouched;
        return auth_memories.empty() ? untouched : auth_memories[i];
    }
    VirtualRouterState& edit(InstanceIndex i) {
        changed.add(i);
        touched.add(i);
        return states[i];
    }
    SyncGroupState& edit_group(GroupIndex g) {
        changed_groups.add(g);
        return groups[g];
    }
    void emit(Action action) { actions->push_back(std::move(action)); }
    template <typename... Args>
    void log(fmt::format_string<Args...> text, Args&&... args) {
        emit(LogLine{fmt::format(text, std::forward<Args>(args)...)});
    }
    /// Only with -D.
    template <typename... Args>
    void log_detail(InstanceIndex i, fmt::format_string<Args...> text, Args&&... args) {
        if (config.instances[i].detail_log)
            emit(LogLine{fmt::format(text, std::forward<Args>(args)...), true});
    }
    void handle(const PacketReceived& event);
    void handle(const TimerExpired& event);
    void handle(const FaultChanged& event);
    void set_fault_words(InstanceIndex i, Fault fault, std::string_view text);  ///< empty = it is gone
    void handle(const SourceAddressChanged& event);
    void handle(const SegmentChanged& event);
    void handle(const TrackerChanged& event);
    void handle(const Start& event);
    void handle(const Stop& event);
    void handle(const PrioritySet& event);
    void set_first_priority(InstanceIndex i);
    void start_instance(InstanceIndex i);

    // ------------------------------------------------------------------------------------ election.cpp
    /// Looks the input up in the transition table and does what it says.
    void dispatch(InstanceIndex i, Input input, const Advertisement* advert = nullptr);

    // ------------------------------------------------------------------------------------ transitions.cpp
    /// The ways from state to state of one instance alone; the group's part is in groups.cpp.
    void enter_master(InstanceIndex i, const std::string& cause);
    /// @param timer  of Master_Down_Timer
    void enter_backup(InstanceIndex i, Nanoseconds timer, const std::string& cause);
    void enter_fault(InstanceIndex i, const std::string& cause);
    void enter_stop(InstanceIndex i, bool dont_release);
    void leave_master(InstanceIndex i, bool release_objects = true);
    void record(InstanceIndex i, State from, const std::string& cause);
    void notify(InstanceIndex i, Notice notice = Notice::state);

    // ------------------------------------------------------------------------------------ adverts.cpp
    void send_advert(InstanceIndex i, std::uint8_t priority);
    void send_extra_advert(InstanceIndex i);  ///< out of turn: the advert timer starts again
    void schedule_first_periodic_advert(InstanceIndex i);
    void schedule_next_advert(InstanceIndex i);
    void leave_grid(InstanceIndex i);
    void start_down_timer(InstanceIndex i, Nanoseconds timer);
    void send_gratuitous_arps(InstanceIndex i);
    void answer_lower_priority(InstanceIndex i);  ///< bursts for the instance and its group
    void garp_timers(InstanceIndex i);
    Instant deadline_of(InstanceIndex i) const;

    // ------------------------------------------------------------------------------------ groups.cpp
    GroupIndex group_of(InstanceIndex i) const { return config.instances[i].group_index; }
    Nanoseconds spread_after_tie(InstanceIndex i) const;
    bool group_agrees_to_lead(InstanceIndex i) const;
    void set_group_state(GroupIndex g, State state);
    void follow_to_master(InstanceIndex leader);
    void follow_to_backup(InstanceIndex leader);
    void settle_faults(InstanceIndex i);
    bool is_loud(InstanceIndex i) const;
    void start_groups();

    // ------------------------------------------------------------------------------------ segments.cpp
    bool meets_its_like(InstanceIndex i) const;
    void judge_segment(InstanceIndex i);  ///< sets or clears its fault duplicate_vrid

    // ------------------------------------------------------------------------------------ tracking.cpp
    void index_trackers();
    /// Contributions of all trackers: the total priority, and the faults they cause.
    void evaluate_trackers(InstanceIndex i);
    void apply_priority(InstanceIndex i, std::optional<std::uint8_t> told_from = std::nullopt);
    std::uint8_t base_priority(InstanceIndex i) const;
    std::string tracker_fault_text(const TrackedUse& use) const;
    std::string fault_text(InstanceIndex i) const;
    void log_faults(InstanceIndex i, const std::string& cause);
    const TrackedUse* faulty_tracker(InstanceIndex i) const;

    const VirtualRouterConfig& conf(InstanceIndex i) const { return config.instances[i]; }
};

}  // namespace vrrp::protocol
