// VRRP advertisement codec: RFC 9568 §5.2, RFC 3768 §5.3, RFC 2338 (AH), vrrp-behaviour.md §1.
#include "vrrp/protocol/advert.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "lib/digest/hmac.hpp"
#include "vrrp/protocol/wire.hpp"

namespace vrrp::protocol {

namespace {

constexpr std::uint8_t kTosInternetworkControl = 0xc0;
constexpr std::size_t kChecksumAt = 6;        // in the VRRP header
constexpr std::size_t kAhIcvAt = 12;          // in the AH header
constexpr std::size_t kTrailerHeadSize = 12;  // all of the trailer but the digest
constexpr std::uint8_t kHmacTrailerType = 1;

bool has_v2_auth_data(const VirtualRouterConfig& config) {
    return config.version == 2 && config.family == net::Family::ipv4;
}

bool sends_hmac(const VirtualRouterConfig& config) {
    return config.hmac && config.hmac->mode != HmacMode::receive_only;
}

void write_ipv4_header(Writer& out, const VirtualRouterConfig& config, const AdvertFields& fields,
                       std::size_t total_length) {
    out.u8(0x45);
    out.u8(kTosInternetworkControl);
    out.u16(static_cast<std::uint16_t>(total_length));
    out.u16(fields.ip_id);
    out.u16(0);  // flags, fragment offset: DF clear
    out.u8(config.unicast && config.unicast_ttl >= 0 ? static_cast<std::uint8_t>(config.unicast_ttl) : 255);
    out.u8(config.auth_type == AuthType::ah ? kProtocolAh : kProtocolVrrp);
    out.u16(0);  // header checksum: the kernel's
    out.bytes(fields.source.data());
    out.bytes(fields.destination.data());
}

void write_ah_header(Writer& out, const AdvertFields& fields) {
    out.u8(kProtocolVrrp);  // next header
    out.u8(kAhHeaderSize / 4 - 2);
    out.u16(0);
    out.bytes(fields.source.data());  // SPI
    out.u32(fields.ah_sequence);
    out.zeros(std::tuple_size_v<Icv>);
}

void write_message(Writer& out, const VirtualRouterConfig& config, const AdvertFields& fields) {
    const auto count = std::min<std::size_t>(config.advertised.size(), 255);
    out.u8(static_cast<std::uint8_t>(config.version << 4 | kAdvertisementType));
    out.u8(config.vrid);
    out.u8(fields.priority);
    out.u8(static_cast<std::uint8_t>(count));
    if (config.version == 2) {
        out.u8(static_cast<std::uint8_t>(config.auth_type));
        out.u8(
            static_cast<std::uint8_t>(std::chrono::duration_cast<Seconds>(config.advert_interval).count()));
    } else {
        const auto interval = std::chrono::duration_cast<Centiseconds>(config.advert_interval).count();
        out.u16(static_cast<std::uint16_t>(
            std::min<std::int64_t>(interval, 0x0fff)));  // clamps: 40.96 s would be sent as 0
    }
    out.u16(0);  // checksum
    for (std::size_t i = 0; i < count; ++i) out.bytes(config.advertised[i].data());
    if (!has_v2_auth_data(config)) return;
    if (config.auth_type == AuthType::pass)
        out.bytes(config.auth_pass);
    else
        out.zeros(kV2AuthSize);
}

std::uint16_t message_checksum(const VirtualRouterConfig& config, const AdvertFields& fields,
                               std::span<const std::uint8_t> message) {
    if (config.version == 2 || config.v3_checksum_as_v2) return internet_checksum(message);
    const bool historical =
        config.unicast &&
        (config.unicast_checksum == UnicastChecksum::always_old ||
         (config.unicast_checksum == UnicastChecksum::automatic && fields.old_unicast_checksum));
    const net::IpAddress& destination = historical ? config.old_checksum_group : fields.destination;
    return internet_checksum(message, ipv4_pseudo_header(fields.source, destination, message.size()));
}

void write_hmac_trailer(Writer& out, const VirtualRouterConfig& config, const AdvertFields& fields,
                        std::span<const std::uint8_t> message) {
    const HmacConfig& hmac = *config.hmac;
    const auto key = std::find_if(hmac.keys.begin(), hmac.keys.end(),
                                  [&](const HmacKey& k) { return k.id == hmac.active_key; });
    assert(key != hmac.keys.end());
    const std::size_t start = out.size();
    out.u8(kHmacTrailerType);
    out.u8(key->id);
    out.u16(0);
    out.u64(fields.hmac_sequence);
    const auto head = out.written().subspan(start).first<kTrailerHeadSize>();
    out.bytes(hmac_digest(key->secret, config.family, fields.source, message, head));
}

}  // namespace

std::size_t encode_advert(const VirtualRouterConfig& config, const AdvertFields& fields,
                          std::span<std::uint8_t> space) {
    assert(space.size() >= kMaxAdvertSize);
    const bool ipv4 = config.family == net::Family::ipv4;
    const bool ah = ipv4 && config.auth_type == AuthType::ah;
    const std::size_t message_at = ipv4 ? kIpv4HeaderSize + (ah ? kAhHeaderSize : 0) : 0;
    const std::size_t message_size =
        kVrrpHeaderSize +
        std::min<std::size_t>(config.advertised.size(), 255) * net::address_size(config.family) +
        (has_v2_auth_data(config) ? kV2AuthSize : 0);
    const std::size_t total = message_at + message_size + (sends_hmac(config) ? kHmacTrailerSize : 0);

    Writer out(space);
    if (ipv4) write_ipv4_header(out, config, fields, total);
    if (ah) write_ah_header(out, fields);
    write_message(out, config, fields);
    assert(out.size() == message_at + message_size);
    const auto message = space.subspan(message_at, message_size);
    if (ipv4) put_u16(message.subspan(kChecksumAt), message_checksum(config, fields, message));
    if (sends_hmac(config)) write_hmac_trailer(out, config, fields, message);
    if (ah) {
        const Icv icv = ah_icv(space.first(total), config.auth_pass, config.unicast);
        std::copy(icv.begin(), icv.end(), space.begin() + kIpv4HeaderSize + kAhIcvAt);
    }
    return total;
}

std::optional<Datagram> split_datagram(net::Family family, std::span<const std::uint8_t> bytes) {
    Datagram parts;
    if (family == net::Family::ipv4) {
        if (bytes.size() < kIpv4HeaderSize) return std::nullopt;
        const std::size_t header = static_cast<std::size_t>(bytes[0] & 0x0f) * 4;
        if (header < kIpv4HeaderSize || bytes.size() < header) return std::nullopt;
        parts.ip = bytes.first(header);
        bytes = bytes.subspan(header);
        if (parts.ip[9] == kProtocolAh) {
            if (bytes.size() < kAhHeaderSize) return std::nullopt;
            parts.ah = bytes.first(kAhHeaderSize);
            bytes = bytes.subspan(kAhHeaderSize);
        }
    }
    if (bytes.size() < kVrrpHeaderSize) return std::nullopt;
    parts.vrrp = bytes;
    return parts;
}

std::optional<std::uint8_t> vrid_of(net::Family family, std::span<const std::uint8_t> bytes) {
    const auto parts = split_datagram(family, bytes);
    if (!parts) return std::nullopt;
    return parts->vrrp[1];
}

AdvertHeader read_advert_header(std::span<const std::uint8_t> vrrp) {
    AdvertHeader header;
    header.version = vrrp[0] >> 4;
    header.type = vrrp[0] & 0x0f;
    header.vrid = vrrp[1];
    header.priority = vrrp[2];
    header.count = vrrp[3];
    header.auth_type = vrrp[4];
    header.interval =
        header.version == 2 ? vrrp[5] : static_cast<std::uint16_t>(get_u16(vrrp.subspan(4)) & 0x0fff);
    header.checksum = get_u16(vrrp.subspan(kChecksumAt));
    return header;
}

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> pseudo) {
    std::uint32_t sum = 0;  // at most 2,100 words of 16 bits: no overflow
    for (const auto part : {pseudo, bytes}) {
        std::size_t i = 0;
        for (; i + 1 < part.size(); i += 2) sum += static_cast<std::uint32_t>(part[i] << 8 | part[i + 1]);
        if (i < part.size()) sum += static_cast<std::uint32_t>(part[i] << 8);
    }
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

std::array<std::uint8_t, 12> ipv4_pseudo_header(const net::IpAddress& source,
                                                const net::IpAddress& destination, std::size_t length) {
    std::array<std::uint8_t, 12> pseudo{};
    std::copy_n(source.bytes.begin(), 4, pseudo.begin());
    std::copy_n(destination.bytes.begin(), 4, pseudo.begin() + 4);
    pseudo[9] = kProtocolVrrp;
    put_u16(std::span(pseudo).subspan(10), static_cast<std::uint16_t>(length));
    return pseudo;
}

Icv ah_icv(std::span<const std::uint8_t> packet, std::span<const std::uint8_t> key, bool unicast) {
    std::array<std::uint8_t, kMaxAdvertSize + 40> copy;  // 40: IP options of a received packet
    assert(packet.size() <= copy.size());
    std::copy(packet.begin(), packet.end(), copy.begin());
    const std::size_t header = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
    copy[1] = 0;               // TOS
    copy[6] = copy[7] = 0;     // fragment word
    if (unicast) copy[8] = 0;  // TTL: covered for multicast, against RFC 2402, as keepalived does
    copy[10] = copy[11] = 0;   // header checksum
    std::fill_n(copy.begin() + static_cast<std::ptrdiff_t>(header + kAhIcvAt), std::tuple_size_v<Icv>,
                std::uint8_t{0});
    const auto full = digest::hmac_md5(key, {copy.data(), packet.size()});
    Icv icv;
    std::copy_n(full.begin(), icv.size(), icv.begin());
    return icv;
}

HmacDigest hmac_digest(std::span<const std::uint8_t> key, net::Family family, const net::IpAddress& source,
                       std::span<const std::uint8_t> message,
                       std::span<const std::uint8_t, 12> trailer_head) {
    std::array<std::uint8_t, 20 + kMaxAdvertSize + kHmacTrailerSize> input;
    assert(message.size() <= kMaxAdvertSize);
    Writer out(input);
    out.u8(family == net::Family::ipv4 ? 4 : 6);
    out.u8(message[0] >> 4);
    out.u8(message[1]);
    out.u8(0);
    out.bytes(source.data());
    out.zeros(16 - source.data().size());
    out.bytes(message.first(kChecksumAt));
    out.u16(0);
    out.bytes(message.subspan(kChecksumAt + 2));
    out.bytes(trailer_head);
    out.zeros(std::tuple_size_v<HmacDigest>);
    const auto full = digest::hmac_sha256(key, {input.data(), out.size()});
    HmacDigest half;
    std::copy_n(full.begin(), half.size(), half.begin());
    return half;
}

}  // namespace vrrp::protocol
