// Two instances of one virtual router on one segment would fight each other. A configuration in which they do is refused;
// with allow_if_changes interfaces may bring them together later (conf-vrrp.md §2.10), and the later one stands back.
#include "vrrp/protocol/router_impl.hpp"

namespace vrrp::protocol {

namespace {

bool same_on_the_wire(const VirtualRouterConfig& a, const VirtualRouterConfig& b) {
    return !a.unicast && !b.unicast && a.vrid == b.vrid && a.family == b.family && a.group == b.group;
}

}  // namespace

bool Router::Impl::meets_its_like(InstanceIndex i) const {
    if (!config.instances_may_meet || segments[i] == 0) return false;
    for (InstanceIndex earlier = 0; earlier < i; ++earlier)
        if (segments[earlier] == segments[i] && same_on_the_wire(conf(earlier), conf(i))) return true;
    return false;
}

void Router::Impl::judge_segment(InstanceIndex i) {
    const bool meets = meets_its_like(i);
    if (meets == ((states[i].faults & bit(Fault::duplicate_vrid)) != 0)) return;
    edit(i).faults ^= bit(Fault::duplicate_vrid);
    set_fault_words(i, Fault::duplicate_vrid, meets ? "duplicate VRID" : "");
}

}  // namespace vrrp::protocol
