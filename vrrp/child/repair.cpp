#include "vrrp/child/repair.hpp"

#include <algorithm>

namespace vrrp {

namespace {

constexpr std::uint32_t kTimesAtOnce = 5;
constexpr Seconds kWindow{10};
constexpr Seconds kSlowly{1};

}  // namespace

bool RepairSchedule::vanished(std::uint64_t object, Instant now) {
    History& history = histories_[object];
    if (history.not_before != kNever) return false;
    if (history.times == 0 || now - history.window > kWindow) {
        // Each repair of a long fight is in a window of its own: it ends when nothing happened for a whole window.
        const bool goes_on = history.times >= kTimesAtOnce && now - history.last <= kWindow;
        history.window = now;
        if (!goes_on) {
            history.times = 0;
            history.warned = false;
        }
    }
    const bool at_once = history.times < kTimesAtOnce;
    history.not_before = at_once ? now : std::max(now, history.last + kSlowly);
    if (at_once || history.warned) return false;
    history.warned = true;
    return true;
}

void RepairSchedule::due(Instant now, std::vector<std::uint64_t>& objects) {
    objects.clear();
    for (auto entry = histories_.begin(); entry != histories_.end();) {
        History& history = entry->second;
        if (history.not_before <= now) {
            objects.push_back(entry->first);
            ++history.times;
            history.last = now;
            history.not_before = kNever;
        }
        const bool over = history.not_before == kNever && now - history.last > 2 * kWindow;
        entry = over ? histories_.erase(entry) : std::next(entry);
    }
}

Instant RepairSchedule::next_deadline() const {
    Instant earliest = kNever;
    for (const auto& [object, history] : histories_) earliest = std::min(earliest, history.not_before);
    return earliest;
}

}  // namespace vrrp
