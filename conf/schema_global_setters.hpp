// Setters of global_defs, by subject; the rows are in schema_global.cpp.
#pragma once

#include "conf/schema_setters.hpp"

namespace conf::global_setters {

inline Global& global_of(void* target) { return *static_cast<Global*>(target); }

// Names and files (schema_global_setters.cpp)
void process_names(Context&, void*, const Args&);
void process_name(Context&, void*, const Args&);
void email_from(Context&, void*, const Args&);
void router_id(Context&, void*, const Args&);
void smtp_server(Context&, void*, const Args&);
void smtp_helo_name(Context&, void*, const Args&);
void smtp_connect_timeout(Context&, void*, const Args&);
void notification_email(Context&, void*, const Args&);
void notification_email_end(Context&, void*, const Args&);
void umask(Context&, void*, const Args&);
void path_or_default(Context&, void*, const Args&);
void config_save_dir(Context&, void*, const Args&);
void nothing(Context&, void*, const Args&);
void random_seed(Context&, void*, const Args&);

// Scripts and FIFOs
void script_user(Context&, void*, const Args&);
void global_script(Context&, void*, const Args&);
void script_timeout(Context&, void*, const Args&);
void fifo(Context&, void*, const Args&);

// Scheduling
void max_auto_priority(Context&, void*, const Args&);
void nice(Context&, void*, const Args&);
void no_swap(Context&, void*, const Args&);
void rt_priority(Context&, void*, const Args&);
void cpu_affinity(Context&, void*, const Args&);
void rlimit(Context&, void*, const Args&);

// VRRP, firewall (schema_global_vrrp.cpp)
void dynamic_interfaces(Context&, void*, const Args&);
void mcast_group(Context&, void*, const Args&);
void garp_interval(Context&, void*, const Args&);
void min_garp(Context&, void*, const Args&);
void garp_extra_if(Context&, void*, const Args&);
void lower_prio_delay(Context&, void*, const Args&);
void lower_prio_repeat(Context&, void*, const Args&);
void long_delay(Context&, void*, const Args&);
void vmac_prefix(Context&, void*, const Args&);
void nftables(Context&, void*, const Args&);
void nftables_ipvs(Context&, void*, const Args&);
void iptables(Context&, void*, const Args&);
void ipsets(Context&, void*, const Args&);
void rx_policy(Context&, void*, const Args&);
void reload_time_file(Context&, void*, const Args&);
void tmp_config_directory(Context&, void*, const Args&);
void rx_multiplier(Context&, void*, const Args&);
void buffer_size(Context&, void*, const Args&);
void buffer_force(Context&, void*, const Args&);

// LVS, SNMP
void lvs_timeouts(Context&, void*, const Args&);
void flush_on_stop(Context&, void*, const Args&);
void lvs_sync_daemon(Context&, void*, const Args&);
void snmp_socket(Context&, void*, const Args&);
void snmp_rfc(Context&, void*, const Args&);
void snmp_rs_interval(Context&, void*, const Args&);

/// GARP counts: 0 is taken as 1.
template <auto Member>
void repeat(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto value = read_unsigned(context, args.value(), args.span(), 0, UINT32_MAX, Number::lenient);
    if (!value) return complain(context, args, args.value());
    if (*value == 0) {
        context.error(args.span(), fmt::format("{} must be greater than 0, setting to 1", args.keyword.name));
    }
    field_of<Member, Global>(target) = *value == 0 ? 1U : static_cast<std::uint32_t>(*value);
}

}  // namespace conf::global_setters
