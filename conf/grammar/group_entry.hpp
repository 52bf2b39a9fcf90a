// One line of a virtual_server_group (conf-lvs.md §4).
#pragma once

#include <optional>
#include <string_view>

#include "conf/schema_context.hpp"

namespace conf {

/// ADDR[-END] [PORT], ADDR/LEN [PORT], fwmark N [inet|inet6]; nothing (after a message) when it is skipped.
std::optional<GroupEntry> read_group_entry(Context& context, const Args& args, std::string_view group);

}  // namespace conf
