// Sync groups: members lead together, and fall together. vrrp-behaviour.md §5.7; the order of log and
// notifications is that of the table there.
#include <algorithm>

#include "vrrp/protocol/router_impl.hpp"

namespace vrrp::protocol {

namespace {

constexpr std::uint32_t kSilentFaults = bit(Fault::tracker_init) | bit(Fault::sync_group);

}  // namespace

/// All the others lead already, or would if we did.
bool Router::Impl::group_agrees_to_lead(InstanceIndex i) const {
    if (group_of(i) == kNone) return true;
    return std::ranges::all_of(config.groups[group_of(i)].members, [&](InstanceIndex member) {
        return member == i || states[member].state == State::master ||
               (states[member].state == State::backup && states[member].wanted == State::master);
    });
}

/// Two groups whose addresses are crossed and whose timers agree would lead and yield together for ever. Once that was
/// seen, each waits a part of a quarter interval of its own, the same one for all its members.
Nanoseconds Router::Impl::spread_after_tie(InstanceIndex i) const {
    const GroupIndex g = group_of(i);
    if (g == kNone || !groups[g].tied) return Nanoseconds{0};
    std::uint32_t hash = 0;  // Knuth's: neighbours' addresses give values far from each other
    for (const std::uint8_t byte : states[config.groups[g].members.front()].source.data())
        hash = (hash + byte) * 2654435761U;
    return Nanoseconds{conf(i).advert_interval} / 4 * static_cast<std::int64_t>(hash >> 24) / 256;
}

void Router::Impl::set_group_state(GroupIndex g, State state) {
    if (groups[g].state == state) return;
    edit_group(g).state = state;
    emit(NotifyGroup{g, state});
}

void Router::Impl::follow_to_master(InstanceIndex leader) {
    const GroupIndex g = group_of(leader);
    // A group of owners is MASTER from the start: each leads when its own timer says so.
    if (g == kNone || groups[g].state == State::master) return;
    log("VRRP_Group({}) Syncing instances to MASTER state", config.groups[g].name);
    for (const InstanceIndex member : config.groups[g].members)
        if (states[member].state == State::backup)
            enter_master(member, "sync group " + config.groups[g].name + " follows " + conf(leader).name);
    set_group_state(g, State::master);
}

void Router::Impl::follow_to_backup(InstanceIndex leader) {
    const GroupIndex g = group_of(leader);
    if (g == kNone || groups[g].state != State::master) return;
    log("VRRP_Group({}) Syncing instances to BACKUP state", config.groups[g].name);
    for (const InstanceIndex member : config.groups[g].members)
        if (member != leader && states[member].state == State::master) dispatch(member, Input::step_down);
    set_group_state(g, State::backup);
}

/// There is something to tell: a fault, here or in the group, other than "no first script result yet".
bool Router::Impl::is_loud(InstanceIndex i) const {
    if ((states[i].faults & ~kSilentFaults) != 0) return true;
    if ((states[i].faults & bit(Fault::sync_group)) == 0) return false;
    return std::ranges::any_of(config.groups[group_of(i)].members, [&](InstanceIndex member) {
        return (states[member].faults & ~kSilentFaults) != 0;
    });
}

/// Carries a change of one member's own faults to the flags and states of the whole group.
void Router::Impl::settle_faults(InstanceIndex i) {
    const GroupIndex g = group_of(i);
    if (g == kNone) return dispatch(i, Input::faults_changed);

    const auto& members = config.groups[g].members;
    const auto own_faults = [this](InstanceIndex m) { return states[m].faults & ~bit(Fault::sync_group); };
    SyncGroupState& group = edit_group(g);
    group.members_in_fault = static_cast<std::uint32_t>(std::ranges::count_if(
        members, [&](InstanceIndex m) { return (own_faults(m) & ~kSilentFaults) != 0; }));
    group.members_in_init = static_cast<std::uint32_t>(std::ranges::count_if(
        members, [&](InstanceIndex m) { return (own_faults(m) & bit(Fault::tracker_init)) != 0; }));
    const bool faulty = group.members_in_fault + group.members_in_init > 0;
    for (const InstanceIndex member : members) {
        const bool follows = faulty && own_faults(member) == 0;
        if (follows != ((states[member].faults & bit(Fault::sync_group)) != 0))
            edit(member).faults ^= bit(Fault::sync_group);
    }

    const bool loud = group.members_in_fault > 0;
    const bool changes = faulty ? group.state != State::fault || (loud && !group.fault_announced)
                                : group.state == State::fault;
    dispatch(i, Input::faults_changed);
    if (changes && (loud || !faulty))
        log("VRRP_Group({}) Syncing instances to {} state", config.groups[g].name,
            faulty ? "FAULT" : "BACKUP");
    for (const InstanceIndex member : members)
        if (member != i) dispatch(member, Input::faults_changed);
    if (!changes) return;
    group.state = faulty ? State::fault : State::backup;
    group.fault_announced = faulty && loud;
    if (loud || !faulty) emit(NotifyGroup{g, group.state});
}

/// At start the groups are notified before their members.
void Router::Impl::start_groups() {
    for (GroupIndex g = 0; g < groups.size(); ++g) {
        if (groups[g].state != State::init) continue;
        const auto& members = config.groups[g].members;
        SyncGroupState& group = edit_group(g);
        const auto count = [&](auto predicate) {
            return static_cast<std::uint32_t>(
                std::ranges::count_if(members, [&](InstanceIndex m) { return predicate(states[m]); }));
        };
        group.members_in_fault = count([](const auto& s) { return (s.faults & ~kSilentFaults) != 0; });
        group.members_in_init =
            count([](const auto& s) { return (s.faults & bit(Fault::tracker_init)) != 0; });
        const bool faulty = group.members_in_fault + group.members_in_init > 0;
        const bool leads = !members.empty() && std::ranges::all_of(members, [&](InstanceIndex m) {
            return states[m].state == State::master || (states[m].state == State::init && conf(m).is_owner());
        });
        if (faulty)
            for (const InstanceIndex member : members)
                if ((states[member].faults & ~bit(Fault::sync_group)) == 0)
                    edit(member).faults |= bit(Fault::sync_group);
        group.state = faulty ? State::fault : leads ? State::master : State::backup;
        group.fault_announced = group.members_in_fault > 0;
        // Of a group of owners nothing is told (run: 2.2.7).
        if (faulty ? group.fault_announced : !leads) emit(NotifyGroup{g, group.state});
    }
}

}  // namespace vrrp::protocol
