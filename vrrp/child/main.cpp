// keepalived_vrrp: the VRRP child. Started by keepalived with the control channel on descriptor 3 (decisions.md §1).
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "conf/auto_priority.hpp"
#include "conf/reader.hpp"
#include "lib/log/log.hpp"
#include "lib/net/event_loop.hpp"
#include "lib/process/child.hpp"
#include "lib/process/exit_code.hpp"
#include "vrrp/child/shell.hpp"

namespace {

/// The child: its process, its loop, its shell, and the generation which is prepared but not in force.
class VrrpChild {
  public:
    explicit VrrpChild(child::Process& process) : process_(process), shell_(loop_, process.options()) {}

    int run() {
        child::Handlers on;
        on.prepare = [this](child::Prepare& next) { return prepare(next); };
        on.commit = [this]() -> Result<> {
            vrrp::Prepared next = std::move(*prepared_);
            prepared_.reset();
            const auto& global = next.generation.model.global;
            priority_.configure(conf::auto_priority_limits(global, global.vrrp_process));
            if (auto done = shell_.commit(std::move(next)); !done) return done.error();
            // What parsing took goes back: a child's own memory is a kilobyte or two an instance.
            ::malloc_trim(0);
            for (const int number : std::exchange(early_signals_, {})) signal(number);
            return {};
        };
        on.abort = [this] { prepared_.reset(); };
        on.stop = [this] { shell_.stop([this] { finish(); }); };
        on.release = [this] { release(); };
        on.signal = [this](int number) { signal(number); };
        on.message = [this](const control::Received& received) { message(received.message); };
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
        vrrp::Prepared prepared;
        prepared.generation = std::move(*generation);
        prepared.generation.number = next.generation;
        prepared.adopt = next.adopt;
        prepared.core = vrrp::core_config(prepared.generation.model, process_.options().detail != 0);
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
        // Nobody asks a child where a word of the file stood.
        prepared.generation.diagnostics = {};
        prepared.generation.sealed.reset();
        prepared_ = std::move(prepared);
        return hash;
    }

    /// The supervisor's descriptors after the first three: notify_fifo, vrrp_notify_fifo, and the socket opened in
    /// net_namespace_ipvs; those that are configured.
    static void take_descriptors(child::Prepare& next, vrrp::Prepared& prepared) {
        const auto& global = prepared.generation.model.global;
        std::size_t position = 0;
        const auto take = [&](bool configured, int& fd) {
            if (!configured || position >= next.more.size()) return;
            prepared.descriptors.push_back(std::move(next.more[position++]));
            fd = prepared.descriptors.back().get();
        };
        take(global.notify_fifo.has_value(), prepared.fifos.notify);
        take(global.vrrp_notify_fifo.has_value(), prepared.fifos.vrrp_notify);
        if (prepared.generation.model.host.net_namespace_ipvs && position < next.more.size())
            prepared.ipvs_socket = std::move(next.more[position++]);
    }

    void release() {
        if (prepared_) {
            if (auto done = shell_.release(std::move(*prepared_)); !done)
                logging::info("{}", done.error().message());
        }
        finish();
    }

    void signal(int number) {
        // There is nothing to show before the first generation is in force: the request waits for it.
        if (!shell_.running()) return early_signals_.push_back(number);
        if (number == SIGUSR1) {
            logging::info("Printing VRRP data for process({}) on signal", ::getpid());
            shell_.publish_all();
            (void)process_.request_dump(control::Dump::data);
        } else if (number == SIGUSR2) {
            logging::info("Printing VRRP stats for process({}) on signal", ::getpid());
            shell_.publish_all();
            (void)process_.request_dump(control::Dump::stats);
        } else if (number == signals::json()) {
            shell_.publish_all();  // 2.4.3 says nothing here
            (void)process_.request_dump(control::Dump::json);
        } else if (number == signals::stats_clear()) {
            logging::info("Printing and clearing VRRP stats for process({}) on signal", ::getpid());
            shell_.publish_all();
            (void)process_.request_dump(control::Dump::stats_clear);
            shell_.mark_statistics();
        }
    }

    /// The statistics are in their file: from now on they are counted from there (decisions.md §8).
    void message(const control::Message& message) {
        if (message.kind == control::Kind::done && message.dump == control::Dump::stats_clear)
            shell_.clear_statistics();
    }

    child::Process& process_;
    net::EventLoop loop_;
    process::AutoPriority priority_;
    vrrp::Shell shell_;
    std::optional<vrrp::Prepared> prepared_;
    std::vector<int> early_signals_;
};

}  // namespace

int main() {
    // Larger pieces come from mmap and go back when they are freed: parsing leaves no holes behind.
    constexpr int kLargePiece = 32 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, kLargePiece);
    child::Process process{{control::Role::vrrp, "Keepalived_vrrp"}};
    if (const int status = process.start(); status >= 0) return status;
    VrrpChild vrrp(process);
    return vrrp.run();
}
