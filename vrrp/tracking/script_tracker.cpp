#include "vrrp/tracking/script_tracker.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "conf/command.hpp"
#include "lib/log/log.hpp"
#include "lib/process/script_runner.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/tracking/script_schedule.hpp"
#include "vrrp/tracking/script_verdict.hpp"

namespace vrrp::tracking {

namespace asio = boost::asio;
using process::ScriptEnd;
using protocol::Verdict;

namespace {

struct ScriptAtWork {
    conf::VrrpScript script;
    protocol::TrackerIndex number = protocol::kNone;
    std::uint32_t row_index = 0;
    rows::Script row;
    process::RunId run = 0;
    bool counted = false;  ///< the run's outcome is already in the count: its time was over

    ScriptRule rule() const { return {script.rise, script.fall, script.init_fail}; }
    Nanoseconds timeout() const { return script.timeout.count() != 0 ? script.timeout : script.interval; }
    Verdict verdict() const { return static_cast<Verdict>(row.verdict); }
    ScriptCount count() const { return {row.result, row.init, verdict()}; }
    void set(const ScriptCount& count) {
        row.result = count.result;
        row.init = count.init;
        row.verdict = static_cast<std::uint8_t>(count.verdict);
    }
};

bool same_command(const conf::Script& a, const conf::Script& b) {
    return a.argv == b.argv && a.uid == b.uid && a.gid == b.gid;
}

std::string why_failed(const ScriptEnd& end) {
    if (end.timed_out) return "timed_out";
    if (end.signal() != 0) return fmt::format("failed (due to signal {})", end.signal());
    return fmt::format("failed (exited with status {})", end.exit_status());
}

}  // namespace

struct ScriptTracker::Impl : std::enable_shared_from_this<ScriptTracker::Impl> {
    Impl(asio::io_context& loop, process::ScriptRunner& script_runner, Report on_result)
        : runner(script_runner), timer(loop), report(std::move(on_result)) {}

    process::ScriptRunner& runner;
    asio::steady_timer timer;
    Report report;
    board::Table<rows::Script> table;
    std::vector<std::unique_ptr<ScriptAtWork>> all;
    std::set<std::pair<Instant, ScriptAtWork*>> due;
    ScriptSchedule schedule;
    bool started = false;

    std::unique_ptr<ScriptAtWork> take_continuing(const conf::VrrpScript& script);
    void forget(ScriptAtWork& tracked);
    void schedule_at(ScriptAtWork& tracked, Instant when);
    void arm();
    void on_timer();
    void begin(ScriptAtWork& tracked);
    void on_time_over(ScriptAtWork& tracked);
    void on_end(ScriptAtWork& tracked, const ScriptEnd& end);
    void count(ScriptAtWork& tracked, const ScriptEnd& end);
    void publish(const ScriptAtWork& tracked) { table.publish(tracked.row_index, tracked.row); }
};

/// The old object whose result the script keeps: by name, else by command, arguments and user.
std::unique_ptr<ScriptAtWork> ScriptTracker::Impl::take_continuing(const conf::VrrpScript& script) {
    const auto same = [&](const auto& old) { return old && same_command(old->script.script, script.script); };
    auto found = std::ranges::find_if(
        all, [&](const auto& old) { return same(old) && old->script.name == script.name; });
    if (found == all.end()) found = std::ranges::find_if(all, same);
    return found == all.end() ? nullptr : std::move(*found);
}

void ScriptTracker::Impl::forget(ScriptAtWork& tracked) {
    runner.abandon(tracked.run);
    due.erase({tracked.row.next_run, &tracked});
}

void ScriptTracker::Impl::schedule_at(ScriptAtWork& tracked, Instant when) {
    due.erase({tracked.row.next_run, &tracked});
    tracked.row.next_run = when;
    if (when != kNever) due.emplace(when, &tracked);
}

void ScriptTracker::Impl::arm() {
    if (!started || due.empty()) return;
    timer.expires_at(std::chrono::steady_clock::time_point(Nanoseconds(due.begin()->first.ns)));
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error) self->on_timer();
    });
}

void ScriptTracker::Impl::on_timer() {
    const Instant now = monotonic_now();
    while (!due.empty() && due.begin()->first <= now) {
        ScriptAtWork& tracked = *due.begin()->second;
        const Instant was_due = tracked.row.next_run;
        const Nanoseconds interval = tracked.script.interval;
        const bool first = tracked.row.runs == 0;
        schedule_at(tracked, first ? schedule.second_start(now, interval)
                                   : ScriptSchedule::next_start(was_due, interval, now));
        if (tracked.run != 0) {
            logging::info("Track script {} is already running, expect idle - skipping run",
                          tracked.script.name);
        } else {
            begin(tracked);
        }
        publish(tracked);
    }
    arm();
}

