#include "check/child/ping_group_range.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "lib/log/log.hpp"

namespace check {

namespace {

constexpr const char* kPath = "/proc/sys/net/ipv4/ping_group_range";

bool write(std::uint32_t low, std::uint32_t high) {
    std::ofstream file(kPath);
    file << low << ' ' << high << std::flush;
    return file.good();
}

}  // namespace

rows::PingRange PingGroupRange::widen() {
    rows::PingRange range;
    std::ifstream file(kPath);
    if (!(file >> range.low >> range.high) || range.low == 0) return {};
    // "1 0" is nobody: the default, and no restriction that anybody made.
    const bool nobody = range.low > range.high;
    if (!nobody) {
        logging::info("Warning: {} being expanded from {} {} to 0 {}", kPath, range.low, range.high,
                      range.high);
    }
    if (!write(0, range.high)) {
        logging::info("Unable to write {}: {} - PING_CHECKs cannot run", kPath, std::strerror(errno));
        return {};
    }
    range.changed = 1;
    return range;
}

void PingGroupRange::restore(const rows::PingRange& former) { (void)write(former.low, former.high); }

}  // namespace check
