#include "vrrp/child/shell.hpp"

#include <algorithm>
#include <optional>

#include "lib/log/log.hpp"
#include "lib/process/long_work.hpp"
#include "lib/process/start_up_pages.hpp"
#include "lib/process/uninterrupted.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/child/rehearsal.hpp"

namespace vrrp {

using protocol::InstanceIndex;

namespace {
/// Longer than an ordinary process waits for its turn on a processor that is busy.
constexpr Nanoseconds kHeadStart = Milliseconds{10};
/// What this many actions cost is more than a millisecond.
constexpr std::size_t kManyActions = 64;
}  // namespace

Shell::Shell(net::EventLoop& loop, const control::Options& options)
    : loop_(loop),
      options_(options),
      runner_(loop.context(), process::Baseline::capture()),
      objects_(kernel_, {[this] { monitor_.read(); },
                         [this](std::uint32_t owner) { on_addresses_set(owner); }, [](std::uint32_t) {},
                         [this](std::uint32_t owner, bool hold) { firewall_.guard(owner, hold); }}),
      monitor_(kernel_, objects_),
      links_(kernel_, objects_.requests()),
      firewall_(kernel_),
      garp_(kernel_),
      adverts_(loop, kernel_, [this](InstanceIndex instance, const net::Datagram& datagram) {
          step(protocol::PacketReceived{instance, datagram.bytes, datagram.source, datagram.destination,
                                        datagram.ttl, wallclock_us()});
      }) {
    loop_.at_turn_end([this] { return turn(); });
}

Shell::~Shell() {
    if (monitor_.fd() >= 0) loop_.unwatch(monitor_.fd());
    loop_.at_turn_end({});
}

void Shell::step(const protocol::Event& event) { router_->step(event, monotonic_now(), actions_); }

// ---------------------------------------------------------------------------------------------- a turn of the loop

net::EventLoop::Turn Shell::turn() {
    using Turn = net::EventLoop::Turn;
    if (!running_) {
        takeover_.reset();
        return Turn::may_have_posted;
    }
    {
        const logging::Held lines;  // for people: after all that is urgent
        do_what_is_urgent();
        takeover_.reset();
    }
    const bool told = notify_in_order();
    follow_with_sync_daemon();
    if (gives_memory_back_ && objects_.idle() && notices_.empty()) {
        gives_memory_back_ = false;
        process::give_memory_back();
    }
    const Instant now = monotonic_now();
    garp_.run_extra(now, kernel_);
    garp_.run_due(now);
    if (!objects_.idle() && !kernel_work_posted_) {
        // The rest in the next turn: due timers and packets come in between.
        kernel_work_posted_ = true;
        loop_.again([this] { kernel_work_posted_ = false; });
    }
    loop_.wake_at(std::min({expect_takeover(now), router_->next_deadline(), objects_.next_deadline(),
                            monitor_.next_deadline(), garp_.next_deadline(), adverts_.next_deadline()}));
    return told ? Turn::may_have_posted : Turn::posted_nothing;  // only the notifier uses Asio here
}

/// A backup whose master has fallen silent is woken a little before it takes over, and then is the first to run when
/// that moment comes. The moment to be woken at; in front of a master that advertises it never comes.
Instant Shell::expect_takeover(Instant now) {
    const Instant due = router_->next_takeover();
    if (due == kNever) return kNever;
    if (due - now > kHeadStart) return due - kHeadStart;
    takeover_.emplace();
    return due;
}

/// Adverts, addresses and what announces them.
void Shell::do_what_is_urgent() {
    take_kernel_changes();
    const Instant now = monotonic_now();
    adverts_.read_moderated(now, router_->next_deadline() <= now);
    note_lateness(now);
    monitor_.run_due(now);
    router_->due(now, due_);
    for (const InstanceIndex instance : due_) router_->step(protocol::TimerExpired{instance}, now, actions_);
    std::optional<process::LongWork> many;
    if (actions_.size() > kManyActions || !objects_.idle()) many.emplace();
    if (actions_.size() > kManyActions) takeover_.reset();  // not at the cost of everybody else
    perform();
    objects_.repair_due(now);
    if (objects_.idle()) return;
    {
        // The first address wakes whoever listens; what announces it must not wait for them.
        const process::Uninterrupted kernel_work;
        objects_.step();
    }
    take_kernel_changes();
    perform();
}

void Shell::rehearse() const { rehearse_takeover(*kernel_.model, *router_); }

void Shell::follow_with_sync_daemon() {
    if (const auto instance = sync_daemon_.instance())
        sync_daemon_.follow(router_->state(*instance).state == protocol::State::master);
}

/// A timer that comes later than a quarter of the smallest interval: the machine is overloaded, say so.
void Shell::note_lateness(Instant now) {
    const Instant deadline = router_->next_deadline();
    if (deadline == kNever || deadline >= now) return;
    const Nanoseconds late = now - deadline;
    auto& process = rows_.process();
    if (late.count() > process.max_lateness_ns) process.max_lateness_ns = late.count();
    if (late <= smallest_interval_ / 4) return;
    ++process.late_timers;
    rows_.publish_process();
    static logging::RateLimit limit;
    std::uint64_t held_back = 0;
    if (limit.allow(now.ns, held_back)) {
        logging::info("A timer was {} ms late ({} such lines held back)", late.count() / 1'000'000,
                      held_back);
    }
}

// ---------------------------------------------------------------------------------------------- actions

void Shell::perform() {
    if (actions_.empty()) {
        stamp_and_publish();
        return;
    }
    protocol::ActionList actions;
    actions.swap(actions_);  // carrying out may cause events of its own
    const std::int64_t now_us = wallclock_us();
    const std::int64_t boottime = boottime_now_ns();
    // Stamped before they are published: a successor measures by these how old our last advert is.
    for (const auto& action : actions) {
        const auto* advert = std::get_if<protocol::SendAdvert>(&action);
        if (advert == nullptr) continue;
        auto& state = router_->shell_state(advert->instance);
        state.last_advert_sent_boottime_ns = boottime;
        state.last_advert_sent_wallclock_us = now_us;
    }
    stamp_and_publish();
    // All adverts first: they are what the peers wait for.
    for (const auto& action : actions) {
        const auto* advert = std::get_if<protocol::SendAdvert>(&action);
        if (advert == nullptr) continue;
        adverts_.send(*advert, router_->config().instances[advert->instance],
                      router_->shell_state(advert->instance), now_us);
    }
    for (const auto& action : actions) carry_out(action);
    actions.clear();
    // The memory is kept for the next packet, but not what a thousand takeovers in one turn needed.
    constexpr std::size_t kKept = 256;
    const bool is_large = actions.capacity() > kKept;
    if (actions_.empty() && !is_large) actions_.swap(actions);
    gives_memory_back_ = gives_memory_back_ || is_large;
}

/// Rows of everything that changed, before any of the actions that follow from it (decisions.md §4).
void Shell::stamp_and_publish() {
    router_->take_changed(changed_, changed_groups_);
    for (const InstanceIndex instance : changed_) {
        rows_.publish_instance(instance, router_->state(instance), router_->auth_memory(instance), kernel_,
                               adverts_);
    }
    for (const protocol::GroupIndex group : changed_groups_)
        rows_.publish_group(group, router_->group_state(group));
}

namespace {
template <typename... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};
template <typename... Cases>
Match(Cases...) -> Match<Cases...>;
}  // namespace

