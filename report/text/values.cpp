#include "report/text/values.hpp"

#include <cinttypes>
#include <cstdio>
#include <ctime>

namespace report {
namespace {

struct Split {
    std::int64_t seconds;
    int microseconds;
};

constexpr std::int64_t kMicrosecondsASecond = 1'000'000;

Split split(std::int64_t us) {
    std::int64_t seconds = us / kMicrosecondsASecond;
    std::int64_t rest = us % kMicrosecondsASecond;
    if (rest < 0) {
        rest += kMicrosecondsASecond;
        --seconds;
    }
    return {seconds, static_cast<int>(rest)};
}

std::string local_time(std::int64_t seconds, const char* format) {
    const auto when = static_cast<std::time_t>(seconds);
    std::tm fields{};
    localtime_r(&when, &fields);
    char text[64];
    return {text, std::strftime(text, sizeof text, format, &fields)};
}

template <typename T>
std::string printf_text(const char* format, T value) {
    char text[64];
    const int length = std::snprintf(text, sizeof text, format, value);
    return {text, static_cast<std::size_t>(length)};
}

double seconds_of(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }

}  // namespace

std::string_view state_word(vrrp::protocol::State state) {
    using vrrp::protocol::State;
    return state == State::deleted || state == State::stop ? "unknown" : name_of(state);
}

std::string epoch_seconds(std::int64_t wallclock_us) {
    const Split at = split(wallclock_us);
    return fmt::format("{}.{:06}", at.seconds, at.microseconds);
}

std::string timestamp(std::int64_t wallclock_us) {
    const Split at = split(wallclock_us);
    return fmt::format("{}.{:06} ({}.{:06} {})", at.seconds, at.microseconds,
                       local_time(at.seconds, "%a %b %e %H:%M:%S"), at.microseconds,
                       local_time(at.seconds, "%Y"));
}

std::string timestamp_year_first(std::int64_t wallclock_us) {
    const Split at = split(wallclock_us);
    return fmt::format("{}.{:06} ({}.{:06})", at.seconds, at.microseconds,
                       local_time(at.seconds, "%a %b %e %H:%M:%S %Y"), at.microseconds);
}

std::string timestamp_without_year(std::int64_t wallclock_us) {
    const Split at = split(wallclock_us);
    return fmt::format("{}.{:06} ({}.{:06})", at.seconds, at.microseconds,
                       local_time(at.seconds, "%a %b %e %H:%M:%S"), at.microseconds);
}

std::string general_seconds(Microseconds time) { return printf_text("%g", seconds_of(time)); }
std::string fixed_seconds(Microseconds time) { return printf_text("%f", seconds_of(time)); }

std::string script_seconds(Microseconds time) {
    if (time.count() % kMicrosecondsASecond == 0)
        return fmt::format("{} sec", time.count() / kMicrosecondsASecond);
    return fmt::format("{}.{:03} sec", time.count() / kMicrosecondsASecond,
                       time.count() % kMicrosecondsASecond / 1000);
}

std::string command_and_user(const conf::Script& script) {
    return fmt::format("{}, uid:gid {}:{}", conf::quoted(script), script.uid, script.gid);
}

std::string weight_text(std::int64_t weight, bool reverse) {
    return fmt::format("{}{}", weight, reverse ? " reverse" : "");
}

}  // namespace report
