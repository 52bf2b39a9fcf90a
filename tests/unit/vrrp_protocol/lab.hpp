// A router alone on the bench: events in, actions out, time by hand.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "vrrp/protocol/router.hpp"

namespace lab {

using namespace vrrp::protocol;
using net::IpAddress;

inline IpAddress ip(const char* text) { return *IpAddress::parse(text); }

inline VirtualRouterConfig virtual_router(const char* name, std::uint8_t vrid, std::uint8_t priority) {
    VirtualRouterConfig config;
    config.name = name;
    config.vrid = vrid;
    config.priority = priority;
    config.advertised = {ip("10.0.0.100")};
    config.group = ip("224.0.0.18");
    config.old_checksum_group = ip("224.0.0.18");
    config.detail_log = true;
    return config;
}

/// Seconds as a duration, for readable tables: 3.609375.
inline Nanoseconds seconds(double s) {
    return Microseconds{static_cast<std::int64_t>(s * 1e6 + (s < 0 ? -0.5 : 0.5))};
}

/// One router; remembers all its actions with their times.
class Bench {
  public:
    struct Done {
        double at;  ///< seconds since the bench was set up
        Action action;
    };

    explicit Bench(RouterConfig config) : router(std::move(config)) {
        for (InstanceIndex i = 0; i < router.config().instances.size(); ++i)
            give(SourceAddressChanged{i, own_address(router.config().instances[i].family)});
    }
    explicit Bench(VirtualRouterConfig instance) : Bench(RouterConfig{.instances = {std::move(instance)}}) {}

    static IpAddress own_address(net::Family family) {
        return ip(family == net::Family::ipv4 ? "10.0.0.1" : "fe80::1");
    }

    Bench& start() { return give(Start{}); }

    Bench& give(const Event& event) {
        ActionList actions;
        router.step(event, now, actions);
        keep(actions);
        return *this;
    }

    /// Lets time pass; everything that falls due is done at its very instant.
    Bench& run(double for_seconds) {
        const Instant end = now + seconds(for_seconds);
        while (router.next_deadline() <= end) {
            now = std::max(now, router.next_deadline());
            fire();
        }
        now = end;
        return *this;
    }
    /// As `run`, but nothing is done before the end: the process sleeps.
    Bench& sleep(double for_seconds) {
        now = now + seconds(for_seconds);
        fire();
        return *this;
    }
    void fire() {
        std::vector<InstanceIndex> indices;
        router.due(now, indices);
        for (const InstanceIndex i : indices) give(TimerExpired{i});
    }

    /// An advert as instance `i` would receive it from a router with the same configuration.
    Bench& hear(const char* source, std::uint8_t priority, InstanceIndex i = 0) {
        return hear_as(router.config().instances[i], source, priority, i);
    }
    Bench& hear_as(const VirtualRouterConfig& sender, const char* source, std::uint8_t priority,
                   InstanceIndex i = 0) {
        AdvertFields fields;
        fields.priority = priority;
        fields.source = ip(source);
        fields.destination = sender.unicast ? own_address(sender.family) : sender.group;
        fields.ip_id = ++peer_ids;
        fields.ah_sequence = peer_ids;
        fields.hmac_sequence = std::uint64_t{1} << 32 | peer_ids;
        std::vector<std::uint8_t> bytes(kMaxAdvertSize);
        bytes.resize(encode_advert(sender, fields, bytes));
        return give(PacketReceived{
            .instance = i, .bytes = bytes, .source = fields.source, .destination = fields.destination});
    }

    State state(InstanceIndex i = 0) const { return router.state(i).state; }
    const VirtualRouterState& inside(InstanceIndex i = 0) const { return router.state(i); }
    double time() const { return static_cast<double>(now.ns - kBegin.ns) / 1e9; }

    template <typename Kind>
    std::vector<Kind> all() const {
        std::vector<Kind> found;
        for (const Done& d : done)
            if (const auto* action = std::get_if<Kind>(&d.action)) found.push_back(*action);
        return found;
    }
    /// Times of the adverts sent; @param priority  only those with it
    std::vector<double> adverts(InstanceIndex i = 0, int priority = -1) const {
        std::vector<double> times;
        for (const Done& d : done)
            if (const auto* advert = std::get_if<SendAdvert>(&d.action);
                advert != nullptr && advert->instance == i && (priority < 0 || advert->priority == priority))
                times.push_back(d.at);
        return times;
    }
    std::vector<double> bursts(InstanceIndex i = 0) const {
        std::vector<double> times;
        for (const Done& d : done)
            if (const auto* burst = std::get_if<GarpBurst>(&d.action);
                burst != nullptr && burst->instance == i)
                times.push_back(d.at);
        return times;
    }
    std::vector<std::string> log() const {
        std::vector<std::string> lines;
        for (const LogLine& line : all<LogLine>()) lines.push_back(line.text);
        return lines;
    }
    bool logged(const std::string& text) const {
        const auto lines = log();
        return std::find(lines.begin(), lines.end(), text) != lines.end();
    }
    /// What a notify FIFO shows: `INSTANCE "NAME" STATE PRIO`, without the quotes.
    std::vector<std::string> fifo() const {
        std::vector<std::string> lines;
        for (const Done& d : done) {
            if (const auto* n = std::get_if<NotifyInstance>(&d.action))
                lines.push_back(router.config().instances[n->instance].name + " " + word(*n) + " " +
                                std::to_string(n->priority));
            if (const auto* g = std::get_if<NotifyGroup>(&d.action))
                lines.push_back("GROUP " + router.config().groups[g->group].name + " " + word(g->state));
        }
        return lines;
    }
    /// Everything in order, in short words, for tests about order: "advert 0", "hold V1", "log …".
    std::vector<std::string> story() const;

    Bench& forget() {
        done.clear();
        return *this;
    }

    void keep(ActionList& actions) {
        for (Action& action : actions) done.push_back({time(), std::move(action)});
    }

    static std::string word(State state) { return std::string(name_of(state)); }
    static std::string word(const NotifyInstance& n) {
        if (n.notice == Notice::master_rx_lower_pri) return "MASTER_RX_LOWER_PRI";
        if (n.notice == Notice::priority && n.state != State::fault) return word(n.state) + "_PRIORITY";
        return word(n.state);
    }

    static constexpr Instant kBegin{1'000'000'000'000};
    Router router;
    Instant now = kBegin;
    std::vector<Done> done;
    std::uint16_t peer_ids = 0;
};

inline std::vector<std::string> Bench::story() const {
    std::vector<std::string> lines;
    const auto name = [this](InstanceIndex i) { return router.config().instances[i].name; };
    for (const Done& d : done) {
        if (const auto* a = std::get_if<SendAdvert>(&d.action))
            lines.push_back(name(a->instance) + " advert " + std::to_string(a->priority));
        if (const auto* h = std::get_if<HoldObjects>(&d.action))
            lines.push_back(name(h->instance) + (h->hold ? " holds" : " lets go"));
        if (const auto* b = std::get_if<GarpBurst>(&d.action))
            lines.push_back(name(b->instance) + " garp " + std::to_string(b->repeat));
        if (const auto* n = std::get_if<NotifyInstance>(&d.action))
            lines.push_back(name(n->instance) + " notify " + word(*n));
        if (const auto* g = std::get_if<NotifyGroup>(&d.action))
            lines.push_back("GROUP " + router.config().groups[g->group].name + " notify " + word(g->state));
        if (const auto* l = std::get_if<LogLine>(&d.action)) lines.push_back("log " + l->text);
    }
    return lines;
}

}  // namespace lab
