// VRRP Topology: one block for each instance, every line of state-files.md §4.
#include <algorithm>

#include "conf/lines/kernel_lines.hpp"
#include "report/dump/sections.hpp"
#include "report/snapshot/placement.hpp"
#include "report/text/instance_lines.hpp"

namespace report {
namespace {

using vrrp::protocol::Fault;
using vrrp::protocol::State;

constexpr int kDefaultTtl = 255;  ///< RFC 9568 §5.1.1.3

bool has_fault(std::uint32_t faults, Fault fault) {
    return (faults & static_cast<std::uint32_t>(fault)) != 0;
}

class InstanceBlock {
  public:
    InstanceBlock(const VrrpDump& dump, std::size_t index)
        : dump_(dump),
          lines_(dump.lines),
          index_(index),
          instance_(dump.model.instances[index]),
          row_(dump.vrrp().instances[index]),
          interfaces_(interfaces_of(instance_, row_)) {}

    void write() {
        identity();
        flags();
        if (dump_.running()) faults_and_timers();
        vmac();
        interface();
        options();
        source_and_group();
        gratuitous_arp();
        adverts();
        authentication();
        checksum_and_buffers();
        addresses();
        unicast();
        sockets();
        routes_and_rules();
        dump_tracks(instance_.tracks, "Tracked processes", lines_);
        notification();
    }

  private:
    void identity() {
        lines_.add(" VRRP Instance = {}", instance_.name);
        lines_.add("   VRRP Version = {}", instance_.version);
        if (!instance_.sync_group.empty()) lines_.add("   Sync group = {}", instance_.sync_group);
        if (instance_.family == net::Family::ipv6 && (instance_.version == 3 || instance_.native_ipv6))
            lines_.add("   Using Native IPv6");
        if (dump_.running()) state();
    }

    void state() {
        lines_.add("   State = {}", state_word(row_.core.state));
        if (row_.core.state == State::backup) {
            lines_.add("   Master router = {}", row_.core.master_address.to_string());
            lines_.add("   Master priority = {}", row_.core.master_priority);
            if (instance_.version == 3)
                lines_.add("   Master advert interval = {} milli-sec",
                           row_.core.master_advert_interval.count() / 1000);
        }
        if (row_.core.state == State::master && instance_.priority == 255) rogue_master();
    }

    // Spelled as the reference spells it.
    void rogue_master() {
        lines_.add("   Rogue master counter = {}", row_.core.rogue_count);
        lines_.add("   Roger timer thread = {}", row_.core.rogue_due == kNever ? "(nil)" : "0x1");
        if (row_.core.rogue_interval.count() != 0)
            lines_.add("   Roger adver interval = {} ms", row_.core.rogue_interval.count() / 1000);
    }

    // Which settings make it "Flags:" with nothing below was tried one by one (run, 2.2.7).
    void flags() {
        const bool any =
            instance_.unicast || instance_.unicast_configured || instance_.unicast_fault_no_peer ||
            instance_.vmac.kind != conf::VmacKind::none || instance_.vmac.use_vmac_addr ||
            instance_.nopreempt || instance_.dont_track_primary || instance_.promote_secondaries ||
            instance_.garp_extra_if_all || instance_.skip_check_adv_addr || instance_.linkbeat_use_polling;
        lines_.add("   Flags:{}", any ? "" : " none");
        if (instance_.unicast) lines_.add("     Using unicast");
        if (instance_.unicast_configured && !instance_.unicast)
            lines_.add("     Unicast config option specified but using multicast");
        if (instance_.unicast_fault_no_peer) lines_.add("     If unicast go to fault state if no peers");
    }

    void faults_and_timers() {
        const auto& core = row_.core;
        lines_.add("   Wantstate = {}", state_word(core.wanted));
        lines_.add("   Number of config faults = {}", has_fault(core.faults, Fault::config) ? 1 : 0);
        lines_.add("   Number of tracker faults = {}", core.tracker_faults);
        interface_faults();
        if (has_fault(core.faults, Fault::duplicate_vrid)) lines_.add("   Duplicate VRID");
        lines_.add("   Number of track scripts init = {}", core.trackers_in_init);
        lines_.add("   Last transition = {}", timestamp(core.last_transition_wallclock_us));
        lines_.add("   Read timeout = {}", read_timeout());
        lines_.add("   Master down timer = {} usecs", core.last_master_down_interval.count());
    }

