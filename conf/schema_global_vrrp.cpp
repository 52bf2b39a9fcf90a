// global_defs: VRRP, firewall, buffers, LVS, SNMP (conf-global.md §2.6-§2.10).
#include <algorithm>

#include "conf/grammar/numbers.hpp"
#include "conf/schema_global_setters.hpp"

namespace conf::global_setters {

void dynamic_interfaces(Context& context, void* target, const Args& args) {
    auto& global = global_of(target);
    global.dynamic_interfaces = true;
    if (args.empty()) return;
    if (args.value() == "allow_if_changes") {
        global.allow_if_changes = true;
    } else {
        context.error(args.span(), fmt::format("Unknown dynamic_interfaces option '{}'", args.value()))
            .expected = "`allow_if_changes`, or nothing";
    }
}

void mcast_group(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto name = args.keyword.name;
    const bool v6 = name.ends_with('6');
    const auto address = address_word(args.value());
    if (!address || address->is_v6() != v6) {
        context
            .error(args.span(),
                   address ? fmt::format("{} [{}] is not IPv{}. Skipping", name, args.value(), v6 ? 6 : 4)
                           : fmt::format("Can't parse {} [{}]. Skipping", name, args.value()))
            .expected = v6 ? "an IPv6 multicast address" : "an IPv4 multicast address";
        return;
    }
    if (!address->is_multicast()) {
        context.error(args.span(), fmt::format("{} [{}] is not multicast. Skipping", name, args.value()));
        return;
    }
    if (v6 && !address->is_link_local_multicast()) {
        context.error(args.span(),
                      fmt::format("{} [{}] should be link-local multicast.", name, args.value()));
    }
    (v6 ? global_of(target).mcast_group6 : global_of(target).mcast_group4) = *address;
}

void garp_interval(Context& context, void* target, const Args& args) {
    constexpr std::uint64_t kVeryLarge = 1'000'000;
    if (!context.need(args)) return;
    const auto& range = args.keyword.range;
    const auto us = read_decimal(context, args.value(), args.span(), 6, range.min, range.max);
    if (!us) return complain(context, args, args.value());
    if (*us >= kVeryLarge) {
        context.sink.log(Class::warning, args.span(),
                         fmt::format("The {} is very large - {} seconds", args.keyword.name, args.value()));
    }
    auto& global = global_of(target);
    (args.keyword.name == "vrrp_garp_interval" ? global.garp_interval : global.gna_interval) =
        Microseconds{static_cast<std::int64_t>(*us)};
}

/// Only what still is at its default changes: later lines win, earlier ones stay.
void min_garp(Context& context, void* target, const Args& args) {
    const auto value = args.empty() ? std::optional(true) : bool_word(args.value());
    if (!value) return complain(context, args, args.value());
    if (!*value) return;
    auto& global = global_of(target);
    const Garp initial;
    auto& garp = global.garp;
    global.min_garp = true;
    if (garp.repeat == initial.repeat) garp.repeat = 1;
    if (garp.delay == initial.delay) garp.delay = {};
    if (garp.refresh == initial.refresh) garp.refresh = {};
    if (garp.refresh_repeat == initial.refresh_repeat) garp.refresh_repeat = 0;
}

void garp_extra_if(Context& context, void* target, const Args& args) {
    if (args.keyword.name == "vrrp_vmac_garp_intvl") {
        context.report(Class::deprecated, args.where(),
                       "Keyword \"vrrp_vmac_garp_intvl\" is deprecated - please use \"vrrp_garp_extra_if\"");
    }
    auto& global = global_of(target);
    const bool all = !args.empty() && args.value() == "all";
    const std::size_t at = all ? 1 : 0;
    if (args.count() <= at) {
        context.error(args.where(), fmt::format("{} specified without time - ignoring", args.keyword.name));
        return;
    }
    const auto seconds = read_unsigned(context, args.value(at), args.span(at), 1, 86400, Number::lenient);
    if (!seconds) {
        context.error(args.span(at),
                      fmt::format("{} '{}' invalid - ignoring", args.keyword.name, args.value(at)));
        return;
    }
    global.garp_extra_if = static_cast<std::uint32_t>(*seconds);
    global.garp_extra_if_all = all;
}

void lower_prio_delay(Context& context, void*, const Args& args) {
    if (!context.need(args)) return;
    const auto value = read_unsigned(context, args.value(), args.span(), 0, 4294, Number::lenient);
    if (!value) return complain(context, args, args.value());
    context.garp_lower_prio_delay = static_cast<std::uint32_t>(*value);
}

void lower_prio_repeat(Context& context, void*, const Args& args) {
    if (!context.need(args)) return;
    const auto value = read_unsigned(context, args.value(), args.span(), 0, INT32_MAX, Number::lenient);
    if (!value) return complain(context, args, args.value());
    context.garp_lower_prio_repeat = static_cast<std::uint32_t>(*value);
}

void long_delay(Context& context, void* target, const Args& args) {
    constexpr std::uint64_t kVeryLarge = 60'000'000;
    if (!context.need(args)) return;
    const auto& range = args.keyword.range;
    const auto us = read_decimal(context, args.value(), args.span(), 6, range.min, range.max);
    if (!us) return complain(context, args, args.value());
    if (*us >= kVeryLarge) {
        context.sink.log(Class::warning, args.span(),
                         fmt::format("The {} is very large - {} seconds", args.keyword.name, args.value()));
    }
    auto& global = global_of(target);
    (args.keyword.name == "vrrp_startup_delay" ? global.startup_delay : global.delay_after_boot) =
        Microseconds{static_cast<std::int64_t>(*us)};
}

constexpr std::size_t kLongestPrefix = 15;  // IFNAMSIZ without its NUL; the name itself is cut once more

void vmac_prefix(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const bool addresses = args.keyword.name == "vmac_addr_prefix";
    auto& field = addresses ? global_of(target).vmac_addr_prefix : global_of(target).vmac_prefix;
    if (!field.empty()) {
        context.error(args.span(), fmt::format("{} prefix has already been specified - ignoring {}",
                                               addresses ? "vmac_addr" : "vmac", args.value()));
        return;
    }
    field = args.value().substr(0, kLongestPrefix);
}

// ------------------------------------------------------------------------------------------------ firewall

namespace {

constexpr std::size_t kLongestTable = 254;

bool table_name(Context& context, const Args& args, bool used, std::string& into) {
    if (used) {
        context.error(args.where(),
                      fmt::format("{} already specified - ignoring",
                                  args.keyword.name == "nftables" ? "nftables" : "ipvs nftables"));
        return false;
    }
    if (args.empty() || args.value().empty()) return true;
    if (args.value().size() > kLongestTable) {
        context.error(args.span(), fmt::format("{} table name too long - ignoring", args.keyword.name));
        return false;
    }
    into = args.value();
    return true;
}

}  // namespace

void nftables(Context& context, void* target, const Args& args) {
    auto& global = global_of(target);
    if (!table_name(context, args, global.nftables, global.nftables_table)) return;
    global.nftables = true;
    global.nftables_priority = -1;
}

void nftables_ipvs(Context& context, void* target, const Args& args) {
    auto& global = global_of(target);
    if (!table_name(context, args, global.nftables_ipvs, global.nftables_ipvs_table)) return;
    global.nftables_ipvs = true;
    global.nftables_ipvs_priority = -1;
}

void iptables(Context& context, void* target, const Args& args) {
    context
        .error(args.where(),
               "iptables not supported, using nftables instead. Please replace 'vrrp_iptables and "
               "'vrrp_ipsets' with "
               "'nftables' config option")
        .hint = "write `nftables` instead";
    auto& global = global_of(target);
    global.nftables = true;
    auto& chains = global.vrrp_iptables.emplace();
    for (std::size_t at = 0; at < args.count(); ++at) chains.emplace_back(args.value(at));
}

void ipsets(Context& context, void* target, const Args& args) {
    context.report(Class::unknown_keyword, args.where(), "Unknown keyword 'vrrp_ipsets'").hint =
        "ipsets are not used: write `nftables` instead of vrrp_iptables and vrrp_ipsets";
    auto& sets = global_of(target).vrrp_ipsets.emplace();
    for (std::size_t at = 0; at < args.count(); ++at) sets.emplace_back(args.value(at));
}

// ------------------------------------------------------------------------------------------------ buffers

namespace {

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x >= 'a' && x <= 'z' ? x - 'a' + 'A' : x) == y; });
}

