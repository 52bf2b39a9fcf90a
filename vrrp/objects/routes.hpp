// Routes as desired kernel objects (conf-vrrp.md §5, vrrp-behaviour.md §8.0).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "conf/model.hpp"
#include "lib/netlink/objects.hpp"
#include "lib/netlink/request.hpp"

namespace vrrp::objects {

/// ifindex of a name; 0 = there is none now.
using FindInterface = std::function<std::uint32_t(std::string_view)>;

/// RTM_NEWROUTE; nullopt: an interface it names does not exist.
/// @param replace  NLM_F_REPLACE: its options changed at a reload
std::optional<netlink::Request> add_route(const conf::Route& route, const FindInterface& find,
                                          bool replace = false);
/// RTM_DELROUTE.
std::optional<netlink::Request> remove_route(const conf::Route& route, const FindInterface& find);

/// Is the route of a kernel event this one?
bool is_same_route(const conf::Route& route, const netlink::RouteEvent& event, const FindInterface& find);

/// "192.168.1.0/24", "default".
std::string route_destination(const conf::Route& route);

}  // namespace vrrp::objects
