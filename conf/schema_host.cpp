// The supervisor's keywords, static entries and the small blocks (conf-global.md §1, §4).
#include "conf/schema_host.hpp"
#include "conf/grammar/address.hpp"
#include "conf/grammar/numbers.hpp"
#include "conf/grammar/route.hpp"
#include "conf/grammar/rule.hpp"
#include "conf/schema_blocks.hpp"

namespace conf::host_setters {

namespace {

Model& model_of(void* target) { return *static_cast<Model*>(target); }

/// Unlike the other places of interfaces: the checks behind the reading still take place.
bool is_known(const Context& context, std::string_view name) {
    return context.model.global.dynamic_interfaces || context.interface(name) != nullptr;
}

}  // namespace

void net_namespace(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& host = model_of(target).host;
    if (!host.net_namespace.empty()) {
        context.error(args.span(),
                      fmt::format("Duplicate net_namespace definition {} - ignoring", args.value()));
        return;
    }
    host.net_namespace = args.value();
    host.use_pid_dir = true;
}

void net_namespace_ipvs(Context& context, void* target, const Args& args) {
    auto& field = model_of(target).host.net_namespace_ipvs;
    if (field) {
        context.error(args.where(), fmt::format("Duplicate net_namespace_ipvs definition {} - ignoring",
                                                args.empty() ? "" : args.value()));
        return;
    }
    field = args.empty() ? "" : std::string(args.value());
}

void instance(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& host = model_of(target).host;
    if (!host.instance.empty()) {
        context.error(args.span(), fmt::format("Duplicate instance definition {} - ignoring", args.value()));
        return;
    }
    host.instance = args.value();
    host.use_pid_dir = true;
}

void child_wait_time(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto seconds = read_unsigned(context, args.value(), args.span(), 0, UINT32_MAX, Number::lenient);
    if (!seconds) return complain(context, args, args.value());
    model_of(target).host.child_wait_time = static_cast<std::uint32_t>(*seconds);
}

void static_address(Context& context, void* target, const Args& args) {
    auto address = read_address(context, args, AddressUse::static_address);
    if (!address) return;
    const auto& fallback = context.model.global.default_interface;
    if (address->dev.empty()) {
        if (!context.model.global.dynamic_interfaces && context.interface(fallback) == nullptr) {
            context.missing_interface = true;
            context
                .report(Class::fatal, args.span(),
                        fmt::format(
                            "Static address {} requires either an interface or default interface must exist",
                            args.value()))
                .hint = "add `dev INTERFACE`, or default_interface to global_defs";
            return;
        }
        address->dev = fallback;
    }
    model_of(target).static_addresses.push_back(std::move(*address));
}

void static_route(Context& context, void* target, const Args& args) {
    if (auto route = read_route(context, args, RouteUse::static_route)) {
        model_of(target).static_routes.push_back(std::move(*route));
    }
}

void static_rule(Context& context, void* target, const Args& args) {
    if (auto rule = read_rule(context, args, RuleUse::static_rule)) {
        model_of(target).static_rules.push_back(std::move(*rule));
    }
}

void linkbeat_interface(Context& context, void* target, const Args& args) {
    const auto name = args.value();
    if (!interface_name_fits(context, name, args.span())) return;
    if (!is_known(context, name)) {
        context.report(Class::fatal, args.span(),
                       fmt::format("unknown interface {} specified for linkbeat interface", name));
        return;
    }
    LinkbeatInterface entry{std::string(name)};
    std::size_t extra = 1;
    if (args.count() > 1) {
        const auto word = args.value(1);
        entry.method = word == "MII"       ? Linkbeat::mii
                       : word == "ETHTOOL" ? Linkbeat::ethtool
                       : word == "IOCTL"   ? Linkbeat::ioctl
                                           : Linkbeat::automatic;
        if (entry.method != Linkbeat::automatic) extra = 2;
    }
    if (args.count() > extra) {
        context
            .error(args.span(extra), fmt::format("extra characters {} in linkbeat interface", args.value(1)))
            .expected = "MII, ETHTOOL or IOCTL, or nothing";
    }
    model_of(target).linkbeat_interfaces.push_back(std::move(entry));
}

void interface_delay(Context& context, void* target, const Args& args) {
    constexpr std::uint64_t kLongest = 255'000'000;
    const auto name = args.value();
    if (!interface_name_fits(context, name, args.span())) return;
    if (!is_known(context, name)) {
        context.report(Class::fatal, args.span(),
                       fmt::format("unknown interface {} specified for up/down delay", name));
        return;
    }
    InterfaceDelay entry{std::string(name)};
    if (args.count() < 2) {
        context.sink
            .log(Class::general_error, args.span(),
                 fmt::format("No up/down delay specified for interface {}", name))
            .expected = "IF DOWN [UP], in seconds";
        return;
    }
    const auto down = read_decimal(context, args.value(1), args.span(1), 6, 0, kLongest);
    if (!down) return;
    entry.down = Microseconds{static_cast<std::int64_t>(*down)};
    if (args.count() > 2) {
        const auto up = read_decimal(context, args.value(2), args.span(2), 6, 0, kLongest);
        if (!up) return;
        entry.up = Microseconds{static_cast<std::int64_t>(*up)};
    }
    if (args.count() > 3) {
        context.sink.log(Class::general_error, args.span(3),
                         fmt::format("Too many parameters specified for interface {} up/down delay", name));
    }
    model_of(target).interface_delays.push_back(std::move(entry));
}

}  // namespace conf::host_setters

