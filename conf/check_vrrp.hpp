// The steps of finish_vrrp().
#pragma once

#include "conf/schema_context.hpp"

namespace conf {

/// Hosts of `peers` become unicast peers; own addresses are left out.
void decide_peers(Context& context);
/// An instance with addresses of both families becomes two in one sync group.
void split_dual_stack(Context& context);
/// Defaults, inheritance from global_defs, strict mode: one instance by itself.
void decide_instance(Context& context, InstanceDraft& draft);
/// Sync groups: members, and whose weights count (conf-vrrp.md §2.7, §3.1).
void decide_groups(Context& context);
/// Scripts that cannot run, objects nobody tracks, own interfaces: out of the track lists.
void decide_trackers(Context& context);
/// Two instances with one identity on one interface (conf-vrrp.md §2.10).
void find_conflicts(Context& context);

}  // namespace conf
