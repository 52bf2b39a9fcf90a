// Who leads: the transition table of one virtual router. RFC 9568 §6.4 with keepalived's ways,
// vrrp-behaviour.md §5.
#include <cassert>
#include <cstdint>

#include "vrrp/protocol/router_impl.hpp"
#include "vrrp/protocol/timing.hpp"

namespace vrrp::protocol {

namespace {

/// One input, looked at by guards and steps.
struct Moment {
    Router::Impl& router;
    InstanceIndex self;
    const Advertisement* advert;

    const VirtualRouterConfig& config() const { return router.config.instances[self]; }
    const VirtualRouterState& state() const { return router.states[self]; }
    std::uint8_t ours() const { return state().effective_priority; }
    std::uint8_t theirs() const { return advert->priority; }
    std::string their_address() const { return advert->source.to_string(); }
};

using Guard = bool (*)(const Moment&);
using Step = void (*)(Moment&);

struct Transition {
    State in;
    Input on;
    Guard when;
    Step action;
    State then;
};

// Guards.
bool always(const Moment&);
bool has_fault(const Moment&);
bool has_new_fault(const Moment&);
bool has_no_fault(const Moment&);
bool group_disagrees(const Moment&);
bool overslept(const Moment&);
bool priority_is_zero(const Moment&);
bool acceptable(const Moment&);
bool other_owner_wins(const Moment&);
bool other_owner_persists(const Moment&);
bool other_owner_loses(const Moment&);
bool worse(const Moment&);
bool better(const Moment&);
bool same_priority_higher_address(const Moment&);

// Steps.
void begin_in_fault(Moment&);
void begin_as_backup(Moment&);
void begin_as_owner(Moment&);
void enter_fault(Moment&);
void announce_fault(Moment&);
void recover(Moment&);
void recover_as_owner(Moment&);
void wish_mastership(Moment&);
void become_master(Moment&);
void wait_skew_time(Moment&);
void accept_master(Moment&);
void discard_worse(Moment&);
void send_periodic_advert(Moment&);
void yield_after_sleep(Moment&);
void assert_mastership(Moment&);
void yield_to_owner(Moment&);
void reduce_and_yield(Moment&);
void defend_ownership(Moment&);
void rogue_fell_silent(Moment&);
void force_election(Moment&);
void yield_to_better(Moment&);
void yield_to_address(Moment&);
void warn_of_own_address(Moment&);
void hand_over(Moment&);
void follow_group(Moment&);
void drop_wish(Moment&);

bool start_is_delayed(const Moment& m) { return m.router.delay_until > m.router.now; }
bool is_live_owner(const Moment& m) { return m.config().is_owner() && !m.config().owner_starts_as_backup; }

// The first row that fits counts. An input without a row has no effect: in INIT, FAULT and STOP every advert
// is discarded.
constexpr Transition kTransitions[] = {
    // in            on                     when                          action                then
    {State::init, Input::start, has_fault, begin_in_fault, State::fault},
    {State::init, Input::start, is_live_owner, begin_as_owner, State::backup},
    {State::init, Input::start, always, begin_as_backup, State::backup},

    {State::backup, Input::master_down, group_disagrees, wish_mastership, State::backup},
    {State::backup, Input::master_down, always, become_master, State::master},
    {State::backup, Input::advertisement, priority_is_zero, wait_skew_time, State::backup},
    {State::backup, Input::advertisement, acceptable, accept_master, State::backup},
    {State::backup, Input::advertisement, always, discard_worse, State::backup},
    {State::backup, Input::faults_changed, has_fault, enter_fault, State::fault},
    {State::backup, Input::hand_over, always, drop_wish, State::backup},
    {State::backup, Input::step_down, always, drop_wish, State::backup},

    {State::master, Input::advert_due, overslept, yield_after_sleep, State::backup},
    {State::master, Input::advert_due, always, send_periodic_advert, State::master},
    {State::master, Input::advertisement, priority_is_zero, assert_mastership, State::master},
    {State::master, Input::advertisement, other_owner_wins, yield_to_owner, State::backup},
    {State::master, Input::advertisement, other_owner_persists, reduce_and_yield, State::backup},
    {State::master, Input::advertisement, other_owner_loses, defend_ownership, State::master},
    {State::master, Input::advertisement, worse, force_election, State::master},
    {State::master, Input::advertisement, better, yield_to_better, State::backup},
    {State::master, Input::advertisement, same_priority_higher_address, yield_to_address, State::backup},
    {State::master, Input::advertisement, always, warn_of_own_address, State::master},
    {State::master, Input::rogue_judged, always, rogue_fell_silent, State::master},
    {State::master, Input::faults_changed, has_fault, enter_fault, State::fault},
    {State::master, Input::hand_over, always, hand_over, State::backup},
    {State::master, Input::step_down, always, follow_group, State::backup},

    {State::fault, Input::faults_changed, has_new_fault, announce_fault, State::fault},
    {State::fault, Input::faults_changed, has_fault, nullptr, State::fault},
    {State::fault, Input::faults_changed, is_live_owner, recover_as_owner, State::backup},
    {State::fault, Input::faults_changed, has_no_fault, recover, State::backup},
};

// ---------------------------------------------------------------------------------------------- guards

bool always(const Moment&) { return true; }
bool has_fault(const Moment& m) { return m.state().faults != 0; }
bool has_no_fault(const Moment& m) { return m.state().faults == 0; }
/// FAULT so far was only "a script has no result yet"; now there is something to tell.
bool has_new_fault(const Moment& m) { return !m.state().fault_announced && m.router.is_loud(m.self); }
bool group_disagrees(const Moment& m) { return !m.router.group_agrees_to_lead(m.self); }

/// timer_expired_backup: the process slept so long that a backup of that priority may lead by now.
bool overslept(const Moment& m) {
    const VirtualRouterConfig& config = m.config();
    if (config.timer_expired_backup == 0 || m.state().last_advert_sent.ns == 0) return false;
    const Nanoseconds patience = master_down_interval(config.version, config.down_timer_adverts,
                                                      config.advert_interval, config.timer_expired_backup);
    return m.router.now - m.state().last_advert_sent > patience;
}

bool priority_is_zero(const Moment& m) { return m.theirs() == 0; }

bool acceptable(const Moment& m) {
    if (m.config().nopreempt || m.theirs() >= m.ours()) return true;
    const bool delay_is_over = m.state().preempt_due != kNever && m.router.now >= m.state().preempt_due;
    return m.config().preempt_delay.count() > 0 && !delay_is_over;
}

bool worse(const Moment& m) {
    return m.theirs() < m.ours() || (m.theirs() == m.ours() && m.advert->source < m.state().source);
}
bool better(const Moment& m) { return m.theirs() > m.ours(); }
bool same_priority_higher_address(const Moment& m) {
    return m.theirs() == m.ours() && m.advert->source > m.state().source;
}

bool is_owner_conflict(const Moment& m) { return m.ours() == 255 && m.theirs() == 255; }
bool other_owner_wins(const Moment& m) { return is_owner_conflict(m) && m.advert->source > m.state().source; }
bool other_owner_loses(const Moment& m) {
    return is_owner_conflict(m) && m.advert->source < m.state().source;
}
/// It had our adverts and 1.2 intervals of time to go, and is still there.
bool other_owner_persists(const Moment& m) { return other_owner_loses(m) && m.state().rogue_due != kNever; }

// ---------------------------------------------------------------------------------------------- start,
// fault, recovery

void begin_in_fault(Moment& m) { m.router.enter_fault(m.self, m.router.fault_text(m.self)); }

Nanoseconds since_start(const Moment& m, Nanoseconds timer) {
    const Instant from = std::max(m.router.now, m.router.delay_until);
    return from - m.router.now + timer;
}

/// An owner waits nothing, unless the file says `state BACKUP` (run: 2.2.7); after a startup delay one interval
/// (vrrp-behaviour.md §4).
Nanoseconds owner_timer(const Moment& m) {
    return since_start(
        m, start_is_delayed(m) ? Nanoseconds{m.config().advert_interval} : Nanoseconds{kOwnerDownInterval});
}

void begin_as_backup(Moment& m) {
    m.router.enter_backup(m.self, since_start(m, master_down_interval(m.config(), m.state())), "start");
}

/// Nobody is told about the BACKUP in between (run: 2.2.7).
void lead_at_once(Moment& m) {
    VirtualRouterState& state = m.router.edit(m.self);
    state.state = State::backup;
    state.wanted = State::master;
    state.fault_announced = false;
    state.master_advert_interval = m.config().advert_interval;
    m.router.start_down_timer(m.self, owner_timer(m));
}

void begin_as_owner(Moment& m) { lead_at_once(m); }

void enter_fault(Moment& m) { m.router.enter_fault(m.self, m.router.fault_text(m.self)); }
void announce_fault(Moment& m) { m.router.enter_fault(m.self, m.router.fault_text(m.self)); }

void recover(Moment& m) {
    VirtualRouterState& state = m.router.edit(m.self);
    state.master_advert_interval = m.config().advert_interval;
    m.router.apply_priority(m.self);
    const Microseconds timer = m.config().is_owner() && start_is_delayed(m)
                                   ? m.config().advert_interval
                                   : master_down_interval(m.config(), state);
    m.router.enter_backup(m.self, since_start(m, timer), "every fault is gone");
}

void recover_as_owner(Moment& m) { lead_at_once(m); }

// ---------------------------------------------------------------------------------------------- as backup

void log_timeout(Moment& m) {
    m.router.log_detail(m.self, "({}) Receive advertisement timeout", m.config().name);
}

/// One member of a sync group alone does not lead: it waits for the others.
void wish_mastership(Moment& m) {
    log_timeout(m);
    VirtualRouterState& state = m.router.edit(m.self);
    state.wanted = State::master;
    m.router.start_down_timer(m.self, master_down_interval(m.config(), state));
}

void become_master(Moment& m) {
    log_timeout(m);
    const VirtualRouterState& state = m.state();
    std::string cause =
        "no advert for " + std::to_string(state.last_master_down_interval.count() / 1000) + " ms";
    if (m.router.now - state.last_advert_received < state.last_master_down_interval)
        cause = "only worse routers heard for " +
                std::to_string(state.last_master_down_interval.count() / 1000) + " ms";
    else if (state.last_master_down_interval == skew_time(m.config(), state))
        cause = "master " + state.master_address.to_string() + " resigned (priority 0)";
    else if (state.master_address.is_none())
        cause += ", no other router heard";
    else
        cause += " (last master " + state.master_address.to_string() + ", priority " +
                 std::to_string(state.master_priority) + ")";
    m.router.enter_master(m.self, cause);
    m.router.follow_to_master(m.self);
}

void wait_skew_time(Moment& m) {
    m.router.log_detail(m.self, "({}) Backup received priority 0 advertisement", m.config().name);
    m.router.start_down_timer(m.self, skew_time(m.config(), m.state()));
}

void remember_master(Moment& m) {
    VirtualRouterState& state = m.router.edit(m.self);
    if (state.master_address != m.advert->source) {
        if (state.master_address.is_none())
            m.router.log_detail(m.self, "({}) master set to {}", m.config().name, m.their_address());
        else
            m.router.log_detail(m.self, "({}) master changed from {} to {}", m.config().name,
                                state.master_address.to_string(), m.their_address());
        state.logged_once = 0;
    }
    state.master_address = m.advert->source;
    state.master_priority = m.theirs();
    // An interval of 0 would make us take over at once, again and again.
    if (m.config().version == 3 && m.advert->interval.count() > 0)
        state.master_advert_interval = m.advert->interval;
}

/// The clock of preempt_delay runs from the first worse advert on, and stops when a better one comes.
void run_preempt_clock(Moment& m) {
    VirtualRouterState& state = m.router.edit(m.self);
    const VirtualRouterConfig& config = m.config();
    if (config.nopreempt || config.preempt_delay.count() == 0) return;
    if (m.theirs() >= m.ours()) {
        if (state.preempt_due != kNever) m.router.log_detail(m.self, "({}) stop preempt delay", config.name);
        state.preempt_due = kNever;
    } else if (state.preempt_due == kNever) {
        m.router.log_detail(m.self, "({}) start preempt delay ({:.6f})", config.name,
                            static_cast<double>(config.preempt_delay.count()) / 1e6);
        state.preempt_due = m.router.now + config.preempt_delay;
    }
}

void accept_master(Moment& m) {
    run_preempt_clock(m);
    remember_master(m);
    VirtualRouterState& state = m.router.edit(m.self);
    state.wanted = State::backup;
    m.router.start_down_timer(m.self, master_down_interval(m.config(), state));
    m.router.follow_to_backup(m.self);  // of importance only if the rest of the group leads
}

void discard_worse(Moment& m) {
    // The timer goes on: when it runs out we lead.
    m.router.log("({}) received lower priority ({}) advert from {} - discarding", m.config().name, m.theirs(),
                 m.their_address());
}

void drop_wish(Moment& m) {
    VirtualRouterState& state = m.router.edit(m.self);
    state.wanted = State::backup;
    m.router.start_down_timer(m.self, master_down_interval(m.config(), state));
}

// ---------------------------------------------------------------------------------------------- as master

void send_periodic_advert(Moment& m) {
    m.router.send_advert(m.self, m.ours());
    m.router.schedule_next_advert(m.self);
    VirtualRouterState& state = m.router.edit(m.self);
    if (state.rogue_count == 0 || --state.rogue_count > 0) return;
    const auto slower = std::max(m.config().advert_interval, state.rogue_interval);
    state.rogue_due = m.router.now + slower * 6 / 5;
}

void step_back(Moment& m, const std::string& cause) {
    VirtualRouterState& state = m.router.edit(m.self);
    m.router.enter_backup(m.self, master_down_interval(m.config(), state), cause);
    m.router.follow_to_backup(m.self);
}

void yield_after_sleep(Moment& m) {
    const auto slept = std::chrono::duration_cast<Milliseconds>(m.router.now - m.state().last_advert_sent);
    m.router.log("({}) timer expired {} ms after the last advert - a backup may have become master",
                 m.config().name, slept.count());
    step_back(m, "this process slept for " + std::to_string(slept.count()) + " ms");
}

void assert_mastership(Moment& m) {
    m.router.log_detail(m.self, "({}) Master received priority 0 message", m.config().name);
    m.router.send_extra_advert(m.self);
}

void force_election(Moment& m) {
    const VirtualRouterConfig& config = m.config();
    m.router.log("({}) Received advert from {} with lower priority {}, ours {}{}", config.name,
                 m.their_address(), m.theirs(), m.ours(),
                 config.lower_prio_no_advert ? "" : ", forcing new election");
    // The peer's sequence may be ahead of ours: it would drop ours as replayed.
    if (config.auth_type == AuthType::ah) m.router.edit(m.self).ah_sequence = m.advert->ah_sequence + 1;
    if (!config.lower_prio_no_advert) m.router.send_extra_advert(m.self);
    m.router.answer_lower_priority(m.self);
    m.router.notify(m.self, Notice::master_rx_lower_pri);
}

void yield(Moment& m, const std::string& cause) {
    if (m.config().higher_prio_send_advert) m.router.send_advert(m.self, m.ours());
    remember_master(m);
    step_back(m, cause);
}

void yield_to_better(Moment& m) {
    m.router.log("({}) Master received advert from {} with higher priority {}, ours {}", m.config().name,
                 m.their_address(), m.theirs(), m.ours());
    yield(m, "advert from " + m.their_address() + " with higher priority " + std::to_string(m.theirs()) +
                 ", ours " + std::to_string(m.ours()));
}

void yield_to_address(Moment& m) {
    m.router.log("({}) Master received advert from {} with same priority {} but higher IP address than ours",
                 m.config().name, m.their_address(), m.theirs());
    if (m.config().group_index != kNone) m.router.edit_group(m.config().group_index).tied = true;
    m.router.yielding_to_equal = true;
    yield(m, "advert from " + m.their_address() + " with the same priority " + std::to_string(m.theirs()) +
                 " and a higher address");
    m.router.yielding_to_equal = false;
}

void warn_of_own_address(Moment& m) {
    VirtualRouterState& state = m.router.edit(m.self);
    constexpr std::uint32_t kLogged = 1U << 31;
    if ((state.logged_once & kLogged) != 0) return;
    state.logged_once |= kLogged;
    m.router.log("({}) WARNING - equal priority advert received from remote host with our IP address.",
                 m.config().name);
}

void hand_over(Moment& m) {
    m.router.send_advert(m.self, 0);
    m.router.log_detail(m.self, "({}) sent 0 priority", m.config().name);
    step_back(m, "handed over by an operator");
}

/// The sync group leaves MASTER. The reference says nothing to its peers here, which then wait for three
/// adverts in vain.
void follow_group(Moment& m) {
    // Of two equal groups the other one leads on, or both yield: to call in a third would not help.
    if (!m.router.yielding_to_equal) m.router.send_advert(m.self, 0);
    VirtualRouterState& state = m.router.edit(m.self);
    m.router.enter_backup(m.self, master_down_interval(m.config(), state),
                          "another member of the sync group is backup");
}

// ---------------------------------------------------------------------------------------------- two address
// owners

void log_owner_conflict(Moment& m) {
    m.router.log(
        "({}) CONFIGURATION ERROR: local instance and {} are both configured as address owner, please "
        "resolve",
        m.config().name, m.their_address());
}

void yield_to_owner(Moment& m) {
    log_owner_conflict(m);
    yield_to_address(m);
}

/// The other one has to go: it gets two more of our adverts, and then some time.
void defend_ownership(Moment& m) {
    VirtualRouterState& state = m.router.edit(m.self);
    if (state.rogue_count > 0) return;
    log_owner_conflict(m);
    state.rogue_count = 2;
    state.rogue_interval = m.advert->interval;
}

void reduce_and_yield(Moment& m) {
    m.router.log("({}) {} is still advertising as address owner, please resolve - reducing our priority",
                 m.config().name, m.their_address());
    VirtualRouterState& state = m.router.edit(m.self);
    state.priority_reduced = true;
    state.effective_priority = 254;
    yield_to_better(m);
}

void rogue_fell_silent(Moment& m) {
    VirtualRouterState& state = m.router.edit(m.self);
    state.rogue_due = kNever;
    m.router.log("({}): rogue address owner appears to have stopped advertising", m.config().name);
}

}  // namespace

void Router::Impl::dispatch(InstanceIndex i, Input input, const Advertisement* advert) {
    Moment moment{*this, i, advert};
    for (const Transition& row : kTransitions) {
        if (row.in != states[i].state || row.on != input || !row.when(moment)) continue;
        if (row.action != nullptr) row.action(moment);
        assert(states[i].state == row.then);
        return;
    }
}

}  // namespace vrrp::protocol