BufferSize& buffer_of(Global& global, std::string_view keyword) {
    if (keyword.starts_with("vrrp_netlink_cmd")) return global.vrrp_netlink_cmd;
    if (keyword.starts_with("vrrp_netlink_monitor")) return global.vrrp_netlink_monitor;
    if (keyword.starts_with("lvs_netlink_cmd")) return global.lvs_netlink_cmd;
    if (keyword.starts_with("lvs_netlink_monitor")) return global.lvs_netlink_monitor;
    return global.process_monitor;
}

}  // namespace

void buffer_size(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto bytes = read_unsigned(context, args.value(), args.span(), 0, UINT32_MAX, Number::lenient);
    if (!bytes) return complain(context, args, args.value());
    if (*bytes != 0)
        buffer_of(global_of(target), args.keyword.name).bytes = static_cast<std::uint32_t>(*bytes);
}

void buffer_force(Context& context, void* target, const Args& args) {
    const auto value = args.empty() ? std::optional(true) : bool_word(args.value());
    if (!value) return complain(context, args, args.value());
    buffer_of(global_of(target), args.keyword.name).force = *value;
}

void rx_policy(Context& context, void* target, const Args& args) {
    using Policy = Global::RxPolicy;
    if (!context.need(args)) return;
    auto& global = global_of(target);
    for (std::size_t at = 0; at < args.count(); ++at) {
        if (args.value(at).empty()) continue;
        Policy policy = Policy::bytes;
        if (same_word(args.value(at), "MTU")) {
            policy = Policy::mtu;
        } else if (same_word(args.value(at), "ADVERT")) {
            policy = Policy::advert;
        } else {
            const auto bytes =
                read_unsigned(context, args.value(at), args.span(at), 1, UINT32_MAX, Number::lenient);
            if (!bytes) {
                context.error(args.span(at), fmt::format("Invalid vrrp_rx_bufs_policy {}", args.value(at)));
                continue;
            }
            global.rx_bytes = static_cast<std::uint32_t>(*bytes);
        }
        const auto before = global.rx_policy;
        if (before != Policy::none && before != policy) {
            context.error(args.span(at), fmt::format("vrrp_rx_bufs_policy {}: more than one policy specified",
                                                     args.value(at)));
            // A number wins over a word, MTU wins over ADVERT.
            if (before == Policy::bytes || (before == Policy::mtu && policy == Policy::advert)) continue;
        }
        global.rx_policy = policy;
    }
}

