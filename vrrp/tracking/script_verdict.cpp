#include "vrrp/tracking/script_verdict.hpp"

#include <algorithm>
#include <limits>

namespace vrrp::tracking {

using protocol::Verdict;
using rows::ScriptInit;

namespace {

std::int32_t clamped(std::int64_t count) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(count, std::numeric_limits<std::int32_t>::max()));
}

std::int32_t best(const ScriptRule& rule) { return clamped(std::int64_t{rule.rise} + rule.fall - 1); }
std::int32_t threshold(const ScriptRule& rule) { return clamped(rule.rise); }

std::int32_t after_success(std::int32_t result, const ScriptRule& rule) {
    return result + 1 < threshold(rule) ? result + 1 : best(rule);
}
std::int32_t after_failure(std::int32_t result, const ScriptRule& rule) {
    return result > threshold(rule) ? result - 1 : 0;
}

Verdict verdict_of(std::int32_t result, const ScriptRule& rule) {
    return result >= threshold(rule) ? Verdict::up : Verdict::down;
}

}  // namespace

ScriptCount before_first_run(const ScriptRule& rule) {
    if (rule.init_fail) return {0, ScriptInit::init_failed, Verdict::down};
    return {};
}

ScriptCount after_run(const ScriptCount& before, const ScriptRule& rule, bool success) {
    ScriptCount after{before.result, ScriptInit::has_run, Verdict::unknown};
    if (before.verdict == Verdict::unknown) {
        after.result = success ? best(rule) : 0;
    } else {
        after.result = success ? after_success(before.result, rule) : after_failure(before.result, rule);
    }
    after.verdict = verdict_of(after.result, rule);
    return after;
}

ScriptCount after_reload(const ScriptCount& before, const ScriptRule& rule) {
    if (before.verdict == Verdict::unknown) return before_first_run(rule);
    ScriptCount after{before.result, ScriptInit::reload, before.verdict};
    const bool still_means_the_same =
        after.result >= 0 && after.result <= best(rule) && verdict_of(after.result, rule) == before.verdict;
    if (!still_means_the_same) after.result = before.verdict == Verdict::up ? best(rule) : 0;
    return after;
}

}  // namespace vrrp::tracking
