// How often one object may be put back: at once for the first 5 times in 10 s, then every second (decisions.md §6). A
// fight with another manager must not become a storm.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "lib/time/instant.hpp"

namespace vrrp {

class RepairSchedule {
  public:
    /// The object has vanished: it is to be put back, now or when its turn comes. True, once for each fight: the limit
    /// has been reached, warn.
    bool vanished(std::uint64_t object, Instant now);
    /// Objects to be put back now. Clears `objects`.
    void due(Instant now, std::vector<std::uint64_t>& objects);
    Instant next_deadline() const;
    void clear() { histories_.clear(); }

  private:
    struct History {
        Instant window{};  ///< begin of the 10 s
        std::uint32_t times = 0;
        Instant last{};
        Instant not_before = kNever;  ///< kNever: nothing to be done
        bool warned = false;
    };
    std::map<std::uint64_t, History> histories_;
};

}  // namespace vrrp
