#include "conf/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "conf/reader.hpp"

namespace conf {

namespace {

using Phrases = std::vector<std::string>;

std::string shown(const std::string& text) { return text.empty() ? "none" : text; }
std::string shown(bool value) { return value ? "on" : "off"; }
std::string shown(net::Family family) { return family == net::Family::ipv6 ? "IPv6" : "IPv4"; }
std::string shown(const net::IpAddress& address) { return address.is_none() ? "none" : address.to_string(); }
std::string shown(Milliseconds value) { return fmt::format("{} ms", value.count()); }
std::string shown(Seconds value) { return fmt::format("{} s", value.count()); }
std::string shown(LaggProtocol value) { return lagg_protocol_word(value); }
std::string shown(Microseconds value) {
    return fmt::format("{} s", static_cast<double>(value.count()) / 1e6);
}
template <typename T>
requires std::is_arithmetic_v<T> std::string shown(T value) { return fmt::format("{}", value); }

template <typename T>
void change(Phrases& phrases, std::string_view what, const T& was, const T& is) {
    if (was != is) phrases.push_back(fmt::format("{} {} → {}", what, shown(was), shown(is)));
}

/// What cannot be said in two words.
template <typename T>
void other_change(Phrases& phrases, std::string_view what, const T& was, const T& is) {
    if (!(was == is)) phrases.push_back(fmt::format("{} changed", what));
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// How many entries of `a` are not in `b`.
template <typename T>
std::size_t missing(const std::vector<T>& a, const std::vector<T>& b) {
    return static_cast<std::size_t>(std::count_if(
        a.begin(), a.end(), [&](const T& entry) { return std::find(b.begin(), b.end(), entry) == b.end(); }));
}

template <typename T>
void list_change(Phrases& phrases, std::string_view one, std::string_view many, const std::vector<T>& was,
                 const std::vector<T>& is) {
    const std::size_t added = missing(is, was), removed = missing(was, is);
    if (added > 0) phrases.push_back(counted(added, one, many) + " added");
    if (removed > 0) phrases.push_back(counted(removed, one, many) + " removed");
    if (added == 0 && removed == 0 && was != is) phrases.push_back(fmt::format("order of {} changed", many));
}

template <typename T>
Phrases& add_rest(Phrases& phrases, const T& was, const T& is) {
    if (phrases.empty() && !(was == is)) phrases.emplace_back("settings changed");
    return phrases;
}

void compare_tracks(Phrases& phrases, const Tracks& was, const Tracks& is) {
    list_change(phrases, "tracked interface", "tracked interfaces", was.interfaces, is.interfaces);
    list_change(phrases, "tracked script", "tracked scripts", was.scripts, is.scripts);
    list_change(phrases, "tracked file", "tracked files", was.files, is.files);
    list_change(phrases, "tracked process", "tracked processes", was.processes, is.processes);
    list_change(phrases, "tracked BFD session", "tracked BFD sessions", was.bfds, is.bfds);
    list_change(phrases, "tracked lagg", "tracked laggs", was.laggs, is.laggs);
}

/// The protocol runs on under the same identity, or a new one begins.
bool keeps_mastership(const VrrpInstance& was, const VrrpInstance& is) {
    return was.interface == is.interface && was.vrid == is.vrid && was.family == is.family &&
           was.version == is.version && was.vmac == is.vmac;
}

Phrases compare(const VrrpInstance& was, const VrrpInstance& is) {
    Phrases phrases;
    if (was.name != is.name) phrases.push_back(fmt::format("renamed from {}", was.name));
    change(phrases, "interface", was.interface, is.interface);
    change(phrases, "virtual router id", was.vrid, is.vrid);
    change(phrases, "version", was.version, is.version);
    change(phrases, "family", was.family, is.family);
    change(phrases, "priority", was.priority, is.priority);
    change(phrases, "advert interval", was.advert_interval, is.advert_interval);
    change(phrases, "nopreempt", was.nopreempt, is.nopreempt);
    change(phrases, "preempt delay", was.preempt_delay, is.preempt_delay);
    change(phrases, "accept", was.accept, is.accept);
    change(phrases, "strict", was.strict, is.strict);
    change(phrases, "source address", was.source, is.source);
    change(phrases, "unicast", was.unicast, is.unicast);
    list_change(phrases, "address", "addresses", was.vips, is.vips);
    list_change(phrases, "excluded address", "excluded addresses", was.evips, is.evips);
    list_change(phrases, "route", "routes", was.routes, is.routes);
    list_change(phrases, "rule", "rules", was.rules, is.rules);
    list_change(phrases, "unicast peer", "unicast peers", was.unicast_peers, is.unicast_peers);
    compare_tracks(phrases, was.tracks, is.tracks);
    other_change(phrases, "virtual MAC", was.vmac, is.vmac);
    other_change(phrases, "authentication", was.auth_type, is.auth_type);
    other_change(phrases, "password", was.auth_pass, is.auth_pass);
    other_change(phrases, "HMAC keys", was.auth_hmac, is.auth_hmac);
    other_change(phrases, "notify scripts", was.notify, is.notify);
    other_change(phrases, "gratuitous ARP", was.garp, is.garp);
    change(phrases, "sync group", was.sync_group, is.sync_group);
    change(phrases, "lifetime of addresses", was.vip_lifetime, is.vip_lifetime);
    change(phrases, "pause guard", was.pause_guard, is.pause_guard);
    list_change(phrases, "peer", "peers", was.peers, is.peers);
    add_rest(phrases, was, is);
    if (!phrases.empty())
        phrases.emplace_back(keeps_mastership(was, is) ? "mastership kept" : "starts afresh as BACKUP");
    return phrases;
}

Phrases compare(const SyncGroup& was, const SyncGroup& is) {
    Phrases phrases;
    list_change(phrases, "member", "members", was.members, is.members);
    compare_tracks(phrases, was.tracks, is.tracks);
    other_change(phrases, "notify scripts", was.notify, is.notify);
    return add_rest(phrases, was, is);
}

Phrases compare(const VrrpScript& was, const VrrpScript& is) {
    Phrases phrases;
    change(phrases, "command", quoted(was.script), quoted(is.script));
    change(phrases, "interval", was.interval, is.interval);
    change(phrases, "timeout", was.timeout, is.timeout);
    change(phrases, "weight", was.weight, is.weight);
    change(phrases, "rise", was.rise, is.rise);
    change(phrases, "fall", was.fall, is.fall);
    add_rest(phrases, was, is);
    const bool is_same_check = was.script == is.script;
    if (!phrases.empty())
        phrases.emplace_back(is_same_check ? "result kept" : "result unknown until it has run");
    return phrases;
}

/// A checker has no name: as many as before are the same ones.
void compare_checkers(Phrases& phrases, const std::vector<Checker>& was, const std::vector<Checker>& is) {
    if (was.size() != is.size()) return list_change(phrases, "checker", "checkers", was, is);
    const std::size_t changed = missing(is, was);
    if (changed > 0) phrases.push_back(counted(changed, "checker", "checkers") + " changed");
    if (changed == 0 && was != is) phrases.emplace_back("order of checkers changed");
}

Phrases compare(const RealServer& was, const RealServer& is) {
    Phrases phrases;
    change(phrases, "weight", was.weight, is.weight);
    change(phrases, "inhibit on failure", was.inhibit_on_failure, is.inhibit_on_failure);
    other_change(phrases, "forwarding", was.forwarding, is.forwarding);
    change(phrases, "slow start", was.settings->slow_start, is.settings->slow_start);
    change(phrases, "drain timeout", was.settings->drain_timeout, is.settings->drain_timeout);
    compare_checkers(phrases, was.checkers, is.checkers);
    return add_rest(phrases, was, is);
}

std::string joined(const Phrases& phrases) { return fmt::format("{}", fmt::join(phrases, "; ")); }

Phrases compare(const VirtualServer& was, const VirtualServer& is) {
    Phrases phrases;
    change(phrases, "scheduler", was.scheduler, is.scheduler);
    change(phrases, "persistence", was.persistence_timeout, is.persistence_timeout);
    change(phrases, "quorum", was.quorum, is.quorum);
    change(phrases, "hysteresis", was.hysteresis, is.hysteresis);
    change(phrases, "delay loop", was.delay_loop, is.delay_loop);
    change(phrases, "panic threshold", was.panic_threshold, is.panic_threshold);
    other_change(phrases, "sorry server", was.sorry_server, is.sorry_server);
    other_change(phrases, "forwarding", was.forwarding, is.forwarding);
    const auto find = [](const std::vector<RealServer>& servers, const RealServer& wanted) {
        return std::find_if(servers.begin(), servers.end(),
                            [&](const RealServer& server) { return server.endpoint == wanted.endpoint; });
    };
    for (const auto& server : is.real_servers) {
        const std::string name = server_name(server.endpoint, is.protocol);
        const auto before = find(was.real_servers, server);
        if (before == was.real_servers.end()) {
            phrases.push_back(fmt::format("server {} added", name));
        } else if (const auto changes = compare(*before, server); !changes.empty()) {
            phrases.push_back(fmt::format("server {}: {}", name, fmt::join(changes, ", ")));
        }
    }
    for (const auto& server : was.real_servers) {
        if (find(is.real_servers, server) != is.real_servers.end()) continue;
        phrases.push_back(fmt::format("server {} removed", server_name(server.endpoint, was.protocol)));
    }
    return add_rest(phrases, was, is);
}

Phrases compare(const TrackFile& was, const TrackFile& is) {
    Phrases phrases;
    change(phrases, "file", was.path, is.path);
    change(phrases, "weight", was.weight, is.weight);
    return add_rest(phrases, was, is);
}

Phrases compare(const TrackProcess& was, const TrackProcess& is) {
    Phrases phrases;
    change(phrases, "process", was.process, is.process);
    change(phrases, "weight", was.weight, is.weight);
    change(phrases, "quorum", was.quorum, is.quorum);
    return add_rest(phrases, was, is);
}

/// What the kernel refuses while there are ports (lagg.md §4.2).
bool needs_recreate(const LaggInstance& was, const LaggInstance& is) {
    return was.protocol != is.protocol || was.fail_over_mac != is.fail_over_mac;
}

Phrases compare(const LaggInstance& was, const LaggInstance& is) {
    Phrases phrases;
    change(phrases, "protocol", was.protocol, is.protocol);
    list_change(phrases, "port", "ports", was.ports, is.ports);
    change(phrases, "primary", was.primary, is.primary);
    change(phrases, "miimon", was.miimon, is.miimon);
    change(phrases, "ARP interval", was.arp_interval, is.arp_interval);
    list_change(phrases, "ARP target", "ARP targets", was.arp_targets, is.arp_targets);
    list_change(phrases, "address", "addresses", was.addresses, is.addresses);
    add_rest(phrases, was, is);
    if (needs_recreate(was, is))
        phrases.emplace_back(is.recreate ? "its ports are released and added again"
                                         : "needs recreate: the old setting stays");
    return phrases;
}

/// What an object is known by, the best first.
using Keys = std::vector<std::string>;

Keys keys_of(const VrrpInstance& object) {
    // A rename keeps mastership (spec/README.md).
    return {object.name, fmt::format("{} {} {}", object.interface, object.vrid, shown(object.family))};
}
Keys keys_of(const VirtualServer& object) {
    return {fmt::format("{} {}", service_name(object), object.group_sequence)};
}
template <typename T>
Keys keys_of(const T& object) {
    return {object.name};
}

std::string name_of(const VirtualServer& object) { return service_name(object); }
template <typename T>
std::string name_of(const T& object) {
    return object.name;
}

/// Objects of one generation, to be found by the keys of another's.
template <typename T>
class Index {
  public:
    explicit Index(const std::vector<T>& objects) {
        for (const auto& object : objects) {
            const Keys keys = keys_of(object);
            by_key_.resize(keys.size());
            for (std::size_t rank = 0; rank < keys.size(); ++rank)
                by_key_[rank].try_emplace(keys[rank], &object);
        }
    }
    const T* find(const T& wanted) const {
        const Keys keys = keys_of(wanted);
        for (std::size_t rank = 0; rank < by_key_.size(); ++rank) {
            const auto found = by_key_[rank].find(keys[rank]);
            if (found != by_key_[rank].end()) return found->second;
        }
        return nullptr;
    }

  private:
    std::vector<std::unordered_map<std::string, const T*>> by_key_;
};

/// Lines for a list of objects: added, changed, removed.
template <typename T>
void compare_lists(Phrases& lines, std::string_view kind, const std::vector<T>& was,
                   const std::vector<T>& is) {
    const Index<T> before(was), after(is);
    for (const auto& object : is) {
        const T* match = before.find(object);
        if (match == nullptr) {
            lines.push_back(fmt::format("{} {}: added", kind, name_of(object)));
        } else if (const auto phrases = compare(*match, object); !phrases.empty()) {
            lines.push_back(fmt::format("{} {}: {}", kind, name_of(object), joined(phrases)));
        }
    }
    for (const auto& object : was) {
        if (after.find(object) == nullptr)
            lines.push_back(fmt::format("{} {}: removed", kind, name_of(object)));
    }
}

}  // namespace

std::vector<std::string> difference(const Model& running, const Model& next) {
    Phrases lines;
    if (auto refusal = unchangeable_difference(running, next); !refusal.empty())
        lines.push_back(std::move(refusal));
    if (!(running.host == next.host)) lines.emplace_back("top-level settings changed");
    Phrases global;
    change(global, "router_id", running.global.router_id, next.global.router_id);
    change(global, "lifetime of addresses", running.global.vip_lifetime, next.global.vip_lifetime);
    other_change(global, "control and metrics", running.global.control, next.global.control);
    if (!add_rest(global, running.global, next.global).empty()) {
        lines.push_back(fmt::format("global_defs: {}", joined(global)));
    }
    Phrases fixed;
    list_change(fixed, "static address", "static addresses", running.static_addresses, next.static_addresses);
    list_change(fixed, "static route", "static routes", running.static_routes, next.static_routes);
    list_change(fixed, "static rule", "static rules", running.static_rules, next.static_rules);
    if (!fixed.empty()) lines.push_back(joined(fixed));

    compare_lists(lines, "instance", running.instances, next.instances);
    compare_lists(lines, "sync group", running.sync_groups, next.sync_groups);
    compare_lists(lines, "script", running.scripts, next.scripts);
    compare_lists(lines, "track file", running.track_files, next.track_files);
    compare_lists(lines, "track process", running.track_processes, next.track_processes);
    compare_lists(lines, "lagg", running.laggs, next.laggs);
    compare_lists(lines, "service", running.lvs.virtual_servers, next.lvs.virtual_servers);
    if (running.lvs.groups != next.lvs.groups) lines.emplace_back("virtual server groups changed");
    if (running.lvs.ssl != next.lvs.ssl) lines.emplace_back("SSL settings changed");
    if (lines.empty() && !(running == next)) lines.emplace_back("other settings changed");
    return lines;
}

}  // namespace conf
