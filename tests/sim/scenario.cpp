#include "scenario.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "vrrp/protocol/timing.hpp"

namespace sim {

namespace {

constexpr Time kSlack = 60 * kMillisecond;  // two delays, a grid step, clocks that read in microseconds

const char* name_of(Happening what) {
    constexpr const char* kNames[] = {
        "power off", "power on", "stop",         "child crash",     "isolate",          "reconnect",
        "link down", "link up",  "script fails", "script recovers", "reload, priority", "loss %"};
    return kNames[static_cast<std::size_t>(what)];
}

class Run {
  public:
    explicit Run(const Scenario& scenario)
        : scenario_(scenario),
          cluster_(scenario.setting.configs, scenario.setting.drifts_ppm, scenario.seed ^ 0x5eed,
                   scenario.setting.crossed) {
        for (const RouterConfig& config : scenario.setting.configs)
            longest_interval_ =
                std::max(longest_interval_, Nanoseconds{config.instances[0].advert_interval}.count());
    }

    Outcome go() {
        for (std::size_t i = 0; i < cluster_.size(); ++i) cluster_.boot(i);
        for (const Step& step : scenario_.rough) {
            advance(step.at);
            apply(step);
        }
        advance(scenario_.quiet_from);
        bring_peace();
        if (settle("after the rough weather")) probe();
        if (!violation_ && cluster_.broken()) violation_ = cluster_.broken();
        return {violation_, trace()};
    }

  private:
    Time down_interval(std::size_t box) const {
        const VirtualRouterConfig& config = cluster_.boxes[box].config.instances[0];
        const auto own =
            master_down_interval(config.version, 3, Nanoseconds_to_us(longest_interval_), config.priority);
        return Nanoseconds{own}.count() * 1001 /
               1000;  // clocks are wrong by at most 0.05 %, and so are their
                      // differences
    }
    static Microseconds Nanoseconds_to_us(Time ns) {
        return std::chrono::duration_cast<Microseconds>(Nanoseconds{ns});
    }

    Time longest_down_interval() const {
        Time longest = 0;
        for (std::size_t i = 0; i < cluster_.size(); ++i) longest = std::max(longest, down_interval(i));
        return longest;
    }

    /// Groups of equal priority with crossed addresses may lead at the same instant, and then all yield: once, twice, until
    /// their timers are spread.
    Time patience_with_ties() const {
        const bool grouped = cluster_.segments() > 1;
        const auto are_equal = [&](std::size_t a, std::size_t b) {
            const auto& files = scenario_.setting.configs;  // as they were before the first reload
            return priority(a) == priority(b) ||
                   files[a].instances[0].priority == files[b].instances[0].priority;
        };
        bool equal = false;
        for (std::size_t a = 0; a < cluster_.size(); ++a)
            for (std::size_t b = 0; b < a; ++b) equal = equal || are_equal(a, b);
        if (!grouped || !equal) return 0;
        return scenario_.setting.crossed ? 3 * longest_down_interval() : longest_interval_ / 4;
    }

    void fail(std::string text) {
        if (!violation_) violation_ = fmt::format("{:.3f}: {}", seconds(cluster_.now()), text);
    }
    static double seconds(Time t) { return static_cast<double>(t) / kSecond; }

    /// Lets time pass, and respawns children on the way.
    void advance(Time until) {
        while (!respawns_.empty()) {
            const auto first = std::ranges::min_element(respawns_, {}, &Respawn::at);
            if (first->at > until) break;
            const Respawn respawn = *first;
            respawns_.erase(first);
            cluster_.run_until(respawn.at);
            cluster_.respawn_child(respawn.box);
        }
        cluster_.run_until(until);
    }

    void apply(const Step& step) {
        Cluster::Box& box = cluster_.boxes[step.box];
        switch (step.what) {
            case Happening::power_off:
                cluster_.crash(step.box);
                break;
            case Happening::power_on:
                if (!box.powered) cluster_.boot(step.box);
                break;
            case Happening::stop:
                cluster_.stop(step.box);
                break;
            case Happening::child_crash:
                crash_child(step.box, step.amount * kMillisecond);
                break;
            case Happening::isolate:
                box.isolated[step.segment] = true;
                break;
            case Happening::reconnect:
                box.isolated[step.segment] = false;
                break;
            case Happening::link_down:
                cluster_.set_link(step.box, step.segment, false);
                break;
            case Happening::link_up:
                cluster_.set_link(step.box, step.segment, true);
                break;
            case Happening::script_fails:
                cluster_.set_script(step.box, Verdict::down);
                break;
            case Happening::script_recovers:
                cluster_.set_script(step.box, Verdict::up);
                break;
            case Happening::reload_with_priority:
                reload(step.box, step.amount);
                break;
            case Happening::weather:
                cluster_.weather.loss_percent = step.amount;
                cluster_.weather.duplicate_percent = step.amount / 2;
                cluster_.weather.most_delay =
                    step.amount == 0 ? cluster_.weather.least_delay : 20 * kMillisecond;
                break;
        }
    }