void rx_multiplier(Context& context, void* target, const Args& args) {
    const auto value = args.count() == 1
                           ? read_unsigned(context, args.value(), args.span(), 1, UINT32_MAX, Number::lenient)
                           : std::nullopt;
    if (value) {
        global_of(target).rx_multiplier = static_cast<std::uint32_t>(*value);
    } else {
        context
            .error(args.where(), args.count() == 1
                                     ? fmt::format("Invalid vrrp_rx_bufs_multiplier {}", args.value())
                                     : "Invalid vrrp_rx_bufs_multiplier")
            .expected = "one number";
    }
}

// ------------------------------------------------------------------------------------------------ LVS

void lvs_timeouts(Context& context, void* target, const Args& args) {
    constexpr std::uint64_t kLongest = 2'678'400;  // 31 days
    auto& global = global_of(target);
    bool any = false;
    for (std::size_t at = 0; at < args.count(); ++at) {
        const auto option = args.value(at);
        auto* field = option == "tcp"      ? &global.lvs_timeout_tcp
                      : option == "tcpfin" ? &global.lvs_timeout_tcpfin
                      : option == "udp"    ? &global.lvs_timeout_udp
                                           : nullptr;
        if (!any && at + 1 == args.count()) break;
        if (field == nullptr) {
            context.error(args.span(at), fmt::format("Unknown option {} specified for lvs_timeouts", option))
                .expected = "tcp, tcpfin or udp";
            any = true;
            continue;
        }
        if (at + 1 == args.count()) {
            context.error(args.span(at),
                          fmt::format("No value specified for lvs_timeout {} - ignoring", option));
            break;
        }
        ++at;
        any = true;
        if (const auto value =
                read_unsigned(context, args.value(at), args.span(at), 0, kLongest, Number::lenient)) {
            *field = static_cast<std::uint32_t>(*value);
        } else {
            context.error(args.span(at),
                          fmt::format("Invalid lvs_timeout {} ({}) - ignoring", option, args.value(at)));
        }
    }
    if (!any) context.error(args.where(), "lvs_timeouts requires at least one option");
}

void flush_on_stop(Context& context, void* target, const Args& args) {
    using Flush = Global::FlushOnStop;
    if (args.keyword.name == "lvs_flush_onstop") {
        context.sink.log(Class::deprecated, args.where(),
                         "lvs_flush_onstop is deprecated - please use lvs_flush_on_stop");
    }
    auto& field = global_of(target).lvs_flush_on_stop;
    if (args.empty()) {
        field = Flush::full;
    } else if (args.value() == "VS") {
        field = Flush::vs;
    } else {
        context.error(args.span(), fmt::format("Unknown lvs_flush_on_stop type {}", args.value())).expected =
            "`VS`, or nothing";
    }
}

