#include "conf/grammar/option_line.hpp"

#include <fmt/format.h>

#include "conf/schema_values.hpp"

namespace conf {

bool OptionLine::interface_into(std::string& into, std::string_view what) {
    if (!interface_name_fits(context_, word(), here())) return false;
    into = word();
    if (context_.interface_usable(word())) return true;
    context_
        .report(Class::warning, here(),
                fmt::format("WARNING - interface {} for {} doesn't exist", word(), what))
        .hint = context_.similar_interface(word());
    return false;
}

bool OptionLine::realms_into(std::optional<std::uint32_t>& into) {
    const auto text = word();
    const auto slash = text.find('/');
    const bool has_source = slash != std::string_view::npos;
    const auto to = named_number(context_, NameTable::realm, text.substr(has_source ? slash + 1 : 0), 255);
    std::optional<std::uint32_t> from = 0;
    if (has_source) from = named_number(context_, NameTable::realm, text.substr(0, slash), 255);
    if (!to || !from) return drop(fmt::format("Invalid realms {} for {}", text, kind_));
    into = *from << 16 | *to;
    return true;
}

void OptionLine::track_group_into(std::string& into) {
    const std::string name(word());
    if (!into.empty()) {
        context_.error(here(), fmt::format("track_group {} is a duplicate", name));
    } else if (!context_.track_group_index.contains(name)) {
        context_.error(here(), fmt::format("track_group {} not found", name)).hint =
            context_.did_you_mean(name, context_.track_group_index);
    } else {
        into = name;
    }
}

void OptionLine::check_tracking(bool no_track, Span protocol_at, std::uint8_t& protocol,
                                std::string& track_group, const std::string& interface) {
    if (!no_track && protocol != kProtocolKeepalived) {
        context_.error(
            protocol_at,
            fmt::format("{} cannot be tracked if protocol is not RTPROT_KEEPALIVED({}), resetting protocol",
                        kind_ == "route" ? "Route" : "Rule", kProtocolKeepalived));
        protocol = kProtocolKeepalived;
    }
    if (!track_group.empty() && interface.empty()) {
        context_.error(args_.where(),
                       fmt::format("Static {} cannot have track_group {} if interface not specified", kind_,
                                   track_group));
        track_group.clear();
    }
}

}  // namespace conf
