// vrrp_instance: the setters which stand in files of their own, and what they share.
#pragma once

#include <string_view>

#include "conf/schema_context.hpp"

namespace conf::instance_setters {

inline InstanceDraft& draft_of(void* target) { return *static_cast<InstanceDraft*>(target); }

/// Takes part in the family of the instance; false (after a message) for an address of the other one.
/// @param written    as the message shows it
/// @param complaint  with {object} and {address}
bool family_fits(Context& context, InstanceDraft& draft, const net::IpAddress& address, Span where,
                 std::string_view written, std::string_view complaint);

// schema_instance_peers.cpp: sources and destinations of adverts
void set_source(Context&, void*, const Args&);
void set_mcast_dst(Context&, void*, const Args&);
void add_unicast_peer(Context&, void*, const Args&);
void end_unicast_peers(Context&, void*, const Args&);
void set_check_unicast_src(Context&, void*, const Args&);
void set_unicast_fault(Context&, void*, const Args&);
void set_unicast_checksum(Context&, void*, const Args&);
void set_unicast_ttl(Context&, void*, const Args&);

// schema_instance_addresses.cpp: virtual_ipaddress, virtual_ipaddress_excluded
void add_address(Context&, void*, const Args&);

// schema_instance_vmac.cpp: interfaces of its own
void use_vmac(Context&, void*, const Args&);
void use_ipvlan(Context&, void*, const Args&);

}  // namespace conf::instance_setters
