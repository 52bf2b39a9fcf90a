#include "vrrp/tracking/script_verdict.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace vrrp::tracking;
using vrrp::protocol::Verdict;
using vrrp::rows::ScriptInit;

namespace {

/// Runs in order: 's' success, 'f' failure, 'R' reload. The verdict after each: '+', '-', '?'.
std::string verdicts(const ScriptRule& rule, const std::string& runs) {
    std::string history;
    ScriptCount count = before_first_run(rule);
    for (const char run : runs) {
        count = run == 'R' ? after_reload(count, rule) : after_run(count, rule, run == 's');
        history += count.verdict == Verdict::up ? '+' : count.verdict == Verdict::down ? '-' : '?';
        CHECK(count.result >= 0);
        CHECK(count.result < static_cast<std::int64_t>(rule.rise) + rule.fall);
    }
    return history;
}

}  // namespace

TEST_CASE("consecutive results decide, the first one alone") {
    struct Case {
        std::string what;
        ScriptRule rule;
        std::string runs, verdicts;
    };
    const Case cases[]{
        {"rise 1 fall 1: every result counts", {1, 1, false}, "sfsf", "+-+-"},
        {"the first success brings it up, whatever rise says", {3, 3, false}, "s", "+"},
        {"the first failure brings it down, whatever fall says", {3, 3, false}, "f", "-"},
        {"fall 3: the third failure in a row", {1, 3, false}, "sfff", "+++-"},
        {"a success in between starts the count anew", {1, 3, false}, "sffsffsfff", "+++++++++-"},
        {"rise 3: the third success in a row", {3, 1, false}, "fsss", "---+"},
        {"a failure in between starts the count anew", {3, 1, false}, "fssfssfsss", "---------+"},
        {"rise 2 fall 2", {2, 2, false}, "sffsss", "++--++"},
        {"init_fail: down until rise successes", {3, 1, true}, "sss", "--+"},
        {"init_fail with rise 1: the first success", {1, 1, true}, "s", "+"},
        {"init_fail: a failure changes nothing", {2, 1, true}, "fsfss", "----+"},
        {"a reload keeps the verdict", {2, 2, false}, "sRffR", "+++--"},
        {"a reload keeps the count under way", {1, 3, false}, "sffRf", "++++-"},
        {"a reload before the first result", {2, 2, false}, "Rs", "?+"},
    };
    for (const auto& c : cases) {
        INFO(c.what);
        CHECK(verdicts(c.rule, c.runs) == c.verdicts);
    }
}

TEST_CASE("before the first run a script is unknown, with init_fail down") {
    CHECK(before_first_run({2, 2, false}) == ScriptCount{0, ScriptInit::init, Verdict::unknown});
    CHECK(before_first_run({2, 2, true}) == ScriptCount{0, ScriptInit::init_failed, Verdict::down});
}

TEST_CASE("a reload counts the verdict by the new rule") {
    const ScriptCount good{3, ScriptInit::has_run, Verdict::up};
    CHECK(after_reload(good, {5, 2, false}) == ScriptCount{6, ScriptInit::reload, Verdict::up});
    CHECK(after_reload(good, {1, 1, false}) == ScriptCount{1, ScriptInit::reload, Verdict::up});
    const ScriptCount bad{2, ScriptInit::has_run, Verdict::down};
    CHECK(after_reload(bad, {1, 1, false}) == ScriptCount{0, ScriptInit::reload, Verdict::down});
}

TEST_CASE("the largest rise and fall do not overflow") {
    const ScriptRule largest{2147483647, 2147483647, false};
    ScriptCount count = after_run(before_first_run(largest), largest, true);
    CHECK(count.result == 2147483647);
    count = after_run(count, largest, false);
    CHECK(count.result >= 0);
}
