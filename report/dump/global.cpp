// Global definitions: the same section in all four *.data files, with the differences of each process
// (state-files.md §3).
#include <algorithm>

#include "report/dump/sections.hpp"

namespace report {
namespace {

/// The library version the reference prints; ours talks to nftables through libnftables, which brings this one along.
constexpr const char* kNftnlVersion = "1.2.4";
constexpr const char* kDefaultAgentxSocket = "default (unix:/var/agentx/master)";
constexpr std::uint32_t kDefaultUmask = 0177;

std::string_view unset_on_off(conf::OptionalBool value) { return !value ? "unset" : *value ? "on" : "off"; }

/// "for each secondary VMAC": seconds, or all interfaces of the instance.
std::string_view extra_unit(bool all_interfaces) { return all_interfaces ? "i/f" : "s"; }

class GlobalSection {
  public:
    GlobalSection(const conf::Model& model, Writer writer, Lines& lines)
        : model_(model), global_(model.global), host_(model.host), writer_(writer), lines_(lines) {}

    void write() {
        lines_.heading("Global definitions");
        names();
        mail();
        reloading();
        supervisor_scripts();
        interfaces();
        lvs();
        fifos();
        multicast_and_gratuitous_arp();
        adverts();
        firewall();
        vrrp_checks();
        process("VRRP", global_.vrrp_process);
        process("Checker", global_.checker_process);
        process("BFD", global_.bfd_process);
        observers();
        scripts();
        buffers();
        vrrp_extras();
        files();
    }

  private:
    bool is(Writer writer) const { return writer_ == writer; }

    void if_set(std::string_view words, const std::string& value) {
        if (!value.empty()) lines_.add(" {} = {}", words, value);
    }

    void names() {
        std::string save_dir = global_.config_save_dir;
        while (save_dir.size() > 1 && save_dir.back() == '/') save_dir.pop_back();
        if_set("Config save dir", save_dir);
        lines_.add(" Network namespace = {}",
                   host_.net_namespace.empty() ? "(default)" : host_.net_namespace);
        lines_.add(" Network namespace ipvs = {}", !host_.net_namespace_ipvs ? "(main namespace)"
                                                   : host_.net_namespace_ipvs->empty()
                                                       ? "(default)"
                                                       : *host_.net_namespace_ipvs);
        if_set("Instance name", host_.instance);
        if_set("Parent process name", global_.parent_process_name);
        if_set("VRRP process name", global_.vrrp_process.name);
        if_set("LVS process name", global_.checker_process.name);
        if_set("BFD process name", global_.bfd_process.name);
        lines_.add(" {} symlinks in script paths", global_.use_symlink_paths ? "Keep" : "Replace");
        lines_.add(" {} supplementary groups for all scripts",
                   global_.set_supplementary_groups ? "Set" : "Don't set");
        lines_.add(" Router ID = {}", global_.router_id);
    }

    // Defaults that nothing uses are not shown: the reference fills them in with a server or an address.
    void mail() {
        if (!global_.smtp_server.is_none()) {
            lines_.add(" Smtp server = {}", global_.smtp_server.to_string());
            lines_.add(" Smtp server port = {}", global_.smtp_port);
            if_set("Smtp HELO name", global_.smtp_helo_name);
            lines_.add(" Smtp server connection timeout = {}",
                       global_.smtp_connect_timeout.count() / 1'000'000);
        }
        if (!global_.notification_email.empty()) {
            lines_.add(" Email notification from = {}", global_.email_from);
            lines_.add(" Email notification to:");
            for (const auto& address : global_.notification_email) lines_.add("   {}", address);
        }
        lines_.add(" Default smtp_alert = {}", unset_on_off(global_.smtp_alert));
        lines_.add(" Default smtp_alert_vrrp = {}", unset_on_off(global_.smtp_alert_vrrp));
        lines_.add(" Default smtp_alert_checker = {}", unset_on_off(global_.smtp_alert_checker));
        lines_.add(" Checkers log all failures = {}", true_false(global_.checker_log_all_failures));
    }

    void reloading() {
        if (global_.reload_check_config)
            lines_.add(" Test config before reload, log to {}", *global_.reload_check_config);
        else
            lines_.add(" No test config before reload");
        if (!global_.reload_time_file.empty()) {
            lines_.add(" Reload time file = {}{}", global_.reload_time_file,
                       global_.reload_repeat ? " (repeat)" : "");
            lines_.add(" No reload scheduled");
        }
        if (global_.reload_file) lines_.add(" Reload_file = {}", *global_.reload_file);
        if_set("config save directory", global_.tmp_config_directory);
        if (global_.data_use_instance) lines_.add(" Use instance name in data dumps");
    }

