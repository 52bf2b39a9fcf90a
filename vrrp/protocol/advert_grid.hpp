// The 10 ms grid of periodic adverts (decisions.md §7, performance-notes.md §4): wake-ups are shared, and no
// interface sees more adverts at one time than a peer with default socket buffers can hold.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "vrrp/protocol/config.hpp"

namespace vrrp::protocol {

inline constexpr Milliseconds kGridStep{10};
inline constexpr std::uint32_t kMaxAdvertsASlot = 32;

/// Counts the adverts in each slot of each (interface, interval). Advertisement intervals are whole
/// centiseconds, so an instance which once stands on a grid point keeps its slot for ever.
class AdvertGrid {
  public:
    using Slot = std::uint16_t;  ///< 1 … slots of the interval; 0 = none
    struct Place {
        Slot slot = 0;
        Instant at;
    };

    void clear() { rings_.clear(); }

    /// The grid point in (after, until] whose slot has the fewest adverts; among equals the last. Looks
    /// further back, down to `floor`, only when all of these are full.
    Place choose(std::uint32_t interface_key, Microseconds interval, Instant floor, Instant after,
                 Instant until) const;

    void take(std::uint32_t interface_key, Microseconds interval, Slot slot) {
        ++ring(interface_key, interval)[slot - 1U];
    }
    void leave(std::uint32_t interface_key, Microseconds interval, Slot slot);

    /// Slot of a grid point.
    static Slot slot_of(Microseconds interval, Instant at);

  private:
    using Ring = std::vector<std::uint16_t>;
    using Key = std::pair<std::uint32_t, std::int64_t>;  // interface, interval in grid steps

    Ring& ring(std::uint32_t interface_key, Microseconds interval);
    std::uint32_t load(std::uint32_t interface_key, std::int64_t steps, std::int64_t tick) const;

    std::map<Key, Ring> rings_;
};

}  // namespace vrrp::protocol
