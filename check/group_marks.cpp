#include "check/group_marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "check/desired_table.hpp"

namespace check {

namespace {

bool is_marked_by_itself(const conf::VirtualServerGroup& group) {
    return std::any_of(group.entries.begin(), group.entries.end(),
                       [](const conf::GroupEntry& entry) { return entry.is_fwmark; });
}

const char* protocol_name(conf::Protocol protocol) {
    return protocol == conf::Protocol::tcp ? "tcp" : protocol == conf::Protocol::udp ? "udp" : "sctp";
}

/// "10.1.0.1-10.1.0.3 . 80 : 1000"; port 0 is every port.
std::string element(const conf::GroupEntry& entry, std::uint32_t mark) {
    std::string addresses = entry.first.to_string();
    if (entry.first != entry.last) addresses += "-" + entry.last.to_string();
    const std::string port = entry.port == 0 ? "0-65535" : std::to_string(entry.port);
    return fmt::format("{} . {} : {}", addresses, port, mark);
}

/// The map of one protocol in one family, and the rule that looks into it; empty when there is nothing in it.
std::pair<std::string, std::string> map_and_rule(const conf::Model& model, const GroupMarks& marks,
                                                 net::Family family, conf::Protocol protocol) {
    std::string elements;
    for (const auto& [user, mark] : marks) {
        const conf::VirtualServerGroup* group = find_group(model.lvs, user.first);
        if (group == nullptr || user.second != protocol) continue;
        for (const conf::GroupEntry& entry : group->entries) {
            if (entry.first.family != family) continue;
            elements += (elements.empty() ? "" : ", ") + element(entry, mark);
        }
    }
    if (elements.empty()) return {};
    const char* address = family == net::Family::ipv6 ? "ip6" : "ip";
    const char* type = family == net::Family::ipv6 ? "ipv6_addr" : "ipv4_addr";
    const char* name = protocol_name(protocol);
    return {
        fmt::format("map {}_map {{ type {} . inet_service : mark; flags interval; elements = {{ {} }} }}\n",
                    name, type, elements),
        fmt::format("meta l4proto {} meta mark set {} daddr . th dport map @{}_map counter return\n", name,
                    address, name)};
}

}  // namespace

GroupMarks allocate_marks(const conf::Model& model, const GroupMarks& before) {
    GroupMarks marks;
    if (!model.global.nftables_ipvs) return marks;
    std::set<std::uint32_t> taken;
    std::vector<std::pair<std::string, conf::Protocol>> without;
    for (const conf::VirtualServer& server : model.lvs.virtual_servers) {
        taken.insert(server.fwmark);
        const auto* group =
            server.kind == conf::ServiceKind::group ? find_group(model.lvs, server.group) : nullptr;
        if (group == nullptr) continue;
        for (const conf::GroupEntry& entry : group->entries) taken.insert(entry.fwmark);
        if (is_marked_by_itself(*group)) continue;
        const std::pair user{server.group, server.protocol};
        if (const auto at = before.find(user); at != before.end()) {
            marks.insert(*at);
            taken.insert(at->second);
        } else {
            without.push_back(user);
        }
    }
    std::uint32_t next = model.global.nftables_ipvs_start_fwmark;
    for (const auto& user : without) {
        if (marks.contains(user)) continue;  // several virtual servers may share it
        while (next == 0 || taken.contains(next)) ++next;
        taken.insert(next);
        marks.emplace(user, next);
    }
    return marks;
}

std::uint32_t mark_of(const conf::VirtualServer& server, const GroupMarks& marks) {
    if (server.kind != conf::ServiceKind::group) return 0;
    const auto at = marks.find({server.group, server.protocol});
    return at == marks.end() ? 0 : at->second;
}

std::string mark_ruleset(const conf::Model& model, const GroupMarks& marks) {
    std::string text;
    for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
        std::string maps, rules;
        for (const conf::Protocol protocol :
             {conf::Protocol::tcp, conf::Protocol::udp, conf::Protocol::sctp}) {
            const auto [map, rule] = map_and_rule(model, marks, family, protocol);
            maps += map;
            rules += rule;
        }
        if (maps.empty()) continue;
        text += fmt::format(
            "table {} {} {{\n{}chain in {{\ntype filter hook input priority {}; policy accept;\n{}}}\n}}\n",
            family == net::Family::ipv6 ? "ip6" : "ip", model.global.nftables_ipvs_table, maps,
            model.global.nftables_ipvs_priority, rules);
    }
    return text;
}

}  // namespace check
