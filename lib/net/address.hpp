// Addresses and prefixes as values: trivially copyable, ordered, hashable. They live in board rows and in desired sets.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace net {

enum class Family : std::uint8_t { none = 0, ipv4 = 4, ipv6 = 6 };

/// Bits of an address of a family: 32 or 128.
constexpr std::uint8_t address_bits(Family family) { return family == Family::ipv4 ? 32 : 128; }
/// Bytes of an address of a family: 4 or 16.
constexpr std::size_t address_size(Family family) { return family == Family::ipv4 ? 4 : 16; }
/// AF_INET or AF_INET6 (AF_UNSPEC for none).
int address_family(Family family);

/// An IPv4 or IPv6 address, bytes in network order; IPv4 uses the first four. Default: none.
struct IpAddress {
    Family family = Family::none;
    std::array<std::uint8_t, 16> bytes{};

    /// Strict dotted quad or IPv6 text (RFC 4291); no scope, no prefix, no host name.
    static std::optional<IpAddress> parse(std::string_view text);
    /// @param host_order  192.0.2.1 is 0xC0000201
    static IpAddress v4(std::uint32_t host_order);
    static IpAddress from_bytes(Family family, std::span<const std::uint8_t> network_order);

    bool is_none() const { return family == Family::none; }
    bool is_v4() const { return family == Family::ipv4; }
    bool is_v6() const { return family == Family::ipv6; }
    bool is_multicast() const;
    bool is_link_local() const;           ///< 169.254/16, fe80::/10
    bool is_link_local_multicast() const; ///< 224.0.0/24, ff02::/16 (and ffx2)
    bool is_loopback() const;
    std::uint32_t to_v4() const;  ///< host order
    std::span<const std::uint8_t> data() const {
        return {bytes.data(), family == Family::none ? 0 : address_size(family)};
    }
    /// inet_ntop form; "(none)" for none.
    std::string to_string() const;

    friend bool operator==(const IpAddress&, const IpAddress&) = default;
    /// Unsigned big-endian order, the order of RFC 9568's tie-break; family first.
    friend std::strong_ordering operator<=>(const IpAddress& a, const IpAddress& b) {
        if (auto by_family = a.family <=> b.family; by_family != 0) return by_family;
        const int order = std::memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size());
        return order <=> 0;
    }
};

/// An address with a prefix length; host bits may be set (a VIP) or not (a route).
struct Prefix {
    IpAddress address;
    std::uint8_t length = 0;

    bool contains(const IpAddress& other) const;
    /// "10.0.0.1/24"; the length always printed.
    std::string to_string() const;
    friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

/// A link-layer address of up to 20 bytes (InfiniBand).
struct LinkAddress {
    std::uint8_t length = 0;
    std::array<std::uint8_t, 20> bytes{};

    static std::optional<LinkAddress> parse(std::string_view text);
    std::string to_string() const;  ///< "02:00:00:00:00:01"; "(none)" when empty
    friend auto operator<=>(const LinkAddress&, const LinkAddress&) = default;
};

/// Virtual router MAC address. RFC 9568 §7.3: 00-00-5E-00-01-VRID for IPv4, 00-00-5E-00-02-VRID for IPv6.
LinkAddress virtual_router_mac(Family family, std::uint8_t vrid);

static_assert(std::is_trivially_copyable_v<IpAddress> && std::is_trivially_copyable_v<Prefix>);

}  // namespace net

template <>
struct std::hash<net::IpAddress> {
    std::size_t operator()(const net::IpAddress& address) const noexcept;
};
