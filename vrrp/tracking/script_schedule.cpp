#include "vrrp/tracking/script_schedule.hpp"

namespace vrrp::tracking {

Instant ScriptSchedule::second_start(Instant now, Nanoseconds interval) {
    const Instant latest = now + interval;
    if (interval < 2 * kGrid) return latest;
    const std::int64_t earliest = (now + interval / 2).ns / kGrid.count() + 1;
    load_.erase(load_.begin(), load_.lower_bound(now.ns / kGrid.count()));
    std::int64_t slot = latest.ns / kGrid.count();
    while (slot > earliest && load_[slot] >= kStartsASlot) --slot;
    ++load_[slot];
    return {slot * kGrid.count()};
}

Instant ScriptSchedule::next_start(Instant due, Nanoseconds interval, Instant now) {
    const Instant next = due + interval;
    if (next > now) return next;
    const std::int64_t missed = (now - next).count() / interval.count();
    return next + (missed + 1) * interval;
}

}  // namespace vrrp::tracking