void Shell::carry_out(const protocol::Action& action) {
    std::visit(Match{
                   [](const protocol::SendAdvert&) {},  // went out first
                   [this](const protocol::HoldObjects& hold) {
                       // The source of our adverts must be known to the table before the first packet comes.
                       if (hold.hold || kernel_.placements[hold.instance].held)
                           objects_.hold(hold.instance, hold.hold);
                       if (!hold.hold) pending_garps_[hold.instance] = 0;
                       if (!hold.hold) garp_.stop_extra(hold.instance);
                   },
                   [this](const protocol::GarpBurst& garp) { burst(garp.instance, garp.repeat); },
                   [this](const protocol::GarpSource& garp) {
                       garp_.announce(garp.instance, kernel_.placements[garp.instance].configured,
                                      router_->state(garp.instance).source);
                   },
                   [this](const protocol::ForgetGarps& garp) {
                       pending_garps_[garp.instance] = 0;
                       garp_.forget(garp.instance);
                   },
                   [this](const protocol::NotifyInstance& notice) { notices_.emplace_back(notice); },
                   [this](const protocol::NotifyGroup& notice) { notices_.emplace_back(notice); },
                   [](const protocol::LogLine& line) {
                       if (line.detail) {
                           logging::detail("{}", line.text);
                       } else {
                           logging::info("{}", line.text);
                       }
                   },
                   [this](const protocol::TransitionRecord& record) {
                       router_->shell_state(record.instance).last_transition_wallclock_us = wallclock_us();
                       rows_.record(record, router_->config().instances[record.instance].name,
                                    router_->state(record.instance).effective_priority);
                   },
               },
               action);
}

