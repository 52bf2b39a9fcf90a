// Names of the model's fields, in the order of their declaration: what a test says of a difference. Boost.PFR of this
// release knows the fields but not their names; a count that does not fit ends the build.
#pragma once

#include <boost/pfr.hpp>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "conf/model.hpp"

namespace model_text {

/// The fields of `T` with commas between them.
template <typename T>
struct Fields {
    std::string_view names;
};

inline constexpr std::tuple kFields{
    Fields<conf::Script>{"command,argv,path,uid,gid,supplementary_groups,verdict,insecure,by_shell"},
    Fields<conf::Address>{
        "prefix,dev,scope,scope_name,broadcast,label,peer,home,no_dad_off,mngtmpaddr,noprefixroute,"
        "autojoin,preferred_lft,no_track,use_vmac,track_group"},
    Fields<conf::BfdInstance>{
        "name,where,neighbor,source,min_rx,min_tx,idle_tx,multiplier,passive,ttl,max_hops,multihop,"
        "weight,reverse,for_vrrp,for_checker"},
    Fields<conf::Listener>{"address,port,path,token_file"},
    Fields<conf::Control>{
        "http_listen,metrics_listen,socket,group,metrics_path,metrics_compat,metrics_max_series,"
        "metrics_checker_detail,metrics_certificate,metrics_key,log_json,reload_confirm"},
    Fields<conf::LaggPort>{"name,priority,queue_id,mtu"},
    Fields<conf::FlapLimit>{"changes,within"},
    Fields<conf::LaggInstance>{
        "name,where,protocol,ports,primary,primary_reselect,failover_rx_all,hash,lacp_fast_timeout,"
        "lacp_active,lacp_strict,lacp_min_links,ad_select,ad_actor_sys_prio,ad_actor_system,"
        "ad_user_port_key,rr_limit,miimon,updelay,downdelay,use_carrier,arp_interval,arp_targets,"
        "arp_validate,arp_all_targets,arp_missed_max,num_grat_arp,peer_notif_delay,resend_igmp,"
        "fast_switch,garp_on_failover,flap_limit,min_ports,fail_over_mac,mac,mac_port,mtu,addresses,"
        "migrate_addresses,adopt,recreate,release_foreign,adopt_changes,on_exit,notify,notify_up,"
        "notify_down,notify_port,debug"},
    Fields<conf::Endpoint>{"address,port"},
    Fields<conf::Forwarding>{"method,tunnel,tunnel_port,tunnel_checksum"},
    Fields<conf::CheckTiming>{
        "delay_loop,delay_before_retry,default_delay_before_retry,warmup,fast_interval,down_interval,"
        "retry,alpha,log_all_failures"},
    Fields<conf::ConnectionSettings>{"bind,bind_if,timeout,fwmark"},
    Fields<conf::Connection>{"destination,settings"},
    Fields<conf::Regex>{"pattern,options,option_names,no_match,min_offset,max_offset,stack_start,stack_max"},
    Fields<conf::TcpDialogue>{"send,expect"},
    Fields<conf::TcpCheck>{"dialogue"},
    Fields<conf::TlsOptions>{"verify,ca_file,cert_file,key_file,alpn"},
    Fields<conf::Url>{"path,digest,status_codes,virtualhost,regex,tls_compliant"},
    Fields<conf::HttpCheck>{
        "tls,protocol,enable_sni,fast_recovery,tls_compliant,virtualhost,sni_name,tls_options,urls"},
    Fields<conf::SmtpCheck>{"helo_name"},
    Fields<conf::DnsCheck>{"type,type_name,name"},
    Fields<conf::MiscCheck>{"script,timeout,dynamic"},
    Fields<conf::BfdCheck>{"name"},
    Fields<conf::UdpCheck>{
        "payload,payload_given,require_reply,reply,reply_mask,min_reply_length,max_reply_length"},
    Fields<conf::FileCheck>{"track_file,weight,reverse"},
    Fields<conf::Http2Check>{"http"},
    Fields<conf::GrpcCheck>{"service,tls,sni_name,tls_options"},
    Fields<conf::AgentCheck>{"send"},
    Fields<conf::GreetingCheck>{"protocol,user,database"},
    Fields<conf::Checker>{"kind,timing,connection,where"},
    Fields<conf::RealSettings>{
        "upper_threshold,lower_threshold,notify_up,notify_down,virtualhost,snmp_name,connect_timeout,"
        "delay_loop,retry,delay_before_retry,warmup,slow_start,drain_timeout"},
    Fields<conf::RealServer>{
        "endpoint,forwarding,inhibit_on_failure,alpha,smtp_alert,weight,settings,checkers,where"},
    Fields<conf::SorryServer>{"endpoint,forwarding,inhibit"},
    Fields<conf::GroupEntry>{"is_fwmark,fwmark,fwmark_family,first,last,port"},
    Fields<conf::VirtualServerGroup>{"name,where,entries"},
    Fields<conf::VirtualServer>{
        "kind,endpoint,fwmark,group,group_sequence,family,protocol,scheduler,scheduler_flags,hashed,"
        "one_packet,persistence_timeout,persistence_granularity,persistence_engine,forwarding,ha_suspend,"
        "alpha,omega,inhibit_on_failure,smtp_alert,virtualhost,snmp_name,quorum,hysteresis,quorum_up,"
        "quorum_down,weight,delay_loop,connect_timeout,retry,delay_before_retry,warmup,sorry_server,"
        "panic_threshold,real_servers,where"},
    Fields<conf::SslContext>{"password,ca,certificate,key"},
    Fields<conf::Lvs>{"ssl,groups,virtual_servers"},
    Fields<conf::Encap>{"kind,id,dst,src,tos,ttl,flags,labels,locator"},
    Fields<conf::NextHop>{"via,dev,weight,onlink,encap,realms"},
    Fields<conf::RouteMetric>{"rtax,value,lock,raw_time"},
    Fields<conf::Route>{
        "family,destination,is_default,type,src,via,from,dev,tos,scope,table,protocol,metric,onlink,"
        "realms,expires,metrics,congctl,congctl_lock,pref,ttl_propagate,encap,nexthops,insert,no_track,"
        "track_group,vrf"},
    Fields<conf::Rule>{
        "family,invert,from,to,priority,tos,ip_protocol,fwmark,fwmask,realms,iif,oif,"
        "suppress_prefixlength,suppress_ifgroup,tunnel_id,uid_range,sport,dport,l3mdev,protocol,action,"
        "table_or_target,no_track,track_group"},
    Fields<conf::TrackRef>{"name,weight,reverse,where,per_port"},
    Fields<conf::Tracks>{"interfaces,scripts,files,processes,bfds,laggs"},
    Fields<conf::NotifyScripts>{
        "master,backup,fault,stop,deleted,generic,master_rx_lower_pri,notify_deleted"},
    Fields<conf::HmacKey>{"id,secret"},
    Fields<conf::AuthHmac>{"keys,active_key,time_window,monotonic_only,mode"},
    Fields<conf::UnicastPeer>{"address,min_ttl,max_ttl"},
    Fields<conf::Garp>{"delay,repeat,refresh,refresh_repeat,lower_prio_delay,lower_prio_repeat"},
    Fields<conf::Vmac>{
        "kind,ifname,mac,ipvlan_address,ipvlan_mode,netlink_notify_msg,group,use_vmac_addr,xmit_base"},
    Fields<conf::VrrpInstance>{
        "name,where,initial_master,interface,vrf,vrid,priority,advert_interval,version,family,"
        "native_ipv6,nopreempt,preempt_delay,down_timer_adverts,timer_expired_backup,"
        "higher_prio_send_advert,lower_prio_no_advert,owner_ignore_adverts,strict,dont_track_primary,"
        "skip_check_adv_addr,accept,promote_secondaries,linkbeat_use_polling,no_virtual_ipaddress,debug,"
        "kernel_rx_buf_size,smtp_alert,config_fault,source,track_src_ip,unicast,unicast_configured,"
        "unicast_fault_no_peer,mcast_dst,unicast_peers,check_unicast_src,unicast_ttl,unicast_checksum,"
        "v3_checksum_as_v2,vmac,garp_extra_if,garp_extra_if_all,vips,evips,routes,rules,auth_type,"
        "auth_pass,auth_hmac,tracks,notify,notify_priority_changes,garp,sync_group,vip_lifetime,"
        "pause_guard,duplicate_owner_check,duplicate_owner_fault,dual_stack,announce_adaptive,peers"},
    Fields<conf::SyncGroup>{
        "name,where,members,tracks,notify,smtp_alert,notify_priority_changes,tracking_weight"},
    Fields<conf::VrrpScript>{"name,where,script,interval,timeout,weight,reverse,rise,fall,init_fail"},
    Fields<conf::TrackFile>{"name,where,path,weight,reverse,init_value,init_overwrite"},
    Fields<conf::TrackProcess>{
        "name,where,process,parameters,param_match,weight,reverse,quorum,quorum_max,terminate_delay,"
        "fork_delay,full_command"},
    Fields<conf::TrackGroup>{"name,where,instances"},
    Fields<conf::GarpGroup>{"garp_interval,gna_interval,interfaces"},
    Fields<conf::InterfaceDelay>{"name,down,up"},
    Fields<conf::LinkbeatInterface>{"name,method"},
    Fields<conf::Fifo>{"path,user,group,uid,gid,script"},
    Fields<conf::ProcessTuning>{"name,nice,no_swap,rt_priority,cpu_affinity,rlimit_rttime_us"},
    Fields<conf::BufferSize>{"bytes,force"},
    Fields<conf::Global>{
        "parent_process_name,vrrp_process,checker_process,bfd_process,router_id,local_name,umask,"
        "data_use_instance,state_dump_file,stats_dump_file,json_dump_file,json_version,iproute_usr_dir,"
        "iproute_etc_dir,notification_email,email_from,smtp_server,smtp_interface,smtp_port,smtp_helo_name,"
        "smtp_connect_timeout,smtp_alert,smtp_alert_vrrp,smtp_alert_checker,no_email_faults,"
        "no_checker_emails,script_uid,script_gid,script_user_set,script_security,use_symlink_paths,"
        "set_supplementary_groups,startup_script,shutdown_script,startup_script_timeout,"
        "shutdown_script_timeout,notify_fifo,vrrp_notify_fifo,lvs_notify_fifo,"
        "vrrp_notify_priority_changes,fifo_write_vrrp_states_on_reload,config_save_dir,"
        "tmp_config_directory,reload_check_config,reload_time_file,reload_repeat,reload_file,"
        "max_auto_priority,min_auto_priority_delay_us,vrrp_version,vrrp_strict,mcast_group4,mcast_group6,"
        "garp,garp_interval,gna_interval,min_garp,vip_lifetime,pause_guard,duplicate_owner_check,"
        "duplicate_owner_fault,owner_witness,owner_witness_required,garp_extra_if,garp_extra_if_all,"
        "down_timer_adverts,lower_prio_no_advert,higher_prio_send_advert,owner_ignore_adverts,"
        "check_unicast_src,skip_check_adv_addr,v3_checksum_as_v2,log_unknown_vrids,startup_delay,"
        "delay_after_boot,default_interface,dynamic_interfaces,allow_if_changes,disable_local_igmp,"
        "vmac_prefix,vmac_addr_prefix,nftables,nftables_table,nftables_priority,nftables_ifindex,"
        "nftables_counters,nftables_ipvs,nftables_ipvs_table,nftables_ipvs_priority,"
        "nftables_ipvs_start_fwmark,vrrp_iptables,vrrp_ipsets,lvs_timeout_tcp,lvs_timeout_tcpfin,"
        "lvs_timeout_udp,lvs_flush,lvs_flush_on_stop,lvs_sync_daemon,checker_log_all_failures,"
        "rs_init_notifies,share_checks,vrrp_netlink_cmd,vrrp_netlink_monitor,lvs_netlink_cmd,"
        "lvs_netlink_monitor,process_monitor,rx_policy,rx_bytes,rx_multiplier,snmp_socket,traps,"
        "snmp_vrrp,snmp_checker,snmp_rfcv2,snmp_rfcv3,snmp_vs_interval,snmp_rs_interval,dbus,"
        "dbus_service_name,dbus_no_interface_name,control,lagg_modprobe,snmp_lagg"},
    Fields<conf::Global::SyncDaemon>{"interface,instance,id,maxlen,port,ttl,group"},
    Fields<conf::Host>{
        "net_namespace,net_namespace_ipvs,namespace_with_ipsets,use_pid_dir,linkbeat_use_polling,"
        "instance,child_wait_time"},
    Fields<conf::Model>{
        "host,global,static_addresses,static_routes,static_rules,track_groups,garp_groups,"
        "interface_delays,linkbeat_interfaces,instances,sync_groups,scripts,track_files,track_processes,"
        "lvs,bfd,laggs,wants_vrrp,wants_checker,wants_bfd,wants_lagg"},
};

/// Those of `T`; empty = rendered as a whole.
template <typename T>
consteval std::string_view fields_of() {
    std::string_view found;
    const auto look = [&found]<typename Other>(const Fields<Other>& fields) {
        if constexpr (std::is_same_v<T, Other>) found = fields.names;
    };
    std::apply([&look](const auto&... all) { (look(all), ...); }, kFields);
    return found;
}

template <typename T>
inline constexpr std::string_view kFieldNames = fields_of<T>();

}  // namespace model_text
