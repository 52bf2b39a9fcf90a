// Advertisements on the wire: the sockets, the groups joined, and which instance a packet is for. Sockets live across
// generations; only memberships and the table change (performance-notes §7).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/net/event_loop.hpp"
#include "lib/net/raw_socket.hpp"
#include "vrrp/child/kernel_view.hpp"
#include "vrrp/protocol/router.hpp"

namespace vrrp {

class Adverts {
  public:
    using Received = std::function<void(protocol::InstanceIndex, const net::Datagram&)>;

    /// @param received  a packet of a known virtual router; from the loop
    Adverts(net::EventLoop& loop, const KernelView& kernel, Received received);
    ~Adverts();

    /// Opens what the instances of the model need. An error: nothing was changed.
    Result<> open(const conf::Model& model);
    /// Instances, interfaces or source addresses changed: joins, leaves, rebuilds the table.
    void attach();

    /// One advertisement: to the group, or a copy to each peer.
    void send(const protocol::SendAdvert& action, const protocol::VirtualRouterConfig& config,
              protocol::VirtualRouterState& state, std::int64_t wallclock_us);

    /// The sockets that are looked at by the clock (see Moderation below): those whose time has come; all of them when
    /// `all`, because an advert that has arrived comes before a timer which it would have moved.
    void read_moderated(Instant now, bool all);
    /// When the next one is to be looked at.
    Instant next_deadline() const;

    /// With intervals so short that a millisecond is more than what a step of priority makes in the skew time, every packet
    /// is read as it comes.
    void set_smallest_interval(Nanoseconds interval);

    std::uint64_t unknown() const { return unknown_; }
    std::uint32_t overflow() const;
    void log_unknown(bool on) { log_unknown_ = on; }
    /// Descriptors shown in the dumps; -1 when the instance has no interface.
    std::pair<int, int> descriptors(protocol::InstanceIndex instance) const;
    /// One line for each (interface, family, protocol, type), as the reference has it.
    void log_sockets() const;

  private:
    /// The adverts of many masters come in bursts, and a wake-up costs several times what a packet costs. A lonely packet
    /// wakes us up at once; when one follows another closely, the socket is read once a millisecond until it has calmed
    /// down. An advert heard up to a millisecond late moves no election: a step of priority is longer (set_smallest_interval).
    struct Moderation {
        Instant last_read{};
        Instant look_at = kNever;  ///< kNever: the socket wakes us up
    };
    struct Pair {
        net::RawReceiver receiver;
        net::RawSender sender;
        bool is_open = false;
        Moderation moderation = {};
    };
    struct Route {
        std::uint64_t key;
        protocol::InstanceIndex instance;
        friend auto operator<=>(const Route&, const Route&) = default;
    };
    using Membership = std::pair<net::IpAddress, std::uint32_t>;

    static constexpr std::size_t kPairs = 3;  ///< IPv4, IPv4 AH, IPv6

    static std::size_t pair_of(const conf::VrrpInstance& instance);
    static std::uint64_t key_of(std::size_t pair, std::uint8_t vrid, std::uint32_t ifindex);
    void on_readable(std::size_t pair);
    int read(std::size_t pair);
    void dispatch(std::size_t pair, const net::Datagram& datagram);
    protocol::InstanceIndex find(std::size_t pair, std::uint8_t vrid, const net::Datagram& datagram) const;
    protocol::InstanceIndex find_at(std::uint64_t key, const net::Datagram& datagram) const;
    void report_unknown(std::uint8_t vrid, const net::Datagram& datagram);
    void report_error(protocol::InstanceIndex instance, int code, bool is_goodbye);

    net::EventLoop& loop_;
    const KernelView& kernel_;
    Received received_;
    std::array<Pair, kPairs> pairs_;
    std::array<std::set<Membership>, kPairs> joined_;
    std::vector<Route> table_;
    std::vector<std::uint8_t> packet_;
    std::vector<int> last_error_;
    std::uint64_t unknown_ = 0;
    bool log_unknown_ = false;
    bool moderates_ = true;
};

}  // namespace vrrp
