#include "lib/process/script_runner.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <unordered_map>
#include <utility>

#include "lib/log/log.hpp"

namespace process {

namespace asio = boost::asio;

namespace {

constexpr Seconds kGraceAfterTerm{2};

/// One script from the queue to its end.
struct Run {
    Run(asio::io_context& loop, ScriptRun what) : spec(std::move(what)), exit_watch(loop), clock(loop) {}

    ScriptRun spec;
    Spawned child;  ///< pid 0: still queued
    asio::posix::stream_descriptor exit_watch;
    asio::steady_timer clock;
    bool silent = false;  ///< abandoned: no callbacks
    bool timed_out = false;
    bool cancelled = false;  ///< terminated while queued
};

}  // namespace

bool ScriptEnd::succeeded() const { return !not_started && !timed_out && exit_status() == 0; }
int ScriptEnd::exit_status() const {
    return !not_started && WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}
int ScriptEnd::signal() const { return !not_started && WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0; }

struct ScriptRunner::Impl : std::enable_shared_from_this<ScriptRunner::Impl> {
    Impl(asio::io_context& io, Baseline baseline) : loop(io), spawner(std::move(baseline)) {}

    asio::io_context& loop;
    Spawner spawner;
    RunId last_id = 0;
    std::unordered_map<RunId, Run> runs;
    std::deque<RunId> queue;
    bool turn_posted = false;

    void post_turn();
    void start_next();
    void launch(RunId id, Run& run);
    void watch(RunId id, Run& run);
    void arm(RunId id, Run& run, Nanoseconds after, void (Impl::*then)(RunId));
    void time_over(RunId id);
    void force(RunId id);
    void terminate(RunId id, Run& run);
    void child_ended(RunId id);
    void finish(RunId id, const ScriptEnd& end);
};

void ScriptRunner::Impl::post_turn() {
    if (turn_posted || queue.empty()) return;
    turn_posted = true;
    asio::post(loop, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->start_next();
    });
}

void ScriptRunner::Impl::start_next() {
    turn_posted = false;
    if (queue.empty()) return;
    const RunId id = queue.front();
    queue.pop_front();
    post_turn();
    if (const auto at = runs.find(id); at != runs.end()) launch(id, at->second);
}

void ScriptRunner::Impl::launch(RunId id, Run& run) {
    if (run.cancelled) return finish(id, {.not_started = true});
    auto child = spawner.start(run.spec.command);
    if (!child) {
        logging::info("Failed fork process: {}", child.error().message());
        return finish(id, {.not_started = true});
    }
    run.child = std::move(*child);
    run.exit_watch.assign(run.child.pidfd.release());
    watch(id, run);
    if (run.spec.timeout > Nanoseconds::zero()) arm(id, run, run.spec.timeout, &Impl::time_over);
    if (run.spec.started) run.spec.started(run.child.pid);
}

void ScriptRunner::Impl::watch(RunId id, Run& run) {
    run.exit_watch.async_wait(asio::posix::stream_descriptor::wait_read,
                              [weak = weak_from_this(), id](const boost::system::error_code& error) {
                                  const auto self = weak.lock();
                                  if (self && !error) self->child_ended(id);
                              });
}

void ScriptRunner::Impl::arm(RunId id, Run& run, Nanoseconds after, void (Impl::*then)(RunId)) {
    run.clock.expires_after(after);
    run.clock.async_wait([weak = weak_from_this(), id, then](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error && self->runs.contains(id)) ((*self).*then)(id);
    });
}

void ScriptRunner::Impl::time_over(RunId id) {
    Run& run = runs.at(id);
    run.timed_out = true;
    terminate(id, run);
    if (!run.silent && run.spec.time_over) run.spec.time_over();
}

void ScriptRunner::Impl::terminate(RunId id, Run& run) {
    if (run.child.pid == 0) {
        run.cancelled = true;
        return;
    }
    ::kill(-run.child.pid, SIGTERM);
    arm(id, run, kGraceAfterTerm, &Impl::force);
}

void ScriptRunner::Impl::force(RunId id) {
    Run& run = runs.at(id);
    ::kill(-run.child.pid, SIGKILL);
    if (!run.silent && run.spec.being_killed) run.spec.being_killed();
}

void ScriptRunner::Impl::child_ended(RunId id) {
    const auto at = runs.find(id);
    if (at == runs.end()) return;
    Run& run = at->second;
    const Reaped reaped = reap(run.child.pid);
    if (!reaped.ended) return watch(id, run);
    if (const auto failure = spawn_failure_text(run.child, run.spec.command); !failure.empty())
        logging::info("{}", failure);
    finish(id, {.wait_status = reaped.wait_status, .timed_out = run.timed_out, .not_started = reaped.lost});
}

void ScriptRunner::Impl::finish(RunId id, const ScriptEnd& end) {
    const auto node = runs.extract(id);
    const Run& run = node.mapped();
    if (!run.silent && run.spec.ended) run.spec.ended(end);
}

ScriptRunner::ScriptRunner(asio::io_context& loop, Baseline baseline)
    : impl_(std::make_shared<Impl>(loop, std::move(baseline))) {}

ScriptRunner::~ScriptRunner() {
    for (auto& [id, run] : impl_->runs) {
        if (run.child.pid == 0) continue;
        ::kill(-run.child.pid, SIGKILL);
        reap(run.child.pid);
    }
}

RunId ScriptRunner::start(ScriptRun run) {
    const RunId id = ++impl_->last_id;
    impl_->runs.try_emplace(id, impl_->loop, std::move(run));
    impl_->queue.push_back(id);
    impl_->post_turn();
    return id;
}

void ScriptRunner::terminate(RunId run) {
    if (const auto at = impl_->runs.find(run); at != impl_->runs.end()) impl_->terminate(run, at->second);
}

void ScriptRunner::kill(RunId run) {
    const auto at = impl_->runs.find(run);
    if (at == impl_->runs.end()) return;
    if (at->second.child.pid == 0) {
        at->second.cancelled = true;
    } else {
        ::kill(-at->second.child.pid, SIGKILL);
    }
}

void ScriptRunner::abandon(RunId run) {
    const auto at = impl_->runs.find(run);
    if (at == impl_->runs.end()) return;
    at->second.silent = true;
    impl_->terminate(run, at->second);
}

std::size_t ScriptRunner::running() const { return impl_->runs.size(); }

}  // namespace process