// ------------------------------------------------------------------------------------------------ garp_group

namespace conf {

namespace {

GarpGroup& garp_group_of(void* target) { return *static_cast<GarpGroup*>(target); }

void set_interval(Context& context, void* target, const Args& args) {
    constexpr std::uint64_t kLongest = 4'294'967'295, kVeryLarge = 1'000'000;
    if (!context.need(args)) return;
    const auto us = read_decimal(context, args.value(), args.span(), 6, 0, kLongest);
    if (!us) return complain(context, args, args.value());
    if (*us >= kVeryLarge) {
        context.sink.log(Class::warning, args.span(),
                         fmt::format("The {} is very large - {} seconds", args.keyword.name, args.value()));
    }
    context.garp_interval_given = true;
    auto& group = garp_group_of(target);
    (args.keyword.name == "garp_interval" ? group.garp_interval : group.gna_interval) =
        Microseconds{static_cast<std::int64_t>(*us)};
}

void add_interface(Context& context, GarpGroup& group, std::string_view name, Span where) {
    if (!context.interface_usable(name)) {
        context
            .report(Class::warning, where,
                    fmt::format("WARNING - interface {} specified for garp_group doesn't exist", name))
            .hint = context.similar_interface(name);
        return;
    }
    const auto* interface = context.interface(name);
    if (interface != nullptr && interface->kind == "macvlan") {
        context.error(where, fmt::format("Cannot specify garp_delay on a vmac ({}) - ignoring", name));
        return;
    }
    if (!context.garp_interfaces.emplace(name, where).second) {
        context.error(where, fmt::format("garp_group already specified for {} - ignoring", name))
            .related.emplace_back(context.garp_interfaces[std::string(name)], "listed here");
        return;
    }
    group.interfaces.emplace_back(name);
}

void set_interface(Context& context, void* target, const Args& args) {
    if (context.need(args)) add_interface(context, garp_group_of(target), args.value(), args.span());
}

void collect_interfaces(Context& context, void*, const Args& args) {
    for (std::size_t at = 0; at < args.count(); ++at) context.garp_names.emplace_back(args.value(at));
}

/// The reference looks at them when the list is closed: its messages stand there.
void add_interfaces(Context& context, void* target, const Args& args) {
    if (context.garp_names.empty())
        context.report(Class::warning, args.where(), "Warning - empty garp_group interfaces block");
    for (const auto& name : std::exchange(context.garp_names, {}))
        add_interface(context, garp_group_of(target), name, args.where());
}

void* open_garp_group(Context& context, void*, const Args&) {
    context.garp_interval_given = false;
    return &context.model.garp_groups.emplace_back();
}

void close_garp_group(Context& context, void* target) {
    const auto& group = garp_group_of(target);
    auto& all = context.model.garp_groups;
    if (!context.garp_interval_given) {
        // The reference counts from 0.
        context.at_end(fmt::format("garp group {} does not have any delay set - removing", all.size() - 1))
            .expected = "garp_interval or gna_interval";
        all.pop_back();
    } else if (group.interfaces.empty()) {
        context.sink.log(Class::general_error, context.closing,
                         fmt::format("garp group {} does not have any interfaces - removing", all.size()));
        all.pop_back();
    }
}

using K = Keyword;

// clang-format off
constexpr Keyword kGarpGroup[] = {
    K{"garp_interval", "SECS", set_interval, "none (one of the two intervals required)", "0..4294.967295", "least time between GARPs over all interfaces of the group", kVrrp}.says("garp_group $k '$v' invalid"),
    K{"gna_interval", "SECS", set_interval, "none (one of the two intervals required)", "0..4294.967295", "least time between unsolicited NAs over all interfaces of the group", kVrrp}.says("garp_group $k '$v' invalid"),
    K{"interface", "IF", set_interface, "none", "1..15 chars", "an interface of the group", kVrrp},
    K{"interfaces", "{ IF ... }", collect_interfaces, "none", "-", "interfaces of the group", kVrrp}.lines(add_interfaces),
};
// clang-format on

}  // namespace

constexpr Block kGarpGroupBlock{"garp_group", kGarpGroup, open_garp_group, close_garp_group};

}  // namespace conf
