// A ROUTE line on its way into the model: the state of the reader, and one function an option.
#pragma once

#include <fmt/format.h>

#include <unordered_map>
#include <vector>

#include "conf/grammar/encap.hpp"
#include "conf/grammar/option_line.hpp"
#include "conf/grammar/route.hpp"
#include "conf/schema_values.hpp"
#include "conf/suggestion.hpp"

namespace conf {

/// One line on its way into a Route.
class RouteLine : OptionLine {
  public:
    RouteLine(Context& context, const Args& args, RouteUse use)
        : OptionLine(context, args, "route"), use_(use) {}

    std::optional<Route> read();

  private:
    using Reader = bool (RouteLine::*)();
    static constexpr std::string_view kNextHop = "VROUTE nexthop";

    static const std::unordered_map<std::string_view, Reader>& readers();
    /// The keywords of metrics which are plain numbers.
    static std::vector<std::string_view> number_metrics();

    bool family_fits(net::Family family) {
        if (route_.family == net::Family::none) route_.family = family;
        return route_.family == family || drop("Cannot mix IPv4 and IPv6 addresses for route");
    }
    bool unknown_keyword() {
        context_.error(here(), fmt::format("unknown route keyword {}", word())).hint =
            did_you_mean(word(), readers());
        return false;
    }
    /// @param complaint  with {} for the word
    bool address_into(net::IpAddress& into, std::string_view complaint);
    /// @param what  "mtu value": what the message calls it
    bool number_into(std::optional<std::uint32_t>& into, std::string_view what,
                     std::uint32_t max = UINT32_MAX, std::uint32_t min = 0);
    bool is_v6(std::string_view option);
    bool is_vrf(const std::string& name) const;
    template <typename Field>
    bool name_into(NameTable table, std::uint32_t max, Field& into, std::string_view problem);
    bool take_lock();
    void metric(std::uint16_t rtax, std::uint32_t value, bool lock, bool raw = false) {
        route_.metrics.push_back({rtax, value, lock, raw});
    }

    bool read_family() { return family_fits(word() == "inet" ? net::Family::ipv4 : net::Family::ipv6); }
    bool read_to() { return true; }
    bool read_destination();
    bool read_src() { return advance() && address_into(route_.src, "invalid route src address {}"); }
    bool read_via();
    bool read_gw();
    bool read_or();
    bool read_from();
    bool read_tos() {
        return advance() && name_into(NameTable::dsfield, 255, route_.tos, "TOS value {} is invalid");
    }
    bool read_table() {
        return advance() &&
               name_into(NameTable::table, UINT32_MAX, route_.table, "Routing table {} not found for route");
    }
    bool read_scope() {
        return advance() &&
               name_into(NameTable::scope, 255, route_.scope, "Scope {} not found or invalid for route");
    }
    bool read_protocol();
    bool read_priority() { return advance() && number_into(route_.metric, "metric"); }
    bool read_dev() { return advance() && interface_into(route_.dev, kNextHop); }
    bool read_vrf() { return advance() && interface_into(route_.vrf, kNextHop); }
    bool read_onlink() { return route_.onlink = true; }
    bool read_encap_words() { return advance() && read_encap(context_, args_, at_, route_.encap); }
    bool read_expires() {
        return advance() && is_v6("expires") && number_into(route_.expires, "expires time");
    }
    bool read_number_metric();
    bool read_hoplimit();
    bool read_time_metric();
    bool read_realms() { return advance() && family_fits(net::Family::ipv4) && realms_into(route_.realms); }
    bool read_features();
    bool read_switch_metric();
    bool read_congctl();
    bool read_pref();
    bool read_ttl_propagate();
    bool read_insert();
    bool read_no_track() { return route_.no_track = true; }
    bool read_track_group();
    bool read_as();
    bool read_nexthops();
    bool read_one_nexthop(NextHop& hop);
    bool finish();

    RouteUse use_;
    Route route_ = {};
    bool has_destination_ = false, has_type_ = false, protocol_given_ = false;
    std::size_t protocol_at_ = 0;
};

template <typename Field>
bool RouteLine::name_into(NameTable table, std::uint32_t max, Field& into, std::string_view problem) {
    const auto number = named_number(context_, table, word(), max);
    if (!number) return drop(fmt::format(fmt::runtime(problem), word()));
    into = static_cast<typename Field::value_type>(*number);
    return true;
}

}  // namespace conf
