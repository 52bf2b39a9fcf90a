// Signals as events: the handled ones are blocked and read from a descriptor, every other one is ignored
// (cli-signals §3).
#pragma once

#include <csignal>
#include <optional>
#include <string_view>

#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace signals {

// SIGRTMIN is a function call of glibc, so these are functions too.
inline int json() { return SIGRTMIN + 2; }
inline int stats_clear() { return SIGRTMAX - 1; }

/// HUP TERM INT USR1 USR2 CHLD XCPU, JSON and STATS_CLEAR.
sigset_t handled();

/// Blocks everything; until listen() is called nothing is lost and nothing is acted upon.
void block_all();

/// Ignores every signal which is neither handled nor a sign of a fault (ILL, FPE, SEGV, BUS). Inherited by
/// exec.
void ignore_the_others();

/// Default disposition for all, empty mask: what a script starts with.
void restore_defaults();

/// Signals as a stream. While it exists the handled ones are blocked and the mask holds nothing else.
class Stream {
  public:
    static Result<Stream> listen();
    int fd() const { return fd_.get(); }
    /// The next signal's number; nullopt: none pending.
    std::optional<int> next();

  private:
    UniqueFd fd_;
};

/// --signum=NAME: STOP RELOAD DATA STATS STATS_CLEAR JSON. Case counts.
std::optional<int> number_of(std::string_view name);

}  // namespace signals
