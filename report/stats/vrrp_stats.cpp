#include "report/stats/vrrp_stats.hpp"

#include "report/text/values.hpp"

namespace report {
namespace {

using vrrp::protocol::Counters;

struct Line {
    const char* words;
    std::uint64_t Counters::*counter;  ///< nullptr: a heading
};

constexpr Line kLines[] = {
    {"  Advertisements", nullptr},
    {"    Received", &Counters::advert_rcvd},
    {"    Sent", &Counters::advert_sent},
    {"  Became master", &Counters::become_master},
    {"  Released master", &Counters::release_master},
    {"  Packet Errors", nullptr},
    {"    Length", &Counters::packet_len_err},
    {"    TTL", &Counters::ip_ttl_err},
    {"    Invalid Type", &Counters::invalid_type_rcvd},
    {"    Advertisement Interval", &Counters::advert_interval_err},
    {"    Address List", &Counters::addr_list_err},
    {"  Authentication Errors", nullptr},
    {"    Invalid Type", &Counters::invalid_authtype},
    {"    Type Mismatch", &Counters::authtype_mismatch},
    {"    Failure", &Counters::auth_failure},
    {"  Authentication Extension Errors", nullptr},
    {"    Missing", &Counters::auth_ext_missing},
    {"    Malformed", &Counters::auth_ext_malformed},
    {"    Unknown Key", &Counters::auth_ext_unknown_key},
    {"    Invalid HMAC", &Counters::auth_ext_invalid_hmac},
    {"    Stale", &Counters::auth_ext_stale},
    {"    Replay", &Counters::auth_ext_replay},
    {"  Priority Zero", nullptr},
    {"    Received", &Counters::pri_zero_rcvd},
    {"    Sent", &Counters::pri_zero_sent},
};

}  // namespace

Counters shown_counters(const vrrp::rows::Instance& row) {
    Counters shown;
    for (const Line& line : kLines)
        if (line.counter != nullptr)
            shown.*line.counter = row.core.counters.*line.counter - row.baseline.*line.counter;
    return shown;
}

std::string vrrp_stats(const conf::Model& model, const VrrpSnapshot& vrrp) {
    Lines lines;
    for (std::size_t i = 0; i < model.instances.size(); ++i) {
        const Counters shown = shown_counters(vrrp.instances[i]);
        lines.add("VRRP Instance: {}", model.instances[i].name);
        for (const Line& line : kLines) {
            if (line.counter == nullptr)
                lines.add("{}:", line.words);
            else
                lines.add("{}: {}", line.words, shown.*line.counter);
        }
    }
    return lines.take();
}

}  // namespace report
