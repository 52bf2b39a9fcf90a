// net.ipv4.ping_group_range: who may open an ICMP datagram socket, by group. PING_CHECK needs group 0 in it
// (conf-lvs.md §7.11).
#pragma once

#include "check/rows.hpp"

namespace check {

class PingGroupRange {
  public:
    /// Lowers the range's lower end to 0 where it is above; the former range, if it was changed.
    rows::PingRange widen();
    void restore(const rows::PingRange& former);
};

}  // namespace check
