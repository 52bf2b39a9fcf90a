#include "keepalived/reload_time.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

using keepalived::parse_reload_time;
using keepalived::ReloadTime;

namespace {

/// A time zone for the duration of a test.
class TimeZone {
  public:
    explicit TimeZone(const char* name) {
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~TimeZone() {
        ::unsetenv("TZ");
        ::tzset();
    }
};

constexpr std::time_t kNow = 1763662200;  // 2025-11-20 18:10:00 UTC

}  // namespace

TEST_CASE("a reload time is read in each of its three forms") {
    const TimeZone zone{"CET-1CEST,M3.5.0,M10.5.0/3"};
    struct Case {
        const char* text;
        std::time_t when;
        bool has_date;
    };
    const Case cases[] = {
        {"19:10:01", kNow + 1, false},      // local
        {"18:10:01Z", kNow + 1, false},     // UTC
        {"19:10:00", kNow + 86400, false},  // now has gone by: tomorrow
        {"19:09:59", kNow + 86399, false},
        {"25-11-20 19:20:00", kNow + 600, true},
        {"2025-11-20 19:20:00", kNow + 600, true},
        {"2025-11-20 18:20:00Z", kNow + 600, true},
    };
    for (const Case& c : cases) {
        const ReloadTime time = parse_reload_time(c.text, kNow);
        INFO(c.text);
        REQUIRE(time.when.has_value());
        CHECK(*time.when == c.when);
        CHECK(time.has_date == c.has_date);
        CHECK(time.complaints.empty());
    }
}

TEST_CASE("what is no time is refused in the reference's words") {
    const TimeZone zone{"CET-1CEST,M3.5.0,M10.5.0/3"};
    struct Case {
        const char* text;
        const char* complaint;
    };
    const Case cases[] = {
        {"junk", "Reload time junk format is incorrect - ignoring"},
        {" 19:10:01", "Reload time  19:10:01 format is incorrect - ignoring"},
        {"19:10", "Reload time 19:10 format is incorrect - ignoring"},
        {"25:00:00", "Reload time 25:00:00 is not valid - ignoring"},
        {"2025-02-30 10:00:00", "Reload date/time 2025-02-30 10:00:00 invalid - ignoring"},
        {"2026-03-29 02:30:00",
         "Reload date/time 2026-03-29 02:30:00 invalid - ignoring"},  // skipped by summer time
        {"2025-11-20 19:09:00", "Reload time 2025-11-20 19:09:00 is in the past - ignoring"},
    };
    for (const Case& c : cases) {
        const ReloadTime time = parse_reload_time(c.text, kNow);
        CHECK_FALSE(time.when.has_value());
        REQUIRE_FALSE(time.complaints.empty());
        CHECK(time.complaints.front() == c.complaint);
    }
    CHECK(parse_reload_time("junk", kNow).complaints.back() ==
          "Invalid reload time 'junk' specified - ignoring");
    CHECK(parse_reload_time("2025-11-20 19:09:00", kNow).complaints.back() ==
          "Reload date/time is in the past - ignoring");
}