namespace {

/// One `KEY VALUE` of lvs_sync_daemon.
void sync_option(Context& context, Global::SyncDaemon& daemon, const Args& args, std::size_t at) {
    const auto option = args.value(at);
    const auto value = args.value(at + 1);
    const auto where = args.span(at + 1);
    const auto invalid = [&] {
        context.error(where, fmt::format("Invalid lvs_sync_daemon {} ({}) - ignoring", option, value));
    };
    if (option == "inst") {
        daemon.instance = value;
    } else if (option == "id") {
        if (const auto id = read_unsigned(context, value, where, 0, 255, Number::lenient)) {
            daemon.id = static_cast<std::uint8_t>(*id);
        } else {
            context.error(where, fmt::format("Invalid syncid ({}) - defaulting to vrid", value));
        }
    } else if (option == "group") {
        const auto group = address_word(value);
        if (group && group->is_multicast()) {
            daemon.group = *group;
        } else {
            context.error(where,
                          fmt::format("lvs_sync_daemon group address {} is not multicast - ignoring", value));
        }
    } else {
        const std::uint64_t max = option == "maxlen" ? 65507 : option == "port" ? 65535 : 255;
        const auto number = read_unsigned(context, value, where, 1, max, Number::lenient);
        if (!number) return invalid();
        if (option == "maxlen") daemon.maxlen = static_cast<std::uint16_t>(*number);
        if (option == "port") daemon.port = static_cast<std::uint16_t>(*number);
        if (option == "ttl") daemon.ttl = static_cast<std::uint8_t>(*number);
    }
}

}  // namespace

void lvs_sync_daemon(Context& context, void* target, const Args& args) {
    auto& field = global_of(target).lvs_sync_daemon;
    if (args.empty()) {
        context.error(args.where(), "lvs_sync_daemon requires interface").expected = "an interface";
        return;
    }
    if (field) {
        context.error(args.where(),
                      fmt::format("lvs_sync_daemon has already been specified as {} {} - ignoring",
                                  field->interface, field->instance));
        return;
    }
    constexpr std::size_t kLongest = 15;
    if (args.value().size() > kLongest) {
        context.error(args.span(),
                      fmt::format("lvs_sync_daemon interface name '{}' too long - ignoring", args.value()));
        return;
    }
    Global::SyncDaemon daemon;
    daemon.interface = args.value();
    constexpr std::array<std::string_view, 6> kOptions{"inst", "id", "maxlen", "port", "ttl", "group"};
    std::size_t at = 1;
    for (; at < args.count(); ++at) {
        const auto option = args.value(at);
        const bool known = std::find(kOptions.begin(), kOptions.end(), option) != kOptions.end();
        if (known && at + 1 < args.count()) {
            sync_option(context, daemon, args, at);
            ++at;
        } else if (known) {
            context.error(args.span(at),
                          fmt::format("No value specified for lvs_sync_daemon {} - ignoring", option));
        } else if (at == 1) {
            daemon.instance = option;  // the old form: IF INST [ID]
        } else if (at == 2 && !grammar::integer(option).junk) {
            context.error(args.span(at), "Please use keyword \"id\" before lvs_sync_daemon SYNCID");
            const auto id = grammar::integer(option).value;
            if (id >= 0 && id <= 255) {
                daemon.id = static_cast<std::uint8_t>(id);
            } else {
                context.error(args.span(at), fmt::format("Invalid syncid ({}) - defaulting to vrid", option));
            }
        } else {
            context.error(args.span(at), fmt::format("Unknown lvs_sync_daemon option '{}'", option));
        }
    }
    field = std::move(daemon);
}

// ------------------------------------------------------------------------------------------------ SNMP

void snmp_socket(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& field = global_of(target).snmp_socket;
    if (args.count() > 1) {
        context.error(args.span(1), "Too many parameters specified for snmp_socket - ignoring");
        return;
    }
    if (!field.empty()) {
        context.error(args.where(), fmt::format("SNMP socket already set to {} - ignoring", field));
        return;
    }
    field = args.value();
}

void snmp_rfc(Context&, void* target, const Args&) {
    global_of(target).snmp_rfcv2 = global_of(target).snmp_rfcv3 = true;
}

void snmp_rs_interval(Context& context, void*, const Args& args) {
    if (!context.need(args)) return;
    const auto& range = args.keyword.range;
    const auto us = read_decimal(context, args.value(), args.span(), 6, range.min, range.max);
    if (!us) return complain(context, args, args.value());
    context.snmp_rs_interval = Microseconds{static_cast<std::int64_t>(*us)};
}

}  // namespace conf::global_setters
