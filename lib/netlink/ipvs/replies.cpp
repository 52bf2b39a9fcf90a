// IPVS replies: nothing in them is taken without its length being checked.
#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/netlink/ipvs/attributes.hpp"
#include "lib/netlink/ipvs/messages.hpp"

namespace netlink::ipvs {

namespace {

constexpr int kMaxAttribute = 31;

/// Attributes by number.
class Attributes {
  public:
    explicit Attributes(std::span<const std::uint8_t> bytes) {
        if (bytes.empty() || bytes.size() > INT32_MAX) return;
        // nla_parse checks that each attribute lies within the buffer and does not write through the pointer.
        auto* head = reinterpret_cast<nlattr*>(const_cast<std::uint8_t*>(bytes.data()));
        valid_ = nla_parse(table_.data(), kMaxAttribute, head, static_cast<int>(bytes.size()), nullptr) == 0;
    }
    bool has(int type) const { return valid_ && table_[static_cast<std::size_t>(type)] != nullptr; }

    std::span<const std::uint8_t> bytes(int type) const {
        if (!has(type)) return {};
        const nlattr* attribute = table_[static_cast<std::size_t>(type)];
        return {static_cast<const std::uint8_t*>(nla_data(attribute)),
                static_cast<std::size_t>(nla_len(attribute))};
    }
    template <typename T>
    std::optional<T> number(int type) const {
        const auto data = bytes(type);
        if (data.size() != sizeof(T)) return std::nullopt;
        T value;
        std::memcpy(&value, data.data(), sizeof value);
        return value;
    }
    std::optional<std::string> text(int type) const {
        const auto data = bytes(type);
        const auto end = std::find(data.begin(), data.end(), 0);
        if (end == data.end()) return std::nullopt;
        return std::string(data.begin(), end);
    }

