// Commands of the configuration: who runs them and whether they may run (conf-global.md §7).
#pragma once

#include <optional>
#include <string_view>

#include "conf/schema_context.hpp"
#include "conf/schema_values.hpp"

namespace conf {

/// Those of a virtual server count when it stays (ScriptsSeen).
enum class ScriptOwner : std::uint8_t { vrrp, checker, virtual_server, global };

struct RunAs {
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups;
};

/// USER [GROUP], `:` and `:GROUP` for supplementary groups. Nothing: there is no such user or group (logged).
std::optional<RunAs> find_user(Context& context, Span where, std::string_view user,
                               const std::optional<std::string>& group);
/// script_user, keepalived_script, or the caller. Nothing (after a message): none may be used.
std::optional<RunAs> default_user(Context& context, Span where);

/// Looks the command up and judges it; a script that may not run has a verdict other than `usable`.
Script look_up(Context& context, const ScriptRequest& request, const RunAs& as, ScriptOwner owner);

/// Whether there is something to be run.
ScriptsSeen seen(const Script& script);

/// At the end of reading: SECURITY VIOLATION when scripts run without enable_script_security.
void report_script_security(Context& context);

}  // namespace conf
