#include "vrrp/tracking/process_tracker.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/tracking/process_connector.hpp"
#include "vrrp/tracking/process_quorum.hpp"
#include "vrrp/tracking/process_table.hpp"

namespace vrrp::tracking {

namespace asio = boost::asio;
using protocol::Verdict;

namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(500);
constexpr int kPollsUntilWarning = 2;   ///< the kernel has answered by then, or never will
constexpr std::size_t kPidsATurn = 32;  ///< adverts go out in between

struct ProcessAtWork {
    protocol::TrackerIndex number = protocol::kNone;
    std::uint32_t row_index = 0;
    QuorumRule rule;
    rows::TrackedProcess row;
};

QuorumRule rule_of(const conf::TrackProcess& process) {
    return {process.quorum, process.quorum_max, process.fork_delay, process.terminate_delay};
}

bool counts_the_same(const conf::TrackProcess& a, const conf::TrackProcess& b) {
    return a.process == b.process && a.parameters == b.parameters && a.param_match == b.param_match &&
           a.full_command == b.full_command && rule_of(a).quorum == rule_of(b).quorum &&
           a.quorum_max == b.quorum_max;
}

Verdict verdict_of(const rows::TrackedProcess& row) {
    return row.have_quorum != 0 ? Verdict::up : Verdict::down;
}

/// One reading of /proc, spread over several turns of the loop.
struct Scan {
    std::vector<pid_t> pids;
    std::size_t next = 0;
    ProcessTable table;
};

}  // namespace

struct ProcessTracker::Impl : std::enable_shared_from_this<ProcessTracker::Impl> {
    Impl(asio::io_context& io, Report on_result)
        : loop(io),
          poll_timer(io),
          delay_timer(io),
          report(std::move(on_result)),
          connector(io, handlers()) {}

    asio::io_context& loop;
    asio::steady_timer poll_timer, delay_timer;
    Report report;
    ProcessConnector connector;
    board::Table<rows::TrackedProcess> table;
    conf::BufferSize buffer;
    std::vector<conf::TrackProcess> processes;  ///< of `all`, in the same order
    std::vector<ProcessAtWork> all;
    ProcessTable running;
    std::optional<Scan> scan;
    bool started = false;
    bool listening = false;  ///< the kernel tells us
    bool warned = false;
    int polls = 0;

    ProcessEvents handlers();
    void count_now();
    void listen();
    void poll_later();
    void poll();
    void scan_some();
    void recount();
    void update(ProcessAtWork& tracked, const rows::TrackedProcess& next);
    void arm_delays();
};

ProcessEvents ProcessTracker::Impl::handlers() {
    return {
        .acknowledged =
            [this] {
                listening = true;
                count_now();
                recount();
            },
        .forked =
            [this](pid_t parent, pid_t child) {
                running.inherit(parent, child);
                recount();
            },
        .changed =
            [this](pid_t pid) {
                running.set(pid, matches_of(pid, processes));
                recount();
            },
        .exited =
            [this](pid_t pid) {
                running.erase(pid);
                recount();
            },
        .lost =
            [this] {
                count_now();
                recount();
            },
    };
}

void ProcessTracker::Impl::count_now() {
    scan.reset();
    running = ProcessTable(all.size());
    if (all.empty()) return;
    for (const auto pid : all_pids()) running.set(pid, matches_of(pid, processes));
}

void ProcessTracker::Impl::listen() {
    listening = false;
    polls = 0;
    connector.close();
    if (all.empty() || !started) return;
    if (const auto asked = connector.listen(buffer.bytes, buffer.force); !asked) polls = kPollsUntilWarning;
    poll_later();
}

void ProcessTracker::Impl::poll_later() {
    poll_timer.expires_after(kPollInterval);
    poll_timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error) self->poll();
    });
}

void ProcessTracker::Impl::poll() {
    if (listening || all.empty() || !started) return;
    if (++polls > kPollsUntilWarning && !warned) {
        warned = true;
        logging::info(
            "WARNING - the kernel does not support proc events - track_process reads /proc instead");
    }
    scan = Scan{all_pids(), 0, ProcessTable(all.size())};
    scan_some();
}