/// At once, or as soon as the instance's addresses are in.
void Shell::burst(std::uint32_t instance, std::uint32_t repeat) {
    if (objects_.busy(instance)) {
        pending_garps_[instance] = std::max(pending_garps_[instance], repeat);
        return;
    }
    garp_.burst(instance, repeat, kernel_);
}

void Shell::on_addresses_set(std::uint32_t owner) {
    if (owner >= pending_garps_.size()) return;
    garp_.start_extra(owner, monotonic_now());
    if (pending_garps_[owner] == 0) return;
    garp_.burst(owner, std::exchange(pending_garps_[owner], 0), kernel_);
}

// ---------------------------------------------------------------------------------------------- notifications

bool Shell::waits_for_kernel(const Notice& notice) const {
    if (const auto* one = std::get_if<protocol::NotifyInstance>(&notice)) return objects_.busy(one->instance);
    const auto& members = router_->config().groups[std::get<protocol::NotifyGroup>(notice).group].members;
    return std::any_of(members.begin(), members.end(),
                       [this](InstanceIndex member) { return objects_.busy(member); });
}

/// In the order of the core, each once the kernel holds what its state says. False: nobody was told anything.
bool Shell::notify_in_order() {
    bool told = false;
    while (!notices_.empty() && !waits_for_kernel(notices_.front())) {
        const Notice notice = notices_.front();
        notices_.pop_front();
        if (silent_ || !notifier_) continue;
        told = true;
        if (const auto* group = std::get_if<protocol::NotifyGroup>(&notice)) {
            notifier_->notify(*group);
            continue;
        }
        const auto& instance = std::get<protocol::NotifyInstance>(notice);
        if (instance.state == protocol::State::deleted) {
            notifier_->deleted(instance.instance, {protocol::State::backup, instance.priority});
        } else {
            notifier_->notify(instance);
        }
    }
    return told;
}

// ---------------------------------------------------------------------------------------------- the kernel

void Shell::take_kernel_changes() {
    KernelMonitor::Changes changes = monitor_.take_changes();
    if (!changes.links && !changes.sources && changes.addresses_of.empty()) return;
    if (changes.sources && links_.complete_addresses()) monitor_.read();
    if (changes.names) {
        make_links();
        place_and_attach();
        firewall_.configure();
        const auto more = monitor_.take_changes();
        changes.addresses_of.insert(more.addresses_of.begin(), more.addresses_of.end());
    }
    if (changes.links || changes.sources) tell_all_facts();
    if (changes.links) {
        tell_interface_trackers();
        tell_track_groups();
    }
    if (!changes.came_up.empty() || changes.names) hold_all_masters();
    for (const std::uint32_t owner : changes.addresses_of) {
        rows_.publish_addresses(owner, kernel_);
    }
    if (changes.links || changes.sources) rows_.publish_interfaces(kernel_, links_.created());
}

}  // namespace vrrp
