// The metrics of a ROUTE line (RTA_METRICS): conf-vrrp.md §5.
#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include <unordered_map>

#include "conf/grammar/numbers.hpp"
#include "conf/grammar/route_line.hpp"

namespace conf {

namespace {

struct Metric {
    std::uint16_t rtax;
    bool may_lock;
};

const std::unordered_map<std::string_view, Metric>& numbers() {
    static const std::unordered_map<std::string_view, Metric> metrics{{"mtu", {RTAX_MTU, true}},
                                                                      {"advmss", {RTAX_ADVMSS, true}},
                                                                      {"reordering", {RTAX_REORDERING, true}},
                                                                      {"cwnd", {RTAX_CWND, true}},
                                                                      {"ssthresh", {RTAX_SSTHRESH, true}},
                                                                      {"window", {RTAX_WINDOW, false}},
                                                                      {"initcwnd", {RTAX_INITCWND, false}},
                                                                      {"initrwnd", {RTAX_INITRWND, false}}};
    return metrics;
}

}  // namespace

std::vector<std::string_view> RouteLine::number_metrics() {
    std::vector<std::string_view> names;
    for (const auto& [name, metric] : numbers()) names.push_back(name);
    return names;
}

bool RouteLine::take_lock() {
    if (at_ + 1 >= args_.count() || args_.value(at_ + 1) != "lock") return false;
    ++at_;
    return true;
}

bool RouteLine::read_number_metric() {
    const auto known = numbers().at(word());
    const auto keyword = word();
    const bool lock = known.may_lock && take_lock();
    if (!advance()) return false;
    std::optional<std::uint32_t> number;
    const std::string what = keyword == "mtu"      ? "MTU"
                             : keyword == "advmss" ? "advmss"
                                                   : fmt::format("{} value", keyword);
    if (!number_into(number, what)) return false;
    metric(known.rtax, *number, lock);
    return true;
}

bool RouteLine::read_hoplimit() {
    std::optional<std::uint32_t> value;
    if (!advance() || !number_into(value, "hoplimit", 255)) return false;
    metric(RTAX_HOPLIMIT, *value, false);
    return true;
}

bool RouteLine::read_time_metric() {
    constexpr std::uint32_t kShortest = 200, kLongest = 120'000;  // ms: the kernel's TCP_RTO_MIN, TCP_RTO_MAX
    const auto keyword = word();
    const bool rto = keyword == "rto_min";
    const std::uint16_t rtax = rto ? RTAX_RTO_MIN : keyword == "rtt" ? RTAX_RTT : RTAX_RTTVAR;
    const bool lock = take_lock();
    if (!advance()) return false;
    auto time = grammar::route_time(word());
    if (!time) {
        context_.report(Class::invalid_number, here(), fmt::format("invalid number '{}'", word()));
        return drop(rto ? fmt::format("Invalid rto_min value {} specified for route", word())
                        : fmt::format("Invalid {} {} for route", keyword, word()));
    }
    const std::string_view shown = rto ? "rto" : "rtt";
    if (time->value < kShortest) {
        context_.sink.log(Class::general_error, here(),
                          fmt::format("{} value {} below minimum {}ms, resetting", shown, word(), kShortest));
        time = grammar::RouteTime{kShortest, false};
    } else if (!time->raw && time->value > kLongest) {
        context_.sink.log(
            Class::general_error, here(),
            fmt::format("{} value {} exceeds maximum {}s, resetting", shown, word(), kLongest / 1000));
        time->value = kLongest;
    }
    metric(rtax, time->value, lock, time->raw);
    return true;
}

bool RouteLine::read_features() {
    if (!advance()) return false;
    if (word() == "ecn") {
        metric(RTAX_FEATURES, RTAX_FEATURE_ECN, false);
    } else {
        context_.error(here(), fmt::format("feature {} not supported", word())).expected = "`ecn`";
    }
    return true;
}

bool RouteLine::read_switch_metric() {
    const auto keyword = word();
    const std::uint16_t rtax = keyword == "quickack" ? RTAX_QUICKACK : RTAX_FASTOPEN_NO_COOKIE;
    if (!advance()) return false;
    std::optional<std::uint32_t> number;
    if (!number_into(number, fmt::format("{} value", keyword), 1)) return false;
    metric(rtax, *number, false);
    return true;
}

bool RouteLine::read_congctl() {
    route_.congctl_lock = take_lock();
    if (!advance()) return false;
    route_.congctl = word();
    return true;
}

}  // namespace conf
