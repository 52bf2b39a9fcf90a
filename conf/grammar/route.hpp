// ROUTE lines: virtual_routes, static_routes (conf-vrrp.md §5, conf-global.md §4.2).
#pragma once

#include <optional>

#include "conf/schema_context.hpp"

namespace conf {

enum class RouteUse : std::uint8_t { virtual_route, static_route };

/// One line; nothing (after a message) when the route is dropped.
std::optional<Route> read_route(Context& context, const Args& args, RouteUse use);

}  // namespace conf
