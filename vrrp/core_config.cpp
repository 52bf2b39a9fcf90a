#include "vrrp/core_config.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

namespace vrrp {

namespace {

using protocol::InstanceIndex;
using protocol::kNone;
using protocol::TrackerKind;

/// FNV-1a: the same name has the same key in every generation, so a reload changes no instance by
/// renumbering.
std::uint32_t key_of(std::string_view name) {
    std::uint32_t hash = 2166136261U;
    for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
    return hash;
}

protocol::HmacConfig hmac_of(const conf::AuthHmac& from) {
    protocol::HmacConfig to;
    for (const auto& key : from.keys) to.keys.push_back({key.id, key.secret});
    to.active_key = from.active_key;
    to.time_window = from.time_window;
    to.monotonic_only = from.monotonic_only;
    to.mode = static_cast<protocol::HmacMode>(from.mode);
    return to;
}

void copy_unicast(const conf::VrrpInstance& from, const conf::Model& model,
                  protocol::VirtualRouterConfig& to) {
    to.unicast = from.unicast;
    for (const auto& peer : from.unicast_peers)
        to.peers.push_back({peer.address, peer.min_ttl, peer.max_ttl});
    to.check_unicast_src = from.check_unicast_src;
    to.unicast_ttl = from.unicast_ttl;
    to.unicast_checksum = static_cast<protocol::UnicastChecksum>(from.unicast_checksum);
    to.old_checksum_group =
        model.global.mcast_group4.is_none() ? net::IpAddress::v4(0xe0000012) : model.global.mcast_group4;
}

void copy_authentication(const conf::VrrpInstance& from, protocol::VirtualRouterConfig& to) {
    to.auth_type = static_cast<protocol::AuthType>(from.auth_type);
    std::memcpy(to.auth_pass.data(), from.auth_pass.data(),
                std::min(from.auth_pass.size(), to.auth_pass.size()));
    if (from.auth_hmac) to.hmac = hmac_of(*from.auth_hmac);
}

protocol::VirtualRouterConfig router_of(const conf::VrrpInstance& from, const conf::Model& model,
                                        bool detail_log) {
    protocol::VirtualRouterConfig to;
    to.name = from.name;
    to.family = from.family;
    to.version = from.version;
    to.vrid = from.vrid;
    to.priority = from.priority;
    to.owner_starts_as_backup = from.priority == 255 && !from.initial_master;
    to.advert_interval = from.advert_interval;
    to.down_timer_adverts = from.down_timer_adverts;
    to.nopreempt = from.nopreempt;
    to.preempt_delay = from.preempt_delay;
    to.timer_expired_backup = from.timer_expired_backup;
    to.lower_prio_no_advert = from.lower_prio_no_advert;
    to.higher_prio_send_advert = from.higher_prio_send_advert;
    to.owner_ignore_adverts = from.owner_ignore_adverts;
    to.skip_check_adv_addr = from.skip_check_adv_addr;
    to.strict = from.strict;
    to.v3_checksum_as_v2 = from.v3_checksum_as_v2;
    to.config_fault = from.config_fault;
    to.group = from.mcast_dst;
    copy_unicast(from, model, to);
    copy_authentication(from, to);
    for (const auto& address : from.vips) to.advertised.push_back(address.prefix.address);
    to.garp = {from.garp.delay,          from.garp.repeat,           from.garp.refresh,
               from.garp.refresh_repeat, from.garp.lower_prio_delay, from.garp.lower_prio_repeat};
    to.interface_key = key_of(from.interface);
    to.notify_priority_changes = from.notify_priority_changes;
    to.detail_log = detail_log;
    return to;
}

/// Position of each name in the model; the first of several wins, as for the reader.
template <typename Objects>
std::unordered_map<std::string_view, std::uint32_t> positions(const Objects& objects) {
    std::unordered_map<std::string_view, std::uint32_t> found;
    for (std::uint32_t i = 0; i < objects.size(); ++i) found.emplace(objects[i].name, i);
    return found;
}

/// Trackers by name, numbered as they are first met (interfaces, BFD sessions).
class NamedTrackers {
  public:
    NamedTrackers(std::vector<std::string>& names, std::vector<protocol::TrackerConfig>& trackers,
                  TrackerKind kind)
        : names_(names), trackers_(trackers), kind_(kind) {}

    protocol::TrackerConfig& of(const std::string& name) {
        const auto [found, is_new] = positions_.emplace(name, static_cast<std::uint32_t>(trackers_.size()));
        if (is_new) {
            names_.push_back(name);
            trackers_.push_back({name, kind_, {}});
        }
        return trackers_[found->second];
    }

