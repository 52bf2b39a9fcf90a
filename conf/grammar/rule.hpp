// RULE lines: virtual_rules, static_rules (conf-vrrp.md §6, conf-global.md §4.3).
#pragma once

#include <optional>

#include "conf/schema_context.hpp"

namespace conf {

enum class RuleUse : std::uint8_t { virtual_rule, static_rule };

/// One line; nothing (after a message) when the rule is dropped.
std::optional<Rule> read_rule(Context& context, const Args& args, RuleUse use);

}  // namespace conf
