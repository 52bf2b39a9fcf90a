#include "keepalived/reload_time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace keepalived {
namespace {

/// Digits and punctuation in the very places of `form`, where 9 stands for a digit.
bool has_form(std::string_view text, std::string_view form) {
    if (text.size() != form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '9' ? !digit : text[i] != form[i]) return false;
    }
    return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + digits, value);
    return value;
}

struct Parsed {
    std::tm fields{};
    bool has_date = false;
    bool utc = false;
};

std::optional<Parsed> take_apart(std::string_view text) {
    Parsed parsed;
    if (text.ends_with('Z')) {
        parsed.utc = true;
        text.remove_suffix(1);
    }
    std::size_t clock = 0;
    if (has_form(text, "99-99-99 99:99:99") || has_form(text, "9999-99-99 99:99:99")) {
        const std::size_t year = text.find('-');
        parsed.has_date = true;
        parsed.fields.tm_year = number_at(text, 0, year) + (year == 2 ? 2000 : 0) - 1900;
        parsed.fields.tm_mon = number_at(text, year + 1, 2) - 1;
        parsed.fields.tm_mday = number_at(text, year + 4, 2);
        clock = year + 7;
    } else if (!has_form(text, "99:99:99")) {
        return std::nullopt;
    }
    parsed.fields.tm_hour = number_at(text, clock, 2);
    parsed.fields.tm_min = number_at(text, clock + 3, 2);
    parsed.fields.tm_sec = number_at(text, clock + 6, 2);
    return parsed;
}

/// -1 when there is no such time: 25:00:00, 31 February, an hour which daylight saving skips.
std::time_t seconds_of(const std::tm& wanted, bool utc) {
    std::tm fields = wanted;
    fields.tm_isdst = -1;
    const std::time_t when = utc ? ::timegm(&fields) : std::mktime(&fields);
    const bool same = fields.tm_mday == wanted.tm_mday && fields.tm_mon == wanted.tm_mon &&
                      fields.tm_hour == wanted.tm_hour && fields.tm_min == wanted.tm_min &&
                      fields.tm_sec == wanted.tm_sec;
    return same ? when : -1;
}

std::tm today(std::time_t now, bool utc) {
    std::tm fields{};
    utc ? ::gmtime_r(&now, &fields) : ::localtime_r(&now, &fields);
    return fields;
}

/// A time of day already past means tomorrow.
std::time_t next_at(const Parsed& parsed, std::time_t now) {
    std::tm fields = today(now, parsed.utc);
    fields.tm_hour = parsed.fields.tm_hour;
    fields.tm_min = parsed.fields.tm_min;
    fields.tm_sec = parsed.fields.tm_sec;
    const std::time_t when = seconds_of(fields, parsed.utc);
    if (when == -1 || when > now) return when;
    std::tm noon = fields;  // the day after, whatever the clocks do at night
    noon.tm_hour = 12;
    noon.tm_isdst = -1;
    ++noon.tm_mday;
    parsed.utc ? ::timegm(&noon) : std::mktime(&noon);
    noon.tm_hour = fields.tm_hour;
    noon.tm_min = fields.tm_min;
    noon.tm_sec = fields.tm_sec;
    return seconds_of(noon, parsed.utc);
}

}  // namespace

ReloadTime parse_reload_time(std::string_view text, std::time_t now) {
    ReloadTime result;
    const auto refuse = [&](std::string complaint) {
        result.when.reset();
        result.complaints.push_back(std::move(complaint));
    };
    const auto parsed = take_apart(text);
    if (!parsed) {
        refuse(fmt::format("Reload time {} format is incorrect - ignoring", text));
        refuse(fmt::format("Invalid reload time '{}' specified - ignoring", text));
        return result;
    }
    result.has_date = parsed->has_date;
    const std::time_t when =
        parsed->has_date ? seconds_of(parsed->fields, parsed->utc) : next_at(*parsed, now);
    if (when == -1) {
        refuse(parsed->has_date ? fmt::format("Reload date/time {} invalid - ignoring", text)
                                : fmt::format("Reload time {} is not valid - ignoring", text));
        return result;
    }
    if (when <= now) {
        refuse(fmt::format("Reload time {} is in the past - ignoring", text));
        refuse("Reload date/time is in the past - ignoring");
        return result;
    }
    result.when = when;
    return result;
}

std::string reload_time_text(std::time_t when) {
    std::tm fields{};
    ::localtime_r(&when, &fields);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &fields);
    return {text.data(), length};
}

}  // namespace keepalived
