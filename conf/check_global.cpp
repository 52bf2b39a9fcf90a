// Global defaults which depend on the host or on each other, and the verdict over scripts (conf-global.md §2, §3, §7).
#include <fmt/format.h>

#include "conf/check.hpp"
#include "conf/schema_scripts.hpp"

namespace conf {

void finish_globals(Context& context) {
    auto& global = context.model.global;
    const auto host = context.facts.host_name();
    global.local_name = host.canonical;
    if (global.router_id.empty()) global.router_id = host.canonical;
    if (global.mcast_group4.is_none()) global.mcast_group4 = *net::IpAddress::parse("224.0.0.18");
    if (global.mcast_group6.is_none()) global.mcast_group6 = *net::IpAddress::parse("ff02::12");
}

void finish_scripts(Context& context) {
    if (context.missing_interface && !context.model.global.dynamic_interfaces) {
        context.report(Class::fatal, {}, "Non-existent interface specified in configuration").refuses_reload =
            true;
    }
    report_script_security(context);
}

}  // namespace conf
