// When a tracked script counts as good: the algebra of rise, fall and first results (vrrp-behaviour.md §9). Pure.
#pragma once

#include <cstdint>

#include "vrrp/protocol/router.hpp"
#include "vrrp/rows.hpp"

namespace vrrp::tracking {

struct ScriptRule {
    std::uint32_t rise = 1;  ///< consecutive successes from bad to good
    std::uint32_t fall = 1;  ///< consecutive failures from good to bad
    bool init_fail = false;
};

/// `result` runs from 0 to rise + fall − 1; from `rise` on the script is good. One success below the threshold is one
/// step up, one failure below it the way back to 0; above it the other way round: only consecutive results count.
struct ScriptCount {
    std::int32_t result = 0;
    rows::ScriptInit init = rows::ScriptInit::init;
    protocol::Verdict verdict = protocol::Verdict::unknown;
    friend bool operator==(const ScriptCount&, const ScriptCount&) = default;
};

/// Before the first run: unknown, or bad with init_fail (as documented; in the reference the keyword has no effect).
ScriptCount before_first_run(const ScriptRule& rule);
/// After a run. Without init_fail the first one decides alone, whatever rise and fall say.
ScriptCount after_run(const ScriptCount& before, const ScriptRule& rule, bool success);
/// At a reload the verdict stays, and the count too if it means the same by the new rule; a script that has not run
/// starts afresh.
ScriptCount after_reload(const ScriptCount& before, const ScriptRule& rule);

}  // namespace vrrp::tracking
