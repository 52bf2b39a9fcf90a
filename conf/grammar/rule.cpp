// RULE lines: conf-vrrp.md §6, conf-global.md §4.3.
#include "conf/grammar/rule.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "conf/grammar/address.hpp"
#include "conf/grammar/numbers.hpp"
#include "conf/grammar/option_line.hpp"
#include "conf/schema_values.hpp"
#include "conf/suggestion.hpp"

namespace conf {

namespace {

constexpr std::uint32_t kMaxIpProtocol = 127;

/// The names of /etc/protocols which rules are written with; built in, so that every process reads the same.
const std::unordered_map<std::string_view, std::uint8_t>& ip_protocols() {
    static const std::unordered_map<std::string_view, std::uint8_t> names{
        {"icmp", 1},     {"igmp", 2},       {"ipencap", 4}, {"tcp", 6},      {"egp", 8},    {"igp", 9},
        {"udp", 17},     {"dccp", 33},      {"ipv6", 41},   {"rsvp", 46},    {"gre", 47},   {"esp", 50},
        {"ah", 51},      {"ipv6-icmp", 58}, {"icmpv6", 58}, {"eigrp", 88},   {"ospf", 89},  {"ipip", 94},
        {"etherip", 97}, {"encap", 98},     {"pim", 103},   {"ipcomp", 108}, {"vrrp", 112}, {"l2tp", 115}};
    return names;
}

class RuleLine : OptionLine {
  public:
    RuleLine(Context& context, const Args& args, RuleUse use)
        : OptionLine(context, args, "rule"), use_(use) {}

    std::optional<Rule> read();

  private:
    using Reader = bool (RuleLine::*)();
    static const std::unordered_map<std::string_view, Reader>& readers();

    bool family_fits(net::Family family) {
        if (family_ == net::Family::none) family_ = family;
        return family_ == family || drop("rule specification has mixed IPv4 and IPv6");
    }
    bool prefix_into(std::optional<net::Prefix>& into);
    bool number_into(std::optional<std::uint32_t>& into, std::uint64_t max, bool automatic_base,
                     std::string_view complaint);
    template <typename Value>
    bool range_into(std::optional<std::array<Value, 2>>& into, std::uint64_t max);
    bool action(RuleAction action) {
        if (has_action_) {
            return drop(
                "Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for "
                "rule");
        }
        rule_.action = action;
        return has_action_ = true;
    }

    bool read_family() { return family_fits(word() == "inet" ? net::Family::ipv4 : net::Family::ipv6); }
    bool read_not() { return rule_.invert = true; }
    bool read_from() { return advance() && prefix_into(rule_.from); }
    bool read_to() { return advance() && prefix_into(rule_.to); }
    bool read_priority() {
        return advance() && number_into(priority_, UINT32_MAX, true, "Invalid rule preference {} specified");
    }
    bool read_tos();
    bool read_fwmark();
    bool read_realms() { return advance() && family_fits(net::Family::ipv4) && realms_into(rule_.realms); }
    bool read_iif() { return advance() && interface_into(rule_.iif, "rule"); }
    bool read_oif() { return advance() && interface_into(rule_.oif, "rule"); }
    bool read_suppress_prefix() {
        return advance() && number_into(rule_.suppress_prefixlength, INT32_MAX, false,
                                        "Invalid suppress_prefixlength {} specified");
    }
    bool read_suppress_group();
    bool read_tunnel_id();
    bool read_uidrange();
    bool read_ipproto();
    bool read_sport() { return advance() && range_into(rule_.sport, UINT16_MAX); }
    bool read_dport() { return advance() && range_into(rule_.dport, UINT16_MAX); }
    bool read_protocol();
    bool read_no_track() { return rule_.no_track = true; }
    bool read_track_group();
    bool read_table();
    bool read_l3mdev();
    bool read_type() { return true; }
    bool read_goto();
    bool read_nop() { return action(RuleAction::nop); }
    bool read_blackhole() { return action(RuleAction::blackhole); }
    bool read_unreachable() { return action(RuleAction::unreachable); }
    bool read_prohibit() { return action(RuleAction::prohibit); }
    bool finish();