  private:
    std::array<nlattr*, kMaxAttribute + 1> table_{};
    bool valid_ = false;
};

std::optional<net::Family> family_of(std::uint16_t address_family) {
    if (address_family == AF_INET) return net::Family::ipv4;
    if (address_family == AF_INET6) return net::Family::ipv6;
    return std::nullopt;
}

Stats parse_stats(const Attributes& attributes, int stats64, int stats32) {
    const Attributes inner(attributes.bytes(attributes.has(stats64) ? stats64 : stats32));
    const auto value = [&](int type) -> std::uint64_t {
        if (auto wide = inner.number<std::uint64_t>(type)) return *wide;
        return inner.number<std::uint32_t>(type).value_or(0);
    };
    return {.connections = value(IPVS_STATS_ATTR_CONNS),
            .in_packets = value(IPVS_STATS_ATTR_INPKTS),
            .out_packets = value(IPVS_STATS_ATTR_OUTPKTS),
            .in_bytes = value(IPVS_STATS_ATTR_INBYTES),
            .out_bytes = value(IPVS_STATS_ATTR_OUTBYTES),
            .connection_rate = value(IPVS_STATS_ATTR_CPS),
            .in_packet_rate = value(IPVS_STATS_ATTR_INPPS),
            .out_packet_rate = value(IPVS_STATS_ATTR_OUTPPS),
            .in_byte_rate = value(IPVS_STATS_ATTR_INBPS),
            .out_byte_rate = value(IPVS_STATS_ATTR_OUTBPS)};
}

std::optional<ServiceKey> parse_key(const Attributes& inner) {
    const auto family = family_of(inner.number<std::uint16_t>(IPVS_SVC_ATTR_AF).value_or(0));
    if (!family) return std::nullopt;
    ServiceKey key;
    key.family = *family;
    if (auto mark = inner.number<std::uint32_t>(IPVS_SVC_ATTR_FWMARK); mark && *mark != 0) {
        key.fwmark = *mark;
        return key;
    }
    const auto protocol = inner.number<std::uint16_t>(IPVS_SVC_ATTR_PROTOCOL);
    const auto address = inner.bytes(IPVS_SVC_ATTR_ADDR);
    const auto port = inner.number<std::uint16_t>(IPVS_SVC_ATTR_PORT);
    if (!protocol || *protocol > UINT8_MAX || !port || address.size() < net::address_size(*family))
        return std::nullopt;
    key.protocol = static_cast<std::uint8_t>(*protocol);
    key.address = net::IpAddress::from_bytes(*family, address);
    key.port = ntohs(*port);
    return key;
}

}  // namespace

std::optional<ServiceStatus> parse_service(std::span<const std::uint8_t> payload) {
    const Attributes outer(payload);
    const Attributes inner(outer.bytes(IPVS_CMD_ATTR_SERVICE));
    const auto key = parse_key(inner);
    const auto scheduler = inner.text(IPVS_SVC_ATTR_SCHED_NAME);
    const auto flags = inner.number<ip_vs_flags>(IPVS_SVC_ATTR_FLAGS);
    const auto timeout = inner.number<std::uint32_t>(IPVS_SVC_ATTR_TIMEOUT);
    const auto netmask = inner.number<std::uint32_t>(IPVS_SVC_ATTR_NETMASK);
    if (!key || !scheduler || !flags || !timeout || !netmask) return std::nullopt;

    ServiceStatus status;
    Service& service = status.service;
    service.key = *key;
    service.scheduler = *scheduler;
    service.persistence_engine = inner.text(IPVS_SVC_ATTR_PE_NAME).value_or("");
    service.flags = flags->flags & kOurFlags;
    service.timeout = (service.flags & kFlagPersistent) != 0 ? *timeout : 0;
    const bool ipv6 = key->family == net::Family::ipv6;
    const bool is_default = ipv6 ? *netmask == 128 : *netmask == 0xffffffffU;
    if (!is_default) service.netmask = ipv6 ? *netmask : ntohl(*netmask);
    status.stats = parse_stats(inner, IPVS_SVC_ATTR_STATS64, IPVS_SVC_ATTR_STATS);
    return status;
}

std::optional<DestinationStatus> parse_destination(std::span<const std::uint8_t> payload,
                                                   net::Family service_family) {
    const Attributes outer(payload);
    const Attributes inner(outer.bytes(IPVS_CMD_ATTR_DEST));
    net::Family family = service_family;
    if (const auto given = inner.number<std::uint16_t>(IPVS_DEST_ATTR_ADDR_FAMILY)) {
        const auto known = family_of(*given);
        if (!known) return std::nullopt;
        family = *known;
    }
    const auto address = inner.bytes(IPVS_DEST_ATTR_ADDR);
    const auto port = inner.number<std::uint16_t>(IPVS_DEST_ATTR_PORT);
    const auto forward = inner.number<std::uint32_t>(IPVS_DEST_ATTR_FWD_METHOD);
    const auto weight = inner.number<std::uint32_t>(IPVS_DEST_ATTR_WEIGHT);
    if (!port || !forward || !weight || address.size() < net::address_size(family)) return std::nullopt;

    DestinationStatus status;
    Destination& destination = status.destination;
    destination.key = {net::IpAddress::from_bytes(family, address), ntohs(*port)};
    destination.forward = *forward & kForwardMask;
    destination.weight = *weight;
    if (destination.forward == kForwardTunnel) {
        destination.tunnel_type = inner.number<std::uint8_t>(kDestTunnelType).value_or(0);
        if (destination.tunnel_type == kTunnelGue) {
            destination.tunnel_port = ntohs(inner.number<std::uint16_t>(kDestTunnelPort).value_or(0));
        }
        destination.tunnel_flags = inner.number<std::uint16_t>(kDestTunnelFlags).value_or(0);
    }
    destination.upper_threshold = inner.number<std::uint32_t>(IPVS_DEST_ATTR_U_THRESH).value_or(0);
    destination.lower_threshold = inner.number<std::uint32_t>(IPVS_DEST_ATTR_L_THRESH).value_or(0);
    status.active_connections = inner.number<std::uint32_t>(IPVS_DEST_ATTR_ACTIVE_CONNS).value_or(0);
    status.inactive_connections = inner.number<std::uint32_t>(IPVS_DEST_ATTR_INACT_CONNS).value_or(0);
    status.persistent_connections = inner.number<std::uint32_t>(IPVS_DEST_ATTR_PERSIST_CONNS).value_or(0);
    status.stats = parse_stats(inner, IPVS_DEST_ATTR_STATS64, IPVS_DEST_ATTR_STATS);
    return status;
}

std::optional<Daemon> parse_daemon(std::span<const std::uint8_t> payload) {
    const Attributes outer(payload);
    const Attributes inner(outer.bytes(IPVS_CMD_ATTR_DAEMON));
    const auto state = inner.number<std::uint32_t>(IPVS_DAEMON_ATTR_STATE);
    const auto interface = inner.text(IPVS_DAEMON_ATTR_MCAST_IFN);
    const auto id = inner.number<std::uint32_t>(IPVS_DAEMON_ATTR_SYNC_ID);
    if (!state || (*state != 1 && *state != 2) || !interface || !id) return std::nullopt;
    Daemon daemon;
    daemon.state = static_cast<DaemonState>(*state);
    daemon.interface = *interface;
    daemon.sync_id = static_cast<std::int32_t>(*id);
    daemon.max_length = inner.number<std::uint16_t>(IPVS_DAEMON_ATTR_SYNC_MAXLEN);
    daemon.port = inner.number<std::uint16_t>(IPVS_DAEMON_ATTR_MCAST_PORT);
    daemon.ttl = inner.number<std::uint8_t>(IPVS_DAEMON_ATTR_MCAST_TTL);
    if (const auto group = inner.number<std::uint32_t>(IPVS_DAEMON_ATTR_MCAST_GROUP)) {
        daemon.group = net::IpAddress::v4(ntohl(*group));
    } else if (const auto group6 = inner.bytes(IPVS_DAEMON_ATTR_MCAST_GROUP6); group6.size() == 16) {
        daemon.group = net::IpAddress::from_bytes(net::Family::ipv6, group6);
    }
    return daemon;
}

std::optional<Timeouts> parse_timeouts(std::span<const std::uint8_t> payload) {
    const Attributes outer(payload);
    const auto tcp = outer.number<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_TCP);
    const auto tcp_fin = outer.number<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN);
    const auto udp = outer.number<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_UDP);
    if (!tcp || !tcp_fin || !udp) return std::nullopt;
    return Timeouts{*tcp, *tcp_fin, *udp};
}

std::optional<Info> parse_info(std::span<const std::uint8_t> payload) {
    const Attributes outer(payload);
    const auto version = outer.number<std::uint32_t>(IPVS_INFO_ATTR_VERSION);
    const auto size = outer.number<std::uint32_t>(IPVS_INFO_ATTR_CONN_TAB_SIZE);
    if (!version || !size) return std::nullopt;
    return Info{*version, *size};
}

}  // namespace netlink::ipvs
