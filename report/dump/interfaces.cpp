// Interfaces: all of the namespace in ifindex order, tracked or not.
#include <net/if.h>
#include <net/if_arp.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "report/dump/sections.hpp"
#include "report/snapshot/placement.hpp"
#include "report/snapshot/uses.hpp"

namespace report {
namespace {

using Row = vrrp::rows::Interface;

/// The weight the reference shows for an instance's own interface under dont_track_primary (run, 2.2.7).
constexpr std::int64_t kNotTracked = 255;

using Trackers = std::unordered_map<std::string, std::vector<TrackerUse>>;

void add_use(Trackers& trackers, const std::string& interface, const TrackerUse& use) {
    if (interface.empty()) return;
    auto& uses = trackers[interface];
    const auto same = [&](const TrackerUse& known) { return known.instance == use.instance; };
    if (std::none_of(uses.begin(), uses.end(), same)) uses.push_back(use);
}

/// Interfaces of the addresses, routes and rules of an instance.
std::vector<std::string> object_interfaces(const conf::VrrpInstance& instance) {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name, bool no_track) {
        if (!no_track && !name.empty()) names.push_back(name);
    };
    for (const auto& address : instance.vips) add(address.dev, address.no_track);
    for (const auto& address : instance.evips) add(address.dev, address.no_track);
    for (const auto& route : instance.routes) add(route.dev, route.no_track);
    for (const auto& rule : instance.rules) {
        add(rule.iif, rule.no_track);
        add(rule.oif, rule.no_track);
    }
    return names;
}

/// Who tracks which interface: its own, the configured ones, those of its objects. In the order of the instances.
Trackers trackers_of(const VrrpDump& dump) {
    Trackers trackers;
    std::unordered_map<std::string_view, std::vector<std::pair<std::string, TrackerUse>>> configured;
    for (const auto& [interface, uses] : uses_of(dump.model, &conf::Tracks::interfaces))
        for (const auto& use : uses) configured[use.instance].emplace_back(interface, use);
    for (std::size_t i = 0; i < dump.model.instances.size(); ++i) {
        const auto& instance = dump.model.instances[i];
        const auto names = interfaces_of(instance, dump.vrrp().instances[i]);
        const TrackerUse own{instance.name, instance.dont_track_primary ? kNotTracked : 0, false};
        add_use(trackers, names.own, own);
        add_use(trackers, names.base, own);
        for (const auto& [interface, use] : configured[instance.name]) add_use(trackers, interface, use);
        for (const auto& name : object_interfaces(instance))
            add_use(trackers, name, {instance.name, 0, false});
    }
    return trackers;
}

using Names = std::unordered_set<std::string>;

/// Where an unsolicited NA goes out, whose router flag says whether this host forwards.
Names interfaces_of_ipv6_addresses(const VrrpDump& dump) {
    Names names;
    for (std::size_t i = 0; i < dump.model.instances.size(); ++i) {
        const auto& instance = dump.model.instances[i];
        const auto interfaces = interfaces_of(instance, dump.vrrp().instances[i]);
        const auto add = [&](const conf::Address& address) {
            if (address.prefix.address.is_v6())
                names.insert(place_of(address, instance, interfaces, dump.vrrp()).interface);
        };
        for (const auto& address : instance.vips) add(address);
        for (const auto& address : instance.evips) add(address);
    }
    return names;
}

std::string up_running(std::uint32_t flags) {
    return fmt::format("{}UP, {}RUNNING", (flags & IFF_UP) != 0 ? "" : "not ",
                       (flags & IFF_RUNNING) != 0 ? "" : "not ");
}

std::string state_text(const Row& row) {
    std::string text = up_running(row.flags);
    if ((row.flags & IFF_BROADCAST) == 0) text += ", no broadcast";
    if ((row.flags & IFF_LOOPBACK) != 0) text += ", loopback";
    if ((row.flags & IFF_POINTOPOINT) != 0) text += ", point to point";
    if ((row.flags & IFF_NOARP) != 0) text += ", no arp";
    if ((row.flags & IFF_MULTICAST) == 0) text += ", no multicast";
    return text;
}

std::string_view macvlan_words(std::uint8_t mode) {
    switch (mode) {  // MACVLAN_MODE_* of linux/if_link.h
        case 2:
            return "vepa";
        case 4:
            return "bridge";
        case 8:
            return "passthru";
        case 16:
            return "source";
        default:
            return "private";
    }
}

std::string ipvlan_words(const vrrp::rows::Interface& row) {
    static constexpr const char* kModes[] = {"L2", "L3", "L3S"};  // IPVLAN_MODE_* of linux/if_link.h
    const char* flag = (row.ipvlan_flags & 1) != 0   ? "private"
                       : (row.ipvlan_flags & 2) != 0 ? "vepa"
                                                     : "bridge";
    return fmt::format("{} {}", kModes[std::min<std::size_t>(row.ipvlan_mode, 2)], flag);
}

class InterfaceBlock {
  public:
    InterfaceBlock(const VrrpDump& dump, const Row& row, const Names& ipv6_interfaces)
        : dump_(dump),
          lines_(dump.lines),
          row_(row),
          name_(field_text(row.name)),
          ipv6_interfaces_(ipv6_interfaces) {}

