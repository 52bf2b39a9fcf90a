// Policy rules as desired kernel objects (conf-vrrp.md §6, vrrp-behaviour.md §8.0).
#pragma once

#include <string>

#include "conf/model.hpp"
#include "lib/netlink/objects.hpp"
#include "lib/netlink/request.hpp"

namespace vrrp::objects {

netlink::Request add_rule(const conf::Rule& rule);
netlink::Request remove_rule(const conf::Rule& rule);
/// Is the rule of a kernel event this one? (priority, prefixes, action, table)
bool is_same_rule(const conf::Rule& rule, const netlink::RuleEvent& event);
/// "from 10.0.0.100 to 10.1.0.0/16": how the reference names a rule.
std::string rule_prefixes(const conf::Rule& rule);
/// "not from 10.0.0.100 priority 99" for our own lines.
std::string rule_text(const conf::Rule& rule);

}  // namespace vrrp::objects
