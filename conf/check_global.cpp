// Global defaults which depend on the host or on each other, and the last words of a reading (conf-global.md §2, §3).
#include <fmt/format.h>

#include <algorithm>

#include "conf/check.hpp"
#include "conf/schema_scripts.hpp"

namespace conf {

namespace {

void fill_names(Context& context, Global& global) {
    const auto host = context.facts.host_name();
    global.local_name = host.canonical;
    const bool known = host.canonical != "[unknown]";
    if (global.router_id.empty()) global.router_id = host.canonical;
    if (global.smtp_helo_name.empty()) global.smtp_helo_name = known ? host.canonical : "localhost";
    if (global.email_from.empty() && known)
        global.email_from = context.facts.caller().login + '@' + host.canonical;
}

void inherit(Context& context, Global& global) {
    auto& garp = global.garp;
    garp.lower_prio_delay =
        context.garp_lower_prio_delay ? Seconds{*context.garp_lower_prio_delay} : garp.delay;
    garp.lower_prio_repeat = context.garp_lower_prio_repeat.value_or(garp.repeat);
    global.snmp_rs_interval = context.snmp_rs_interval.value_or(global.snmp_vs_interval);
    if (global.mcast_group4.is_none()) global.mcast_group4 = net::IpAddress::v4(0xE0000012);  // 224.0.0.18
    if (global.mcast_group6.is_none()) global.mcast_group6 = *net::IpAddress::parse("ff02::12");
    if (global.vmac_addr_prefix.empty()) global.vmac_addr_prefix = global.vmac_prefix;
}

std::optional<Script>* place_of(Global& global, std::string_view keyword) {
    if (keyword == "startup_script") return &global.startup_script;
    if (keyword == "shutdown_script") return &global.shutdown_script;
    auto& fifo = keyword == "notify_fifo_script"        ? global.notify_fifo
                 : keyword == "vrrp_notify_fifo_script" ? global.vrrp_notify_fifo
                                                        : global.lvs_notify_fifo;
    return fifo ? &fifo->script : nullptr;
}

void look_up_scripts(Context& context, Global& global) {
    for (const auto& [request, keyword] : context.global_scripts) {
        auto* into = place_of(global, keyword);
        if (into == nullptr) {
            context.sink.log(
                Class::warning, request.where,
                fmt::format("{} without {} - ignoring", keyword, keyword.substr(0, keyword.size() - 7)));
        }
        const auto as = request.user ? find_user(context, request.where, *request.user, request.group)
                                     : default_user(context, request.where);
        if (!as) {
            std::string words(keyword);
            std::replace(words.begin(), words.end(), '_', ' ');
            auto& problem = context.error(request.where, fmt::format("Invalid {}", words));
            problem.log_only =
                words.find("fifo") != std::string::npos;  // never counted by the reference's -t
            continue;
        }
        const auto owner = keyword.starts_with("vrrp") || keyword.starts_with("notify") ? ScriptOwner::vrrp
                           : keyword.starts_with("lvs")                                 ? ScriptOwner::checker
                                                                                        : ScriptOwner::global;
        auto script = look_up(context, request, *as, owner);
        if (keyword == "notify_fifo_script")
            context.check_scripts.add(seen(script));  // each process runs its own
        if (into != nullptr) *into = std::move(script);
    }
}

void check_fifos(Context& context, Global& global) {
    const auto same_as_common = [&](std::optional<Fifo>& fifo, std::string_view name) {
        if (!fifo || !global.notify_fifo || fifo->path != global.notify_fifo->path) return;
        context.sink.log(
            Class::warning, {},
            fmt::format("{} {} has been specified as notify_fifo - ignoring it", name, fifo->path));
        fifo.reset();
    };
    same_as_common(global.vrrp_notify_fifo, "vrrp_notify_fifo");
    same_as_common(global.lvs_notify_fifo, "lvs_notify_fifo");
    for (auto* fifo : {&global.notify_fifo, &global.vrrp_notify_fifo, &global.lvs_notify_fifo}) {
        if (!*fifo || (*fifo)->user) continue;
        if (const auto as = default_user(context, {})) {
            (*fifo)->uid = as->uid;
            (*fifo)->gid = as->gid;
        }
    }
}

}  // namespace

void finish_globals(Context& context) {
    auto& global = context.model.global;
    fill_names(context, global);
    inherit(context, global);
    look_up_scripts(context, global);
    check_fifos(context, global);
    if (context.net_namespace.empty()) context.net_namespace = context.model.host.net_namespace;
}

void finish_scripts(Context& context) {
    if (context.missing_interface && !context.model.global.dynamic_interfaces) {
        context.report(Class::fatal, {}, "Non-existent interface specified in configuration").refuses_reload =
            true;
    }
    report_script_security(context);
}

}  // namespace conf