    // No comma before the second `timeout`: the reference has none.
    void supervisor_scripts() {
        if (!is(Writer::parent)) return;
        if (global_.startup_script)
            lines_.add(" Startup script = {}, timeout {}", command_and_user(*global_.startup_script),
                       global_.startup_script_timeout.count());
        if (global_.shutdown_script)
            lines_.add(" Shutdown script = {} timeout {}", command_and_user(*global_.shutdown_script),
                       global_.shutdown_script_timeout.count());
    }

    void interfaces() {
        lines_.add(" Dynamic interfaces = {}", true_false(global_.dynamic_interfaces));
        if (global_.dynamic_interfaces)
            lines_.add(" Allow interface changes = {}", true_false(global_.allow_if_changes));
        if (global_.no_email_faults) lines_.add(" Send emails for fault transitions = off");
        if (global_.lvs_timeout_tcp.value_or(0) != 0)
            lines_.add(" LVS TCP timeout = {}", *global_.lvs_timeout_tcp);
        if (global_.lvs_timeout_tcpfin.value_or(0) != 0)
            lines_.add(" LVS TCP FIN timeout = {}", *global_.lvs_timeout_tcpfin);
        // The label of the reference, which consumers know: it is the UDP timeout.
        if (global_.lvs_timeout_udp.value_or(0) != 0)
            lines_.add(" LVS TCP timeout = {}", *global_.lvs_timeout_udp);
        if (is(Writer::vrrp)) lines_.add(" Default interface = {}", global_.default_interface);
        lines_.add(" Disable local IGMP = {}", yes_no(global_.disable_local_igmp));
        lines_.add(" Use VRRPv2 checksum for VRRPv3 IPv4 = {}", yes_no(global_.v3_checksum_as_v2));
    }

    void lvs() {
        if (global_.lvs_sync_daemon) sync_daemon(*global_.lvs_sync_daemon);
        lines_.add(" LVS flush = {}", true_false(global_.lvs_flush));
        using Flush = conf::Global::FlushOnStop;
        lines_.add(" LVS flush on stop = {}", global_.lvs_flush_on_stop == Flush::full ? "full"
                                              : global_.lvs_flush_on_stop == Flush::vs ? "VS"
                                                                                       : "disabled");
    }

    void sync_daemon(const conf::Global::SyncDaemon& daemon) {
        if (!daemon.instance.empty())
            lines_.add(" LVS syncd vrrp {} = {}", is(Writer::vrrp) ? "instance" : "name", daemon.instance);
        lines_.add(" LVS syncd interface = {}", daemon.interface);
        lines_.add(" LVS syncd syncid = {}", daemon.id.value_or(sync_id_of(daemon.instance)));
        if (daemon.maxlen != 0) lines_.add(" LVS syncd maxlen = {}", daemon.maxlen);
        if (!daemon.group.is_none()) lines_.add(" LVS mcast group {}", daemon.group.to_string());
        if (daemon.port != 0) lines_.add(" LVS syncd mcast port = {}", daemon.port);
        if (daemon.ttl != 0) lines_.add(" LVS syncd mcast ttl = {}", daemon.ttl);
    }

    /// Unless given, the id is the VRID of the instance.
    std::uint8_t sync_id_of(const std::string& name) const {
        for (const auto& instance : model_.instances)
            if (instance.name == name) return instance.vrid;
        return 0;
    }

    void fifos() {
        fifo("Global", global_.notify_fifo, is(Writer::vrrp));
        fifo("VRRP", global_.vrrp_notify_fifo, is(Writer::vrrp));
        fifo("LVS", global_.lvs_notify_fifo, is(Writer::checker));
        lines_.add(" FIFO write vrrp states on reload = {}",
                   true_false(global_.fifo_write_vrrp_states_on_reload));
        lines_.add(" VRRP notify priority changes = {}", true_false(global_.vrrp_notify_priority_changes));
    }

    /// @param runs_script  this process does, and shows the FIFO's path as the script's last word
    void fifo(std::string_view whose, const std::optional<conf::Fifo>& fifo, bool runs_script) {
        if (!fifo) return;
        lines_.add(" {} notify fifo = {}, uid:gid {}:{}", whose, fifo->path, fifo->uid, fifo->gid);
        if (!fifo->script) return;
        conf::Script script = *fifo->script;
        if (runs_script && (script.argv.empty() || script.argv.back() != fifo->path))
            script.argv.push_back(fifo->path);
        lines_.add(" {} notify fifo script = {}", whose, command_and_user(script));
    }

