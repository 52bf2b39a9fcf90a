// The kernel's IPVS generic-netlink family as values and bytes (linux/ip_vs.h; lvs-behaviour.md §4). Messages
// are built and taken apart here; who sends them decides what they mean.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/net/address.hpp"

namespace netlink::ipvs {

enum class Command : std::uint8_t {
    new_service = 1,
    set_service = 2,
    del_service = 3,
    get_service = 4,
    new_dest = 5,
    set_dest = 6,
    del_dest = 7,
    get_dest = 8,
    new_daemon = 9,
    del_daemon = 10,
    get_daemon = 11,
    set_config = 12,
    get_config = 13,
    set_info = 14,
    get_info = 15,
    zero = 16,
    flush = 17,
};

inline constexpr std::uint32_t kFlagPersistent = 0x1;
inline constexpr std::uint32_t kFlagOnePacket = 0x4;
inline constexpr std::uint32_t kFlagSched1 = 0x8;
inline constexpr std::uint32_t kFlagSched2 = 0x10;
inline constexpr std::uint32_t kFlagSched3 = 0x20;
/// Bits of the flags that we set; the kernel adds its own (hashed).
inline constexpr std::uint32_t kOurFlags =
    kFlagPersistent | kFlagOnePacket | kFlagSched1 | kFlagSched2 | kFlagSched3;

/// What names a service: (family, protocol, address, port) or (family, firewall mark).
struct ServiceKey {
    net::Family family = net::Family::ipv4;
    std::uint8_t protocol = 0;  ///< IPPROTO_*, 0 with a firewall mark
    net::IpAddress address;     ///< none with a firewall mark
    std::uint16_t port = 0;     ///< host order
    std::uint32_t fwmark = 0;   ///< 0 = a service by address

    friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
    /// "10.0.0.1:tcp:80", "Fwm 5", "Fwm 5 inet6": the form of the error lines.
    std::string to_string() const;
};

struct Service {
    ServiceKey key;
    std::string scheduler;
    std::string persistence_engine;
    std::uint32_t flags = 0;    ///< kFlag*
    std::uint32_t timeout = 0;  ///< persistence, seconds
    std::uint32_t netmask =
        0;  ///< IPv4: mask in host order, IPv6: prefix length; 0 = default (all ones, 128)
    friend auto operator<=>(const Service&, const Service&) = default;
};

struct DestinationKey {
    net::IpAddress address;
    std::uint16_t port = 0;  ///< host order
    friend auto operator<=>(const DestinationKey&, const DestinationKey&) = default;
};

struct Destination {
    DestinationKey key;
    std::uint32_t forward = 0;  ///< 0 NAT, 2 TUN, 3 DR
    std::uint32_t weight = 1;
    std::uint8_t tunnel_type = 0;
    std::uint16_t tunnel_port = 0;
    std::uint16_t tunnel_flags = 0;
    std::uint32_t upper_threshold = 0;
    std::uint32_t lower_threshold = 0;
    friend auto operator<=>(const Destination&, const Destination&) = default;
};

/// 64-bit where the kernel has them (IPVS_*_ATTR_STATS64), else widened.
struct Stats {
    std::uint64_t connections = 0, in_packets = 0, out_packets = 0, in_bytes = 0, out_bytes = 0;
    std::uint64_t connection_rate = 0, in_packet_rate = 0, out_packet_rate = 0, in_byte_rate = 0,
                  out_byte_rate = 0;
    friend bool operator==(const Stats&, const Stats&) = default;
};

struct ServiceStatus {
    Service service;
    Stats stats;
};

struct DestinationStatus {
    Destination destination;
    std::uint32_t active_connections = 0, inactive_connections = 0, persistent_connections = 0;
    Stats stats;
};

enum class DaemonState : std::int32_t { master = 1, backup = 2 };

struct Daemon {
    DaemonState state = DaemonState::master;
    std::string interface;
    std::int32_t sync_id = 0;
    std::optional<std::uint16_t> max_length, port;
    std::optional<std::uint8_t> ttl;
    net::IpAddress group;
    friend bool operator==(const Daemon&, const Daemon&) = default;
};

struct Timeouts {
    std::uint32_t tcp = 0, tcp_fin = 0, udp = 0;  ///< seconds
    friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

struct Info {
    std::uint32_t version = 0;  ///< 0x00010201 = 1.2.1
    std::uint32_t connection_table_size = 0;
};

/// Requests one after another, ready to be sent as one datagram. `flags` are NLM_F_* besides NLM_F_REQUEST.
class Requests {
  public:
    /// @param family_id  what the kernel's controller answered for "IPVS"
    explicit Requests(std::uint16_t family_id) : family_id_(family_id) {}

    void service(Command command, const Service& service, std::uint32_t sequence, std::uint16_t flags);
    void destination(Command command, const Service& service, const Destination& destination,
                     std::uint32_t sequence, std::uint16_t flags);
    void daemon(Command command, const Daemon& daemon, std::uint32_t sequence, std::uint16_t flags);
    void timeouts(const Timeouts& timeouts, std::uint32_t sequence, std::uint16_t flags);
    /// get_info, get_config, flush, dumps of services and daemons.
    void plain(Command command, std::uint32_t sequence, std::uint16_t flags);
    /// Dump of the destinations of one service.
    void dump_destinations(const ServiceKey& key, std::uint32_t sequence);

    std::span<const std::uint8_t> bytes() const { return bytes_; }
    std::size_t count() const { return offsets_.size(); }
    /// Start of request n within bytes().
    std::size_t offset(std::size_t n) const { return offsets_[n]; }
    void clear();

  private:
    std::uint16_t family_id_;
    std::vector<std::uint8_t> bytes_;
    std::vector<std::size_t> offsets_;
    void append(void* message);
};

// Replies: `payload` is what follows the generic-netlink header. nullopt: not what it should be (too short, a
// string without its end, an unknown address family).
std::optional<ServiceStatus> parse_service(std::span<const std::uint8_t> payload);
std::optional<DestinationStatus> parse_destination(std::span<const std::uint8_t> payload,
                                                   net::Family service_family);
std::optional<Daemon> parse_daemon(std::span<const std::uint8_t> payload);
std::optional<Timeouts> parse_timeouts(std::span<const std::uint8_t> payload);
std::optional<Info> parse_info(std::span<const std::uint8_t> payload);

/// "IPVS cmd IP_VS_SO_SET_ADD(1154) error: Service already exists(17) (10.0.0.1:tcp:80)": the line people
/// grep.
/// @param destination  nullptr for services, daemons, timeouts
std::string error_line(Command command, int error, const ServiceKey* service,
                       const DestinationKey* destination);

}  // namespace netlink::ipvs
