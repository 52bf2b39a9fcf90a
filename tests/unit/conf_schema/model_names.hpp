// Names of the model's fields, in the order of their declaration: what a test says of a difference. Boost.PFR of this
// release knows the fields but not their names; a count that does not fit ends the build.
#pragma once

#include <boost/pfr.hpp>
#include <string_view>

#include "conf/model.hpp"

namespace model_text {

/// The fields of `T` with commas between them; empty = rendered as a whole.
template <typename T>
inline constexpr std::string_view kFieldNames = "";

template <>
inline constexpr std::string_view kFieldNames<conf::Script> =
    "command,argv,path,uid,gid,supplementary_groups,verdict,insecure,by_shell";
template <>
inline constexpr std::string_view kFieldNames<conf::Address> =
    "prefix,dev,scope,scope_name,broadcast,label,peer,home,no_dad_off,mngtmpaddr,noprefixroute,autojoin,"
    "preferred_lft,no_track,use_vmac,track_group";
template <>
inline constexpr std::string_view kFieldNames<conf::BfdInstance> =
    "name,where,neighbor,source,min_rx,min_tx,idle_tx,multiplier,passive,ttl,max_hops,multihop,weight,"
    "reverse,for_vrrp,for_checker";
template <>
inline constexpr std::string_view kFieldNames<conf::Listener> = "address,port,path,token_file";
template <>
inline constexpr std::string_view kFieldNames<conf::Control> =
    "http_listen,metrics_listen,socket,group,metrics_path,metrics_compat,metrics_max_series,metrics_checker_"
    "detail,metrics_certificate,metrics_key,log_json,reload_confirm";
template <>
inline constexpr std::string_view kFieldNames<conf::LaggPort> = "name,priority,queue_id,mtu";
template <>
inline constexpr std::string_view kFieldNames<conf::FlapLimit> = "changes,within";
template <>
inline constexpr std::string_view kFieldNames<conf::LaggInstance> =
    "name,where,protocol,ports,primary,primary_reselect,failover_rx_all,hash,lacp_fast_timeout,lacp_active,"
    "lacp_strict,lacp_min_links,ad_select,ad_actor_sys_prio,ad_actor_system,ad_user_port_key,rr_limit,miimon,"
    "updelay,downdelay,use_carrier,arp_interval,arp_targets,arp_validate,arp_all_targets,arp_missed_max,num_"
    "grat_arp,peer_notif_delay,resend_igmp,fast_switch,garp_on_failover,flap_limit,min_ports,fail_over_mac,"
    "mac,mac_port,mtu,addresses,migrate_addresses,adopt,recreate,release_foreign,adopt_changes,on_exit,"
    "notify,notify_up,notify_down,notify_port,debug";
template <>
inline constexpr std::string_view kFieldNames<conf::Endpoint> = "address,port";
template <>
inline constexpr std::string_view kFieldNames<conf::Forwarding> = "method,tunnel,tunnel_port,tunnel_checksum";
template <>
inline constexpr std::string_view kFieldNames<conf::CheckTiming> =
    "delay_loop,delay_before_retry,default_delay_before_retry,warmup,fast_interval,down_interval,retry,alpha,"
    "log_all_failures";
template <>
inline constexpr std::string_view kFieldNames<conf::Connection> = "destination,bind,bind_if,timeout,fwmark";
template <>
inline constexpr std::string_view kFieldNames<conf::Regex> =
    "pattern,options,option_names,no_match,min_offset,max_offset,stack_start,stack_max";
template <>
inline constexpr std::string_view kFieldNames<conf::TcpDialogue> = "send,expect";
template <>
inline constexpr std::string_view kFieldNames<conf::TcpCheck> = "dialogue";
template <>
inline constexpr std::string_view kFieldNames<conf::TlsOptions> = "verify,ca_file,cert_file,key_file,alpn";
template <>
inline constexpr std::string_view kFieldNames<conf::Url> =
    "path,digest,status_codes,virtualhost,regex,tls_compliant";
template <>
inline constexpr std::string_view kFieldNames<conf::HttpCheck> =
    "tls,protocol,enable_sni,fast_recovery,tls_compliant,virtualhost,sni_name,tls_options,urls";
template <>
inline constexpr std::string_view kFieldNames<conf::SmtpCheck> = "helo_name";
template <>
inline constexpr std::string_view kFieldNames<conf::DnsCheck> = "type,type_name,name";
template <>
inline constexpr std::string_view kFieldNames<conf::MiscCheck> = "script,timeout,dynamic";
template <>
inline constexpr std::string_view kFieldNames<conf::BfdCheck> = "name";
template <>
inline constexpr std::string_view kFieldNames<conf::UdpCheck> =
    "payload,payload_given,require_reply,reply,reply_mask,min_reply_length,max_reply_length";
template <>
inline constexpr std::string_view kFieldNames<conf::FileCheck> = "track_file,weight,reverse";
template <>
inline constexpr std::string_view kFieldNames<conf::Http2Check> = "http";
template <>
inline constexpr std::string_view kFieldNames<conf::GrpcCheck> = "service,tls,sni_name,tls_options";
template <>
inline constexpr std::string_view kFieldNames<conf::AgentCheck> = "send";
template <>
inline constexpr std::string_view kFieldNames<conf::GreetingCheck> = "protocol,user,database";
template <>
inline constexpr std::string_view kFieldNames<conf::Checker> = "kind,timing,connection,where";
template <>
inline constexpr std::string_view kFieldNames<conf::RealServer> =
    "endpoint,weight,forwarding,upper_threshold,lower_threshold,inhibit_on_failure,alpha,smtp_alert,notify_"
    "up,notify_down,virtualhost,snmp_name,connect_timeout,delay_loop,retry,delay_before_retry,warmup,slow_"
    "start,drain_timeout,checkers,where";
template <>
inline constexpr std::string_view kFieldNames<conf::SorryServer> = "endpoint,forwarding,inhibit";
template <>
inline constexpr std::string_view kFieldNames<conf::GroupEntry> =
    "is_fwmark,fwmark,fwmark_family,first,last,port";
template <>
inline constexpr std::string_view kFieldNames<conf::VirtualServerGroup> = "name,where,entries";
template <>
inline constexpr std::string_view kFieldNames<conf::VirtualServer> =
    "kind,endpoint,fwmark,group,group_sequence,family,protocol,scheduler,scheduler_flags,hashed,one_packet,"
    "persistence_timeout,persistence_granularity,persistence_engine,forwarding,ha_suspend,alpha,omega,"
    "inhibit_on_failure,smtp_alert,virtualhost,snmp_name,quorum,hysteresis,quorum_up,quorum_down,weight,"
    "delay_loop,connect_timeout,retry,delay_before_retry,warmup,sorry_server,panic_threshold,real_servers,"
    "where";
template <>
inline constexpr std::string_view kFieldNames<conf::SslContext> = "password,ca,certificate,key";
template <>
inline constexpr std::string_view kFieldNames<conf::Lvs> = "ssl,groups,virtual_servers";
template <>
inline constexpr std::string_view kFieldNames<conf::Encap> = "kind,id,dst,src,tos,ttl,flags,labels,locator";
template <>
inline constexpr std::string_view kFieldNames<conf::NextHop> = "via,dev,weight,onlink,encap,realms";
template <>
inline constexpr std::string_view kFieldNames<conf::RouteMetric> = "rtax,value,lock,raw_time";
template <>
inline constexpr std::string_view kFieldNames<conf::Route> =
    "family,destination,is_default,type,src,via,from,dev,tos,scope,hoplimit_unused,table,protocol,metric,"
    "onlink,realms,expires,metrics,congctl,congctl_lock,pref,ttl_propagate,encap,nexthops,insert,no_track,"
    "track_group,vrf";
template <>
inline constexpr std::string_view kFieldNames<conf::Rule> =
    "family,invert,from,to,priority,tos,ip_protocol,fwmark,fwmask,realms,iif,oif,suppress_prefixlength,"
    "suppress_ifgroup,tunnel_id,uid_range,sport,dport,l3mdev,protocol,action,table_or_target,no_track,track_"
    "group";
template <>
inline constexpr std::string_view kFieldNames<conf::TrackRef> = "name,weight,reverse,where,per_port";
template <>
inline constexpr std::string_view kFieldNames<conf::Tracks> = "interfaces,scripts,files,processes,bfds,laggs";
template <>
inline constexpr std::string_view kFieldNames<conf::NotifyScripts> =
    "master,backup,fault,stop,deleted,generic,master_rx_lower_pri,notify_deleted";
template <>
inline constexpr std::string_view kFieldNames<conf::HmacKey> = "id,secret";
template <>
inline constexpr std::string_view kFieldNames<conf::AuthHmac> =
    "keys,active_key,time_window,monotonic_only,mode";
template <>
inline constexpr std::string_view kFieldNames<conf::UnicastPeer> = "address,min_ttl,max_ttl";
template <>
inline constexpr std::string_view kFieldNames<conf::Garp> =
    "delay,repeat,refresh,refresh_repeat,lower_prio_delay,lower_prio_repeat";
template <>
inline constexpr std::string_view kFieldNames<conf::Vmac> =
    "kind,ifname,mac,ipvlan_address,ipvlan_mode,netlink_notify_msg,group,use_vmac_addr,xmit_base";
template <>
inline constexpr std::string_view kFieldNames<conf::VrrpInstance> =
    "name,where,initial_master,interface,vrf,vrid,priority,advert_interval,version,family,native_ipv6,"
    "nopreempt,preempt_delay,down_timer_adverts,timer_expired_backup,higher_prio_send_advert,lower_prio_no_"
    "advert,owner_ignore_adverts,strict,dont_track_primary,skip_check_adv_addr,accept,promote_secondaries,"
    "linkbeat_use_polling,no_virtual_ipaddress,debug,kernel_rx_buf_size,smtp_alert,config_fault,source,track_"
    "src_ip,unicast,unicast_configured,unicast_fault_no_peer,mcast_dst,unicast_peers,check_unicast_src,"
    "unicast_ttl,unicast_checksum,v3_checksum_as_v2,vmac,garp_extra_if,garp_extra_if_all,vips,evips,routes,"
    "rules,auth_type,auth_pass,auth_hmac,tracks,notify,notify_priority_changes,garp,sync_group,vip_lifetime,"
    "pause_guard,duplicate_owner_check,duplicate_owner_fault,dual_stack,announce_adaptive,peers";
template <>
inline constexpr std::string_view kFieldNames<conf::SyncGroup> =
    "name,where,members,tracks,notify,smtp_alert,notify_priority_changes,tracking_weight";
template <>
inline constexpr std::string_view kFieldNames<conf::VrrpScript> =
    "name,where,script,interval,timeout,weight,reverse,rise,fall,init_fail";
template <>
inline constexpr std::string_view kFieldNames<conf::TrackFile> =
    "name,where,path,weight,reverse,init_value,init_overwrite";
template <>
inline constexpr std::string_view kFieldNames<conf::TrackProcess> =
    "name,where,process,parameters,param_match,weight,reverse,quorum,quorum_max,terminate_delay,fork_delay,"
    "full_command";
template <>
inline constexpr std::string_view kFieldNames<conf::TrackGroup> = "name,where,instances";
template <>
inline constexpr std::string_view kFieldNames<conf::GarpGroup> = "garp_interval,gna_interval,interfaces";
template <>
inline constexpr std::string_view kFieldNames<conf::InterfaceDelay> = "name,down,up";
template <>
inline constexpr std::string_view kFieldNames<conf::LinkbeatInterface> = "name,method";
template <>
inline constexpr std::string_view kFieldNames<conf::Fifo> = "path,user,group,uid,gid,script";
template <>
inline constexpr std::string_view kFieldNames<conf::ProcessTuning> =
    "name,nice,no_swap,rt_priority,cpu_affinity,rlimit_rttime_us";
template <>
inline constexpr std::string_view kFieldNames<conf::BufferSize> = "bytes,force";
template <>
inline constexpr std::string_view kFieldNames<conf::Global> =
    "parent_process_name,vrrp_process,checker_process,bfd_process,router_id,local_name,umask,data_use_"
    "instance,state_dump_file,stats_dump_file,json_dump_file,json_version,iproute_usr_dir,iproute_etc_dir,"
    "notification_email,email_from,smtp_server,smtp_port,smtp_helo_name,smtp_connect_timeout,smtp_alert,smtp_"
    "alert_vrrp,smtp_alert_checker,no_email_faults,no_checker_emails,script_uid,script_gid,script_user_set,"
    "script_security,use_symlink_paths,set_supplementary_groups,startup_script,shutdown_script,startup_"
    "script_timeout,shutdown_script_timeout,notify_fifo,vrrp_notify_fifo,lvs_notify_fifo,vrrp_notify_"
    "priority_changes,fifo_write_vrrp_states_on_reload,config_save_dir,tmp_config_directory,reload_check_"
    "config,reload_time_file,reload_repeat,reload_file,max_auto_priority,min_auto_priority_delay_us,vrrp_"
    "version,vrrp_strict,mcast_group4,mcast_group6,garp,garp_interval,gna_interval,min_garp,vip_lifetime,"
    "pause_guard,duplicate_owner_check,duplicate_owner_fault,owner_witness,owner_witness_required,garp_extra_"
    "if,garp_extra_if_all,down_timer_adverts,lower_prio_no_advert,higher_prio_send_advert,owner_ignore_"
    "adverts,check_unicast_src,skip_check_adv_addr,v3_checksum_as_v2,log_unknown_vrids,startup_delay,delay_"
    "after_boot,default_interface,dynamic_interfaces,allow_if_changes,disable_local_igmp,vmac_prefix,vmac_"
    "addr_prefix,nftables,nftables_table,nftables_priority,nftables_ifindex,nftables_counters,nftables_ipvs,"
    "nftables_ipvs_table,nftables_ipvs_priority,nftables_ipvs_start_fwmark,vrrp_iptables,vrrp_ipsets,lvs_"
    "timeout_tcp,lvs_timeout_tcpfin,lvs_timeout_udp,lvs_flush,lvs_flush_on_stop,lvs_sync_daemon,checker_log_"
    "all_failures,rs_init_notifies,share_checks,vrrp_netlink_cmd,vrrp_netlink_monitor,lvs_netlink_cmd,lvs_"
    "netlink_monitor,process_monitor,rx_policy,rx_bytes,rx_multiplier,snmp_socket,traps,snmp_vrrp,snmp_"
    "checker,snmp_rfcv2,snmp_rfcv3,snmp_vs_interval,snmp_rs_interval,dbus,dbus_service_name,dbus_no_"
    "interface_name,control,lagg_modprobe,snmp_lagg";
template <>
inline constexpr std::string_view kFieldNames<conf::Global::SyncDaemon> =
    "interface,instance,id,maxlen,port,ttl,group";
template <>
inline constexpr std::string_view kFieldNames<conf::Host> =
    "net_namespace,net_namespace_ipvs,namespace_with_ipsets,use_pid_dir,linkbeat_use_polling,instance,child_"
    "wait_time";
template <>
inline constexpr std::string_view kFieldNames<conf::Model> =
    "host,global,static_addresses,static_routes,static_rules,track_groups,garp_groups,interface_delays,"
    "linkbeat_interfaces,instances,sync_groups,scripts,track_files,track_processes,lvs,bfd,laggs,wants_vrrp,"
    "wants_checker,wants_bfd,wants_lagg";

}  // namespace model_text