    void interface_faults() {
        struct Name {
            Fault fault;
            const char* words;
        };
        static constexpr Name kNames[] = {
            {Fault::interface_down, "i/f down"},       {Fault::base_interface_down, "base i/f down"},
            {Fault::duplicate_vrid, "duplicate VRID"}, {Fault::no_source_address, "no source IP address"},
            {Fault::config, "config error"},           {Fault::unspecified, "unspecified"}};
        const bool any = std::any_of(std::begin(kNames), std::end(kNames), [&](const Name& name) {
            return has_fault(row_.core.faults, name.fault);
        });
        lines_.add("   Flags of interface faults{}", any ? ":" : " - (none)");
        for (const Name& name : kNames)
            if (has_fault(row_.core.faults, name.fault)) lines_.add("     {}", name.words);
    }

    std::string read_timeout() const {
        const Instant due =
            row_.core.state == State::master ? row_.core.advert_due : row_.core.master_down_due;
        const bool running = row_.core.state == State::master || row_.core.state == State::backup;
        return running && due != kNever ? timestamp(dump_.snapshot.wallclock_us_of(due)) : "DISABLED";
    }

    void vmac() {
        const conf::Vmac& vmac = instance_.vmac;
        if (vmac.kind == conf::VmacKind::none && !vmac.use_vmac_addr) return;
        const auto* own = find_interface(dump_.vrrp(), interfaces_.own);
        const bool is_up = own != nullptr && (own->flags & 1U) != 0;  // IFF_UP
        if (vmac.kind == conf::VmacKind::macvlan) {
            lines_.add("   Use VMAC, i/f name {}, is_up = {}, xmit_base = {}", interfaces_.own,
                       true_false(is_up), true_false(vmac.xmit_base));
            if (vmac.mac.length != 0) lines_.add("     MAC = {}", vmac.mac.to_string());
        }
        if (vmac.kind == conf::VmacKind::ipvlan) {
            static constexpr const char* kModes[] = {"bridge", "private", "vepa"};
            lines_.add(
                "   Use IPVLAN, i/f {}, is_up = {}{}, type {}", interfaces_.own, true_false(is_up),
                vmac.ipvlan_address ? ", i/f address = " + conf::short_prefix(*vmac.ipvlan_address) : "",
                kModes[std::min<std::size_t>(vmac.ipvlan_mode, 2)]);
        }
        if (vmac.netlink_notify_msg) lines_.add("     Force netlink update for base interface");
        if (vmac.use_vmac_addr) lines_.add("     Use VMAC for VIPs on other interfaces");
        if (vmac.group) lines_.add("     Interface group {}", *vmac.group);
    }

    void interface() {
        if (interfaces_.own.empty())
            lines_.add("   Interface = not configured");
        else if (interfaces_.base.empty())
            lines_.add("   Interface = {}", interfaces_.own);
        else
            lines_.add("   Interface = {}, {} on {}{}", interfaces_.own,
                       instance_.vmac.kind == conf::VmacKind::ipvlan ? "ipvlan" : "vmac", interfaces_.base,
                       instance_.vmac.xmit_base ? ", xmit base i/f" : "");
        const auto* own = find_interface(dump_.vrrp(), interfaces_.own);
        if (own == nullptr) return;
        if (const auto* vrf = find_interface(dump_.vrrp(), own->vrf_ifindex))
            lines_.add("   VRF = {}", field_text(vrf->name));
    }

    void options() {
        if (instance_.dont_track_primary) lines_.add("   VRRP interface tracking disabled");
        if (instance_.skip_check_adv_addr) lines_.add("   Skip checking advert IP addresses");
        if (instance_.no_virtual_ipaddress) lines_.add("   Suppress no VIPs warning");
        if (instance_.strict) lines_.add("   Enforcing strict VRRP compliance");
    }

    void source_and_group() {
        const bool of_ipvlan =
            instance_.vmac.kind == conf::VmacKind::ipvlan && instance_.vmac.ipvlan_address.has_value();
        const net::IpAddress configured =
            of_ipvlan ? instance_.vmac.ipvlan_address->address : instance_.source;
        const bool has_none = has_fault(row_.core.faults, Fault::no_source_address);
        const net::IpAddress own = has_none ? net::IpAddress() : row_.core.source;
        lines_.add("   Using src_ip = {}{}", (configured.is_none() ? own : configured).to_string(),
                   configured.is_none() ? "" : " (from configuration)");
        if (instance_.unicast) return;
        if (instance_.mcast_dst.is_v6())
            lines_.add("   Multicast address {}, ifindex {}", instance_.mcast_dst.to_string(),
                       multicast_ifindex());
        else
            lines_.add("   Multicast address {}", instance_.mcast_dst.to_string());
    }

