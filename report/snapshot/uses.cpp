#include "report/snapshot/uses.hpp"

#include <algorithm>

namespace report {
namespace {

using TrackRefs = std::vector<conf::TrackRef>;

/// Calls use(instance, ref) for an instance's references, then for those of its group which it does not have itself.
template <typename Use>
void each_use(const conf::Model& model, TrackRefs conf::Tracks::*kind, Use use) {
    std::unordered_map<std::string_view, const conf::SyncGroup*> groups;
    for (const auto& group : model.sync_groups) groups.emplace(group.name, &group);
    for (const auto& instance : model.instances) {
        const auto group = groups.find(instance.sync_group);
        const TrackRefs& own = instance.tracks.*kind;
        for (const auto& ref : own) use(instance, ref);
        if (group == groups.end()) continue;
        for (const auto& ref : group->second->tracks.*kind) {
            const auto same = [&](const conf::TrackRef& mine) { return mine.name == ref.name; };
            if (std::none_of(own.begin(), own.end(), same)) use(instance, ref);
        }
    }
}

}  // namespace

TrackerUses uses_of(const conf::Model& model, TrackRefs conf::Tracks::*kind) {
    TrackerUses uses;
    each_use(model, kind, [&](const conf::VrrpInstance& instance, const conf::TrackRef& ref) {
        uses[ref.name].push_back({instance.name, ref.weight, ref.reverse});
    });
    return uses;
}

std::vector<std::string> tracked_bfds(const conf::Model& model) {
    std::vector<std::string> names;
    each_use(model, &conf::Tracks::bfds, [&](const conf::VrrpInstance&, const conf::TrackRef& ref) {
        if (std::find(names.begin(), names.end(), ref.name) == names.end()) names.push_back(ref.name);
    });
    return names;
}

}  // namespace report