    void multicast_and_gratuitous_arp() {
        const conf::Garp& garp = global_.garp;
        lines_.add(" VRRP IPv4 mcast group = {}",
                   global_.mcast_group4.is_none() ? "224.0.0.18" : global_.mcast_group4.to_string());
        lines_.add(" VRRP IPv6 mcast group = {}",
                   global_.mcast_group6.is_none() ? "ff02::12" : global_.mcast_group6.to_string());
        lines_.add(" Gratuitous ARP delay = {}", garp.delay.count());
        lines_.add(" Gratuitous ARP repeat = {}", garp.repeat);
        lines_.add(" Gratuitous ARP refresh timer = {}", garp.refresh.count());
        lines_.add(" Gratuitous ARP refresh repeat = {}", garp.refresh_repeat);
        lines_.add(" Gratuitous ARP lower priority delay = {}", garp.lower_prio_delay.count());
        lines_.add(" Gratuitous ARP lower priority repeat = {}", garp.lower_prio_repeat);
        lines_.add(" Num adverts before down = {}", global_.down_timer_adverts);
        lines_.add(" Gratuitous ARP for each secondary VMAC = {}{}", global_.garp_extra_if,
                   extra_unit(global_.garp_extra_if_all));
    }

    void adverts() {
        lines_.add(" Send advert after receive lower priority advert = {}",
                   true_false(!global_.lower_prio_no_advert));
        lines_.add(" Send advert after receive higher priority advert = {}",
                   true_false(global_.higher_prio_send_advert));
        lines_.add(" Gratuitous ARP interval = {}", fixed_seconds(global_.garp_interval));
        lines_.add(" Gratuitous NA interval = {}", fixed_seconds(global_.gna_interval));
        lines_.add(" VRRP default protocol version = {}", global_.vrrp_version);
    }

    bool uses_vrrp_firewall() const {
        return global_.nftables ||
               std::any_of(model_.instances.begin(), model_.instances.end(), [](const auto& instance) {
                   return !instance.accept || instance.vmac.kind == conf::VmacKind::macvlan;
               });
    }

    void firewall() {
        if (global_.vrrp_iptables) iptables();
        if (is(Writer::vrrp) && !global_.vrrp_iptables && uses_vrrp_firewall()) {
            lines_.add(" nftables table name = {}", global_.nftables_table);
            lines_.add(" nftables base chain priority = {}", global_.nftables_priority);
            lines_.add(" nftables {}force use ifindex for link local IPv6",
                       global_.nftables_ifindex ? "" : "don't ");
        }
        if (global_.nftables_ipvs) {
            lines_.add(" ipvs nftables table name = {}", global_.nftables_ipvs_table);
            lines_.add(" ipvs nftables base chain priority = {}", global_.nftables_ipvs_priority);
            lines_.add(" ipvs nftables start fwmark = {}", global_.nftables_ipvs_start_fwmark);
        }
        lines_.add(" nftables {} counters", global_.nftables_counters ? "with" : "without");
        lines_.add(" libnftnl version {}", kNftnlVersion);
    }

    void iptables() {
        static constexpr const char* kChains[] = {"input", "output"};
        static constexpr const char* kSets[] = {"IPv4 address", "IPv6 address", "IPv6 address,iface",
                                                "IGMP",         "MLD",          "ND"};
        const auto& chains = *global_.vrrp_iptables;
        for (std::size_t i = 0; i < std::min(chains.size(), std::size(kChains)); ++i)
            lines_.add(" Iptables {} chain = {}", kChains[i], chains[i]);
        lines_.add(" Using ipsets = {}", true_false(global_.vrrp_ipsets.has_value()));
        if (!global_.vrrp_ipsets) return;
        const auto& sets = *global_.vrrp_ipsets;
        for (std::size_t i = 0; i < std::min(sets.size(), std::size(kSets)); ++i)
            lines_.add(" ipset {} set = {}", kSets[i], sets[i]);
    }

    void vrrp_checks() {
        lines_.add(" VRRP check unicast_src = {}", true_false(global_.check_unicast_src));
        lines_.add(" VRRP skip check advert addresses = {}", true_false(global_.skip_check_adv_addr));
        lines_.add(" VRRP strict mode = {}", true_false(global_.vrrp_strict));
        if (global_.max_auto_priority)
            lines_.add(" Max auto priority = {}", *global_.max_auto_priority);
        else
            lines_.add(" Max auto priority = Disabled");
        lines_.add(" Min auto priority delay = {} usecs", global_.min_auto_priority_delay_us);
    }