    std::uint32_t multicast_ifindex() const {
        const bool is_ipvlan = instance_.vmac.kind == conf::VmacKind::ipvlan;
        const auto* configured =
            find_interface(dump_.vrrp(), is_ipvlan ? interfaces_.own : instance_.interface);
        return configured == nullptr ? 0 : configured->ifindex;
    }

    void gratuitous_arp() {
        const conf::Garp& garp = instance_.garp;
        lines_.add("   Gratuitous ARP delay = {}", garp.delay.count());
        lines_.add("   Gratuitous ARP repeat = {}", garp.repeat);
        lines_.add("   Gratuitous ARP refresh = {}", garp.refresh.count());
        lines_.add("   Gratuitous ARP refresh repeat = {}", garp.refresh_repeat);
        lines_.add("   Gratuitous ARP lower priority delay = {}", garp.lower_prio_delay.count());
        lines_.add("   Gratuitous ARP lower priority repeat = {}", garp.lower_prio_repeat);
        lines_.add("   Down timer adverts = {}", instance_.down_timer_adverts);
        if (instance_.garp_extra_if != 0)
            lines_.add("   Gratuitous ARP for each secondary {} = {}",
                       instance_.garp_extra_if_all ? "i/f" : "VMAC", instance_.garp_extra_if);
    }

    void adverts() {
        lines_.add("   Send advert after receive lower priority advert = {}",
                   true_false(!instance_.lower_prio_no_advert));
        lines_.add("   Send advert after receive higher priority advert = {}",
                   true_false(instance_.higher_prio_send_advert));
        if (instance_.priority == 255)
            lines_.add("   Address owner ignores received adverts = {}",
                       true_false(instance_.owner_ignore_adverts));
        lines_.add("   Virtual Router ID = {}", instance_.vrid);
        lines_.add("   Priority = {}", instance_.priority);
        if (dump_.running()) {
            lines_.add("   Effective priority = {}", row_.core.effective_priority);
            lines_.add("   Total priority = {}", row_.core.total_priority);
        }
        if (instance_.nopreempt)
            lines_.add("   Highest other priority = {}", row_.core.highest_other_priority);
        if (instance_.version == 2)
            lines_.add("   Advert interval = {} sec", instance_.advert_interval.count() / 1'000'000);
        else
            lines_.add("   Advert interval = {} milli-sec", instance_.advert_interval.count() / 1000);
        lines_.add("   Last advert sent = {}", epoch_seconds(row_.core.last_advert_sent_wallclock_us));
        lines_.add("   Accept = {}", enabled_disabled(instance_.accept));
        lines_.add("   Preempt = {}", enabled_disabled(!instance_.nopreempt));
        if (instance_.preempt_delay.count() != 0)
            lines_.add("   Preempt delay = {} secs", general_seconds(instance_.preempt_delay));
        lines_.add("   Promote_secondaries = {}", enabled_disabled(instance_.promote_secondaries));
    }

    void authentication() {
        switch (instance_.auth_type) {
            case conf::AuthType::none:
                if (instance_.version == 2) lines_.add("   Authentication type = none");
                break;
            case conf::AuthType::pass:
                lines_.add("   Authentication type = SIMPLE_PASSWORD");
                lines_.add("   Password = ********");
                break;
            case conf::AuthType::ah:
                lines_.add("   Authentication type = IPSEC_AH");
                break;
        }
        if (instance_.auth_hmac) authentication_extension(*instance_.auth_hmac);
    }

    void authentication_extension(const conf::AuthHmac& hmac) {
        static constexpr const char* kModes[] = {"enforce", "permissive", "receive-only"};
        lines_.add("   Authentication extension = HMAC-SHA256-128");
        lines_.add("     Keys = {}, active key id = {}", hmac.keys.size(), hmac.active_key);
        lines_.add("     Mode = {}", kModes[static_cast<std::size_t>(hmac.mode)]);
        if (hmac.monotonic_only)
            lines_.add("     Anti replay = monotonic");
        else
            lines_.add("     Anti replay = time, window = {} sec", hmac.time_window.count());
    }

    void checksum_and_buffers() {
        if (instance_.version == 3 && instance_.family == net::Family::ipv4)
            lines_.add("   VRRPv3 uses VRRPv2 checksum = {}", enabled_disabled(instance_.v3_checksum_as_v2));
        if (instance_.kernel_rx_buf_size != 0)
            lines_.add("   Kernel rx buffer size = {}", instance_.kernel_rx_buf_size);
        if (instance_.debug != 0) lines_.add("   Debug level = {}", instance_.debug);
    }

