#include <fmt/format.h>

#include "conf/lines/kernel_lines.hpp"

namespace conf {
namespace {

std::string match_text(const Rule& rule) {
    std::string text = rule.from ? "from " + short_prefix(*rule.from) : "from all";
    if (rule.to) text += " to " + short_prefix(*rule.to);
    if (rule.priority != 0) text += fmt::format(" priority {}", rule.priority);
    text += fmt::format(" tos 0x{:x}", rule.tos.value_or(0));
    if (rule.fwmark) text += fmt::format(" fwmark 0x{:x}", *rule.fwmark);
    if (rule.fwmark && rule.fwmask && *rule.fwmask != UINT32_MAX)
        text += fmt::format("/0x{:x}", *rule.fwmask);
    if (!rule.iif.empty()) text += " iif " + rule.iif;
    if (!rule.oif.empty()) text += " oif " + rule.oif;
    return text;
}

std::string selector_text(const Rule& rule) {
    std::string text;
    if (rule.suppress_prefixlength)
        text += fmt::format(" suppress_prefixlen {}", *rule.suppress_prefixlength);
    if (rule.suppress_ifgroup) text += fmt::format(" suppress_ifgroup {}", *rule.suppress_ifgroup);
    if (rule.tunnel_id) text += fmt::format(" tunnel-id {}", *rule.tunnel_id);
    if (rule.uid_range) text += fmt::format(" uidrange {}-{}", (*rule.uid_range)[0], (*rule.uid_range)[1]);
    if (rule.l3mdev) text += " l3mdev";
    if (rule.protocol != 0) text += fmt::format(" protocol {}", rule.protocol);
    if (rule.ip_protocol) text += fmt::format(" ipproto {}", *rule.ip_protocol);
    if (rule.sport) text += fmt::format(" sport {}-{}", (*rule.sport)[0], (*rule.sport)[1]);
    if (rule.dport) text += fmt::format(" dport {}-{}", (*rule.dport)[0], (*rule.dport)[1]);
    if (rule.realms) text += fmt::format(" realms {}/{}", *rule.realms >> 16, *rule.realms & 0xffff);
    return text;
}

std::string action_text(const Rule& rule) {
    switch (rule.action) {
        case RuleAction::table:
            return fmt::format(" lookup {}", rule.table_or_target);
        case RuleAction::jump:
            return fmt::format(" goto {}", rule.table_or_target);
        case RuleAction::nop:
            return " nop";
        case RuleAction::blackhole:
            return " type blackhole";
        case RuleAction::unreachable:
            return " type unreachable";
        case RuleAction::prohibit:
            return " type prohibit";
    }
    return "";
}

}  // namespace

std::string rule_line(const Rule& rule) {
    const bool family_shows = rule.from || rule.to;
    std::string line = rule.family == net::Family::ipv6 && !family_shows ? "inet6 " : "";
    if (rule.invert) line += "not ";
    line += match_text(rule) + selector_text(rule) + action_text(rule);
    if (rule.no_track) line += " no_track";
    if (!rule.track_group.empty()) line += " track_group " + rule.track_group;
    return line;
}

}  // namespace conf