  private:
    std::vector<std::string>& names_;
    std::vector<protocol::TrackerConfig>& trackers_;
    TrackerKind kind_;
    std::unordered_map<std::string, std::uint32_t> positions_;
};

/// Uses of one kind by one instance: its own and its group's. Where both track the same object the group's
/// weight wins unless the member's is 0 (conf-vrrp.md §3.1): one contribution.
std::vector<conf::TrackRef> merged(const std::vector<conf::TrackRef>& own,
                                   const std::vector<conf::TrackRef>* group) {
    std::vector<conf::TrackRef> all = own;
    if (group == nullptr) return all;
    for (const auto& ref : *group) {
        const auto same =
            std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.name == ref.name; });
        if (same == all.end()) {
            all.push_back(ref);
        } else if (same->weight != 0) {
            *same = ref;
        }
    }
    return all;
}

using GroupOf = std::vector<const conf::SyncGroup*>;  ///< for each instance, or nullptr

template <typename Add>
void each_use(const conf::Model& model, const GroupOf& group_of,
              std::vector<conf::TrackRef> conf::Tracks::*kind, Add add) {
    for (InstanceIndex i = 0; i < model.instances.size(); ++i) {
        const conf::SyncGroup* group = group_of[i];
        for (const auto& ref :
             merged(model.instances[i].tracks.*kind, group != nullptr ? &(group->tracks.*kind) : nullptr)) {
            add(ref, protocol::TrackerUse{i, ref.weight, ref.reverse});
        }
    }
}

/// Trackers with a definition of their own in the model.
template <typename Objects>
void add_defined(const Objects& objects, TrackerKind kind, const conf::Model& model, const GroupOf& group_of,
                 std::vector<conf::TrackRef> conf::Tracks::*refs,
                 std::vector<protocol::TrackerConfig>& trackers) {
    const std::size_t first = trackers.size();
    for (const auto& object : objects) trackers.push_back({object.name, kind, {}});
    const auto position = positions(objects);
    each_use(model, group_of, refs, [&](const conf::TrackRef& ref, const protocol::TrackerUse& use) {
        if (const auto found = position.find(ref.name); found != position.end()) {
            trackers[first + found->second].uses.push_back(use);
        }
    });
}

void add_interfaces(const conf::Model& model, const GroupOf& group_of, CoreConfig& core) {
    NamedTrackers trackers(core.tracked_interfaces, core.router.trackers, TrackerKind::interface);
    each_use(model, group_of, &conf::Tracks::interfaces,
             [&](const conf::TrackRef& ref, const protocol::TrackerUse& use) {
                 trackers.of(ref.name).uses.push_back(use);
             });
    for (InstanceIndex i = 0; i < model.instances.size(); ++i) {
        for (const auto& name : object_interfaces(model.instances[i])) {
            auto& uses = trackers.of(name).uses;
            const bool known =
                std::any_of(uses.begin(), uses.end(), [i](const auto& use) { return use.instance == i; });
            if (!known) uses.push_back({i, 0, false});
        }
    }
}

void add_groups(const conf::Model& model, CoreConfig& core, GroupOf& group_of) {
    const auto instances = positions(model.instances);
    for (const auto& group : model.sync_groups) {
        protocol::SyncGroupConfig to{group.name, {}};
        for (const auto& member : group.members) {
            const auto found = instances.find(member);
            if (found == instances.end()) continue;
            to.members.push_back(found->second);
            group_of[found->second] = &group;
            core.router.instances[found->second].group_index =
                static_cast<std::uint32_t>(core.router.groups.size());
        }
        core.router.groups.push_back(std::move(to));
    }
}

bool same_tracker(const conf::Model& before, const conf::Model& after, TrackerKind kind,
                  std::size_t old_position, std::size_t new_position) {
    switch (kind) {
        case TrackerKind::script: {
            const auto& a = before.scripts[old_position].script;
            const auto& b = after.scripts[new_position].script;
            return a.argv == b.argv && a.uid == b.uid && a.gid == b.gid;
        }
        case TrackerKind::file:
            return before.track_files[old_position].path == after.track_files[new_position].path;
        case TrackerKind::process: {
            const auto& a = before.track_processes[old_position];
            const auto& b = after.track_processes[new_position];
            return a.process == b.process && a.parameters == b.parameters && a.param_match == b.param_match &&
                   a.quorum == b.quorum && a.quorum_max == b.quorum_max;
        }
        case TrackerKind::interface:
        case TrackerKind::bfd:
            return true;
    }
    return false;
}

std::size_t first_of(const CoreConfig& core, TrackerKind kind) {
    switch (kind) {
        case TrackerKind::script:
            return core.first_script;
        case TrackerKind::file:
            return core.first_file;
        case TrackerKind::process:
            return core.first_process;
        case TrackerKind::bfd:
            return core.first_bfd;
        case TrackerKind::interface:
            break;
    }
    return 0;
}

std::string tracker_key(const protocol::TrackerConfig& tracker) {
    return std::to_string(static_cast<int>(tracker.kind)) + ":" + tracker.name;
}

