// Raw sockets for VRRP (vrrp-behaviour.md §1.2, performance-notes §7): one that receives and one that sends
// for each family and protocol, whatever the number of interfaces; memberships on helper sockets, 20 each.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/net/address.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace net {

/// A datagram as received. IPv4: from the IP header on; IPv6: the payload.
struct Datagram {
    std::span<const std::uint8_t> bytes;
    IpAddress source, destination;
    std::uint32_t ifindex = 0;
    int ttl = -1;
};

/// One protocol (112 or 51) of one family. Lives across generations: no packet is lost at a reload.
class RawReceiver {
  public:
    /// @param receive_buffer  bytes, set before anything can arrive
    static Result<RawReceiver> open(Family family, std::uint8_t protocol, int receive_buffer);

    struct Taken {
        int datagrams = 0;
        bool more = false;  ///< there may be
    };
    /// Reads until there is nothing more, at most `limit` datagrams.
    Taken read(const std::function<void(const Datagram&)>& handler, int limit = 512);
    Result<> join(const IpAddress& group, std::uint32_t ifindex);
    void leave(const IpAddress& group, std::uint32_t ifindex);
    int fd() const { return fd_.get(); }
    /// Datagrams lost because the buffer was full (SO_RXQ_OVFL), ever.
    std::uint32_t overflow() const { return overflow_; }

  private:
    struct Helper {
        UniqueFd fd;
        int used = 0;
    };
    using Membership = std::pair<IpAddress, std::uint32_t>;

    Family family_ = Family::none;
    UniqueFd fd_;
    std::vector<Helper> helpers_;                    ///< IPv4: join only, receive nothing
    std::map<Membership, std::size_t> memberships_;  ///< which helper joined (IPv6: always 0)
    std::uint32_t overflow_ = 0;
};

/// Where and how one packet goes.
struct Outgoing {
    IpAddress source, destination;
    std::uint32_t ifindex = 0;  ///< 0 = by the routing table
    int hop_limit = -1;         ///< IPv6 unicast; -1 = the socket's
    bool direct = false;        ///< multicast: no routing table (MSG_DONTROUTE)
};

/// Sends IPv4 packets with their header, or IPv6 payloads of one protocol whose checksum the kernel fills in.
class RawSender {
  public:
    static Result<RawSender> open(Family family, std::uint8_t protocol);
    /// errno of the attempt, 0 = sent.
    int send(std::span<const std::uint8_t> packet, const Outgoing& where);
    int fd() const { return fd_.get(); }

  private:
    Family family_ = Family::none;
    UniqueFd fd_;
};

}  // namespace net
