// nftables_ipvs: a group without firewall marks is one kernel service a protocol and family, by a mark of our own choice;
// nftables rules give it to the packets for the group's addresses (lvs-behaviour.md, end). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "conf/model.hpp"

namespace check {

/// The mark of each group in use, by its name and the protocol of the virtual servers that use it.
using GroupMarks = std::map<std::pair<std::string, conf::Protocol>, std::uint32_t>;

/// Who has a mark keeps it; the others get the lowest that are free, in the order of the model. Empty without nftables_ipvs.
GroupMarks allocate_marks(const conf::Model& model, const GroupMarks& before);

/// 0: this virtual server has none.
std::uint32_t mark_of(const conf::VirtualServer& server, const GroupMarks& marks);

/// The tables which set the marks, as nft commands; empty when there is no mark.
std::string mark_ruleset(const conf::Model& model, const GroupMarks& marks);

}  // namespace check