void continue_trackers(const GenerationView& before, const GenerationView& after,
                       protocol::Continuation& result) {
    std::unordered_map<std::string, std::uint32_t> old;
    for (std::uint32_t i = 0; i < before.router.trackers.size(); ++i) {
        old.emplace(tracker_key(before.router.trackers[i]), i);
    }
    for (std::uint32_t i = 0; i < after.router.trackers.size(); ++i) {
        const auto& tracker = after.router.trackers[i];
        const auto found = old.find(tracker_key(tracker));
        const bool same =
            found != old.end() && same_tracker(before.model, after.model, tracker.kind,
                                               found->second - first_of(before.core, tracker.kind),
                                               i - first_of(after.core, tracker.kind));
        result.tracker_of.push_back(same ? found->second : kNone);
    }
}

std::string router_key(const conf::VrrpInstance& instance) {
    return instance.interface + "/" + std::to_string(instance.vrid) + "/" +
           std::to_string(static_cast<int>(instance.family));
}

}  // namespace

std::vector<std::string> object_interfaces(const conf::VrrpInstance& instance) {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name, bool no_track) {
        if (no_track || name.empty() || name == instance.interface) return;
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const auto& address : instance.vips) add(address.dev, address.no_track);
    for (const auto& address : instance.evips) add(address.dev, address.no_track);
    for (const auto& route : instance.routes) add(route.dev, route.no_track);
    for (const auto& rule : instance.rules) {
        add(rule.iif, rule.no_track);
        add(rule.oif, rule.no_track);
    }
    return names;
}

CoreConfig core_config(const conf::Model& model, bool detail_log) {
    CoreConfig core;
    core.router.log_unknown_vrids = model.global.log_unknown_vrids;
    core.router.instances_may_meet = model.global.allow_if_changes;
    core.router.startup_delay = model.global.startup_delay;
    for (const auto& instance : model.instances)
        core.router.instances.push_back(router_of(instance, model, detail_log));
    GroupOf group_of(model.instances.size(), nullptr);
    add_groups(model, core, group_of);

    auto& trackers = core.router.trackers;
    const auto next = [&] { return static_cast<protocol::TrackerIndex>(trackers.size()); };
    add_interfaces(model, group_of, core);
    core.first_script = next();
    add_defined(model.scripts, TrackerKind::script, model, group_of, &conf::Tracks::scripts, trackers);
    core.first_file = next();
    add_defined(model.track_files, TrackerKind::file, model, group_of, &conf::Tracks::files, trackers);
    core.first_process = next();
    add_defined(model.track_processes, TrackerKind::process, model, group_of, &conf::Tracks::processes,
                trackers);
    core.first_bfd = next();
    NamedTrackers sessions(core.bfd_sessions, trackers, TrackerKind::bfd);
    each_use(model, group_of, &conf::Tracks::bfds,
             [&](const conf::TrackRef& ref, const protocol::TrackerUse& use) {
                 sessions.of(ref.name).uses.push_back(use);
             });
    return core;
}

bool same_virtual_router(const conf::VrrpInstance& a, const conf::VrrpInstance& b) {
    if (a.vrid != b.vrid || a.family != b.family || a.interface != b.interface || a.vrf != b.vrf)
        return false;
    if (a.unicast != b.unicast) return false;
    if (a.unicast) return a.source == b.source;
    const auto is_macvlan = [](const conf::VrrpInstance& i) {
        return i.vmac.kind == conf::VmacKind::macvlan;
    };
    return is_macvlan(a) == is_macvlan(b) && a.vmac.use_vmac_addr == b.vmac.use_vmac_addr &&
           a.mcast_dst == b.mcast_dst;
}

protocol::Continuation continuation(const GenerationView& before_view, const GenerationView& after_view) {
    const conf::Model& before = before_view.model;
    const conf::Model& after = after_view.model;
    protocol::Continuation result;
    std::unordered_multimap<std::string, InstanceIndex> old;
    for (InstanceIndex i = 0; i < before.instances.size(); ++i)
        old.emplace(router_key(before.instances[i]), i);
    std::vector<bool> taken(before.instances.size(), false);
    result.instance_of.assign(after.instances.size(), kNone);
    // First those with the same name, so that a renamed instance never takes the place of one that kept its
    // name.
    for (const bool by_name : {true, false}) {
        for (InstanceIndex i = 0; i < after.instances.size(); ++i) {
            if (result.instance_of[i] != kNone) continue;
            const auto [begin, end] = old.equal_range(router_key(after.instances[i]));
            for (auto candidate = begin; candidate != end; ++candidate) {
                const auto& previous = before.instances[candidate->second];
                if (taken[candidate->second] || !same_virtual_router(previous, after.instances[i])) continue;
                if (by_name && previous.name != after.instances[i].name) continue;
                taken[candidate->second] = true;
                result.instance_of[i] = candidate->second;
                break;
            }
        }
    }
    const auto groups = positions(before.sync_groups);
    for (const auto& group : after.sync_groups) {
        const auto found = groups.find(group.name);
        result.group_of.push_back(found == groups.end() ? kNone : found->second);
    }
    continue_trackers(before_view, after_view, result);
    return result;
}

}  // namespace vrrp
