// Tracking algebra: what tracked objects do to the priority and the faults of an instance. vrrp-behaviour.md
// §9.
#include <algorithm>

#include "vrrp/protocol/router_impl.hpp"
#include "vrrp/protocol/timing.hpp"

namespace vrrp::protocol {

namespace {

constexpr std::int64_t kMaxFileContribution = 253;
constexpr std::int64_t kFileFault = -254;

/// What one tracked object does to one instance.
struct Contribution {
    std::int64_t priority = 0;
    bool fault = false;
    bool waits_for_first_result = false;
};

Contribution contribution_of_file(const TrackedUse& use, std::int64_t value) {
    if (use.weight == 0) return {.fault = (value != 0) != use.reverse};
    const std::int64_t amount = value * use.weight * (use.reverse ? -1 : 1);
    if (amount <= kFileFault) return {.fault = true};
    return {.priority = std::min(amount, kMaxFileContribution)};
}

Contribution contribution_of(TrackerKind kind, const TrackedUse& use, const TrackerResult& result) {
    if (kind == TrackerKind::file) return contribution_of_file(use, result.value);
    if (result.verdict == Verdict::unknown)
        return {.waits_for_first_result = kind == TrackerKind::script && use.weight == 0};
    const bool ok = result.verdict == Verdict::up;
    if (use.weight == 0) return {.fault = ok == use.reverse};
    const bool counts = use.weight > 0 ? ok : !ok;
    const std::int64_t sign = use.reverse ? -1 : 1;
    return {.priority = counts ? sign * use.weight : 0};
}

void set_fault(VirtualRouterState& state, Fault fault, bool present) {
    state.faults = present ? state.faults | bit(fault) : state.faults & ~bit(fault);
}

}  // namespace

void Router::Impl::index_trackers() {
    uses_of.assign(config.instances.size(), {});
    for (TrackerIndex t = 0; t < config.trackers.size(); ++t)
        for (const TrackerUse& use : config.trackers[t].uses)
            uses_of[use.instance].push_back({t, use.weight, use.reverse});
}

std::uint8_t Router::Impl::base_priority(InstanceIndex i) const {
    return states[i].priority_override != 0 ? states[i].priority_override : conf(i).priority;
}

void Router::Impl::evaluate_trackers(InstanceIndex i) {
    VirtualRouterState& state = edit(i);
    std::int64_t total = base_priority(i);
    state.tracker_faults = 0;
    state.trackers_in_init = 0;
    for (const TrackedUse& use : uses_of[i]) {
        const Contribution part =
            contribution_of(config.trackers[use.tracker].kind, use, results[use.tracker]);
        total += part.priority;
        if (part.fault) ++state.tracker_faults;
        if (part.waits_for_first_result) ++state.trackers_in_init;
    }
    constexpr std::int64_t kLimit = INT32_MAX;
    state.total_priority = static_cast<std::int32_t>(std::clamp(total, -kLimit, kLimit));
    if (conf(i).is_owner()) state.total_priority = 255;
    set_fault(state, Fault::tracker, state.tracker_faults > 0);
    // A script that joins later (reload) does not disturb: only an instance that has not left INIT waits for
    // first results.
    const bool waits = state.state == State::init || (state.faults & bit(Fault::tracker_init)) != 0;
    set_fault(state, Fault::tracker_init, waits && state.trackers_in_init > 0);
}

/// @param told_from  what it was, as people are told: at a reload what the file says, without trackers (run: 2.2.7)
void Router::Impl::apply_priority(InstanceIndex i, std::optional<std::uint8_t> told_from) {
    VirtualRouterState& state = edit(i);
    const std::uint8_t before = state.effective_priority;
    const auto after = conf(i).is_owner()
                           ? static_cast<std::uint8_t>(state.priority_reduced ? 254 : 255)
                           : static_cast<std::uint8_t>(std::clamp(state.total_priority, 1, 254));
    if (after == before) return;
    const Microseconds down_before = master_down_interval(conf(i), state);
    state.effective_priority = after;
    if (state.state == State::backup && state.master_down_due != kNever)
        state.master_down_due = state.master_down_due + (master_down_interval(conf(i), state) - down_before);
    // On the way out of FAULT it is the new state's line which tells the priority.
    if (state.state == State::fault || told_from == after) return;
    log("({}) Changing effective priority from {} to {}", conf(i).name, told_from.value_or(before), after);
    if (conf(i).notify_priority_changes) notify(i, Notice::priority);
}

std::string Router::Impl::tracker_fault_text(const TrackedUse& use) const {
    const TrackerConfig& tracker = config.trackers[use.tracker];
    switch (tracker.kind) {
        case TrackerKind::interface:
            return fmt::format("interface {} {}", tracker.name, use.reverse ? "up" : "down");
        case TrackerKind::script:
            return fmt::format("script {} {}", tracker.name, use.reverse ? "succeeded" : "failed");
        case TrackerKind::file:
            return fmt::format("tracked file {} has status {}", tracker.name, results[use.tracker].value);
        case TrackerKind::process:
            return fmt::format("tracked process {} quorum not achieved", tracker.name);
        case TrackerKind::bfd:
            return fmt::format("BFD instance {} is {}", tracker.name, use.reverse ? "up" : "down");
    }
    return tracker.name;
}

const TrackedUse* Router::Impl::faulty_tracker(InstanceIndex i) const {
    if ((states[i].faults & bit(Fault::tracker)) == 0) return nullptr;
    const auto found = std::ranges::find_if(uses_of[i], [&](const TrackedUse& use) {
        return contribution_of(config.trackers[use.tracker].kind, use, results[use.tracker]).fault;
    });
    return found == uses_of[i].end() ? nullptr : &*found;
}

/// The lines people grep, in three forms (vrrp-behaviour.md §12). An instance that begins in FAULT names each cause, later
/// on the one that has just come.
void Router::Impl::log_faults(InstanceIndex i, const std::string& cause) {
    constexpr std::uint32_t kFromTrackers =
        bit(Fault::tracker) | bit(Fault::tracker_init) | bit(Fault::sync_group);
    const auto say = [&](const std::string& text, bool colon) {
        log("({}){} entering FAULT state ({})", conf(i).name, colon ? ":" : "", text);
    };
    const bool only_trackers = (states[i].faults & ~kFromTrackers) == 0;
    if (const TrackedUse* use = only_trackers ? faulty_tracker(i) : nullptr; use != nullptr) {
        const TrackerConfig& tracker = config.trackers[use->tracker];
        if (tracker.kind != TrackerKind::script) return say(cause, tracker.kind != TrackerKind::process);
        return log("({}): entering FAULT state due to script {}", conf(i).name, tracker.name);
    }
    const auto told = fault_details.find(i);
    const bool several = states[i].state == State::init && told != fault_details.end();
    if (!several) return say(cause, !cause.starts_with("no IPv"));
    const auto& words = told->second;
    for (auto one = words.begin(); one != words.end(); ++one) {
        const bool twice =
            std::any_of(words.begin(), one, [&](const auto& w) { return w.text == one->text; });
        if (!twice) say(one->text, one->fault != Fault::no_source_address);
    }
}

/// The first cause of FAULT in words.
std::string Router::Impl::fault_text(InstanceIndex i) const {
    const VirtualRouterState& state = states[i];
    const auto has = [&](Fault fault) { return (state.faults & bit(fault)) != 0; };
    constexpr std::uint32_t kFromShell = bit(Fault::interface_down) | bit(Fault::base_interface_down) |
                                         bit(Fault::duplicate_vrid) | bit(Fault::no_source_address) |
                                         bit(Fault::unspecified) | bit(Fault::static_track_group);
    if ((state.faults & kFromShell) != 0) {
        const auto told = fault_details.find(i);
        if (told != fault_details.end()) return told->second.back().text;
    }
    if (has(Fault::config)) return "configuration";
    if (has(Fault::interface_down)) return "interface down";
    if (has(Fault::base_interface_down)) return "base interface down";
    if (has(Fault::duplicate_vrid)) return "duplicate VRID";
    if (has(Fault::no_source_address))
        return fmt::format("no IPv{} address for interface", conf(i).family == net::Family::ipv4 ? 4 : 6);
    if (has(Fault::static_track_group)) return "interface of a tracked static object down";
    if (const TrackedUse* use = faulty_tracker(i)) return tracker_fault_text(*use);
    if (has(Fault::tracker_init)) return "a tracked script has no result yet";
    if (has(Fault::sync_group)) return "fault in sync group " + config.groups[group_of(i)].name;
    return "unspecified";
}

}  // namespace vrrp::protocol