    void crash_child(std::size_t box, Time gap) {
        if (!cluster_.boxes[box].router) return;
        const auto held = cluster_.boxes[box].holds;
        cluster_.crash_child(box);
        if (cluster_.boxes[box].holds != held) fail("a crash of the child moved addresses");
        respawns_.push_back({cluster_.now() + gap, box});
    }

    void reload(std::size_t box, std::int64_t priority) {
        for (VirtualRouterConfig& instance : cluster_.boxes[box].config.instances)
            instance.priority = static_cast<std::uint8_t>(std::clamp<std::int64_t>(priority, 1, 254));
        cluster_.reload(box);
    }

    void bring_peace() {
        advance(cluster_.now());
        cluster_.weather = {};
        cluster_.weather.duplicate_percent = scenario_.setting.duplicates;
        for (std::size_t i = 0; i < cluster_.size(); ++i) {
            Cluster::Box& box = cluster_.boxes[i];
            box.isolated.assign(cluster_.segments(), false);
            if (box.powered && !box.router) {
                std::erase_if(respawns_, [i](const Respawn& r) { return r.box == i; });
                cluster_.respawn_child(i);
            }
            if (!box.powered) cluster_.boot(i);
            for (InstanceIndex segment = 0; segment < cluster_.segments(); ++segment)
                cluster_.set_link(i, segment, true);
            cluster_.set_script(i, Verdict::up);
        }
    }

    bool preempts() const {
        const VirtualRouterConfig& config = cluster_.boxes[0].config.instances[0];
        return !config.nopreempt;
    }

    std::vector<std::size_t> alive() const {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < cluster_.size(); ++i)
            if (cluster_.boxes[i].router) found.push_back(i);
        return found;
    }

    std::uint8_t priority(std::size_t box) const { return cluster_.boxes[box].config.instances[0].priority; }

    /// Once it was quiet for long enough there is one master a segment, it is the
    /// right one, and it stays. Long enough: a down interval until somebody leads
    /// and until a better one preempts; for a group twice that, since a member
    /// which wished alone waits once more.
    bool settle(const char* when) {
        const bool grouped = cluster_.segments() > 1;
        advance(cluster_.now() + (grouped ? 2 : 1) * longest_down_interval() + longest_interval_ + kSlack +
                patience_with_ties());
        if (!has_one_master(when)) return false;
        const std::size_t before = cluster_.transitions.size();
        const std::size_t first_advert = cluster_.sent.size();
        advance(cluster_.now() + 2 * longest_down_interval());
        if (cluster_.transitions.size() != before)
            fail(fmt::format("{}: flapping: a transition when all was quiet", when));
        check_rhythm(first_advert, when);
        return has_one_master(when);
    }

    /// When it is quiet the masters speak once an interval, and nobody else does.
    void check_rhythm(std::size_t first, const char* when) {
        for (InstanceIndex segment = 0; segment < cluster_.segments(); ++segment) {
            const auto masters = cluster_.masters(segment);
            if (masters.empty()) return;
            const VirtualRouterConfig& config = cluster_.boxes[masters[0]].config.instances[segment];
            const Time interval = Nanoseconds{config.advert_interval}.count();
            Time last = 0;
            for (std::size_t i = first; i < cluster_.sent.size(); ++i) {
                const Cluster::Sent& advert = cluster_.sent[i];
                if (advert.instance != segment) continue;
                if (advert.box != masters[0]) fail(fmt::format("{}: box {} speaks, too", when, advert.box));
                const Time gap = advert.at - last;
                if (last != 0 && (gap > interval * 1001 / 1000 + kSlack || gap < interval / 2))
                    fail(fmt::format("{}: {:.3f} s between two adverts", when, seconds(gap)));
                last = advert.at;
            }
            if (last == 0) fail(fmt::format("{}: the master of segment {} is silent", when, segment));
        }
    }

    bool has_one_master(const char* when) {
        for (InstanceIndex segment = 0; segment < cluster_.segments(); ++segment) {
            const auto masters = cluster_.masters(segment);
            if (masters.size() != 1) {
                fail(fmt::format("{}: {} masters on segment {}", when, masters.size(), segment));
                return false;
            }
            if (preempts())
                for (const std::size_t other : alive())
                    if (priority(other) > priority(masters[0]))
                        fail(fmt::format("{}: box {} leads although box {} is better", when, masters[0],
                                         other));
            for (std::size_t i = 0; i < cluster_.size(); ++i)
                if (cluster_.boxes[i].holds[segment] != (i == masters[0]))
                    fail(
                        fmt::format("{}: box {} {} addresses", when, i, i == masters[0] ? "lacks" : "keeps"));
        }
        return !violation_;
    }

