#include "vrrp/notify/script_queue.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "lib/log/log.hpp"

namespace vrrp::notify {

namespace asio = boost::asio;
using Change = std::vector<process::Command>;

struct ScriptQueue::Impl : std::enable_shared_from_this<ScriptQueue::Impl> {
    Impl(asio::io_context& loop, process::ScriptRunner& script_runner, std::string of,
         std::function<void()> on_drained)
        : runner(script_runner), name(std::move(of)), drained(std::move(on_drained)), patience(loop) {}

    process::ScriptRunner& runner;
    std::string name;
    std::function<void()> drained;
    asio::steady_timer patience;
    std::deque<Change> waiting;
    std::set<process::RunId> current;  ///< of the change the next one waits for
    std::set<process::RunId> late;     ///< of earlier changes

    void start_next();
    void start(const process::Command& script);
    void on_end(process::RunId id);
    void lose_patience();
};

void ScriptQueue::Impl::start_next() {
    if (!current.empty() || waiting.empty()) return;
    const Change change = std::move(waiting.front());
    waiting.pop_front();
    for (const auto& script : change) start(script);
    patience.expires_after(kPatience);
    patience.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error) self->lose_patience();
    });
}

void ScriptQueue::Impl::start(const process::Command& script) {
    const auto id = std::make_shared<process::RunId>(0);
    *id = runner.start({.command = script, .ended = [weak = weak_from_this(), id](const process::ScriptEnd&) {
                            if (const auto self = weak.lock()) self->on_end(*id);
                        }});
    current.insert(*id);
}

void ScriptQueue::Impl::on_end(process::RunId id) {
    current.erase(id);
    late.erase(id);
    start_next();
    if (current.empty() && waiting.empty()) patience.cancel();
    if (current.empty() && waiting.empty() && late.empty() && drained) drained();
}

void ScriptQueue::Impl::lose_patience() {
    if (current.empty()) return;
    if (!waiting.empty())
        logging::info(
            "({}) a notify script has been running for {} seconds - the next one is started beside it", name,
            kPatience.count());
    late.merge(current);
    current.clear();
    start_next();
}

ScriptQueue::ScriptQueue(asio::io_context& loop, process::ScriptRunner& runner, std::string name,
                         std::function<void()> drained)
    : impl_(std::make_shared<Impl>(loop, runner, std::move(name), std::move(drained))) {}
ScriptQueue::~ScriptQueue() = default;

void ScriptQueue::rename(std::string name) { impl_->name = std::move(name); }

void ScriptQueue::add(std::vector<process::Command> scripts) {
    if (scripts.empty()) return;
    if (impl_->waiting.size() == kWaiting) {
        logging::info("({}) too many notify scripts are waiting - the oldest is left out", impl_->name);
        impl_->waiting.pop_front();
    }
    impl_->waiting.push_back(std::move(scripts));
    impl_->start_next();
}

bool ScriptQueue::idle() const {
    return impl_->current.empty() && impl_->late.empty() && impl_->waiting.empty();
}

void ScriptQueue::flush() {
    while (!impl_->waiting.empty()) {
        impl_->late.merge(impl_->current);
        impl_->current.clear();
        impl_->start_next();
    }
}

void ScriptQueue::kill() {
    impl_->waiting.clear();
    for (const auto id : impl_->current) impl_->runner.kill(id);
    for (const auto id : impl_->late) impl_->runner.kill(id);
}

}  // namespace vrrp::notify
