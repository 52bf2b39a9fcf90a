// keepalived_healthcheckers: the health-checker child. Started by keepalived with the control channel on descriptor 3
// (decisions.md §1).
#include <unistd.h>

#include <csignal>
#include <optional>

#include "check/child/shell.hpp"
#include "conf/auto_priority.hpp"
#include "conf/reader.hpp"
#include "lib/log/log.hpp"
#include "lib/net/event_loop.hpp"
#include "lib/process/child.hpp"

namespace {

class CheckerChild {
  public:
    explicit CheckerChild(child::Process& process) : process_(process), shell_(loop_, process.options()) {}

    int run() {
        child::Handlers on;
        on.prepare = [this](child::Prepare& next) { return prepare(next); };
        on.commit = [this]() -> Result<> {
            check::Prepared next = std::move(*prepared_);
            prepared_.reset();
            const auto& global = next.generation.model.global;
            priority_.configure(conf::auto_priority_limits(global, global.checker_process));
            committed_ = true;
            return shell_.commit(std::move(next));
        };
        on.abort = [this] { prepared_.reset(); };
        on.stop = [this] {
            // The successor of a crashed child, stopped before it served: what that one left goes all the same.
            const bool inherits = prepared_ && prepared_->adopt == control::Adopt::successor && !committed_;
            if (!inherits) return shell_.stop([this] { finish(); });
            shell_.release(std::move(*prepared_));
            finish();
        };
        on.release = [this] {
            if (prepared_) shell_.release(std::move(*prepared_));
            finish();
        };
        on.signal = [this](int number) {
            if (number != SIGUSR1) return;
            logging::info("Printing checker data for process({}) on signal", ::getpid());
            shell_.publish_all();
            (void)process_.request_dump(control::Dump::data);
        };
        process_.handle_with(std::move(on));
        loop_.at_expiry([this](Nanoseconds late) { priority_.timer_was_late(late); });
        loop_.watch(process_.signal_fd(), [this] { handle(); });
        loop_.watch(process_.control_fd(), [this] { handle(); });
        handle();
        if (!process_.finished()) loop_.run();
        return process_.exit_status();
    }

  private:
    void handle() {
        process_.handle();
        if (process_.finished()) return loop_.stop();
        // The other end of a lost channel stays readable for ever; the stop is under way.
        if (process_.stopping()) loop_.unwatch(process_.control_fd());
    }

    void finish() {
        process_.finish();
        loop_.stop();
    }

    Result<std::uint64_t> prepare(child::Prepare& next) {
        auto generation = conf::open_sealed(next.generation_fd.get());
        if (!generation) return generation.error();
        check::Prepared prepared;
        prepared.generation = std::move(*generation);
        prepared.generation.number = next.generation;
        prepared.adopt = next.adopt;
        auto rows = board::Board::map(next.board.get(), board::Access::write);
        if (!rows) return rows.error();
        prepared.board = std::move(*rows);
        if (next.old_board) {
            auto old = board::Board::map(next.old_board.get(), board::Access::read);
            if (old) prepared.old_board = std::move(*old);
        }
        take_descriptors(next, prepared);
        if (auto done = shell_.prepare(prepared); !done) return done.error();
        const std::uint64_t hash = prepared.generation.model_hash;
        prepared_ = std::move(prepared);
        return hash;
    }

    /// The supervisor's descriptors after the first three: notify_fifo, lvs_notify_fifo, and the socket opened in
    /// net_namespace_ipvs; those that are configured.
    static void take_descriptors(child::Prepare& next, check::Prepared& prepared) {
        const conf::Model& model = prepared.generation.model;
        std::size_t position = 0;
        const auto take = [&](bool configured, int& fd) {
            if (!configured || position >= next.more.size()) return;
            prepared.descriptors.push_back(std::move(next.more[position++]));
            fd = prepared.descriptors.back().get();
        };
        take(model.global.notify_fifo.has_value(), prepared.fifos.notify);
        take(model.global.lvs_notify_fifo.has_value(), prepared.fifos.lvs_notify);
        if (model.host.net_namespace_ipvs && position < next.more.size()) {
            prepared.ipvs_socket = std::move(next.more[position++]);
        }
    }

    child::Process& process_;
    net::EventLoop loop_;
    process::AutoPriority priority_;
    check::Shell shell_;
    std::optional<check::Prepared> prepared_;
    bool committed_ = false;
};

}  // namespace

int main() {
    child::Process process{{control::Role::checker, "Keepalived_healthcheckers"}};
    if (const int status = process.start(); status >= 0) return status;
    CheckerChild checker(process);
    return checker.run();
}
