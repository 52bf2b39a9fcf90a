// How long a backup waits: RFC 9568 §6.1, RFC 3768 §6.1, vrrp-behaviour.md §4.
#pragma once

#include "vrrp/protocol/config.hpp"
#include "vrrp/protocol/state.hpp"

namespace vrrp::protocol {

/// Skew_Time. v2: (256 − P)/256 s. v3: (256 − P) · M / 256, in the integer arithmetic of keepalived.
/// @param master_interval  the active master's interval (v3: learned from its adverts)
constexpr Microseconds skew_time(std::uint8_t version, Microseconds master_interval, std::uint8_t priority) {
    const std::int64_t inferiority = 256 - priority;
    if (version == 2) return Microseconds{inferiority * 1'000'000 / 256};
    const std::int64_t centiseconds = std::chrono::duration_cast<Centiseconds>(master_interval).count();
    return Microseconds{inferiority * centiseconds * 625 / 16};
}

/// Master_Down_Interval: down_timer_adverts intervals and the skew.
constexpr Microseconds master_down_interval(std::uint8_t version, std::uint32_t adverts,
                                            Microseconds master_interval, std::uint8_t priority) {
    return adverts * master_interval + skew_time(version, master_interval, priority);
}

/// The address owner does not wait.
inline constexpr Microseconds kOwnerDownInterval{1};

/// What counts in timers: an owner which stepped down to 254 for a while still times as an owner.
inline std::uint8_t timing_priority(const VirtualRouterConfig& config, const VirtualRouterState& state) {
    return config.is_owner() ? std::uint8_t{255} : state.effective_priority;
}

inline Microseconds master_interval(const VirtualRouterConfig& config, const VirtualRouterState& state) {
    if (config.version == 2 || state.master_advert_interval.count() == 0) return config.advert_interval;
    return state.master_advert_interval;
}

inline Microseconds skew_time(const VirtualRouterConfig& config, const VirtualRouterState& state) {
    return skew_time(config.version, master_interval(config, state), timing_priority(config, state));
}

inline Microseconds master_down_interval(const VirtualRouterConfig& config, const VirtualRouterState& state) {
    return master_down_interval(config.version, config.down_timer_adverts, master_interval(config, state),
                                timing_priority(config, state));
}

}  // namespace vrrp::protocol
