// VRRP advertisement codec: RFC 9568 §5.2, RFC 3768 §5.3; AH of RFC 2338; auth_hmac (vrrp-behaviour.md §1.8).
// Bytes only, no rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "vrrp/protocol/config.hpp"

namespace vrrp::protocol {

inline constexpr std::uint8_t kProtocolVrrp = 112;
inline constexpr std::uint8_t kProtocolAh = 51;
inline constexpr std::size_t kIpv4HeaderSize = 20;
inline constexpr std::size_t kVrrpHeaderSize = 8;
inline constexpr std::size_t kV2AuthSize = 8;
inline constexpr std::size_t kHmacTrailerSize = 28;
inline constexpr std::size_t kAhHeaderSize = 24;
inline constexpr std::size_t kMaxAdvertSize =
    kIpv4HeaderSize + kAhHeaderSize + kVrrpHeaderSize + 255 * 16 + kV2AuthSize + kHmacTrailerSize;
inline constexpr std::uint8_t kAdvertisementType = 1;
inline constexpr std::uint32_t kLastAhSequence = 0xFFFFFFFD;

// ---------------------------------------------------------------------------------------------- sending

/// What of an advert changes from one to the next. `advert_fields` (router.hpp) fills it for a SendAdvert.
struct AdvertFields {
    std::uint8_t priority = 0;
    std::uint16_t ip_id = 0;
    std::uint32_t ah_sequence = 0;
    net::IpAddress source;
    net::IpAddress destination;         ///< group or peer
    bool old_unicast_checksum = false;  ///< the historical form was detected
    std::uint64_t hmac_sequence = 0;    ///< UTC seconds << 32 | fraction << 16 | counter
};

/// IPv4: the whole packet from the IP header on (for IP_HDRINCL; IP checksum left 0, the kernel fills it).
/// IPv6: the VRRP message (checksum left 0: IPV6_CHECKSUM). Returns the number of bytes written to `out` (at
/// least kMaxAdvertSize long).
std::size_t encode_advert(const VirtualRouterConfig& config, const AdvertFields& fields,
                          std::span<std::uint8_t> out);

/// The gratuitous ARP request of vrrp-behaviour.md §2.6: 42 bytes (Ethernet) or the InfiniBand form.
std::size_t encode_gratuitous_arp(const net::LinkAddress& sender, const net::LinkAddress& broadcast,
                                  bool infiniband, const net::IpAddress& address,
                                  std::span<std::uint8_t> out);
/// The unsolicited neighbour advertisement of §2.7. @param router  the R flag: forwarding is on
std::size_t encode_unsolicited_na(const net::LinkAddress& sender, bool infiniband,
                                  const net::IpAddress& address, bool router, std::span<std::uint8_t> out);
inline constexpr std::size_t kMaxAnnouncementSize = 128;  ///< room for either of the two

// ---------------------------------------------------------------------------------------------- receiving

/// Where the headers of a received datagram lie. `vrrp` holds at least the VRRP header, and all that follows
/// it.
struct Datagram {
    std::span<const std::uint8_t> ip;  ///< IPv4 header with options; empty for IPv6
    std::span<const std::uint8_t> ah;  ///< empty without AH
    std::span<const std::uint8_t> vrrp;
};

/// Nothing when the datagram is too short to hold its headers.
/// @param bytes  IPv4: from the IP header on; IPv6: from the VRRP header on
std::optional<Datagram> split_datagram(net::Family family, std::span<const std::uint8_t> bytes);

/// The VRID of a received datagram, for finding its instance; nothing when it is too short.
std::optional<std::uint8_t> vrid_of(net::Family family, std::span<const std::uint8_t> bytes);

/// The fields of a VRRP header as the wire has them.
struct AdvertHeader {
    std::uint8_t version = 0, type = 0, vrid = 0, priority = 0, count = 0;
    std::uint8_t auth_type = 0;  ///< v2
    std::uint16_t interval = 0;  ///< v2: seconds, v3: centiseconds
    std::uint16_t checksum = 0;
};
AdvertHeader read_advert_header(std::span<const std::uint8_t> vrrp);

// ---------------------------------------------------------------------------------------------- sums and
// digests

/// Internet checksum (RFC 1071) of `bytes`, preceded by `pseudo`; 0 over data which includes a right
/// checksum.
std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes,
                                std::span<const std::uint8_t> pseudo = {});

/// Pseudo-header of the v3 IPv4 checksum.
std::array<std::uint8_t, 12> ipv4_pseudo_header(const net::IpAddress& source,
                                                const net::IpAddress& destination, std::size_t length);

using Icv = std::array<std::uint8_t, 12>;
/// AH's ICV: HMAC-MD5-96 over the packet with mutable fields zeroed (vrrp-behaviour.md §1.7; TTL counts for
/// multicast).
/// @param packet  from the IPv4 header on, ICV field as it may be
Icv ah_icv(std::span<const std::uint8_t> packet, std::span<const std::uint8_t> key, bool unicast);

using HmacDigest = std::array<std::uint8_t, 16>;
/// Digest of the auth_hmac trailer (§1.8). @param message  VRRP message without trailer; its checksum field
/// is taken as 0
HmacDigest hmac_digest(std::span<const std::uint8_t> key, net::Family family, const net::IpAddress& source,
                       std::span<const std::uint8_t> message, std::span<const std::uint8_t, 12> trailer_head);

}  // namespace vrrp::protocol
