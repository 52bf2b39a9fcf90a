// Link aggregation when everything is read: what depends on other keywords, scripts, ports of two laggs (lagg.md §4).
#include <fmt/format.h>

#include <algorithm>

#include "conf/check.hpp"
#include "conf/check_notes.hpp"
#include "conf/schema_scripts.hpp"

namespace conf {

namespace {

/// Decides one lagg; each step is one sentence of the spec.
class DecideLagg {
  public:
    DecideLagg(Context& context, LaggDraft& draft) : context_(context), draft_(draft), value_(draft.value) {}

    void run() {
        ports();
        primary();
        monitoring();
        delays();
        scripts();
    }

  private:
    void say(Span where, std::string_view what) {
        context_.error(where, fmt::format("lagg_instance {}: {}", value_.name, what));
    }
    bool has_arp() const { return value_.arp_interval.count() != 0; }

    void ports();
    void primary();
    void monitoring();
    void delays();
    void round(std::string_view keyword, Milliseconds& value, bool is_written);
    void scripts();

    Context& context_;
    LaggDraft& draft_;
    LaggInstance& value_;
};

/// The lagg among the others which has this port already, or which is this port.
std::string conflict(const Context& context, const LaggInstance& own, const std::string& port) {
    if (context.makes_lagg(port)) return fmt::format("cannot add port {}: another lagg", port);
    for (const auto& other : context.laggs) {
        if (&other.value == &own) break;  // only those before it
        if (other.refused) continue;
        const bool has_it = std::any_of(other.value.ports.begin(), other.value.ports.end(),
                                        [&](const LaggPort& p) { return p.name == port; });
        if (has_it) return fmt::format("port {} is already used by {}", port, other.value.name);
    }
    return {};
}

void DecideLagg::ports() {
    std::vector<LaggPort> kept;
    for (std::size_t at = 0; at < value_.ports.size(); ++at) {
        const auto problem = conflict(context_, value_, value_.ports[at].name);
        if (problem.empty()) {
            kept.push_back(std::move(value_.ports[at]));
        } else {
            say(draft_.port_places[at], problem);
        }
    }
    value_.ports = std::move(kept);
    if (!value_.ports.empty()) return;
    say(value_.where, "no ports configured");
    draft_.refused = true;
}

void DecideLagg::primary() {
    if (value_.ports.empty()) return;
    value_.primary = draft_.primary.value_or(value_.ports.front().name);
    const auto is_port = [this](const std::string& name) {
        return std::any_of(value_.ports.begin(), value_.ports.end(),
                           [&](const LaggPort& port) { return port.name == name; });
    };
    if (!value_.primary.empty() && !is_port(value_.primary)) {
        say(value_.where,
            fmt::format("primary {} is no port - using {}", value_.primary, value_.ports.front().name));
        value_.primary = value_.ports.front().name;
    }
    if (!value_.mac_port.empty() && !is_port(value_.mac_port)) {
        say(value_.where, fmt::format("mac port {} is no port - ignoring", value_.mac_port));
        value_.mac_port.clear();
    }
}

/// Link states or ARP: the kernel does not do both.
void DecideLagg::monitoring() {
    constexpr std::uint32_t kDefaultMiimon = 50;
    const bool needs_links = value_.protocol == LaggProtocol::lacp || value_.protocol == LaggProtocol::tlb ||
                             value_.protocol == LaggProtocol::alb;
    if (has_arp() && needs_links) {
        say(draft_.arp_place,
            fmt::format("arp_interval not possible with laggproto {}", lagg_protocol_word(value_.protocol)));
        value_.arp_interval = {};
    }
    if (has_arp() && value_.arp_targets.empty()) {
        say(draft_.arp_place, "arp_interval needs arp_target - ignoring arp_interval");
        value_.arp_interval = {};
    }
    value_.miimon = Milliseconds{has_arp() ? 0 : draft_.miimon.value_or(kDefaultMiimon)};
    if (!has_arp() && value_.miimon.count() == 0) {
        say(value_.where, fmt::format("miimon 0 needs arp_interval - using {}", kDefaultMiimon));
        value_.miimon = Milliseconds{kDefaultMiimon};
    }
    if (has_arp() && draft_.miimon.value_or(0) != 0) {
        say(draft_.arp_place, "miimon and arp_interval exclude each other - using arp_interval");
    }
    value_.arp_validate = has_arp() ? draft_.arp_validate.value_or(ArpValidate::all) : ArpValidate::none;
}

void DecideLagg::round(std::string_view keyword, Milliseconds& value, bool is_written) {
    if (value_.miimon.count() == 0 || value.count() % value_.miimon.count() == 0) return;
    const auto rounded = value / value_.miimon * value_.miimon;
    if (is_written) {
        context_.sink.log(
            Class::warning, value_.where,
            fmt::format("lagg_instance {}: {} {} is not a multiple of miimon {}, using {}", value_.name,
                        keyword, value.count(), value_.miimon.count(), rounded.count()));
    }
    value = rounded;
}

void DecideLagg::delays() {
    if (draft_.peer_notif_delay) value_.peer_notif_delay = Milliseconds{*draft_.peer_notif_delay};
    round("updelay", value_.updelay, true);
    round("downdelay", value_.downdelay, true);
    round("peer_notif_delay", value_.peer_notif_delay, draft_.peer_notif_delay.has_value());
}

void DecideLagg::scripts() {
    for (const auto& [into, request, keyword] : draft_.scripts) {
        const auto as = request.user ? find_user(context_, request.where, *request.user, request.group)
                                     : default_user(context_, request.where);
        if (!as) {
            context_.sink.log(
                Class::general_error, request.where,
                fmt::format("Invalid user/group for {} script {} - ignoring", keyword, request.command));
            continue;
        }
        value_.*into = look_up(context_, request, *as, ScriptOwner::global);
    }
}

}  // namespace

void finish_laggs(Context& context) {
    for (auto& draft : context.laggs) {
        if (!draft.refused) DecideLagg(context, draft).run();
    }
    note_laggs(context);
    std::erase_if(context.laggs, [](const LaggDraft& draft) { return draft.refused; });
    context.lagg_index.clear();
    for (auto& draft : context.laggs) {
        context.lagg_index.emplace(draft.value.name,
                                   std::pair{context.model.laggs.size(), draft.value.where});
        context.model.laggs.push_back(std::move(draft.value));
    }
    context.model.wants_lagg = !context.model.laggs.empty();
}

}  // namespace conf
