// Setters of the top level: the supervisor's keywords and value blocks. Target: the model.
#pragma once

#include "conf/schema_setters.hpp"

namespace conf::host_setters {

void net_namespace(Context&, void*, const Args&);
void net_namespace_ipvs(Context&, void*, const Args&);
void instance(Context&, void*, const Args&);
void child_wait_time(Context&, void*, const Args&);
void static_address(Context&, void*, const Args&);
void static_route(Context&, void*, const Args&);
void static_rule(Context&, void*, const Args&);
void linkbeat_interface(Context&, void*, const Args&);
void interface_delay(Context&, void*, const Args&);

template <bool Host::*Member>
void host_flag(Context&, void* target, const Args&) {
    static_cast<Model*>(target)->host.*Member = true;
}

}  // namespace conf::host_setters
