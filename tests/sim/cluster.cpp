#include "cluster.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

namespace {

constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

Cluster::Cluster(std::vector<RouterConfig> configs, std::vector<std::int64_t> drifts_ppm, std::uint64_t seed,
                 bool crossed)
    : random_(seed), crossed_(crossed) {
    for (std::size_t i = 0; i < configs.size(); ++i) {
        Box box;
        box.config = std::move(configs[i]);
        box.holds.resize(box.config.instances.size());
        box.link_up.assign(box.config.instances.size(), true);
        box.isolated.resize(box.config.instances.size());
        box.drift_ppm = drifts_ppm[i];
        box.clock_offset = random_.between(1, 1'000'000) * kSecond;
        boxes.push_back(std::move(box));
    }
}

// ----------------------------------------------------------------------------------------------
// clocks

Instant Cluster::clock(const Box& box) const {
    return {box.clock_offset + now_ + now_ / kMillion * box.drift_ppm};
}

/// Never too early: the timer of a box fires when its own clock says so.
Time Cluster::true_time(const Box& box, Instant local) const {
    if (local == kNever) return INT64_MAX;
    const std::int64_t elapsed = local.ns - box.clock_offset;
    return elapsed - elapsed / (kMillion + box.drift_ppm) * box.drift_ppm + 2 * std::abs(box.drift_ppm);
}

void Cluster::run_until(Time end) {
    for (;;) {
        Time next = wire_.empty() ? INT64_MAX : wire_.top().at;
        std::optional<std::size_t> timer;
        for (std::size_t i = 0; i < boxes.size(); ++i) {
            if (!boxes[i].router) continue;
            const Time due = true_time(boxes[i], boxes[i].router->next_deadline());
            if (due >= next) continue;
            next = due;
            timer = i;
        }
        if (next > end) break;
        now_ = std::max(now_, next);
        if (timer) {
            fire_timers(*timer);
        } else {
            const Packet packet = wire_.top();
            wire_.pop();
            deliver(packet);
        }
    }
    now_ = std::max(now_, end);
}

void Cluster::fire_timers(std::size_t i) {
    std::vector<InstanceIndex> due;
    boxes[i].router->due(clock(boxes[i]), due);
    for (const InstanceIndex instance : due) step(i, TimerExpired{instance});
}

// ----------------------------------------------------------------------------------------------
// the wire

net::IpAddress Cluster::address(std::size_t box, InstanceIndex segment) const {
    const std::size_t rank = crossed_ && segment % 2 == 1 ? boxes.size() - box : box + 1;
    return net::IpAddress::v4(static_cast<std::uint32_t>(0x0a000000 + segment * 256 + rank));
}

void Cluster::transmit(std::size_t i, const SendAdvert& advert) {
    Box& box = boxes[i];
    const VirtualRouterConfig& config = box.router->config().instances[advert.instance];
    VirtualRouterState& state = box.router->shell_state(advert.instance);
    state.last_advert_sent_boottime_ns = clock(box).ns;
    if (!box.link_up[advert.instance]) return;
    AdvertFields fields = advert_fields(advert, state, clock(box).ns / 1000);
    fields.destination = config.group;
    std::vector<std::uint8_t> bytes(kMaxAdvertSize);
    bytes.resize(encode_advert(config, fields, bytes));
    for (std::size_t to = 0; to < boxes.size(); ++to) {
        if (to == i || box.isolated[advert.instance] || boxes[to].isolated[advert.instance]) continue;
        if (random_.chance(weather.loss_percent)) continue;
        const int copies = random_.chance(weather.duplicate_percent) ? 2 : 1;
        for (int copy = 0; copy < copies; ++copy)
            wire_.push({now_ + random_.between(weather.least_delay, weather.most_delay), ++packets_, to,
                        advert.instance, bytes, fields.source, fields.destination});
    }
}

void Cluster::deliver(const Packet& packet) {
    const Box& box = boxes[packet.to];
    if (!box.router || !box.link_up[packet.instance]) return;
    step(packet.to, PacketReceived{.instance = packet.instance,
                                   .bytes = packet.bytes,
                                   .source = packet.source,
                                   .destination = packet.destination,
                                   .wallclock_us = clock(box).ns / 1000});
}

// ----------------------------------------------------------------------------------------------
// a box

void Cluster::step(std::size_t i, const Event& event) {
    ActionList actions;
    boxes[i].router->step(event, clock(boxes[i]), actions);
    publish(boxes[i]);
    carry_out(i, actions);
    check(i);
}

/// Members of a sync group are in one state, which is the group's; a box has the addresses of what it leads, and no more;
/// a backup has a timer, and a master will advertise.
void Cluster::check(std::size_t i) {
    if (broken_ || !boxes[i].router) return;
    const Router& router = *boxes[i].router;
    const auto fail = [&](const std::string& what) {
        broken_ = fmt::format("{:.3f}: box {}: {}", static_cast<double>(now_) / kSecond, i, what);
    };
    for (InstanceIndex n = 0; n < segments(); ++n) {
        const VirtualRouterState& state = router.state(n);
        if (state.state == State::stop) continue;
        const bool leads = state.state == State::master;
        if (boxes[i].holds[n] != leads)
            fail(fmt::format("instance {} {} addresses", n, leads ? "lacks" : "keeps"));
        if (state.state == State::backup && state.master_down_due == kNever) fail("a backup without a timer");
        if (leads && state.advert_due == kNever) fail("a master without a timer");
        const GroupIndex group = router.config().instances[n].group_index;
        if (group != kNone && router.group_state(group).state != state.state) {
            fail(fmt::format("instance {} is in state {}, its group in {}", n, static_cast<int>(state.state),
                             static_cast<int>(router.group_state(group).state)));
        }
    }
}

/// Nobody but a master speaks, and it says its effective priority or resigns.
void Cluster::check_advert(std::size_t i, const SendAdvert& advert) {
    sent.push_back({now_, i, advert.instance, advert.priority});
    const VirtualRouterState& state = boxes[i].router->state(advert.instance);
    if (broken_ || advert.priority == 0) return;
    if (advert.priority != state.effective_priority)
        broken_ = fmt::format("box {} advertises {} with priority {}", i, advert.priority,
                              state.effective_priority);
}

void Cluster::publish(Box& box) {
    std::vector<InstanceIndex> instances;
    std::vector<GroupIndex> groups;
    box.router->take_changed(instances, groups);
    box.rows.resize(box.router->config().instances.size());
    box.group_rows.resize(box.router->config().groups.size());
    for (const InstanceIndex i : instances) box.rows[i] = box.router->state(i);
    for (const GroupIndex g : groups) box.group_rows[g] = box.router->group_state(g);
}

void Cluster::carry_out(std::size_t i, const ActionList& actions) {
    for (const Action& action : actions) {
        if (const auto* advert = std::get_if<SendAdvert>(&action)) {
            check_advert(i, *advert);
            transmit(i, *advert);
        }
        if (const auto* objects = std::get_if<HoldObjects>(&action))
            boxes[i].holds[objects->instance] = objects->hold;
        if (const auto* t = std::get_if<TransitionRecord>(&action))
            transitions.push_back({now_, i, t->instance, t->from, t->to, t->cause});
    }
    if (boxes[i].router) publish(boxes[i]);
}

void Cluster::tell_facts(std::size_t i, ActionList& actions) {
    Box& box = boxes[i];
    const Instant now = clock(box);
    for (InstanceIndex segment = 0; segment < segments(); ++segment) {
        box.router->step(SourceAddressChanged{segment, address(i, segment)}, now, actions);
        box.router->step(FaultChanged{segment, Fault::interface_down, !box.link_up[segment]}, now, actions);
    }
    for (TrackerIndex t = 0; t < box.config.trackers.size(); ++t)
        box.router->step(TrackerChanged{t, box.script}, now, actions);
}

void Cluster::boot(std::size_t i) {
    Box& box = boxes[i];
    if (box.router) return;
    box.powered = true;
    box.router.emplace(box.config);
    ActionList actions;
    tell_facts(i, actions);
    step(i, Start{});
}

void Cluster::crash(std::size_t i) {
    Box& box = boxes[i];
    box.powered = false;
    box.router.reset();
    box.rows.clear();
    box.group_rows.clear();
    box.holds.assign(segments(), false);
}

void Cluster::stop(std::size_t i) {
    if (!boxes[i].router) return;
    step(i, Stop{});
    boxes[i].router.reset();
    boxes[i].rows.clear();
    boxes[i].powered = false;
}

void Cluster::crash_child(std::size_t i) { boxes[i].router.reset(); }

void Cluster::respawn_child(std::size_t i) {
    Box& box = boxes[i];
    if (!box.powered || box.router) return;
    box.router.emplace(box.config);
    ActionList actions;
    tell_facts(i, actions);
    std::vector<InstanceIndex> released;
    box.router->adopt(box.rows, box.group_rows, clock(box), clock(box).ns, released);
    for (InstanceIndex instance = 0; instance < segments(); ++instance)
        box.holds[instance] = box.router->state(instance).holds_objects;
    step(i, Start{});
}

void Cluster::reload(std::size_t i) {
    Box& box = boxes[i];
    if (!box.router) return;
    Continuation continuation;
    for (InstanceIndex instance = 0; instance < segments(); ++instance)
        continuation.instance_of.push_back(instance);
    for (GroupIndex g = 0; g < box.config.groups.size(); ++g) continuation.group_of.push_back(g);
    for (TrackerIndex t = 0; t < box.config.trackers.size(); ++t) continuation.tracker_of.push_back(t);
    ActionList actions;
    box.router->let_go(continuation, clock(box), actions);
    carry_out(i, actions);
    actions.clear();
    box.router->reconfigure(box.config, continuation, clock(box), actions);
    carry_out(i, actions);
}

void Cluster::set_link(std::size_t i, InstanceIndex segment, bool up) {
    if (boxes[i].link_up[segment] == up) return;
    boxes[i].link_up[segment] = up;
    if (boxes[i].router) step(i, FaultChanged{segment, Fault::interface_down, !up, "interface down"});
}

void Cluster::set_script(std::size_t i, Verdict verdict) {
    if (boxes[i].script == verdict) return;
    boxes[i].script = verdict;
    for (TrackerIndex t = 0; boxes[i].router && t < boxes[i].config.trackers.size(); ++t)
        step(i, TrackerChanged{t, verdict});
}

// ----------------------------------------------------------------------------------------------
// the onlooker

std::vector<std::size_t> Cluster::masters(InstanceIndex segment) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < boxes.size(); ++i)
        if (boxes[i].router && boxes[i].router->state(segment).state == State::master) found.push_back(i);
    return found;
}

bool Cluster::is_served(InstanceIndex segment) const {
    return std::any_of(boxes.begin(), boxes.end(), [&](const Box& box) {
        return box.powered && box.holds[segment] && box.link_up[segment] && !box.isolated[segment];
    });
}

}  // namespace sim
