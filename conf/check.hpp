// What can be said only when everything has been read: defaults that depend on each other, references, conflicts.
#pragma once

#include "conf/schema_context.hpp"

namespace conf {

/// The owner of the addresses: RFC 9568 §5.2.4.
inline constexpr std::uint8_t kOwnerPriority = 255;

/// After global_defs: defaults which depend on the host, inheritance among the global settings.
void finish_globals(Context& context);
/// Link aggregation: defaults that depend on each other, scripts, ports of two laggs (lagg.md §4).
void finish_laggs(Context& context);
/// Instances, groups, scripts and trackers into the model (conf-vrrp.md §2.9, §2.10, §3).
void finish_vrrp(Context& context);
/// A virtual server whose group is known when its block ends becomes what the model keeps of it: the drafts of a hundred
/// thousand checkers are never there together. What there is to say waits for finish_lvs.
void decide_early(Context& context, VirtualDraft& draft);
/// Virtual servers, groups and checkers into the model: inheritance, families, ports, quorum (conf-lvs.md §5).
void finish_lvs(Context& context);
/// Verdicts over scripts, interfaces which do not exist.
void finish_scripts(Context& context);

}  // namespace conf
