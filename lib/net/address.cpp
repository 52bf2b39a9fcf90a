// Addresses and prefixes: text forms and predicates.
#include "lib/net/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

namespace net {

int address_family(Family family) {
    switch (family) {
        case Family::ipv4:
            return AF_INET;
        case Family::ipv6:
            return AF_INET6;
        case Family::none:
            break;
    }
    return AF_UNSPEC;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    char zero_terminated[INET6_ADDRSTRLEN + 1]{};
    if (text.empty() || text.size() > INET6_ADDRSTRLEN) return std::nullopt;
    std::copy(text.begin(), text.end(), zero_terminated);
    IpAddress address;
    address.family = text.find(':') != std::string_view::npos ? Family::ipv6 : Family::ipv4;
    if (inet_pton(address_family(address.family), zero_terminated, address.bytes.data()) != 1)
        return std::nullopt;
    return address;
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
    IpAddress address;
    address.family = Family::ipv4;
    for (unsigned i = 0; i < 4; ++i) address.bytes[i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
    return address;
}

IpAddress IpAddress::from_bytes(Family family, std::span<const std::uint8_t> network_order) {
    IpAddress address;
    if (family == Family::none || network_order.size() < address_size(family)) return address;
    address.family = family;
    std::copy_n(network_order.begin(), address_size(family), address.bytes.begin());
    return address;
}

bool IpAddress::is_multicast() const {
    return is_v4() ? (bytes[0] & 0xf0) == 0xe0 : is_v6() && bytes[0] == 0xff;
}

bool IpAddress::is_link_local() const {
    return is_v4() ? bytes[0] == 169 && bytes[1] == 254
                   : is_v6() && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

bool IpAddress::is_link_local_multicast() const {
    return is_v4() ? bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0
                   : is_v6() && bytes[0] == 0xff && (bytes[1] & 0x0f) == 0x02;
}

bool IpAddress::is_loopback() const {
    if (is_v4()) return bytes[0] == 127;
    return is_v6() && bytes[15] == 1 &&
           std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
}

std::uint32_t IpAddress::to_v4() const {
    return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
           (std::uint32_t{bytes[2]} << 8) | std::uint32_t{bytes[3]};
}

std::string IpAddress::to_string() const {
    if (is_none()) return "(none)";
    // inet_ntop() goes by sprintf(), and large configurations have a hundred thousand addresses.
    if (family == Family::ipv4) return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
    char text[INET6_ADDRSTRLEN]{};
    inet_ntop(address_family(family), bytes.data(), text, sizeof text);
    return text;
}

bool Prefix::contains(const IpAddress& other) const {
    if (other.family != address.family || other.is_none()) return false;
    unsigned bits = length;
    for (std::size_t i = 0; i < address_size(address.family) && bits > 0; ++i) {
        const unsigned take = std::min(bits, 8U);
        const auto mask = static_cast<std::uint8_t>(0xff << (8 - take));
        if ((address.bytes[i] & mask) != (other.bytes[i] & mask)) return false;
        bits -= take;
    }
    return true;
}

std::string Prefix::to_string() const { return fmt::format("{}/{}", address.to_string(), length); }

std::optional<LinkAddress> LinkAddress::parse(std::string_view text) {
    LinkAddress mac;
    std::size_t at = 0;
    while (at < text.size() && mac.length < mac.bytes.size()) {
        unsigned value = 0;
        std::size_t digits = 0;
        for (; at < text.size() && text[at] != ':'; ++at, ++digits) {
            const char c = text[at];
            const int nibble = c >= '0' && c <= '9'   ? c - '0'
                               : c >= 'a' && c <= 'f' ? c - 'a' + 10
                               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                      : -1;
            if (nibble < 0) return std::nullopt;
            value = value * 16 + static_cast<unsigned>(nibble);
        }
        if (digits == 0 || digits > 2) return std::nullopt;
        mac.bytes[mac.length++] = static_cast<std::uint8_t>(value);
        if (at == text.size()) return mac;
        ++at;
    }
    return std::nullopt;
}

std::string LinkAddress::to_string() const {
    if (length == 0) return "(none)";
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += fmt::format("{}{:02x}", i == 0 ? "" : ":", bytes[i]);
    return text;
}

LinkAddress virtual_router_mac(Family family, std::uint8_t vrid) {
    LinkAddress mac;
    mac.length = 6;
    const std::uint8_t octet = family == Family::ipv6 ? 2 : 1;
    mac.bytes = {0x00, 0x00, 0x5e, 0x00, octet, vrid};
    return mac;
}

}  // namespace net

std::size_t std::hash<net::IpAddress>::operator()(const net::IpAddress& address) const noexcept {
    std::string_view raw(reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size());
    return std::hash<std::string_view>{}(raw) ^ static_cast<std::size_t>(address.family);
}
