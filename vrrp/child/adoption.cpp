// How a successor goes on from the rows of a child that died (decisions.md §5).
#include <algorithm>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/child/shell.hpp"

namespace vrrp {

using protocol::InstanceIndex;
using protocol::kNone;

namespace {

/// Position in `model` of the instance with each identity; kNone when there is none (any more).
template <typename Objects>
std::uint32_t position_of(const Objects& objects, std::uint64_t identity) {
    for (std::uint32_t i = 0; i < objects.size(); ++i) {
        if (identity_of(objects[i]) == identity) return i;
    }
    return kNone;
}

}  // namespace

void Shell::adopt_interfaces(const board::Board& old) {
    const auto interfaces = old.table<rows::Interface>();
    rows::Process process;
    if (!old.table<rows::Process>().read(0, process)) return;
    links_.adopt(process);
    rows::Interface row;
    for (std::uint32_t i = 0; i < std::min(interfaces.rows(), process.interfaces_used); ++i) {
        if (interfaces.read(i, row)) links_.adopt(row);
    }
}

void Shell::adopt(const board::Board& old) {
    const conf::Model& model = *kernel_.model;
    std::vector<protocol::VirtualRouterState> states(model.instances.size());
    std::vector<protocol::SyncGroupState> groups(model.sync_groups.size());
    std::vector<std::optional<rows::Instance>> found(model.instances.size());
    std::vector<std::optional<rows::Group>> found_groups(model.sync_groups.size());
    const auto instances = old.table<rows::Instance>();
    rows::Instance row;
    for (std::uint32_t i = 0; i < instances.rows(); ++i) {
        if (!instances.read(i, row)) continue;
        // In nearly every case the generation is the same, and so is the place.
        const bool same_place = i < model.instances.size() && identity_of(model.instances[i]) == row.identity;
        const std::uint32_t place = same_place ? i : position_of(model.instances, row.identity);
        if (place == kNone) continue;
        states[place] = row.core;
        router_->adopt_auth_memory(place, row.auth);
        found[place] = row;
        rows_.continue_instance(place, row);
    }
    const auto old_groups = old.table<rows::Group>();
    rows::Group group;
    for (std::uint32_t i = 0; i < old_groups.rows(); ++i) {
        if (!old_groups.read(i, group)) continue;
        const std::uint32_t place = position_of(model.sync_groups, group.identity);
        if (place == kNone) continue;
        groups[place] = group.core;
        found_groups[place] = group;
        rows_.continue_group(place, group);
    }
    std::vector<InstanceIndex> released;
    router_->adopt(states, groups, monotonic_now(), boottime_now_ns(), released);
    for (const InstanceIndex instance : released) {
        logging::info("({}) not adopted: its last advert is too old", model.instances[instance].name);
        found[instance].reset();
    }
    ++rows_.process().adoptions;
    for (InstanceIndex i = 0; i < model.instances.size(); ++i) {
        const auto& state = router_->state(i);
        if (!found[i] || state.state == protocol::State::init) continue;
        kernel_.placements[i].held = state.holds_objects;
        if (silent_) continue;
        if (found[i]->notify_finished != 0) {
            notifier_->assume(i, found[i]->notified);
        } else {
            notifier_->resume(i, found[i]->notified, state.effective_priority);
        }
    }
    for (protocol::GroupIndex g = 0; g < model.sync_groups.size(); ++g) {
        if (!found_groups[g] || silent_ || router_->group_state(g).state == protocol::State::init) continue;
        if (found_groups[g]->notify_finished != 0) {
            notifier_->assume_group(g, found_groups[g]->notified);
        } else {
            notifier_->resume_group(g, found_groups[g]->notified);
        }
    }
}

}  // namespace vrrp