    void addresses() {
        const auto addresses = instance_address_lines(dump_.model, dump_.vrrp(), index_);
        if (!addresses.vips.empty()) lines_.add("   Virtual IP ({}):", addresses.vips.size());
        for (const auto& line : addresses.vips) lines_.add("     {}", line);
        if (!addresses.evips.empty()) lines_.add("   Virtual IP Excluded :");
        for (const auto& line : addresses.evips) lines_.add("     {}", line);
    }

    void unicast() {
        if (!instance_.unicast) return;
        if (instance_.unicast_ttl >= 0 || instance_.family == net::Family::ipv4)
            lines_.add("   Unicast TTL = {}",
                       instance_.unicast_ttl >= 0 ? instance_.unicast_ttl : kDefaultTtl);
        lines_.add("   Check unicast src : {}", yes_no(instance_.check_unicast_src));
        lines_.add("   Unicast Peer :");
        for (const auto& peer : instance_.unicast_peers)
            lines_.add("     {} min_ttl {} max_ttl {}", peer.address.to_string(), peer.min_ttl, peer.max_ttl);
        lines_.add("   Unicast checksum compatibility = {}", checksum_word());
    }

    std::string_view checksum_word() const {
        if (instance_.unicast_checksum == conf::UnicastChecksum::never_old) return "never";
        if (instance_.unicast_checksum == conf::UnicastChecksum::always_old) return "config";
        return row_.core.old_unicast_checksum ? "auto" : "no";
    }

    void sockets() {
        if (!dump_.running())
            lines_.add("   No sockets allocated");
        else
            lines_.add("   fd_in {}, fd_out {}", row_.fd_in, row_.fd_out);
    }

    void routes_and_rules() {
        if (!instance_.routes.empty()) lines_.add("   Virtual Routes :");
        for (const auto& route : instance_.routes) lines_.add("     {}", shown_route(route, dump_.vrrp()));
        if (!instance_.rules.empty()) lines_.add("   Virtual Rules :");
        for (const auto& rule : instance_.rules) lines_.add("     {}", rule_line(rule));
    }

    void notification() {
        lines_.add("   Using smtp notification = {}", yes_no(instance_.smtp_alert.value_or(false)));
        lines_.add("   Notify deleted = {}", instance_.notify.notify_deleted ? "Deleted" : "Fault");
        dump_notify_scripts(instance_.notify, lines_);
        lines_.add("   Notify priority changes = {}", true_false(instance_.notify_priority_changes));
    }

    const VrrpDump& dump_;
    Lines& lines_;
    std::size_t index_;
    const conf::VrrpInstance& instance_;
    const vrrp::rows::Instance& row_;
    InstanceInterfaces interfaces_;
};

}  // namespace

void dump_topology(const VrrpDump& dump) {
    if (dump.model.instances.empty()) return;
    dump.lines.heading("VRRP Topology");
    for (std::size_t i = 0; i < dump.model.instances.size(); ++i) InstanceBlock(dump, i).write();
}

void dump_tracks(const conf::Tracks& tracks, std::string_view process_heading, Lines& lines) {
    const auto block = [&](std::string_view heading, const std::vector<conf::TrackRef>& uses,
                           std::string_view separator) {
        if (uses.empty()) return;
        lines.add("   {} :", heading);
        for (const auto& use : uses)
            lines.add("     {}{} weight {}", use.name, separator, weight_text(use.weight, use.reverse));
    };
    block("Tracked interfaces", tracks.interfaces, "");
    block("Tracked scripts", tracks.scripts, "");
    block("Tracked files", tracks.files, ",");
    block(process_heading, tracks.processes, ",");
    block("Tracked BFDs", tracks.bfds, ":");
}

void dump_notify_scripts(const conf::NotifyScripts& notify, Lines& lines) {
    const auto line = [&](std::string_view state, const conf::OptionalScript& script) {
        if (script) lines.add("   {} state transition script = {}", state, command_and_user(*script));
    };
    line("Backup", notify.backup);
    line("Master", notify.master);
    line("Fault", notify.fault);
    line("Stop", notify.stop);
    line("Deleted", notify.deleted);
    line("Generic", notify.generic);
    line("Master rx lower pri", notify.master_rx_lower_pri);
}

}  // namespace report
