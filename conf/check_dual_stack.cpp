// `dual_stack` and `peers` (beyond.md): one block becomes an instance for each family in a sync group; a list of hosts
// becomes unicast peers.
#include <fmt/format.h>

#include <algorithm>

#include "conf/check.hpp"
#include "conf/check_vrrp.hpp"

namespace conf {

namespace {

constexpr std::string_view kSuffix = "_v6";

bool has_family(const InstanceDraft& draft, net::Family family) {
    return std::any_of(draft.value.vips.begin(), draft.value.vips.end(),
                       [&](const Address& vip) { return vip.prefix.address.family == family; });
}

/// Keeps the entries of one family, and beside them where they stand.
void keep_addresses(std::vector<Address>& addresses, std::vector<Span>& places, net::Family family) {
    std::vector<Address> kept;
    std::vector<Span> kept_places;
    for (std::size_t at = 0; at < addresses.size(); ++at) {
        if (addresses[at].prefix.address.family != family) continue;
        kept.push_back(std::move(addresses[at]));
        kept_places.push_back(places[at]);
    }
    addresses = std::move(kept);
    places = std::move(kept_places);
}

void keep_family(InstanceDraft& draft, net::Family family) {
    auto& value = draft.value;
    draft.family = family;
    keep_addresses(value.vips, draft.vip_places, family);
    keep_addresses(value.evips, draft.evip_places, family);
    std::erase_if(value.routes, [&](const Route& route) { return route.family != family; });
    std::erase_if(value.rules, [&](const Rule& rule) { return rule.family != family; });
    std::erase_if(value.unicast_peers,
                  [&](const UnicastPeer& peer) { return peer.address.family != family; });
    if (value.source.family != family) value.source = {};
    if (draft.mcast_dst.family != family) draft.mcast_dst = {};
    if (value.vmac.ipvlan_address && value.vmac.ipvlan_address->address.family != family)
        value.vmac.ipvlan_address.reset();
}

/// The half for IPv6: it says nothing of its own, the other one speaks for both.
InstanceDraft second_half(const InstanceDraft& whole) {
    InstanceDraft half = whole;
    half.value.name += kSuffix;
    half.value.notify = {};
    half.value.smtp_alert = false;
    half.value.vmac.ifname.clear();
    if (half.version == 2) half.version.reset();
    keep_family(half, net::Family::ipv6);
    return half;
}

/// Both halves in the group of the one, or in a group of their own which has the name of the block.
void group_halves(Context& context, const std::string& first, const std::string& second, Span where) {
    for (auto& group : context.groups) {
        const auto member = std::find_if(group.members.begin(), group.members.end(),
                                         [&](const auto& m) { return m.first == first; });
        if (member == group.members.end()) continue;
        group.members.insert(std::next(member), {second, member->second});
        return;
    }
    auto& group = context.groups.emplace_back();
    group.value.name = context.group_index.contains(first) ? first + "_dual" : first;
    group.value.where = where;
    group.value.tracking_weight = true;  // both halves have the same trackers
    group.members = {{first, where}, {second, where}};
    context.group_index.emplace(group.value.name, std::pair{context.groups.size() - 1, where});
}

void split(Context& context, InstanceDraft& draft) {
    const std::string first = draft.value.name;
    if (!has_family(draft, net::Family::ipv4) || !has_family(draft, net::Family::ipv6)) {
        keep_family(draft, has_family(draft, net::Family::ipv6) ? net::Family::ipv6 : net::Family::ipv4);
        context.sink.log(Class::warning, draft.value.where,
                         fmt::format("({}) dual_stack with addresses of one family only", first));
        draft.value.dual_stack = false;
        return;
    }
    auto second = second_half(draft);
    const auto [known, fresh] =
        context.instance_index.try_emplace(second.value.name, context.instances.size(), draft.value.where);
    keep_family(draft, net::Family::ipv4);
    if (!fresh) {
        context
            .error(draft.value.where,
                   fmt::format("({}) the name {} is needed for the IPv6 half of dual_stack - ignoring its "
                               "addresses",
                               first, second.value.name))
            .related.emplace_back(known->second.second, "defined here");
        return;
    }
    const auto where = draft.value.where;
    group_halves(context, first, second.value.name, where);
    context.instances.push_back(std::move(second));
}

// ------------------------------------------------------------------------------------------------ peers

bool is_own(const Context& context, const net::IpAddress& address) {
    if (address.is_loopback()) return true;
    const auto* interfaces = context.facts.interfaces(context.net_namespace);
    if (interfaces == nullptr) return false;
    return std::any_of(interfaces->begin(), interfaces->end(), [&](const Interface& interface) {
        return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                           [&](const net::Prefix& own) { return own.address == address; });
    });
}

void add_peer(Context& context, InstanceDraft& draft, const std::string& word, Span where) {
    auto& value = draft.value;
    auto address = net::IpAddress::parse(word);
    if (!address) {
        if (const auto host = context.facts.resolve(word)) address = host->address;
    }
    if (!address) {
        context.error(where, fmt::format("({}) peer {} cannot be resolved - ignoring", value.name, word))
            .expected = "an address, or the name of a host";
        return;
    }
    if (is_own(context, *address)) {
        if (value.source.is_none() && !address->is_loopback()) value.source = *address;
        return;
    }
    const bool is_known = std::any_of(value.unicast_peers.begin(), value.unicast_peers.end(),
                                      [&](const UnicastPeer& peer) { return peer.address == *address; });
    const bool fits =
        value.dual_stack || draft.family == net::Family::none || draft.family == address->family;
    if (!fits) {
        context.error(where, fmt::format("({}) peer {} must be of the family of the instance - ignoring",
                                         value.name, address->to_string()));
    } else if (!is_known) {
        if (draft.family == net::Family::none) draft.family = address->family;
        value.unicast_peers.push_back({*address});
    }
}

}  // namespace

void decide_peers(Context& context) {
    for (auto& draft : context.instances) {
        if (draft.peers.empty()) continue;
        draft.value.unicast_configured = true;
        for (const auto& [word, where] : draft.peers) {
            draft.value.peers.push_back(word);
            add_peer(context, draft, word, where);
        }
    }
}

void split_dual_stack(Context& context) {
    const std::size_t written = context.instances.size();
    for (std::size_t at = 0; at < written; ++at) {
        if (context.instances[at].value.dual_stack) split(context, context.instances[at]);
    }
}

}  // namespace conf
