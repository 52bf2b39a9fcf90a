// keepalived.stats (state-files.md §7).
#pragma once

#include <string>

#include "report/snapshot/snapshot.hpp"

namespace report {

/// What an instance's counters show: the monotonic totals less what STATS_CLEAR has cleared.
vrrp::protocol::Counters shown_counters(const vrrp::rows::Instance& row);

/// Empty when there are no instances.
std::string vrrp_stats(const conf::Model& model, const VrrpSnapshot& vrrp);

}  // namespace report