void ScriptTracker::Impl::begin(ScriptAtWork& tracked) {
    ScriptAtWork* const at = &tracked;  // abandoned before it is destroyed
    tracked.counted = false;
    tracked.row.runs++;
    tracked.row.run = rows::ScriptRun::running;
    tracked.run = runner.start({
        .command = conf::command_of(tracked.script.script),
        .timeout = tracked.timeout(),
        .started = [this, at](pid_t pid) { at->row.pid = pid, publish(*at); },
        .time_over = [this, at] { on_time_over(*at); },
        .being_killed = [this, at] { at->row.run = rows::ScriptRun::forcing_termination, publish(*at); },
        .ended = [this, at](const ScriptEnd& end) { on_end(*at, end); },
    });
}

/// The verdict does not wait until the script has obeyed.
void ScriptTracker::Impl::on_time_over(ScriptAtWork& tracked) {
    tracked.row.run = rows::ScriptRun::requested_termination;
    tracked.row.timeouts++;
    tracked.counted = true;
    count(tracked, {.timed_out = true});
}

void ScriptTracker::Impl::on_end(ScriptAtWork& tracked, const ScriptEnd& end) {
    tracked.run = 0;
    tracked.row.run = rows::ScriptRun::idle;
    tracked.row.pid = 0;
    const int before = tracked.row.last_status;
    if (!end.not_started) tracked.row.last_status = end.wait_status;
    if (tracked.counted || end.not_started) return publish(tracked);

    const int status_before = before < 0 ? 0 : ScriptEnd{.wait_status = before}.exit_status();
    if (end.exit_status() >= 0 && end.exit_status() != status_before)
        logging::info("Script `{}` now returning {}", tracked.script.name, end.exit_status());
    count(tracked, end);
}

void ScriptTracker::Impl::count(ScriptAtWork& tracked, const ScriptEnd& end) {
    const Verdict before = tracked.verdict();
    tracked.set(after_run(tracked.count(), tracked.rule(), end.succeeded()));
    const Verdict after = tracked.verdict();
    if (after != before) {
        tracked.row.last_change_wallclock_us = wallclock_us();
        logging::info("VRRP_Script({}) {}", tracked.script.name,
                      after == Verdict::up ? "succeeded" : why_failed(end));
    }
    publish(tracked);
    if (after != before) report({tracked.number, after, 0});
}

ScriptTracker::ScriptTracker(asio::io_context& loop, process::ScriptRunner& runner, Report report)
    : impl_(std::make_shared<Impl>(loop, runner, std::move(report))) {}
ScriptTracker::~ScriptTracker() { stop(); }

void ScriptTracker::configure(const std::vector<conf::VrrpScript>& scripts,
                              const std::vector<protocol::TrackerIndex>& numbers,
                              board::Table<rows::Script> table, bool is_reload,
                              const std::vector<std::optional<rows::Script>>& predecessor) {
    impl_->table = table;
    std::vector<std::unique_ptr<ScriptAtWork>> next;
    for (std::uint32_t i = 0; i < scripts.size(); ++i) {
        const auto number = i < numbers.size() ? numbers[i] : protocol::kNone;
        const bool watched =
            number != protocol::kNone && scripts[i].script.verdict == conf::ScriptVerdict::usable;
        auto tracked = watched ? impl_->take_continuing(scripts[i]) : nullptr;
        const bool continues = tracked != nullptr;
        if (!tracked) tracked = std::make_unique<ScriptAtWork>();
        tracked->script = scripts[i];
        tracked->number = number;
        tracked->row_index = i;
        if (continues) {
            tracked->set(after_reload(tracked->count(), tracked->rule()));
            if (is_reload && tracked->verdict() != Verdict::unknown)
                logging::info("VRRP_Script({}) considered {} on reload", scripts[i].name,
                              tracked->verdict() == Verdict::up ? "successful" : "unsuccessful");
        } else if (i < predecessor.size() && predecessor[i]) {
            tracked->row = *predecessor[i];
            tracked->row.run = rows::ScriptRun::idle;
            tracked->row.pid = 0;
        } else {
            tracked->set(before_first_run(tracked->rule()));
        }
        if (watched)
            next.push_back(std::move(tracked));
        else
            table.publish(i, tracked->row);
    }
    for (const auto& old : impl_->all)
        if (old) impl_->forget(*old);
    impl_->all = std::move(next);
    for (const auto& tracked : impl_->all) {
        impl_->publish(*tracked);
        impl_->report({tracked->number, tracked->verdict(), 0});
    }
    if (impl_->started) start();
}

void ScriptTracker::start() {
    impl_->started = true;
    const Instant now = monotonic_now();
    for (const auto& tracked : impl_->all) {
        const Instant latest = now + tracked->script.interval;
        const Instant planned = tracked->row.next_run;
        const bool ran_before = planned != kNever;
        impl_->schedule_at(*tracked, ran_before ? std::min(planned, latest) : now);
        impl_->publish(*tracked);
    }
    impl_->arm();
}

void ScriptTracker::stop() {
    impl_->started = false;
    impl_->timer.cancel();
    impl_->due.clear();
    for (const auto& tracked : impl_->all) impl_->runner.abandon(tracked->run);
    impl_->all.clear();
}

}  // namespace vrrp::tracking
