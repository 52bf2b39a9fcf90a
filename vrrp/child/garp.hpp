// Gratuitous ARP and unsolicited neighbour advertisements: bursts at once, or paced by vrrp_garp_interval,
// vrrp_gna_interval and garp_group (vrrp-behaviour.md §6).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "lib/net/packet_socket.hpp"
#include "lib/time/instant.hpp"
#include "vrrp/child/kernel_view.hpp"

namespace vrrp {

class GarpSender {
  public:
    explicit GarpSender(const KernelView& kernel) : kernel_(kernel) {}

    Result<> open();
    /// Limits of the model; what is queued is forgotten.
    void configure();

    /// `repeat` rounds over all addresses of the instance that are there.
    void burst(std::uint32_t instance, std::uint32_t repeat, KernelView& kernel);
    /// One for an address that is no virtual one (a unicast instance out of FAULT).
    void announce(std::uint32_t instance, std::uint32_t ifindex, const net::IpAddress& address);
    void forget(std::uint32_t instance);
    /// garp_extra_if: single announcements now and then on interfaces that carry addresses but send no adverts.
    void start_extra(std::uint32_t instance, Instant now);
    void stop_extra(std::uint32_t instance) { extras_.erase(instance); }
    void run_extra(Instant now, KernelView& kernel);

    void run_due(Instant now);
    Instant next_deadline() const;

  private:
    struct Pending {
        std::uint32_t instance;
        std::uint32_t ifindex;
        net::IpAddress address;
        std::uint32_t times;
    };
    /// Interfaces which share one limit, for one family.
    struct Pace {
        std::vector<std::string> interfaces;  ///< empty: one pace for each interface, made when first needed
        Microseconds garp{0}, gna{0};
        Instant next_garp{}, next_gna{};
        std::deque<Pending> garps, gnas;
    };

    Pace* pace_of(std::uint32_t ifindex, net::Family family);
    void queue_or_send(std::uint32_t instance, std::uint32_t ifindex, const net::IpAddress& address,
                       std::uint32_t times);
    void send(std::uint32_t ifindex, const net::IpAddress& address);
    static void run(std::deque<Pending>& queue, Instant& next, Microseconds interval, Instant now,
                    GarpSender& sender);

    const KernelView& kernel_;
    net::PacketSocket socket_;
    std::vector<Pace> paces_;
    std::map<std::uint32_t, Instant> extras_;  ///< masters with garp_extra_if: when the next ones are due
};

}  // namespace vrrp
