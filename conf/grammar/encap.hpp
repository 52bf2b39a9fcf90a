// Lightweight tunnels of routes, in iproute2's words: encap ip|ip6|mpls|ila … (conf-vrrp.md §5).
#pragma once

#include "conf/schema_context.hpp"

namespace conf {

/// Reads from the word behind `encap` on. @param at  that word; on return the last word of the encapsulation
/// @return false (after a message) when it cannot be understood: the route is dropped
bool read_encap(Context& context, const Args& args, std::size_t& at, Encap& encap);

}  // namespace conf
