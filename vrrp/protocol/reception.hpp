// What is done with a received advert before it may have any effect: vrrp-behaviour.md §3.2, row by row.
#pragma once

#include <optional>

#include "vrrp/protocol/advert.hpp"
#include "vrrp/protocol/config.hpp"
#include "vrrp/protocol/router.hpp"
#include "vrrp/protocol/state.hpp"

namespace vrrp::protocol {

/// An advert which passed all checks.
struct Advertisement {
    net::IpAddress source;
    std::uint8_t priority = 0;
    Microseconds interval{0};
    std::uint32_t ah_sequence = 0;
};

/// Checks a datagram against the instance's configuration and memory (AH and auth_hmac sequences, the
/// historical checksum), counts, and logs each kind of problem once until the next change of state or master.
/// @param memory  of an instance with auth_hmac; of any other it is not touched
/// @return nothing when the packet is to be ignored; it then has no effect on timers or state, whatever it
/// holds
std::optional<Advertisement> receive_advert(const VirtualRouterConfig& config, VirtualRouterState& state,
                                            AuthMemory& memory, const PacketReceived& packet, Instant now,
                                            ActionList& actions);

}  // namespace vrrp::protocol
