// The router: takes events apart, keeps deadlines and the set of changed rows. The rules are in the files
// beside it (router_impl.hpp says where).
#include "vrrp/protocol/router.hpp"

#include <algorithm>
#include <tuple>

#include "vrrp/protocol/router_impl.hpp"
#include "vrrp/protocol/timing.hpp"

namespace vrrp::protocol {

Router::Router(RouterConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::step(const Event& event, Instant now, ActionList& actions) {
    impl_->begin_turn(now, actions);
    std::visit([this](const auto& e) { impl_->handle(e); }, event);
    impl_->end_turn();
}

void Router::due(Instant now, std::vector<InstanceIndex>& out) {
    out.clear();
    const auto count = static_cast<InstanceIndex>(impl_->states.size());
    impl_->deadlines.for_each_due(now, [&](InstanceIndex i) { out.push_back(i); });
    const auto rank = [&](InstanceIndex i) {
        const bool advert = i < count && impl_->states[i].advert_due <= now;
        return std::tuple(!advert, impl_->deadlines.deadline(i), i);
    };
    std::sort(out.begin(), out.end(), [&](InstanceIndex a, InstanceIndex b) { return rank(a) < rank(b); });
    for (InstanceIndex& i : out)
        if (i == count) i = kNone;
}

Instant Router::next_deadline() const { return impl_->deadlines.earliest(); }
Instant Router::next_takeover() const {
    const Instant earliest = impl_->deadlines.earliest();
    if (earliest == kNever) return kNever;
    const InstanceIndex first = impl_->deadlines.first();
    const bool is_backup = first < impl_->states.size() && impl_->states[first].state == State::backup;
    return is_backup ? earliest : kNever;
}
bool Router::startup_delay_pending() const { return impl_->delay_announced; }
const RouterConfig& Router::config() const { return impl_->config; }
const VirtualRouterState& Router::state(InstanceIndex instance) const { return impl_->states[instance]; }
const AuthMemory& Router::auth_memory(InstanceIndex instance) const { return impl_->auth_memory(instance); }
void Router::adopt_auth_memory(InstanceIndex instance, const AuthMemory& memory) {
    if (!impl_->auth_memories.empty()) impl_->auth_memories[instance] = memory;
}
const SyncGroupState& Router::group_state(GroupIndex group) const { return impl_->groups[group]; }

VirtualRouterState& Router::shell_state(InstanceIndex instance) {
    impl_->changed.add(instance);
    return impl_->states[instance];
}

void Router::take_changed(std::vector<InstanceIndex>& instances, std::vector<GroupIndex>& groups) {
    instances.assign(impl_->changed.items().begin(), impl_->changed.items().end());
    groups.assign(impl_->changed_groups.items().begin(), impl_->changed_groups.items().end());
    impl_->changed.clear();
    impl_->changed_groups.clear();
}

AdvertFields advert_fields(const SendAdvert& action, VirtualRouterState& state, std::int64_t wallclock_us) {
    const auto seconds = static_cast<std::uint64_t>(wallclock_us / 1'000'000);
    const auto fraction = static_cast<std::uint64_t>(wallclock_us % 1'000'000) * 65536 / 1'000'000;
    state.hmac_sequence_sent = std::max(seconds << 32 | fraction << 16, state.hmac_sequence_sent + 1);
    return {.priority = action.priority,
            .ip_id = action.ip_id,
            .ah_sequence = action.ah_sequence,
            .source = state.source,
            .destination = {},
            .old_unicast_checksum = state.old_unicast_checksum,
            .hmac_sequence = state.hmac_sequence_sent};
}

// ---------------------------------------------------------------------------------------------- a turn

Router::Impl::Impl(RouterConfig next) : config(std::move(next)) {
    states.resize(config.instances.size());
    groups.resize(config.groups.size());
    results.resize(config.trackers.size());
    segments.resize(config.instances.size());
    size_tables();
    index_trackers();
}

/// Tables whose size is that of the configuration. Everything is in them from here on: no allocation an
/// advert.
void Router::Impl::size_tables() {
    deadlines.reset(config.instances.size() + 1);
    changed.reset(config.instances.size());
    touched.reset(config.instances.size());
    changed_groups.reset(config.groups.size());
    const bool uses_hmac =
        std::ranges::any_of(config.instances, [](const auto& c) { return c.hmac.has_value(); });
    auth_memories.resize(uses_hmac ? config.instances.size() : 0);
}

void Router::Impl::begin_turn(Instant at, ActionList& out) {
    now = at;
    actions = &out;
}

void Router::Impl::end_turn() {
    for (const InstanceIndex i : touched.items()) deadlines.set(i, deadline_of(i));
    touched.clear();
    actions = nullptr;
}

// ---------------------------------------------------------------------------------------------- events

void Router::Impl::handle(const PacketReceived& event) {
    const State in = states[event.instance].state;
    if ((in != State::backup && in != State::master) || now < delay_until) return;
    VirtualRouterState& state = edit(event.instance);
    const auto advert =
        receive_advert(conf(event.instance), state, auth_memory(event.instance), event, now, *actions);
    if (!advert) return;
    state.last_advert_received = now;
    state.highest_other_priority = std::max(state.highest_other_priority, advert->priority);
    dispatch(event.instance, Input::advertisement, &*advert);
}

void Router::Impl::handle(const TimerExpired& event) {
    if (event.instance == kNone) {
        if (delay_announced && delay_until <= now) {
            log("Delayed start completed");
            delay_announced = false;
            deadlines.set(static_cast<InstanceIndex>(states.size()), kNever);
        }
        return;
    }
    const InstanceIndex i = event.instance;
    if (states[i].state == State::backup && states[i].master_down_due <= now)
        return dispatch(i, Input::master_down);
    if (states[i].state != State::master) return;
    if (states[i].advert_due <= now) dispatch(i, Input::advert_due);
    if (states[i].state != State::master) return;
    if (states[i].rogue_due <= now) dispatch(i, Input::rogue_judged);
    garp_timers(i);
}

void Router::Impl::handle(const FaultChanged& event) {
    VirtualRouterState& state = edit(event.instance);
    const std::uint32_t before = state.faults;
    state.faults = event.present ? before | bit(event.fault) : before & ~bit(event.fault);
    set_fault_words(event.instance, event.fault, event.present ? event.detail : std::string_view{});
    if (running && state.faults != before) settle_faults(event.instance);
}

void Router::Impl::set_fault_words(InstanceIndex i, Fault fault, std::string_view text) {
    auto& words = fault_details[i];
    std::erase_if(words, [&](const FaultWords& one) { return one.fault == fault; });
    if (!text.empty()) words.push_back({fault, std::string(text)});
    if (words.empty()) fault_details.erase(i);
}

void Router::Impl::handle(const SourceAddressChanged& event) {
    // The one that went is what a master still says good-bye from (run: 2.2.7).
    if (event.address.is_none() || states[event.instance].source == event.address) return;
    edit(event.instance).source = event.address;
}

void Router::Impl::handle(const SegmentChanged& event) {
    if (std::exchange(segments[event.instance], event.segment) == event.segment) return;
    // Only the later ones depend on where this one is.
    for (InstanceIndex i = event.instance; i < states.size(); ++i) {
        const std::uint32_t before = states[i].faults;
        judge_segment(i);
        if (running && states[i].faults != before) settle_faults(i);
    }
}

void Router::Impl::handle(const TrackerChanged& event) {
    results[event.tracker] = {event.verdict, event.value};
    if (!running) return;
    const TrackerConfig& tracker = config.trackers[event.tracker];
    for (const TrackerUse& use : tracker.uses) {
        const InstanceIndex i = use.instance;
        if (tracker.kind == TrackerKind::bfd)
            log("VRRP_Instance({}) Tracked BFD instance {} is {}", conf(i).name, tracker.name,
                event.verdict == Verdict::up ? "UP" : "DOWN");
        const std::uint32_t before = states[i].faults;
        evaluate_trackers(i);
        if (states[i].faults != before) settle_faults(i);
        // In FAULT the priority keeps its last value.
        if (states[i].state == State::backup || states[i].state == State::master) apply_priority(i);
    }
}

/// What its trackers say before it begins: told once, as of a backup (run: 2.2.7).
void Router::Impl::set_first_priority(InstanceIndex i) {
    VirtualRouterState& state = edit(i);
    state.effective_priority =
        conf(i).is_owner() ? 255 : static_cast<std::uint8_t>(std::clamp(state.total_priority, 1, 254));
    if (state.effective_priority == conf(i).priority) return;
    log("({}) Changing effective priority from {} to {}", conf(i).name, conf(i).priority,
        state.effective_priority);
    if (conf(i).notify_priority_changes && state.faults == 0)
        emit(NotifyInstance{i, Notice::priority, State::backup, state.effective_priority});
}

void Router::Impl::start_instance(InstanceIndex i) {
    VirtualRouterState& state = edit(i);
    state.started = std::max(now, delay_until);
    state.master_advert_interval = conf(i).advert_interval;
    state.last_master_down_interval = master_down_interval(conf(i), state);
    dispatch(i, Input::start);
}

void Router::Impl::handle(const Start&) {
    running = true;
    for (TrackerIndex t = 0; t < config.trackers.size();
         ++t)  // a BFD session is down until it says otherwise
        if (config.trackers[t].kind == TrackerKind::bfd && results[t].verdict == Verdict::unknown)
            results[t].verdict = Verdict::down;
    const bool adopted = std::ranges::any_of(states, [](const auto& s) { return s.state != State::init; });
    if (!adopted && config.startup_delay.count() > 0) {
        delay_until = now + config.startup_delay;
        log("Delaying startup for {:g} seconds", static_cast<double>(config.startup_delay.count()) / 1e6);
    }
    if (delay_until > now) {
        delay_announced = true;
        deadlines.set(static_cast<InstanceIndex>(states.size()), delay_until);
    }
    for (InstanceIndex i = 0; i < states.size(); ++i) {
        if (conf(i).config_fault) edit(i).faults |= bit(Fault::config);
        evaluate_trackers(i);
        if (states[i].state == State::init) set_first_priority(i);
    }
    start_groups();
    for (InstanceIndex i = 0; i < states.size(); ++i) {
        if (states[i].state == State::init) {
            start_instance(i);
            continue;
        }
        settle_faults(i);  // adopted: what changed while nobody was here
        if (states[i].state == State::backup || states[i].state == State::master) apply_priority(i);
    }
}

void Router::Impl::handle(const Stop& event) {
    for (InstanceIndex i = 0; i < states.size(); ++i) enter_stop(i, event.dont_release);
    for (InstanceIndex i = 0; i < states.size(); ++i) notify(i);
    for (GroupIndex g = 0; g < groups.size(); ++g) set_group_state(g, State::stop);
    deadlines.set(static_cast<InstanceIndex>(states.size()), kNever);
    running = false;
}

void Router::Impl::handle(const PrioritySet& event) {
    const InstanceIndex i = event.instance;
    const bool hand_over = event.priority == std::uint8_t{0};
    if (conf(i).is_owner() && !hand_over) return;  // an owner's priority is a fact, not a setting
    edit(i).priority_override =
        !event.priority ? std::uint8_t{0} : std::clamp<std::uint8_t>(*event.priority, 1, 254);
    if (!running) return;
    evaluate_trackers(i);
    if (hand_over) dispatch(i, Input::hand_over);
    if (states[i].state == State::backup || states[i].state == State::master) apply_priority(i);
}

}  // namespace vrrp::protocol