    void write(const Trackers& trackers) {
        lines_.add(" Name = {}", name_);
        if (row_.ifindex == 0) {
            lines_.add("   index = 0 (deleted)");
            if (row_.created_by_us != 0) lines_.add("   I/f created by keepalived");
        } else {
            identity();
            link();
            settings();
        }
        tracking(trackers);
    }

  private:
    void identity() {
        lines_.add("   index = {}", row_.ifindex);
        addresses("IPv4", {row_.ipv4.begin(), row_.ipv4.begin() + row_.ipv4_count});
        addresses("IPv6", link_local_addresses());
        if (row_.hardware_type == ARPHRD_LOOPBACK || row_.mac.length == 0) return;
        lines_.add("   MAC = {}", row_.mac.to_string());
        if (row_.broadcast.length != 0) lines_.add("   MAC broadcast = {}", row_.broadcast.to_string());
    }

    void addresses(std::string_view family, const std::vector<net::IpAddress>& list) {
        lines_.add("   {} address = {}", family, list.empty() ? "(none)" : list[0].to_string());
        if (list.size() > 1) lines_.add("   Additional {} addresses :", family);
        for (std::size_t i = 1; i < list.size(); ++i) lines_.add("     {}", list[i].to_string());
    }

    /// Those an advertisement can come from; the reference lists no others (run).
    std::vector<net::IpAddress> link_local_addresses() const {
        std::vector<net::IpAddress> list;
        for (std::size_t i = 0; i < row_.ipv6_count; ++i)
            if (row_.ipv6[i].is_link_local()) list.push_back(row_.ipv6[i]);
        return list;
    }

    void link() {
        lines_.add("   State = {}{}", state_text(row_), master_is_down() ? ", master down" : "");
        lines_.add("   Seen up = {}", row_.seen_up != 0 ? 1 : 0);
        lines_.add("   Delayed state change running = {}", true_false(row_.delayed_change != 0));
        const auto* delay = configured_delay();
        lines_.add("   Up debounce timer = {}us", delay == nullptr ? 0 : delay->up.count());
        lines_.add("   Down debounce timer = {}us", delay == nullptr ? 0 : delay->down.count());
        lines_.add("   Group = {}", row_.group);
        underlying();
        if (row_.created_by_us != 0) lines_.add("   I/f created by keepalived");
        lines_.add("   MTU = {}", row_.mtu);
        lines_.add("   HW Type = {}", hardware_words());
        lines_.add("   {}", link_state_source());
        vrf();
    }

    /// Of an interface enslaved to a VRF.
    bool master_is_down() const {
        const auto* master = find_interface(dump_.vrrp(), row_.vrf_ifindex);
        return master != nullptr && (master->flags & IFF_UP) == 0;
    }

    const conf::InterfaceDelay* configured_delay() const {
        for (const auto& delay : dump_.model.interface_delays)
            if (delay.name == name_) return &delay;
        return nullptr;
    }

    void underlying() {
        if (row_.is_vmac == 0) return;
        const auto* base = find_interface(dump_.vrrp(), row_.base_ifindex);
        if (base == nullptr) return;
        const std::string type = row_.is_ipvlan != 0
                                     ? "IPVLAN type " + ipvlan_words(row_)
                                     : fmt::format("VMAC type {}", macvlan_words(row_.macvlan_mode));
        lines_.add("   {}, underlying interface = {}, state = {}", type, field_text(base->name),
                   up_running(base->flags));
    }