    void process(std::string_view name, const conf::ProcessTuning& tuning) {
        lines_.add(" {} process priority = {}", name, tuning.nice.value_or(0));
        lines_.add(" {} don't swap = {}", name, true_false(tuning.no_swap));
        lines_.add(" {} realtime priority = {}", name, tuning.rt_priority);
        if (!tuning.cpu_affinity.empty())
            lines_.add(" {} CPU Affinity = {} ", name, fmt::join(tuning.cpu_affinity, " "));
        lines_.add(" {} realtime limit = {}", name, tuning.rlimit_rttime_us);
    }

    void observers() {
        lines_.add(" SNMP vrrp {}", enabled_disabled(global_.snmp_vrrp));
        lines_.add(" SNMP checker {}", enabled_disabled(global_.snmp_checker));
        lines_.add(" SNMP RFCv2 {}", enabled_disabled(global_.snmp_rfcv2));
        lines_.add(" SNMP RFCv3 {}", enabled_disabled(global_.snmp_rfcv3));
        lines_.add(" SNMP traps {}", enabled_disabled(global_.traps));
        lines_.add(" SNMP socket = {}",
                   global_.snmp_socket.empty() ? kDefaultAgentxSocket : global_.snmp_socket);
        lines_.add(" SNMP VS stats update interval = {}", fixed_seconds(global_.snmp_vs_interval));
        lines_.add(" SNMP RS stats update interval = {}", fixed_seconds(global_.snmp_rs_interval));
        lines_.add(" DBus {}", enabled_disabled(global_.dbus));
        lines_.add(" DBus service name = {}", global_.dbus_service_name);
        lines_.add(" DBus no interface name = {}", global_.dbus_no_interface_name);
    }

    void scripts() {
        lines_.add(" Script security {}", enabled_disabled(global_.script_security));
        lines_.add(" Default script uid:gid {}:{}", global_.script_uid, global_.script_gid);
    }

    void buffers() {
        buffer("vrrp_netlink_cmd", global_.vrrp_netlink_cmd);
        buffer("vrrp_netlink_monitor", global_.vrrp_netlink_monitor);
        buffer("process_monitor", global_.process_monitor);
        buffer("lvs_netlink_cmd", global_.lvs_netlink_cmd);
        buffer("lvs_netlink_monitor", global_.lvs_netlink_monitor);
        lines_.add(" rs_init_notifies = {}", global_.rs_init_notifies ? 1 : 0);
        lines_.add(" no_checker_emails = {}", global_.no_checker_emails ? 1 : 0);
        using Policy = conf::Global::RxPolicy;
        if (global_.rx_policy == Policy::mtu) lines_.add(" rx_bufs_policy = MTU");
        if (global_.rx_policy == Policy::advert) lines_.add(" rx_bufs_policy = ADVERT");
        if (global_.rx_policy == Policy::bytes) lines_.add(" rx_bufs_size = {}", global_.rx_bytes);
        lines_.add(" rx_bufs_multiples = {}", global_.rx_multiplier);
        lines_.add(" umask = 0{:o}", global_.umask.value_or(kDefaultUmask));
    }

    void buffer(std::string_view name, const conf::BufferSize& size) {
        lines_.add(" {}_rcv_bufs = {}", name, size.bytes);
        lines_.add(" {}_rcv_bufs_force = {}", name, size.force ? 1 : 0);
    }

    void vrrp_extras() {
        if (global_.startup_delay.count() != 0)
            lines_.add(" vrrp_startup_delay = {}", general_seconds(global_.startup_delay));
        if (global_.log_unknown_vrids) lines_.add(" log_unknown_vrids");
        if (global_.owner_ignore_adverts) lines_.add(" vrrp_owner_ignore_adverts");
        if_set("VMAC prefix", global_.vmac_prefix);
        if_set("VMAC address prefix", global_.vmac_addr_prefix);
    }

    void files() {
        lines_.add(" json_version {}", global_.json_version);
        lines_.add(" iproute usr directory {}", global_.iproute_usr_dir);
        lines_.add(" iproute etc directory {}", global_.iproute_etc_dir);
        const auto file = [&](std::string_view which, const std::string& path) {
            if (!path.empty()) lines_.add(" {} dump file {}", which, path);
        };
        file("state", global_.state_dump_file);
        file("stats", global_.stats_dump_file);
        file("json", global_.json_dump_file);
    }

    const conf::Model& model_;
    const conf::Global& global_;
    const conf::Host& host_;
    Writer writer_;
    Lines& lines_;
};

}  // namespace

void dump_global_definitions(const conf::Model& model, Writer writer, Lines& lines) {
    GlobalSection(model, writer, lines).write();
}

std::string parent_data(const conf::Model& model) {
    Lines lines;
    dump_global_definitions(model, Writer::parent, lines);
    return lines.take();
}

}  // namespace report
