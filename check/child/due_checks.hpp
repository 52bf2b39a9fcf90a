// Which checks start when. All instants are on the 10 ms grid, so there are few of them and many checks at each: a check
// that is put off just leaves its old entry behind, which its owner does not recognise any more.
#pragma once

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

    /// Calls begin(check, due) for everything due until now; it may add more.
    template <typename Begin>
    void take_until(Instant now, Begin begin) {
        while (!at_.empty() && at_.begin()->first <= now) {
            const auto slot = at_.extract(at_.begin());
            for (const std::uint32_t check : slot.mapped()) begin(check, slot.key());
        }
    }

  private:
    std::map<Instant, std::vector<std::uint32_t>> at_;
};

}  // namespace check
