// From the model of a generation to what the pure core and the shell need: group trackers expanded,
// interfaces as keys, and how the instances of a new generation continue those of the old one (decisions.md
// §3, conf-vrrp.md §7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/model.hpp"
#include "vrrp/protocol/router.hpp"

namespace vrrp {

/// The core's configuration, and where in its list of trackers each kind begins: interfaces, then the model's
/// scripts, files and processes in the order of the model, then BFD sessions.
struct CoreConfig {
    protocol::RouterConfig router;
    std::vector<std::string> tracked_interfaces;  ///< names, tracker index = position
    std::vector<std::string> bfd_sessions;        ///< names, tracker index = first_bfd + position
    protocol::TrackerIndex first_script = 0, first_file = 0, first_process = 0, first_bfd = 0;
};

/// @param detail_log  -D: the core writes its (-D) lines too
CoreConfig core_config(const conf::Model& model, bool detail_log);

/// Which instance, group and tracker of `before` each of `after` continues. An instance is the same when
/// VRID, family, interface, unicast-or-not and (unicast) source or (multicast) VMAC and group agree; among
/// several the one with the same name, so a rename keeps mastership. Scripts keep their result while command,
/// arguments and user are the same.
/// The router configurations are given beside the numbers because they are moved into the router.
struct GenerationView {
    const conf::Model& model;
    const CoreConfig& core;
    const protocol::RouterConfig& router;
};
protocol::Continuation continuation(const GenerationView& before, const GenerationView& after);

/// Same virtual router? (see continuation)
bool same_virtual_router(const conf::VrrpInstance& a, const conf::VrrpInstance& b);

/// Interfaces other than its own which an instance depends on because an address, route or rule is there.
std::vector<std::string> object_interfaces(const conf::VrrpInstance& instance);

}  // namespace vrrp
