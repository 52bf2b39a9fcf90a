// Which checks start when. All instants are on the 10 ms grid, so there are few of them and many checks at each: a check
// that is put off just leaves its old entry behind, which its owner does not recognise any more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "lib/time/instant.hpp"

namespace check {

class DueChecks {
  public:
    void add(Instant due, std::uint32_t check) { at_[due].push_back(check); }
    void clear() { at_.clear(); }
    /// The next instant somebody has to look; kNever for none.
    Instant next() const { return at_.empty() ? kNever : at_.begin()->first; }

    /// Calls begin(check, due) for what is due until now, `most` of it at most; it may add more. What is left stays due.
    /// @param soon  called with each of them some calls before: what it holds can be fetched meanwhile
    template <typename Begin, typename Soon>
    void take_until(Instant now, std::size_t most, Begin begin, Soon soon) {
        constexpr std::size_t kAhead = 4;
        while (most > 0 && !at_.empty() && at_.begin()->first <= now) {
            auto slot = at_.extract(at_.begin());
            std::vector<std::uint32_t>& checks = slot.mapped();
            const std::size_t taken = std::min(most, checks.size());
            most -= taken;
            for (std::size_t n = 0; n < std::min(kAhead, taken); ++n) soon(checks[n]);
            for (std::size_t n = 0; n < taken; ++n) {
                if (n + kAhead < taken) soon(checks[n + kAhead]);
                begin(checks[n], slot.key());
            }
            if (taken == checks.size()) continue;
            std::vector<std::uint32_t>& rest = at_[slot.key()];
            rest.insert(rest.begin(), checks.begin() + static_cast<std::ptrdiff_t>(taken), checks.end());
        }
    }

  private:
    std::map<Instant, std::vector<std::uint32_t>> at_;
};

}  // namespace check