void ProcessTracker::Impl::scan_some() {
    if (!scan) return;
    const std::size_t end = std::min(scan->next + kPidsATurn, scan->pids.size());
    for (; scan->next < end; ++scan->next) {
        const pid_t pid = scan->pids[scan->next];
        scan->table.set(pid, matches_of(pid, processes));
    }
    if (end < scan->pids.size()) {
        asio::post(loop, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->scan_some();
        });
        return;
    }
    running = std::move(scan->table);
    scan.reset();
    recount();
    poll_later();
}

void ProcessTracker::Impl::recount() {
    const Instant now = monotonic_now();
    bool changed = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (running.count(i) == all[i].row.current && next_deadline(all[i].row) == kNever) continue;
        update(all[i], with_count(all[i].row, all[i].rule, running.count(i), now));
        changed = true;
    }
    if (changed) arm_delays();
}

void ProcessTracker::Impl::update(ProcessAtWork& tracked, const rows::TrackedProcess& next) {
    const auto before = verdict_of(tracked.row);
    tracked.row = next;
    table.publish(tracked.row_index, next);
    const auto after = verdict_of(next);
    if (before == after) return;
    const auto& name = processes[static_cast<std::size_t>(&tracked - all.data())].name;
    logging::info("Quorum {} for tracked process {}", after == Verdict::up ? "gained" : "lost", name);
    report({tracked.number, after, next.current});
}

void ProcessTracker::Impl::arm_delays() {
    Instant first = kNever;
    for (const auto& tracked : all) first = std::min(first, next_deadline(tracked.row));
    if (first == kNever) return;
    delay_timer.expires_at(std::chrono::steady_clock::time_point(Nanoseconds(first.ns)));
    delay_timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!self || error) return;
        const Instant now = monotonic_now();
        for (auto& tracked : self->all)
            if (next_deadline(tracked.row) <= now) self->update(tracked, at_time(tracked.row, now));
        self->arm_delays();
    });
}

ProcessTracker::ProcessTracker(asio::io_context& loop, Report report)
    : impl_(std::make_shared<Impl>(loop, std::move(report))) {}
ProcessTracker::~ProcessTracker() { stop(); }

void ProcessTracker::configure(const std::vector<conf::TrackProcess>& processes,
                               const std::vector<protocol::TrackerIndex>& numbers,
                               board::Table<rows::TrackedProcess> table, const conf::BufferSize& buffer,
                               const std::vector<std::optional<rows::TrackedProcess>>& predecessor) {
    Impl& impl = *impl_;
    const auto old_processes = std::move(impl.processes);
    const auto old = std::move(impl.all);
    impl.processes.clear();
    impl.all.clear();
    impl.table = table;
    impl.buffer = buffer;
    std::vector<std::optional<rows::TrackedProcess>> known;
    for (std::uint32_t i = 0; i < processes.size(); ++i) {
        if (i >= numbers.size() || numbers[i] == protocol::kNone) {
            table.publish(i, {});
            continue;
        }
        const auto same = std::ranges::find_if(old_processes, [&](const auto& p) {
            return p.name == processes[i].name && counts_the_same(p, processes[i]);
        });
        std::optional<rows::TrackedProcess> row;
        if (same != old_processes.end())
            row = old[static_cast<std::size_t>(same - old_processes.begin())].row;
        if (i < predecessor.size() && predecessor[i]) row = predecessor[i];
        known.push_back(row);
        impl.processes.push_back(processes[i]);
        impl.all.push_back({numbers[i], i, rule_of(processes[i]), {}});
    }
    impl.count_now();
    const Instant now = monotonic_now();
    for (std::size_t i = 0; i < impl.all.size(); ++i) {
        ProcessAtWork& tracked = impl.all[i];
        const auto count = impl.running.count(i);
        tracked.row =
            known[i] ? with_count(*known[i], tracked.rule, count, now) : first_count(tracked.rule, count);
        table.publish(tracked.row_index, tracked.row);
        impl.report({tracked.number, verdict_of(tracked.row), tracked.row.current});
    }
    impl.arm_delays();
    impl.listen();
}

void ProcessTracker::start() {
    if (impl_->started) return;
    impl_->started = true;
    impl_->listen();
}

void ProcessTracker::stop() {
    impl_->started = false;
    impl_->all.clear();
    impl_->processes.clear();
    impl_->scan.reset();
    impl_->running = ProcessTable();
    impl_->poll_timer.cancel();
    impl_->delay_timer.cancel();
    impl_->connector.close();
}

}  // namespace vrrp::tracking
