// Boxes with a VRRP router each, on one or two virtual segments, in virtual
// time. Nothing here knows the rules of VRRP.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "random.hpp"
#include "vrrp/protocol/router.hpp"

namespace sim {

using namespace vrrp::protocol;

/// Nanoseconds of true time since the run began; every box has a clock of its
/// own, which is wrong.
using Time = std::int64_t;
constexpr Time kMillisecond = 1'000'000;
constexpr Time kSecond = 1'000'000'000;

/// What the wire does to packets.
struct Weather {
    std::int64_t loss_percent = 0;
    std::int64_t duplicate_percent = 0;
    Time least_delay = kMillisecond / 3;
    Time most_delay = kMillisecond / 3;  ///< when greater, packets overtake each other
};

class Cluster {
  public:
    struct Box {
        RouterConfig config;           ///< what its file says; instance i is on segment i
        std::optional<Router> router;  ///< none: box down, or child dead
        bool powered = false;
        std::vector<VirtualRouterState> rows;  ///< the board; survives the child, not the box
        std::vector<SyncGroupState> group_rows;
        std::vector<bool> holds;  ///< addresses in the kernel; survive the child
        std::vector<bool> link_up;
        std::vector<bool> isolated;  ///< from the others of its segment
        Verdict script = Verdict::up;
        std::int64_t drift_ppm = 0;
        std::int64_t clock_offset = 0;
    };
    struct Transition {
        Time at;
        std::size_t box;
        InstanceIndex instance;
        State from, to;
        std::string cause;
    };

    /// @param crossed  who has the higher address on one segment has the lower one on the next
    Cluster(std::vector<RouterConfig> configs, std::vector<std::int64_t> drifts_ppm, std::uint64_t seed,
            bool crossed);

    void run_until(Time end);
    Time now() const { return now_; }

    // ---- what happens to boxes
    void boot(std::size_t box);
    void crash(std::size_t box);          ///< power off: router, board and addresses are gone
    void stop(std::size_t box);           ///< SIGTERM
    void crash_child(std::size_t box);    ///< kill -9: addresses stay
    void respawn_child(std::size_t box);  ///< adopts
    void reload(std::size_t box);         ///< with `config` as it is now
    void set_link(std::size_t box, InstanceIndex segment, bool up);
    void set_script(std::size_t box, Verdict verdict);
    Weather weather;

    // ---- what an onlooker sees
    std::size_t size() const { return boxes.size(); }
    std::size_t segments() const { return boxes.front().config.instances.size(); }
    std::vector<std::size_t> masters(InstanceIndex segment) const;
    /// Somebody reachable has the addresses of the segment.
    bool is_served(InstanceIndex segment) const;

    /// What must hold after each event, whatever the weather; the first time it did not.
    const std::optional<std::string>& broken() const { return broken_; }

    std::vector<Box> boxes;
    std::vector<Transition> transitions;
    struct Sent {
        Time at;
        std::size_t box;
        InstanceIndex instance;
        std::uint8_t priority;
    };
    std::vector<Sent> sent;

  private:
    struct Packet {
        Time at;
        std::uint64_t number;
        std::size_t to;
        InstanceIndex instance;
        std::vector<std::uint8_t> bytes;
        net::IpAddress source, destination;
        bool operator>(const Packet& other) const {
            return std::tie(at, number) > std::tie(other.at, other.number);
        }
    };

    Instant clock(const Box& box) const;
    Time true_time(const Box& box, Instant local) const;
    net::IpAddress address(std::size_t box, InstanceIndex segment) const;
    void tell_facts(std::size_t box, ActionList& actions);
    void step(std::size_t box, const Event& event);
    void carry_out(std::size_t box, const ActionList& actions);
    void transmit(std::size_t box, const SendAdvert& advert);
    void publish(Box& box);
    void fire_timers(std::size_t box);
    void deliver(const Packet& packet);
    void check(std::size_t box);
    void check_advert(std::size_t box, const SendAdvert& advert);

    Time now_ = 0;
    Random random_;
    bool crossed_ = false;
    std::optional<std::string> broken_;
    std::uint64_t packets_ = 0;
    std::priority_queue<Packet, std::vector<Packet>, std::greater<>> wire_;
};

}  // namespace sim
