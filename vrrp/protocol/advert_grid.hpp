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
inline constexpr std::uint32_t kMaxAdvertsASlot = 32;  ///< on one interface
inline constexpr std::uint32_t kMaxAdvertsAWakeUp =
    256;  ///< on all: the last of them goes out a millisecond late

/// Counts the adverts in each slot of each (interface, interval). Advertisement intervals are whole
/// centiseconds, so an instance which once stands on a grid point keeps its slot for ever.
class AdvertGrid {
  public:
    using Slot = std::uint16_t;  ///< 1 … slots of the interval; 0 = none
    struct Place {
        Slot slot = 0;
        Instant at;
    };

    void clear() {
        rings_.clear();
        totals_.clear();
    }

    /// The grid point in (after, until] whose slot shares its wake-up with the most adverts and has room; among
    /// equals the last. Without room, the slot with the fewest adverts, looking back down to `floor`.
    Place choose(std::uint32_t interface_key, Microseconds interval, Instant floor, Instant after,
                 Instant until) const;

    void take(std::uint32_t interface_key, Microseconds interval, Slot slot);
    void leave(std::uint32_t interface_key, Microseconds interval, Slot slot);

    /// Slot of a grid point.
    static Slot slot_of(Microseconds interval, Instant at);

  private:
    using Ring = std::vector<std::uint16_t>;
    using Key = std::pair<std::uint32_t, std::int64_t>;  // interface, interval in grid steps

    Ring& ring(std::uint32_t interface_key, Microseconds interval);
    Ring& total(Microseconds interval);
    struct Load {
        std::uint32_t interface = 0;  ///< adverts of this interface at that tick, in the worst case
        std::uint32_t process = 0;    ///< of all interfaces
    };
    Load load(std::uint32_t interface_key, std::int64_t steps, std::int64_t tick) const;

    std::map<Key, Ring> rings_;
    std::map<std::int64_t, Ring> totals_;  ///< of all interfaces, by interval
};

}  // namespace vrrp::protocol
