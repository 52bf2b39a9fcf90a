// From virtual servers and what the quorum algebra wishes to the kernel's table (lvs-behaviour.md §3). Pure.
#pragma once

#include <span>
#include <vector>

#include "check/quorum/service.hpp"
#include "conf/model_lvs.hpp"
#include "ipvs/table.hpp"

namespace check {

/// The kernel services of one virtual server: one, or one for each address and firewall mark of its group, addresses
/// first, ascending within an entry, walked over the whole address.
/// @param mark  of nftables_ipvs: the group is one service a family, by this mark; 0 = none
std::vector<ipvs::Service> kernel_services(const conf::VirtualServer& server, const conf::Lvs& lvs,
                                           std::uint32_t mark = 0);

/// Port: NAT the real server's, DR and TUN the service's; firewall marks with DR and TUN 0.
ipvs::Destination kernel_destination(const ipvs::ServiceKey& service, const conf::Endpoint& endpoint,
                                     const conf::Forwarding& forwarding, std::uint32_t weight);

/// Appends the entries of one virtual server; ipvs::normalise makes a table of all of them.
void append_entries(ipvs::Table& table, const conf::VirtualServer& server, const conf::Lvs& lvs,
                    std::span<const quorum::Wish> wishes, std::uint32_t mark = 0);

/// nullptr: there is none of that name.
const conf::VirtualServerGroup* find_group(const conf::Lvs& lvs, const std::string& name);

/// What the quorum algebra needs to know of a virtual server.
quorum::ServiceConfig quorum_config(const conf::VirtualServer& server, bool rs_init_notifies);

}  // namespace check
