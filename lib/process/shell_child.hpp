// The frame of a protocol child: its process, its loop, its shell, and the generation which is prepared but not in force.
// A child derives from it, says how a generation is read and what its signals mean, and is run:
//
//     class CheckerChild final : public child::ShellChild<check::Shell, check::Prepared> { … };
//     child::Process process{{control::Role::checker, "Keepalived_healthcheckers"}};
//     if (const int status = process.start(); status >= 0) return status;
//     return CheckerChild(process).run();
//
// A shell is made of (net::EventLoop&, const control::Options&) and has running, prepare, commit, stop and release; what it
// prepares (`Prepared`) has generation, adopt, board, old_board and descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "lib/board/board.hpp"
#include "lib/log/log.hpp"
#include "lib/net/event_loop.hpp"
#include "lib/process/auto_priority.hpp"
#include "lib/process/child.hpp"
#include "lib/process/long_work.hpp"
#include "lib/process/start_up_pages.hpp"

namespace child {

/// The supervisor's descriptors after generation and boards, in its order: those that are configured.
class FurtherDescriptors {
  public:
    explicit FurtherDescriptors(Prepare& next) : more_(next.more) {}

    UniqueFd take(bool configured) {
        if (!configured || position_ >= more_.size()) return {};
        return std::move(more_[position_++]);
    }
    /// Kept in `keeper`; the number for those who use it, -1 for none.
    int take(bool configured, std::vector<UniqueFd>& keeper) {
        UniqueFd fd = take(configured);
        if (!fd) return -1;
        keeper.push_back(std::move(fd));
        return keeper.back().get();
    }

  private:
    std::vector<UniqueFd>& more_;
    std::size_t position_ = 0;
};

template <typename Shell, typename Prepared>
class ShellChild {
  public:
    explicit ShellChild(Process& process) : process_(process), shell_(loop_, process.options()) {}
    virtual ~ShellChild() = default;
    ShellChild(const ShellChild&) = delete;
    ShellChild& operator=(const ShellChild&) = delete;

    /// Until the child is to end; its exit status.
    int run() {
        process_.handle_with(handlers());
        loop_.at_expiry([this](Nanoseconds late) { priority_.timer_was_late(late); });
        loop_.watch(process_.signal_fd(), [this] { handle(); });
        loop_.watch(process_.control_fd(), [this] { handle(); });
        handle();
        if (!process_.finished()) loop_.run();
        return process_.exit_status();
    }

  protected:
    /// The generation and whatever comes with it. Boards and numbers are the frame's.
    virtual Result<> read(Prepare& next, Prepared& prepared) = 0;
    /// max_auto_priority of this process.
    virtual process::AutoPriority::Limits priority_of(const Prepared& generation) const = 0;
    /// What was prepared is the generation in force once more: nothing big was read or will be freed.
    virtual bool stays(const Prepared&) const { return false; }
    /// Bytes of freed memory which a reload leaves to the next one.
    virtual std::size_t keeps_free() const { return 0; }
    /// The successor of a crashed child, stopped before it served: what that one left goes all the same.
    virtual bool releases_when_stopped_early() const { return false; }
    /// What the first event must not wait for, once the pages of the start have gone.
    virtual void warm_up() {}
    /// A signal once a generation is in force.
    virtual void signal(int number) = 0;
    virtual void message(const control::Message&) {}

    Process& frame() { return process_; }
    Shell& shell() { return shell_; }
    const Shell& shell() const { return shell_; }

  private:
    Handlers handlers() {
        Handlers on;
        on.prepare = [this](Prepare& next) { return prepare(next); };
        on.commit = [this] { return commit(); };
        on.abort = [this] { prepared_.reset(); };
        on.stop = [this] { stop(); };
        on.release = [this] { release(); };
        on.signal = [this](int number) {
            // There is nothing to show before the first generation is in force: the request waits for it.
            if (!shell_.running()) return early_signals_.push_back(number);
            signal(number);
        };
        on.message = [this](const control::Received& received) { message(received.message); };
        return on;
    }

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

    Result<std::uint64_t> prepare(Prepare& next) {
        const process::LongWork reading;
        Prepared prepared;
        prepared.adopt = next.adopt;
        if (auto done = read(next, prepared); !done) return done.error();
        prepared.generation.number = next.generation;
        auto rows = board::Board::map(next.board.get(), board::Access::write);
        if (!rows) return rows.error();
        prepared.board = std::move(*rows);
        if (next.old_board) {
            auto old = board::Board::map(next.old_board.get(), board::Access::read);
            if (old) prepared.old_board = std::move(*old);
        }
        if (auto done = shell_.prepare(prepared); !done) return done.error();
        // Nobody asks a child where a word of the file stood.
        prepared.generation.diagnostics = {};
        prepared.generation.sealed.reset();
        prepared_ = std::move(prepared);
        return prepared_->generation.model_hash;
    }

    Result<> commit() {
        Prepared next = std::move(*prepared_);
        prepared_.reset();
        priority_.configure(priority_of(next));  // before: what it sets is what stays
        const process::LongWork change;
        const bool is_first = !shell_.running();
        const bool stayed = stays(next);
        if (auto done = shell_.commit(std::move(next)); !done) return done.error();
        // What parsing and the generation before took goes back: a child's own memory is a kilobyte or two an instance.
        if (!stayed && (is_first || process::free_memory() > keeps_free())) process::forget_start_up_pages();
        warm_up();
        for (const int number : std::exchange(early_signals_, {})) signal(number);
        return {};
    }

    void stop() {
        const process::LongWork end;
        const bool inherits = prepared_ && prepared_->adopt == control::Adopt::successor && !shell_.running();
        if (inherits && releases_when_stopped_early()) return release();
        shell_.stop([this] { finish(); });
    }

    void release() {
        const process::LongWork end;
        if (prepared_) {
            if (auto done = shell_.release(std::move(*prepared_)); !done)
                logging::info("{}", done.error().message());
        }
        finish();
    }

    Process& process_;
    net::EventLoop loop_;
    process::AutoPriority priority_;
    Shell shell_;
    std::optional<Prepared> prepared_;
    std::vector<int> early_signals_;
};

}  // namespace child