    // ------------------------------------------------------------------------------------
    // probes, one after the other

    void probe() {
        const std::size_t master = cluster_.masters(0)[0];
        probe_child_crash(master);
        if (violation_) return;
        probe_reload();
        if (violation_) return;
        probe_clean_stop(master);
        if (violation_) return;
        cluster_.boot(master);
        if (!settle("after the stopped box came back")) return;
        probe_power_off(cluster_.masters(0)[0]);
    }

    /// Nobody notices, as long as it is back before three intervals are over.
    void probe_child_crash(std::size_t master) {
        const std::size_t before = cluster_.transitions.size();
        crash_child(master, std::min<Time>(20 * kMillisecond, longest_interval_));
        advance(cluster_.now() + longest_down_interval());
        if (cluster_.transitions.size() != before) fail("a crash of the master's child caused a transition");
        has_one_master("after a crash of the child");
    }

    void probe_reload() {
        const std::size_t before = cluster_.transitions.size();
        for (std::size_t i = 0; i < cluster_.size(); ++i) cluster_.reload(i);
        advance(cluster_.now() + longest_down_interval());
        if (cluster_.transitions.size() != before) fail("a reload of the same file caused a transition");
    }

    /// Priority 0: the best backup waits for its skew time alone.
    void probe_clean_stop(std::size_t master) {
        Time bound = INT64_MAX;
        for (const std::size_t other : alive())
            if (other != master)
                bound = std::min(bound, down_interval(other) - 3 * longest_interval_ + kSlack);
        cluster_.stop(master);
        expect_served_within(bound, "after a clean stop");
        settle("after a clean stop");
    }

    /// RFC 9568: the best backup's Master_Down_Interval after the last advert.
    void probe_power_off(std::size_t master) {
        Time bound = INT64_MAX;
        for (const std::size_t other : alive())
            if (other != master) bound = std::min(bound, down_interval(other) + kSlack);
        cluster_.crash(master);
        expect_served_within(bound, "after the master's box died");
        settle("after the master's box died");
    }

    void expect_served_within(Time bound, const char* when) {
        const Time start = cluster_.now();
        bound += patience_with_ties();
        const auto served = [&] {
            for (InstanceIndex segment = 0; segment < cluster_.segments(); ++segment)
                if (!cluster_.is_served(segment)) return false;
            return true;
        };
        while (!served() && cluster_.now() - start <= bound) advance(cluster_.now() + kMillisecond);
        if (!served()) fail(fmt::format("{}: nobody has the addresses after {:.3f} s", when, seconds(bound)));
    }

    std::string trace() const {
        std::string text = fmt::format("seed {}: {} boxes, {} segments\n", scenario_.seed, cluster_.size(),
                                       cluster_.segments());
        for (std::size_t i = 0; i < cluster_.size(); ++i) {
            const VirtualRouterConfig& config = scenario_.setting.configs[i].instances[0];
            text += fmt::format("  box {}: v{} priority {} interval {} ms{}\n", i, config.version,
                                config.priority, config.advert_interval.count() / 1000,
                                config.nopreempt ? " nopreempt" : "");
        }
        std::size_t step = 0;
        const auto steps_until = [&](Time at) {
            for (; step < scenario_.rough.size() && scenario_.rough[step].at <= at; ++step) {
                const Step& s = scenario_.rough[step];
                text += fmt::format("{:9.3f}  box {} segment {}: {} {}\n", seconds(s.at), s.box, s.segment,
                                    name_of(s.what), s.amount);
            }
        };
        for (const Cluster::Transition& t : cluster_.transitions) {
            steps_until(t.at);
            text += fmt::format("{:9.3f}    box {} segment {}: {} -> {}: {}\n", seconds(t.at), t.box,
                                t.instance, name_of(t.from), name_of(t.to), t.cause);
        }
        steps_until(INT64_MAX);
        return text;
    }

    struct Respawn {
        Time at;
        std::size_t box;
    };

    const Scenario& scenario_;
    Cluster cluster_;
    std::vector<Respawn> respawns_;
    Time longest_interval_ = 0;
    std::optional<std::string> violation_;
};

}  // namespace

Outcome run(const Scenario& scenario) { return Run(scenario).go(); }

Scenario shrink(Scenario failing) {
    for (bool shorter = true; shorter;) {
        shorter = false;
        for (std::size_t i = failing.rough.size(); i-- > 0;) {
            Scenario candidate = failing;
            candidate.rough.erase(candidate.rough.begin() + static_cast<std::ptrdiff_t>(i));
            if (!run(candidate).violation) continue;
            failing = std::move(candidate);
            shorter = true;
        }
    }
    return failing;
}

}  // namespace sim
