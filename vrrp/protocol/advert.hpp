// VRRP advertisement codec: RFC 9568 §5.2, RFC 3768 §5.3; AH of RFC 2338; auth_hmac (vrrp-behaviour.md §1.8). Bytes only, no rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vrrp/protocol/config.hpp"
#include "vrrp/protocol/state.hpp"

namespace vrrp::protocol {

inline constexpr std::uint8_t kProtocolVrrp = 112;
inline constexpr std::uint8_t kProtocolAh = 51;
inline constexpr std::size_t kMaxAdvertSize = 20 + 24 + 8 + 255 * 16 + 8 + 28;
inline constexpr std::size_t kHmacTrailerSize = 28;
inline constexpr std::size_t kAhHeaderSize = 24;

/// What of an advert changes from one to the next.
struct AdvertFields {
    std::uint8_t priority = 0;
    std::uint16_t ip_id = 0;
    std::uint32_t ah_sequence = 0;
    net::IpAddress source;
    net::IpAddress destination;      ///< group or peer
    bool old_unicast_checksum = false;
    std::int64_t wallclock_us = 0;   ///< auth_hmac time stamp
    std::uint64_t hmac_seconds_fraction = 0;
    std::uint16_t hmac_counter = 0;
};

/// IPv4: the whole packet from the IP header on (for IP_HDRINCL; IP checksum left 0, the kernel fills it). IPv6: the VRRP
/// message (checksum left 0: IPV6_CHECKSUM). Returns the number of bytes written to `out` (at least kMaxAdvertSize long).
std::size_t encode_advert(const VirtualRouterConfig& config, const AdvertFields& fields, std::span<std::uint8_t> out);

/// Internet checksum (RFC 1071), of `bytes` followed by `more`; result in network order as the two bytes are to stand.
std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> more = {});

/// The gratuitous ARP request of vrrp-behaviour.md §2.6: 42 bytes (Ethernet) or the InfiniBand form.
std::size_t encode_gratuitous_arp(const net::LinkAddress& sender, const net::LinkAddress& broadcast, bool infiniband,
                                  const net::IpAddress& address, std::span<std::uint8_t> out);
/// The unsolicited neighbour advertisement of §2.7. @param router  the R flag: forwarding is on
std::size_t encode_unsolicited_na(const net::LinkAddress& sender, bool infiniband, const net::IpAddress& address, bool router,
                                  std::span<std::uint8_t> out);

}  // namespace vrrp::protocol
