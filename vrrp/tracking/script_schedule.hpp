// When tracked scripts start: on the 10 ms grid, not too many in one slot (design.md, fast path). Pure.
#pragma once

#include <map>

#include "lib/time/instant.hpp"

namespace vrrp::tracking {

class ScriptSchedule {
  public:
    static constexpr Nanoseconds kGrid = Milliseconds(10);
    static constexpr int kStartsASlot = 8;

    /// The second start of a script whose first one is `now`: an interval later, on the grid, or earlier where that slot
    /// is full (never before half the interval). Later starts follow in whole intervals, so the phase stays.
    Instant second_start(Instant now, Nanoseconds interval);
    /// The start after the one that was due at `due`; periods that were missed (a suspend) are left out.
    static Instant next_start(Instant due, Nanoseconds interval, Instant now);

  private:
    std::map<std::int64_t, int> load_;  ///< starts by slot number
};

}  // namespace vrrp::tracking
