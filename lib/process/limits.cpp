#include "lib/process/limits.hpp"

#include <algorithm>

namespace limits {
namespace {

Original read_now() {
    Original now;
    ::getrlimit(RLIMIT_CORE, &now.core);
    ::getrlimit(RLIMIT_NOFILE, &now.open_files);
    return now;
}

Original& remembered() {
    static Original limits = read_now();
    return limits;
}

}  // namespace

const Original& original() { return remembered(); }

void set_original_core(std::uint64_t soft, std::uint64_t hard) { remembered().core = {soft, hard}; }

void raise_open_files(std::uint64_t count) {
    remembered();
    rlimit now{};
    if (::getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= count) return;
    const rlimit wanted{count, std::max<rlim_t>(now.rlim_max, count)};
    if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return;
    now.rlim_cur = now.rlim_max;  // the hard limit may not be ours to raise
    ::setrlimit(RLIMIT_NOFILE, &now);
}

void restore_for_script() {
    ::setrlimit(RLIMIT_CORE, &remembered().core);
    ::setrlimit(RLIMIT_NOFILE, &remembered().open_files);
}

}  // namespace limits
