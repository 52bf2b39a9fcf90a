// The 10 ms grid of periodic adverts.
#include "vrrp/protocol/advert_grid.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace vrrp::protocol {

namespace {

constexpr std::int64_t kStepNs = Nanoseconds{kGridStep}.count();

std::int64_t steps_of(Microseconds interval) {
    return std::clamp<std::int64_t>(interval / kGridStep, 1, UINT16_MAX);
}

}  // namespace

AdvertGrid::Slot AdvertGrid::slot_of(Microseconds interval, Instant at) {
    return static_cast<Slot>(at.ns / kStepNs % steps_of(interval) + 1);
}

AdvertGrid::Ring& AdvertGrid::ring(std::uint32_t interface_key, Microseconds interval) {
    Ring& ring = rings_[{interface_key, steps_of(interval)}];
    if (ring.empty()) ring.resize(static_cast<std::size_t>(steps_of(interval)));
    return ring;
}

AdvertGrid::Ring& AdvertGrid::total(Microseconds interval) {
    Ring& ring = totals_[steps_of(interval)];
    if (ring.empty()) ring.resize(static_cast<std::size_t>(steps_of(interval)));
    return ring;
}

void AdvertGrid::take(std::uint32_t interface_key, Microseconds interval, Slot slot) {
    ++ring(interface_key, interval)[slot - 1U];
    ++total(interval)[slot - 1U];
}

void AdvertGrid::leave(std::uint32_t interface_key, Microseconds interval, Slot slot) {
    std::uint16_t& count = ring(interface_key, interval)[slot - 1U];
    assert(count > 0);
    --count;
    --total(interval)[slot - 1U];
}

// Adverts of other intervals meet ours now and then: what counts is the worst meeting, that is the fullest of
// their slots which agree with ours modulo the common divisor of the intervals.
AdvertGrid::Load AdvertGrid::load(std::uint32_t interface_key, std::int64_t steps, std::int64_t tick) const {
    const auto worst_meeting = [&](std::int64_t others, const Ring& ring) {
        const std::int64_t common = std::gcd(steps, others);
        std::uint32_t worst = 0;
        for (std::int64_t slot = tick % common; slot < others; slot += common)
            worst = std::max<std::uint32_t>(worst, ring[static_cast<std::size_t>(slot)]);
        return worst;
    };
    Load sum;
    for (const auto& [others, ring] : totals_) sum.process += worst_meeting(others, ring);
    for (auto it = rings_.lower_bound({interface_key, 0});
         it != rings_.end() && it->first.first == interface_key; ++it)
        sum.interface += worst_meeting(it->first.second, it->second);
    return sum;
}

// A wake-up costs more than the packets it sends: adverts are packed into few slots, as far as a peer with
// default buffers can hold them.
AdvertGrid::Place AdvertGrid::choose(std::uint32_t interface_key, Microseconds interval, Instant floor,
                                     Instant after, Instant until) const {
    const std::int64_t steps = steps_of(interval);
    const std::int64_t last = until.ns / kStepNs;
    std::int64_t best = last;
    std::uint32_t least = UINT32_MAX, most = 0;
    bool room = false;
    for (std::int64_t tick = last; tick * kStepNs > floor.ns; --tick) {
        if (tick * kStepNs <= after.ns && (room || least < kMaxAdvertsASlot)) break;
        const Load found = load(interface_key, steps, tick % steps);
        const bool fits = found.interface < kMaxAdvertsASlot && found.process < kMaxAdvertsAWakeUp;
        const bool better = fits ? !room || found.process > most : !room && found.interface < least;
        if (!better) continue;
        room = fits;
        most = found.process;
        least = found.interface;
        best = tick;
    }
    return {static_cast<Slot>(best % steps + 1), Instant{best * kStepNs}};
}

}  // namespace vrrp::protocol
