// Resource limits: raised for ourselves, given back to scripts (cli-signals.md §4, §12).
#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace limits {

/// What scripts start with: the limits this process (or, for a child, the daemon) was started with.
struct Original {
    rlimit core{};
    rlimit open_files{};
};

/// Remembers the present limits on the first call. Call before raising any.
const Original& original();
/// A child: RLIMIT_CORE as the supervisor found it, before -m.
void set_original_core(std::uint64_t soft, std::uint64_t hard);

/// RLIMIT_NOFILE at least `count`; never lowered.
void raise_open_files(std::uint64_t count);

/// In a forked process before exec of a script. Async-signal-safe once original() was called.
void restore_for_script();

}  // namespace limits