    RuleUse use_;
    Rule rule_ = {};
    net::Family family_ = net::Family::none;
    std::optional<std::uint32_t> priority_, target_;
    bool has_action_ = false, protocol_given_ = false;
};

const std::unordered_map<std::string_view, RuleLine::Reader>& RuleLine::readers() {
    static const std::unordered_map<std::string_view, Reader> map{
        {"inet", &RuleLine::read_family},
        {"inet6", &RuleLine::read_family},
        {"not", &RuleLine::read_not},
        {"from", &RuleLine::read_from},
        {"to", &RuleLine::read_to},
        {"preference", &RuleLine::read_priority},
        {"priority", &RuleLine::read_priority},
        {"order", &RuleLine::read_priority},
        {"tos", &RuleLine::read_tos},
        {"dsfield", &RuleLine::read_tos},
        {"fwmark", &RuleLine::read_fwmark},
        {"realms", &RuleLine::read_realms},
        {"iif", &RuleLine::read_iif},
        {"dev", &RuleLine::read_iif},
        {"oif", &RuleLine::read_oif},
        {"suppress_prefixlength", &RuleLine::read_suppress_prefix},
        {"sup_pl", &RuleLine::read_suppress_prefix},
        {"suppress_ifgroup", &RuleLine::read_suppress_group},
        {"sup_group", &RuleLine::read_suppress_group},
        {"tunnel-id", &RuleLine::read_tunnel_id},
        {"uidrange", &RuleLine::read_uidrange},
        {"ipproto", &RuleLine::read_ipproto},
        {"sport", &RuleLine::read_sport},
        {"dport", &RuleLine::read_dport},
        {"protocol", &RuleLine::read_protocol},
        {"no_track", &RuleLine::read_no_track},
        {"track_group", &RuleLine::read_track_group},
        {"table", &RuleLine::read_table},
        {"lookup", &RuleLine::read_table},
        {"l3mdev", &RuleLine::read_l3mdev},
        {"type", &RuleLine::read_type},
        {"goto", &RuleLine::read_goto},
        {"nop", &RuleLine::read_nop},
        {"blackhole", &RuleLine::read_blackhole},
        {"unreachable", &RuleLine::read_unreachable},
        {"prohibit", &RuleLine::read_prohibit}};
    return map;
}

bool RuleLine::prefix_into(std::optional<net::Prefix>& into) {
    const auto text = word();
    if (text == "all" || text == "any" || text == "default") {
        into.emplace();  // of the rule's family, which a later word may tell
        return true;
    }
    const auto prefix = read_prefix(context_, text, here());
    if (!prefix) return drop(fmt::format("Invalid rule {} address {}", args_.value(at_ - 1), text));
    if (!family_fits(prefix->address.family)) return false;
    into = *prefix;
    return true;
}

/// @param complaint  as the reference has it, which names the keyword where it means the value
bool RuleLine::number_into(std::optional<std::uint32_t>& into, std::uint64_t max, bool automatic_base,
                           std::string_view complaint) {
    const auto number = read_unsigned(context_, word(), here(), 0, max, Number::strict, automatic_base);
    if (!number) return drop(fmt::format(fmt::runtime(complaint), args_.value(at_ - 1)));
    into = static_cast<std::uint32_t>(*number);
    return true;
}

template <typename Value>
bool RuleLine::range_into(std::optional<std::array<Value, 2>>& into, std::uint64_t max) {
    const auto range = grammar::number_range(word());
    const auto invalid = [&] { return fmt::format("invalid {} range {}", args_.value(at_ - 1), word()); };
    if (!range || (*range)[0] > max || (*range)[1] > max) return drop(invalid());
    if ((*range)[0] > (*range)[1]) {  // the reference takes it, and the kernel refuses the rule
        context_.sink.log(Class::general_error, here(), invalid());
        return false;
    }
    into = std::array<Value, 2>{static_cast<Value>((*range)[0]), static_cast<Value>((*range)[1])};
    return true;
}

bool RuleLine::read_uidrange() {
    if (!advance()) return false;
    if (word().find('-') == std::string_view::npos) {
        context_.error(here(), fmt::format("Invalid uidrange {} specified", args_.value(at_ - 1))).expected =
            "FIRST-LAST";
        return false;
    }
    return range_into(rule_.uid_range, UINT32_MAX);
}

bool RuleLine::read_tos() {
    if (!advance()) return false;
    const auto number = named_number(context_, NameTable::dsfield, word(), 255);
    if (!number) return drop(fmt::format("TOS value {} is invalid", word()));
    rule_.tos = static_cast<std::uint8_t>(*number);
    return true;
}

bool RuleLine::read_fwmark() {
    if (!advance()) return false;
    const auto mark = grammar::masked(word());
    if (!mark) return drop(fmt::format("Invalid rule fwmark {} specified", word()));
    rule_.fwmark = mark->value;
    rule_.fwmask = mark->mask;
    return true;
}

bool RuleLine::read_suppress_group() {
    if (!advance()) return false;
    rule_.suppress_ifgroup = named_number(context_, NameTable::group, word(), INT32_MAX);
    return rule_.suppress_ifgroup || drop(fmt::format("suppress_group {} is invalid", word()));
}

bool RuleLine::read_tunnel_id() {
    if (!advance()) return false;
    const auto range = grammar::number_range(word());
    if (range && word().find('-') == std::string_view::npos) {
        rule_.tunnel_id = (*range)[0];
        return true;
    }
    context_.report(Class::invalid_number, here(), fmt::format("invalid number '{}'", word()));
    return drop(fmt::format("Invalid tunnel-id {} specified", args_.value(at_ - 1)));
}

bool RuleLine::read_ipproto() {
    if (!advance()) return false;
    const auto number = grammar::integer(word());
    if (!number.junk && !number.negative && number.value <= kMaxIpProtocol) {
        rule_.ip_protocol = static_cast<std::uint8_t>(number.value);
        return true;
    }
    const auto known = ip_protocols().find(word());
    if (!number.junk || known == ip_protocols().end()) return drop(fmt::format("Invalid ipproto {}", word()));
    rule_.ip_protocol = known->second;
    return true;
}

bool RuleLine::read_protocol() {
    if (!advance()) return false;
    const auto number = read_unsigned(context_, word(), here(), 0, 255, Number::strict);
    if (!number) return drop(fmt::format("Invalid protocol {}", word()));
    rule_.protocol = static_cast<std::uint8_t>(*number);
    protocol_given_ = true;
    return true;
}

bool RuleLine::read_track_group() {
    if (!advance()) return false;
    track_group_into(rule_.track_group);
    return true;
}

bool RuleLine::read_table() {
    if (!action(RuleAction::table) || !advance()) return false;
    const auto table = named_number(context_, NameTable::table, word(), UINT32_MAX);
    if (!table) return drop(fmt::format("Routing table {} not found for rule", word()));
    if (*table == 0) return drop("Table 0 is not valid");
    rule_.table_or_target = *table;
    return true;
}

bool RuleLine::read_l3mdev() {
    rule_.l3mdev = true;
    return action(RuleAction::table);
}

bool RuleLine::read_goto() {
    return action(RuleAction::jump) && advance() &&
           number_into(target_, UINT32_MAX, true, "Invalid target {} specified");
}

bool RuleLine::finish() {
    if (!has_action_) return drop("No action specified for rule - ignoring");
    const bool is_table = rule_.action == RuleAction::table;
    if (!is_table && (rule_.realms || rule_.suppress_prefixlength || rule_.suppress_ifgroup)) {
        return drop(
            "realms, suppress_prefixlength and suppress_ifgroup need a table for the rule - ignoring");
    }
    rule_.family = family_ == net::Family::none ? net::Family::ipv4 : family_;
    for (auto* prefix : {&rule_.from, &rule_.to})
        if (*prefix && (*prefix)->address.is_none()) (*prefix)->address.family = rule_.family;
    if (!priority_) {
        auto& next = rule_.family == net::Family::ipv6 ? context_.next_priority6 : context_.next_priority4;
        priority_ = next--;
        context_
            .error(args_.where(),
                   fmt::format("Rule has no preference specified - setting to {}. This is probably "
                               "not what you want.",
                               *priority_))
            .expected = "`priority N`";
    }
    rule_.priority = *priority_;
    if (rule_.action == RuleAction::jump) {
        if (*target_ <= rule_.priority) {
            return drop(
                fmt::format("Invalid rule - preference {} >= goto target {}", rule_.priority, *target_));
        }
        rule_.table_or_target = *target_;
    }
    // Ours is for finding it again; what nobody looks for has none (run: 2.2.7).
    if (rule_.no_track && !protocol_given_) rule_.protocol = 0;
    check_tracking(rule_.no_track, args_.where(), rule_.protocol, rule_.track_group, rule_.iif);
    return true;
}

std::optional<Rule> RuleLine::read() {
    for (; at_ < args_.count(); ++at_) {
        const auto reader = readers().find(word());
        const bool is_for_static = use_ == RuleUse::virtual_rule && word() == "track_group";
        if (reader == readers().end() || is_for_static) {
            context_.error(here(), fmt::format("Unknown rule option {}", word())).hint =
                did_you_mean(word(), readers());
            return std::nullopt;
        }
        if (!(this->*reader->second)()) return std::nullopt;
    }
    at_ = 0;
    if (!finish()) return std::nullopt;
    return std::move(rule_);
}

}  // namespace

std::optional<Rule> read_rule(Context& context, const Args& args, RuleUse use) {
    return RuleLine(context, args, use).read();
}

}  // namespace conf
