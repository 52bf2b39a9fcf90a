#include "vrrp/objects/rules.hpp"

#include <endian.h>
#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "conf/lines/kernel_lines.hpp"

namespace vrrp::objects {

namespace {

std::uint8_t action_of(conf::RuleAction action) {
    switch (action) {
        case conf::RuleAction::table:
            return FR_ACT_TO_TBL;
        case conf::RuleAction::jump:
            return FR_ACT_GOTO;
        case conf::RuleAction::nop:
            return FR_ACT_NOP;
        case conf::RuleAction::blackhole:
            return FR_ACT_BLACKHOLE;
        case conf::RuleAction::unreachable:
            return FR_ACT_UNREACHABLE;
        case conf::RuleAction::prohibit:
            return FR_ACT_PROHIBIT;
    }
    return FR_ACT_UNSPEC;
}

fib_rule_hdr header_of(const conf::Rule& rule) {
    fib_rule_hdr header{};
    header.family = static_cast<std::uint8_t>(net::address_family(rule.family));
    if (rule.from) header.src_len = rule.from->length;
    if (rule.to) header.dst_len = rule.to->length;
    header.tos = rule.tos.value_or(0);
    header.action = action_of(rule.action);
    if (rule.invert) header.flags |= FIB_RULE_INVERT;
    if (rule.action == conf::RuleAction::table && rule.table_or_target < 256) {
        header.table = static_cast<std::uint8_t>(rule.table_or_target);
    }
    return header;
}

void put_matches(netlink::Request& request, const conf::Rule& rule) {
    if (rule.from && rule.from->length > 0) request.address(FRA_SRC, rule.from->address);
    if (rule.to && rule.to->length > 0) request.address(FRA_DST, rule.to->address);
    request.u32(FRA_PRIORITY, rule.priority);
    if (rule.fwmark) request.u32(FRA_FWMARK, *rule.fwmark);
    if (rule.fwmask) request.u32(FRA_FWMASK, *rule.fwmask);
    if (rule.realms) request.u32(FRA_FLOW, *rule.realms);
    if (!rule.iif.empty()) request.text(FRA_IIFNAME, rule.iif);
    if (!rule.oif.empty()) request.text(FRA_OIFNAME, rule.oif);
    if (rule.suppress_prefixlength) request.u32(FRA_SUPPRESS_PREFIXLEN, *rule.suppress_prefixlength);
    if (rule.suppress_ifgroup) request.u32(FRA_SUPPRESS_IFGROUP, *rule.suppress_ifgroup);
    if (rule.tunnel_id) request.u64(FRA_TUN_ID, htobe64(*rule.tunnel_id));
    if (rule.uid_range) {
        request.value(FRA_UID_RANGE, fib_rule_uid_range{(*rule.uid_range)[0], (*rule.uid_range)[1]});
    }
    if (rule.l3mdev) request.u8(FRA_L3MDEV, 1);
    if (rule.ip_protocol) request.u8(FRA_IP_PROTO, *rule.ip_protocol);
    if (rule.sport) request.value(FRA_SPORT_RANGE, fib_rule_port_range{(*rule.sport)[0], (*rule.sport)[1]});
    if (rule.dport) request.value(FRA_DPORT_RANGE, fib_rule_port_range{(*rule.dport)[0], (*rule.dport)[1]});
    if (rule.action == conf::RuleAction::jump) request.u32(FRA_GOTO, rule.table_or_target);
    if (rule.action == conf::RuleAction::table && rule.table_or_target >= 256) {
        request.u32(FRA_TABLE, rule.table_or_target);
    }
    request.u8(FRA_PROTOCOL, rule.protocol);
}

bool same_prefix(const std::optional<net::Prefix>& wanted, const net::Prefix& found) {
    const std::uint8_t length = wanted ? wanted->length : std::uint8_t{0};
    if (length != found.length) return false;
    return length == 0 || wanted->address == found.address;
}

}  // namespace

netlink::Request add_rule(const conf::Rule& rule) {
    netlink::Request request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
    request.header(header_of(rule));
    put_matches(request, rule);
    return request;
}

netlink::Request remove_rule(const conf::Rule& rule) {
    netlink::Request request(RTM_DELRULE, 0);
    request.header(header_of(rule));
    put_matches(request, rule);
    return request;
}

bool is_same_rule(const conf::Rule& rule, const netlink::RuleEvent& event) {
    if (rule.family != event.family || rule.priority != event.priority) return false;
    if (action_of(rule.action) != event.action || rule.protocol != event.protocol) return false;
    if (rule.action == conf::RuleAction::table && !rule.l3mdev && rule.table_or_target != event.table)
        return false;
    return same_prefix(rule.from, event.from) && same_prefix(rule.to, event.to);
}

std::string rule_prefixes(const conf::Rule& rule) {
    const auto text_of = [](const std::optional<net::Prefix>& prefix) -> std::string {
        return prefix ? conf::short_prefix(*prefix) : "all";
    };
    std::string text = "from " + text_of(rule.from);
    if (rule.to) text += " to " + text_of(rule.to);
    return text;
}

std::string rule_text(const conf::Rule& rule) {
    return (rule.invert ? "not " : "") + rule_prefixes(rule) + " priority " + std::to_string(rule.priority);
}

}  // namespace vrrp::objects
