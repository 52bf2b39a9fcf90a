// Between instances: sync groups, trackers, conflicts (conf-vrrp.md §2.7, §2.10, §3.1, §3.2).
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "conf/check.hpp"
#include "conf/check_notes.hpp"
#include "conf/check_vrrp.hpp"

namespace conf {

namespace {

InstanceDraft* instance_named(Context& context, const std::string& name) {
    const auto found = context.instance_index.find(name);
    return found == context.instance_index.end() ? nullptr : &context.instances[found->second.first];
}

void resolve_members(Context& context, GroupDraft& group) {
    for (const auto& [name, where] : group.members) {
        auto* instance = instance_named(context, name);
        if (instance == nullptr) {
            context
                .error(where,
                       fmt::format("Virtual router {} specified in sync group {} doesn't exist - ignoring",
                                   name, group.value.name))
                .hint = context.did_you_mean(name, context.instance_index);
        } else if (!instance->value.sync_group.empty()) {
            context.error(
                where, fmt::format("Virtual router {} cannot exist in more than one sync group; ignoring {}",
                                   name, group.value.name));
        } else {
            instance->value.sync_group = group.value.name;
            group.value.members.push_back(name);
        }
    }
    if (group.value.members.empty()) {
        context.error(
            group.value.where,
            fmt::format("Sync group {}, no matching virtual router found in group declaration - removing",
                        group.value.name));
        group.value.name.clear();
    } else if (group.value.members.size() == 1) {
        context.report(
            Class::warning, group.value.where,
            fmt::format("Sync group {} has only 1 virtual router(s) - this probably isn't what you want",
                        group.value.name));
    }
}

/// The same object tracked by group and member: the group's weight counts unless the member's is 0 (run: 2.2.7). Only
/// doubles of interfaces count for `-t` there.
void merge_doubles(Context& context, std::string_view kind, const VrrpInstance& member,
                   std::vector<TrackRef>& own, const std::vector<TrackRef>& of_group) {
    const bool are_interfaces = kind == "track_interface";
    for (auto& track : own) {
        const auto shared = std::find_if(of_group.begin(), of_group.end(),
                                         [&](const TrackRef& t) { return t.name == track.name; });
        if (shared == of_group.end()) continue;
        const std::string text = fmt::format(
            "({}) {} {} is configured on VRRP instance and sync group. Remove vrrp instance {}config",
            member.name, kind, track.name, are_interfaces ? "or sync group " : "");
        auto& problem = are_interfaces ? context.error(track.where, text)
                                       : context.sink.log(Class::warning, track.where, text);
        problem.related.emplace_back(shared->where, "listed by the group here");
        if (track.weight == 0) continue;
        track.weight = shared->weight;
        track.reverse = shared->reverse;
    }
}

/// A member's own interface is among its trackers, unless it says `dont_track_primary`: listed by the group as well, it
/// is tracked once.
void name_own_interface(Context& context, const VrrpInstance& member, const std::vector<TrackRef>& of_group) {
    if (member.dont_track_primary) return;
    const auto shared = std::find_if(of_group.begin(), of_group.end(),
                                     [&](const TrackRef& track) { return track.name == member.interface; });
    if (shared == of_group.end()) return;
    context
        .error({}, fmt::format(
                       "({}) track_interface {} is configured on VRRP instance and sync group. Remove vrrp "
                       "instance or sync group config",
                       member.name, shared->name))
        .related.emplace_back(shared->where, "listed by the group here");
}

/// Weights of members of a group which does not keep them, and of an address owner.
void drop_weights(Context& context, VrrpInstance& value, bool in_group) {
    const char* reason = in_group ? "SYNC group" : "address_owner";
    const auto ignoring = [&](const TrackRef& track, std::string_view kind) {
        context.error(track.where, fmt::format("({}) ignoring tracked {} {} with weights due to {}",
                                               value.name, kind, track.name, reason));
    };
    auto& tracks = value.tracks;
    // A member's weight of an interface counts all the same (run: 2.2.7).
    std::erase_if(tracks.interfaces, [&](const TrackRef& track) {
        if (track.weight == 0) return false;
        context.error(track.where, fmt::format("({}) ignoring {} tracked interface weight due to {}",
                                               value.name, track.name, reason));
        return !in_group;
    });
    const auto weighted = [&](std::string_view kind) {
        return [&, kind](const TrackRef& track) {
            if (track.weight == 0) return false;
            ignoring(track, kind);
            return true;
        };
    };
    std::erase_if(tracks.scripts, weighted("script"));
    std::erase_if(tracks.bfds, weighted("bfd"));
    std::erase_if(tracks.laggs, weighted("lagg"));
    std::erase_if(tracks.files, [&](TrackRef& track) {
        if (track.weight == 0) return false;
        const bool is_default = track.weight == 1;
        if (!is_default)
            context.error(track.where, fmt::format("({}) ignoring tracked file {} with weight {} due to {}",
                                                   value.name, track.name, track.weight, reason));
        track.weight = 0;
        return !is_default;
    });
}

/// Of a group with an address owner.
void clear_weights(Context& context, const std::string& group, Tracks& tracks) {
    const auto clear = [&](std::vector<TrackRef>& list, std::string_view kind, std::string_view what) {
        for (auto& track : list) {
            if (track.weight == 0) continue;
            context.error(track.where,
                          fmt::format("({}) Cannot have weighted track {} '{}' with member having priority "
                                      "255 - {}",
                                      group, kind, track.name, what));
            track.weight = 0;
        }
    };
    clear(tracks.scripts, "script", "clearing weight");
    clear(tracks.files, "file", "setting weight 0");
    clear(tracks.processes, "process", "setting weight 0");
    clear(tracks.bfds, "bfd", "setting weight 0");
    clear(tracks.laggs, "lagg", "setting weight 0");
    clear(tracks.interfaces, "interface", "clearing weight");
}

void drop_own_interface(Context& context, VrrpInstance& value) {
    std::erase_if(value.tracks.interfaces, [&](const TrackRef& track) {
        if (track.name != value.interface || value.dont_track_primary) return false;
        context.error(track.where, fmt::format("({}) Ignoring track_interface {} since own interface",
                                               value.name, track.name));
        return true;
    });
}

bool can_run(const Script& script) {
    return script.verdict == ScriptVerdict::usable || script.verdict == ScriptVerdict::unsafe;
}

/// A script which cannot run leaves every track list. Without an instance there is nobody to run one.
void drop_unusable_scripts(Context& context) {
    if (context.instances.empty()) return;
    std::unordered_map<std::string, bool> dropped;
    for (auto& draft : context.scripts) {
        const auto& script = draft.value;
        if (can_run(script.script)) continue;
        context.error(script.where, fmt::format("Disabling track script {} {}", script.name,
                                                script.script.verdict == ScriptVerdict::disabled_unsafe
                                                    ? "due to insecure"
                                                    : "since not found/accessible"));
        dropped[script.name] = true;
    }
    if (dropped.empty()) return;
    const auto clean = [&](Tracks& tracks) {
        std::erase_if(tracks.scripts, [&](const TrackRef& track) { return dropped.contains(track.name); });
    };
    for (auto& draft : context.instances) clean(draft.value.tracks);
    for (auto& draft : context.groups) clean(draft.value.tracks);
    std::erase_if(context.scripts,
                  [&](const ScriptDraft& draft) { return dropped.contains(draft.value.name); });
}

void drop_unused_scripts(Context& context) {
    std::unordered_map<std::string, bool> used;
    for (const auto& draft : context.instances) {
        for (const auto& track : draft.value.tracks.scripts) used[track.name] = true;
    }
    for (const auto& draft : context.groups) {
        for (const auto& track : draft.value.tracks.scripts) used[track.name] = true;
    }
    std::erase_if(context.scripts, [&](const ScriptDraft& draft) {
        if (used.contains(draft.value.name)) return false;
        context.sink.log(Class::warning, draft.value.where,
                         fmt::format("Warning - script {} is not used", draft.value.name));
        return true;
    });
}

/// The interface below a macvlan or ipvlan, else the interface itself.
std::string base_interface(const Context& context, const std::string& name) {
    const auto* interface = context.interface(name);
    if (interface == nullptr || interface->link == 0) return name;
    if (interface->kind != "macvlan" && interface->kind != "ipvlan") return name;
    const auto* all = context.facts.interfaces(context.net_namespace);
    if (all == nullptr) return name;
    const auto below = std::find_if(all->begin(), all->end(),
                                    [&](const Interface& i) { return i.index == interface->link; });
    return below == all->end() ? name : below->name;
}

bool share_a_peer(const VrrpInstance& a, const VrrpInstance& b) {
    return std::any_of(a.unicast_peers.begin(), a.unicast_peers.end(), [&](const UnicastPeer& peer) {
        return std::any_of(b.unicast_peers.begin(), b.unicast_peers.end(),
                           [&](const UnicastPeer& other) { return other.address == peer.address; });
    });
}

bool collide(const Context& context, const VrrpInstance& a, const VrrpInstance& b) {
    if (a.unicast != b.unicast) return false;
    if (!a.unicast) {
        return a.mcast_dst == b.mcast_dst &&
               base_interface(context, a.interface) == base_interface(context, b.interface);
    }
    if (a.source != b.source) return false;
    if (!a.interface.empty() && !b.interface.empty() && a.interface != b.interface) return false;
    return share_a_peer(a, b);
}

}  // namespace

void decide_groups(Context& context) {
    for (auto& group : context.groups) {
        if (!group.value.name.empty()) resolve_members(context, group);
    }
    std::erase_if(context.groups, [](const GroupDraft& group) { return group.value.name.empty(); });
    for (auto& group : context.groups) {
        const auto& global = context.model.global;
        if (!group.value.smtp_alert) {
            group.value.smtp_alert = global.smtp_alert_vrrp.value_or(global.smtp_alert.value_or(false));
        }
        for (const auto& name : group.value.members) {
            auto& draft = *instance_named(context, name);
            if (!draft.notify_priority_changes)
                draft.notify_priority_changes = group.value.notify_priority_changes;
        }
    }
}

namespace {

/// After the members' own weights are settled.
void decide_group_trackers(Context& context) {
    for (auto& group : context.groups) {
        auto& shared = group.value.tracks;
        for (const auto& name : group.value.members) {
            if (instance_named(context, name)->value.priority == kOwnerPriority)
                clear_weights(context, group.value.name, shared);
        }
        for (const auto& name : group.value.members) {
            auto& member = instance_named(context, name)->value;
            auto& own = member.tracks;
            name_own_interface(context, member, shared.interfaces);
            merge_doubles(context, "track_interface", member, own.interfaces, shared.interfaces);
            merge_doubles(context, "track_script", member, own.scripts, shared.scripts);
            merge_doubles(context, "track_file", member, own.files, shared.files);
            merge_doubles(context, "track_process", member, own.processes, shared.processes);
            merge_doubles(context, "track_bfd", member, own.bfds, shared.bfds);
            merge_doubles(context, "track_lagg", member, own.laggs, shared.laggs);
        }
    }
}

}  // namespace

void decide_trackers(Context& context) {
    drop_unusable_scripts(context);
    std::unordered_map<std::string, bool> keeps_weights;
    for (const auto& group : context.groups) keeps_weights[group.value.name] = group.value.tracking_weight;
    for (auto& draft : context.instances) {
        auto& value = draft.value;
        drop_own_interface(context, value);
        const bool in_group = !value.sync_group.empty() && !keeps_weights[value.sync_group];
        if (in_group || value.priority == kOwnerPriority) drop_weights(context, value, in_group);
        value.notify_priority_changes =
            draft.notify_priority_changes.value_or(context.model.global.vrrp_notify_priority_changes);
    }
    decide_group_trackers(context);
    drop_unused_scripts(context);
}

void find_conflicts(Context& context) {
    // Only instances of one VRID, family, and interface (multicast) or source (unicast) can meet.
    std::unordered_map<std::string, std::vector<VrrpInstance*>> groups;
    for (auto& draft : context.instances) {
        auto& value = draft.value;
        if (value.vrid == 0) continue;
        const auto place =
            value.unicast ? value.source.to_string() : base_interface(context, value.interface);
        auto& same = groups[fmt::format("{}/{}/{}/{}", value.vrid, static_cast<int>(value.family),
                                        value.unicast, place)];
        for (const auto* other : same) {
            if (!collide(context, *other, value)) continue;
            // One of the interfaces may change: the VRRP child puts the later instance in FAULT as long as they meet.
            if (context.model.global.allow_if_changes && other->interface != value.interface) continue;
            auto& problem = context.report(
                Class::general_error, value.where,
                fmt::format("{} and {} both use VRID {} with IPv{} on interface {}", other->name, value.name,
                            value.vrid, value.family == net::Family::ipv6 ? 6 : 4, value.interface));
            problem.related.emplace_back(other->where, "the other one is defined here");
            problem.refuses_reload = true;
            break;
        }
        same.push_back(&value);
    }
}

/// Static track groups: members that exist; empty groups go.
void decide_track_groups(Context& context) {
    for (auto& draft : context.track_groups) {
        auto& group = draft.value;
        for (const auto& [name, where] : draft.members) {
            if (instance_named(context, name) == nullptr) {
                context.sink
                    .log(Class::general_error, where,
                         fmt::format("Virtual router {} specified in track group {} doesn't exist - ignoring",
                                     name, group.name))
                    .hint = context.did_you_mean(name, context.instance_index);
            } else {
                group.instances.push_back(name);
            }
        }
        if (group.instances.empty()) {
            context.error(group.where,
                          fmt::format("Static track group {} has no members - removing", group.name));
        } else {
            context.model.track_groups.push_back(std::move(group));
        }
    }
}

void finish_vrrp(Context& context) {
    if (!context.model.wants_vrrp) {  // no VRRP process will look at them
        context.scripts.clear();
        context.vrrp_scripts = {};
    }
    decide_peers(context);
    split_dual_stack(context);
    for (auto& draft : context.instances) decide_instance(context, draft);
    decide_groups(context);
    decide_trackers(context);
    find_conflicts(context);
    decide_track_groups(context);
    note_vrrp(context);
    auto& model = context.model;
    model.instances.reserve(context.instances.size());
    for (auto& draft : context.instances) model.instances.push_back(std::move(draft.value));
    for (auto& draft : context.groups) model.sync_groups.push_back(std::move(draft.value));
    for (auto& draft : context.scripts) model.scripts.push_back(std::move(draft.value));
    for (auto& draft : context.files) model.track_files.push_back(std::move(draft.value));
    for (auto& draft : context.processes) model.track_processes.push_back(std::move(draft.value));
}

}  // namespace conf