    std::string hardware_words() const {
        if (row_.hardware_type == ARPHRD_LOOPBACK) return "LOOPBACK";
        if (row_.hardware_type == ARPHRD_ETHER) return "ETHERNET";
        return fmt::format("UNKNOWN ({})", row_.hardware_type);
    }

    std::string_view link_state_source() const {
        for (const auto& polled : dump_.model.linkbeat_interfaces) {
            if (polled.name != name_) continue;
            switch (polled.method) {
                case conf::Linkbeat::automatic:
                case conf::Linkbeat::ethtool:
                    return "NIC support ETHTOOL GLINK interface";
                case conf::Linkbeat::mii:
                    return "NIC support MII regs";
                case conf::Linkbeat::ioctl:
                    return "NIC ioctl refresh polling";
            }
        }
        return "NIC netlink status update";
    }

    void vrf() {
        if (row_.vrf_table != 0) lines_.add("   VRF master table {}", row_.vrf_table);
        if (const auto* master = find_interface(dump_.vrrp(), row_.vrf_ifindex))
            lines_.add("   VRF slave of {}", field_text(master->name));
    }

    void settings() {
        gratuitous_arp_intervals();
        lines_.add("   Reset ARP config counter {}", row_.reset_arp_counter);
        lines_.add("   Original arp_ignore {}", row_.original_arp_ignore);
        lines_.add("   Original arp_filter {}", row_.original_arp_filter);
        const bool arp_configured = row_.created_by_us != 0 || row_.reset_arp_counter != 0;
        if (row_.rp_filter >= 0 && arp_configured) lines_.add("   rp_filter {}", row_.rp_filter);
        lines_.add("   Original promote_secondaries {}", row_.original_promote_secondaries);
        lines_.add("   Reset promote_secondaries counter {}", row_.reset_promote_counter);
        if (row_.forwarding_checked_wallclock_us != 0 && ipv6_interfaces_.contains(name_))
            lines_.add("   {}IPv6 forwarding. Last checked {}", row_.ipv6_forwarding != 0 ? "" : "Not ",
                       timestamp_year_first(row_.forwarding_checked_wallclock_us));
    }

    void gratuitous_arp_intervals() {
        const auto [garp, gna] = intervals();
        if (garp.count() != 0) lines_.add("   Gratuitous ARP interval {}ms", garp.count() / 1000);
        if (gna.count() != 0) lines_.add("   Gratuitous NA interval {}ms", gna.count() / 1000);
    }

    std::pair<Microseconds, Microseconds> intervals() const {
        for (const auto& group : dump_.model.garp_groups)
            if (std::find(group.interfaces.begin(), group.interfaces.end(), name_) != group.interfaces.end())
                return {group.garp_interval, group.gna_interval};
        for (const auto& instance : dump_.model.instances)
            if (instance.interface == name_)
                return {dump_.model.global.garp_interval, dump_.model.global.gna_interval};
        return {};
    }

    void tracking(const Trackers& trackers) {
        const auto found = trackers.find(name_);
        if (found == trackers.end()) return;
        lines_.add("   Tracking VRRP instances :");
        for (const auto& use : found->second)
            lines_.add("     {}, weight {}", use.instance, weight_text(use.weight, use.reverse));
    }

    const VrrpDump& dump_;
    Lines& lines_;
    const Row& row_;
    std::string name_;
    const Names& ipv6_interfaces_;
};

}  // namespace

void dump_interfaces(const VrrpDump& dump) {
    dump.lines.heading("Interfaces");
    const Trackers trackers = trackers_of(dump);
    const Names ipv6_interfaces = interfaces_of_ipv6_addresses(dump);
    for (const auto& row : dump.vrrp().interfaces) InterfaceBlock(dump, row, ipv6_interfaces).write(trackers);
    // What the configuration names and the kernel does not have (now).
    std::vector<std::string> missing;
    for (const auto& [name, uses] : trackers)
        if (find_interface(dump.vrrp(), name) == nullptr) missing.push_back(name);
    std::sort(missing.begin(), missing.end());
    for (const auto& name : missing) {
        Row row{};
        std::copy_n(name.begin(), std::min(name.size(), row.name.size() - 1), row.name.begin());
        InterfaceBlock(dump, row, ipv6_interfaces).write(trackers);
    }
}

}  // namespace report
