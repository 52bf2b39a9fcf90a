#include "vrrp/child/virtual_links.hpp"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "lib/log/log.hpp"
#include "vrrp/child/vmac_names.hpp"
#include "vrrp/objects/addresses.hpp"

#ifndef IFA_PROTO
#define IFA_PROTO 11
#endif

namespace vrrp {

namespace {

/// Settings of the whole namespace, in the order of their fields in rows::Process.
constexpr const char* kOfNamespace[] = {"ipv4/conf/all/rp_filter", "ipv4/conf/default/rp_filter",
                                        "ipv4/igmp_link_local_mcast_reports"};
constexpr std::uint8_t kAddressGenerationNone = 1;  // IN6_ADDR_GEN_MODE_NONE

ifinfomsg link_header(std::uint32_t ifindex, unsigned flags = 0) {
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(ifindex);
    header.ifi_flags = flags;
    header.ifi_change = flags;
    return header;
}

bool uses_ipv6(const conf::VrrpInstance& instance) {
    const auto is_v6 = [](const conf::Address& address) { return address.prefix.address.is_v6(); };
    return std::any_of(instance.vips.begin(), instance.vips.end(), is_v6) ||
           std::any_of(instance.evips.begin(), instance.evips.end(), is_v6);
}

net::Prefix link_local_of(const Interface& entry) {
    for (const auto& local : entry.addresses) {
        if (local.prefix.address.is_v6() && local.prefix.address.is_link_local()) return local.prefix;
    }
    return {};
}

/// EUI-64 of a MAC address: the link-local address a parent without one would have (RFC 4291, appendix A).
net::Prefix eui64(const net::LinkAddress& mac) {
    net::Prefix prefix;
    prefix.length = 64;
    prefix.address.family = net::Family::ipv6;
    auto& bytes = prefix.address.bytes;
    bytes = {0xfe,
             0x80,
             0,
             0,
             0,
             0,
             0,
             0,
             static_cast<std::uint8_t>(mac.bytes[0] ^ 2),
             mac.bytes[1],
             mac.bytes[2],
             0xff,
             0xfe,
             mac.bytes[3],
             mac.bytes[4],
             mac.bytes[5]};
    return prefix;
}

}  // namespace

std::vector<VirtualLinks::Wanted> VirtualLinks::wanted() const {
    std::vector<Wanted> all;
    const conf::Model& model = *kernel_.model;
    for (std::uint32_t i = 0; i < model.instances.size(); ++i) {
        const auto& instance = model.instances[i];
        if (instance.vmac.kind != conf::VmacKind::none) {
            const auto mac = instance.vmac.mac.length > 0
                                 ? instance.vmac.mac
                                 : net::virtual_router_mac(instance.family, instance.vrid);
            all.push_back({vmac_name(model, i), instance.interface, i, mac, instance.family,
                           uses_ipv6(instance), &instance.vmac});
        }
        for (const auto* list : {&instance.vips, &instance.evips}) {
            for (const auto& address : *list) {
                const std::string base = address_vmac_base(instance, address);
                if (base.empty()) continue;
                const std::string name = address_vmac_name(model, instance, address);
                const net::Family family = address.prefix.address.family;
                const bool known =
                    std::any_of(all.begin(), all.end(), [&](const Wanted& one) { return one.name == name; });
                if (known) continue;
                all.push_back({name, base, i, net::virtual_router_mac(family, instance.vrid), family,
                               family == net::Family::ipv6, nullptr});
            }
        }
    }
    return all;
}

/// An interface that is there already and is as we would make it.
bool VirtualLinks::matches(const Wanted& wanted, const netlink::Link& link) const {
    if (link.base != kernel_.interfaces.index_of(wanted.base)) return false;
    if (wanted.vmac != nullptr && wanted.vmac->kind == conf::VmacKind::ipvlan) {
        return link.kind == netlink::LinkKind::ipvlan && link.mode == IPVLAN_MODE_L2;
    }
    return link.kind == netlink::LinkKind::macvlan && link.mode == MACVLAN_MODE_PRIVATE &&
           link.mac == wanted.mac;
}

bool VirtualLinks::create() {
    bool made = false;
    for (const auto& one : wanted()) {
        if (failed_.contains(one.instance)) continue;
        const Interface* base = kernel_.interfaces.find(one.base);
        if (base == nullptr) continue;
        const Interface* there = kernel_.interfaces.find(one.name);
        if (there != nullptr) {
            if (matches(one, there->link)) {
                if (const auto made_by_us = created_.find(one.name); made_by_us != created_.end())
                    made_by_us->second = kernel_.name(one.instance);
                if ((there->link.flags & IFF_UP) == 0) set_up(one, there->link.ifindex);
            } else {
                logging::info("({}) interface {} exists and is not a private macvlan or an ipvlan on {}",
                              kernel_.name(one.instance), one.name, one.base);
                failed_.insert(one.instance);
            }
            continue;
        }
        if (base->link.hardware_type != ARPHRD_ETHER) {
            logging::info("({}) {} is no Ethernet interface: no virtual MAC interface can be made on it",
                          kernel_.name(one.instance), one.base);
            failed_.insert(one.instance);
            continue;
        }
        made = create(one) || made;
    }
    return made;
}

bool VirtualLinks::create(const Wanted& wanted) {
    const bool is_ipvlan = wanted.vmac != nullptr && wanted.vmac->kind == conf::VmacKind::ipvlan;
    const Interface& base = *kernel_.interfaces.find(wanted.base);
    netlink::Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    request.header(link_header(0));
    request.open(IFLA_LINKINFO).text(IFLA_INFO_KIND, is_ipvlan ? "ipvlan" : "macvlan").open(IFLA_INFO_DATA);
    if (is_ipvlan) {
        request.u16(IFLA_IPVLAN_MODE, IPVLAN_MODE_L2).u16(IFLA_IPVLAN_FLAGS, wanted.vmac->ipvlan_mode);
    } else {
        request.u32(IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
    }
    request.close().close();
    request.u32(IFLA_LINK, base.link.ifindex).text(IFLA_IFNAME, wanted.name);
    const std::uint32_t group =
        wanted.vmac != nullptr && wanted.vmac->group ? *wanted.vmac->group : base.link.group;
    request.u32(IFLA_GROUP, group);
    if (!is_ipvlan) request.bytes(IFLA_ADDRESS, {wanted.mac.bytes.data(), wanted.mac.length});
    if (base.link.master != 0) {
        const Interface* master = kernel_.interfaces.find(base.link.master);
        if (master != nullptr && master->link.kind == netlink::LinkKind::vrf)
            request.u32(IFLA_MASTER, base.link.master);
    }
    if (auto done = requests_.call(request); !done) {
        logging::info("({}): Unable to create {} interface {}", kernel_.name(wanted.instance),
                      is_ipvlan ? "ipvlan" : "VMAC", wanted.name);
        logging::info("{}: {}", wanted.name, done.error().message());
        failed_.insert(wanted.instance);
        return false;
    }
    created_[wanted.name] = kernel_.name(wanted.instance);
    const std::uint32_t ifindex = ::if_nametoindex(wanted.name.c_str());
    if (ifindex == 0) return true;
    set_up(wanted, ifindex);
    if (is_ipvlan && wanted.vmac->ipvlan_address) (void)add_address(ifindex, *wanted.vmac->ipvlan_address);
    logging::detail("({}): Success creating {} interface {}", kernel_.name(wanted.instance),
                    is_ipvlan ? "ipvlan" : "VMAC", wanted.name);
    return true;
}

void VirtualLinks::set_up(const Wanted& wanted, std::uint32_t ifindex) {
    const bool is_ipvlan = wanted.vmac != nullptr && wanted.vmac->kind == conf::VmacKind::ipvlan;
    netlink::Request request(RTM_NEWLINK, 0);
    request.header(link_header(ifindex));
    request.open(IFLA_AF_SPEC);
    if (!is_ipvlan) {
        request.open(AF_INET).open(IFLA_INET_CONF).u32(IPV4_DEVCONF_ARP_IGNORE, 1);
        if (wanted.family == net::Family::ipv4) {
            request.u32(IPV4_DEVCONF_ACCEPT_LOCAL, 1).u32(IPV4_DEVCONF_RP_FILTER, 0);
            request.u32(IPV4_DEVCONF_PROMOTE_SECONDARIES, 1);
        }
        request.close().close();
    }
    if (!is_ipvlan || wanted.family == net::Family::ipv6)
        request.open(AF_INET6).u8(IFLA_INET6_ADDR_GEN_MODE, kAddressGenerationNone).close();
    request.close();
    if (auto done = requests_.call(request); !done)
        logging::info("{}: {}", wanted.name, done.error().message());
    const bool without_ipv6 = wanted.family == net::Family::ipv4 && !wanted.any_ipv6;
    (void)write_setting("ipv6/conf/" + wanted.name + "/disable_ipv6", without_ipv6 ? 1 : 0);
    if (wanted.family == net::Family::ipv4 && !is_ipvlan) set_up_parent(wanted);

    netlink::Request up(RTM_NEWLINK, 0);
    up.header(link_header(ifindex, IFF_UP));
    if (auto done = requests_.call(up); !done) logging::info("{}: {}", wanted.name, done.error().message());
    if (wanted.vmac == nullptr || !wanted.vmac->netlink_notify_msg) return;
    // Bridges forget the port's learned addresses only when the kernel says something about the parent.
    const Interface* base = kernel_.interfaces.find(wanted.base);
    if (base == nullptr) return;
    netlink::Request touch(RTM_NEWLINK, 0);
    touch.header(link_header(base->link.ifindex)).u32(IFLA_GROUP, base->link.group);
    (void)requests_.call(touch);
}

/// The parent must not answer for addresses of the VMAC. Its real settings come back at the end.
void VirtualLinks::set_up_parent(const Wanted& wanted) {
    Interface* base = kernel_.interfaces.find(kernel_.interfaces.index_of(wanted.base));
    if (base == nullptr) return;
    const std::string directory = "ipv4/conf/" + wanted.base + "/";
    if (!settings_.changed(directory + "arp_ignore") && base->originals.arp_users == 0) {
        base->originals.arp_ignore = base->link.arp_ignore;
        base->originals.arp_filter = base->link.arp_filter;
    }
    ++base->originals.arp_users;
    settings_.set(directory + "arp_ignore", 1);
    settings_.set(directory + "arp_filter", 1);
    clear_all_rp_filter();
}

/// The larger of `all` and the interface's own value counts: `all` must be 0 for the VMAC's 0 to mean anything.
void VirtualLinks::clear_all_rp_filter() {
    if (rp_filter_cleared_) return;
    rp_filter_cleared_ = true;
    const int all = read_setting("ipv4/conf/all/rp_filter").value_or(0);
    if (all == 0) return;
    const auto raise = [&](const std::string& name) {
        const std::string path = "ipv4/conf/" + name + "/rp_filter";
        if (read_setting(path).value_or(all) < all) settings_.set(path, all);
    };
    if (const int present = read_setting("ipv4/conf/default/rp_filter").value_or(all); present < all) {
        logging::info("NOTICE: setting sysctl net.ipv4.conf.default.rp_filter from {} to {}", present, all);
        raise("default");
    }
    for (const auto& [ifindex, entry] : kernel_.interfaces.all()) {
        if (!created_.contains(entry.link.name)) raise(entry.link.name);
    }
    logging::info("NOTICE: setting sysctl net.ipv4.conf.all.rp_filter from {} to 0", all);
    settings_.set("ipv4/conf/all/rp_filter", 0);
}

bool VirtualLinks::add_address(std::uint32_t ifindex, const net::Prefix& prefix) {
    netlink::Request request(RTM_NEWADDR, 0);
    ifaddrmsg header{};
    header.ifa_family = static_cast<std::uint8_t>(net::address_family(prefix.address.family));
    header.ifa_prefixlen = prefix.length;
    header.ifa_index = ifindex;
    request.header(header);
    if (prefix.address.is_v6()) {
        ifa_cacheinfo lifetime{};
        lifetime.ifa_prefered = 0;  // deprecated: nothing else shall choose it as a source
        lifetime.ifa_valid = UINT32_MAX;
        request.value(IFA_CACHEINFO, lifetime);
    }
    request.address(IFA_LOCAL, prefix.address);
    if (prefix.address.is_v6()) request.u32(IFA_FLAGS, IFA_F_NODAD);
    request.u8(IFA_PROTO, objects::kProtocolKeepalived);
    const auto done = requests_.call(request);
    if (!done && done.error().code != EEXIST) {
        logging::info("address {} on interface {}: {}", prefix.to_string(),
                      kernel_.interfaces.name_of(ifindex), done.error().message());
    }
    return static_cast<bool>(done);
}

bool VirtualLinks::complete_addresses() {
    bool added = false;
    for (const auto& one : wanted()) {
        if (one.family != net::Family::ipv6) continue;
        const bool has_ipvlan_address = one.vmac != nullptr && one.vmac->kind == conf::VmacKind::ipvlan &&
                                        one.vmac->ipvlan_address.has_value();
        if (has_ipvlan_address) continue;
        const Interface* own = kernel_.interfaces.find(one.name);
        const Interface* base = kernel_.interfaces.find(one.base);
        if (own == nullptr || base == nullptr || !created_.contains(one.name)) continue;
        const net::IpAddress configured =
            one.vmac != nullptr ? kernel_.model->instances[one.instance].source : net::IpAddress();
        net::Prefix wanted_address{configured, 64};
        if (configured.is_none()) wanted_address = link_local_of(*base);
        if (wanted_address.address.is_none()) wanted_address = eui64(base->link.mac);
        const net::Prefix present = link_local_of(*own);
        if (present.address == wanted_address.address) continue;
        if (!present.address.is_none()) {
            netlink::Request remove = objects::remove_address({present, own->link.ifindex});
            (void)requests_.call(remove);
        }
        added = add_address(own->link.ifindex, wanted_address) || added;
    }
    return added;
}

void VirtualLinks::remove(const std::string& name) {
    const std::uint32_t ifindex = kernel_.interfaces.index_of(name);
    if (ifindex == 0) return;
    kernel_.interfaces.find(ifindex)->removed_by_us = true;
    netlink::Request request(RTM_DELLINK, 0);
    request.header(link_header(ifindex));
    if (auto done = requests_.call(request); done)
        logging::detail("({}) Success removing VMAC interface {}", created_[name], name);
}

void VirtualLinks::remove_unwanted() {
    failed_.clear();
    const auto all = wanted();
    for (auto name = created_.begin(); name != created_.end();) {
        const bool keep = std::any_of(all.begin(), all.end(), [&](const Wanted& one) {
            const Interface* there = kernel_.interfaces.find(one.name);
            return one.name == name->first && there != nullptr && matches(one, there->link);
        });
        if (!keep) remove(name->first);
        name = keep ? std::next(name) : created_.erase(name);
    }
}

void VirtualLinks::remove_all() {
    for (const auto& [name, instance] : created_) remove(name);
    created_.clear();
}

std::vector<std::uint32_t> VirtualLinks::created() const {
    std::vector<std::uint32_t> indexes;
    for (const auto& [name, instance] : created_) {
        if (const std::uint32_t ifindex = kernel_.interfaces.index_of(name); ifindex != 0)
            indexes.push_back(ifindex);
    }
    return indexes;
}

void VirtualLinks::adopt(const rows::Interface& row) {
    const std::string name(row.name.data(), ::strnlen(row.name.data(), row.name.size()));
    Interface* entry = kernel_.interfaces.find(kernel_.interfaces.index_of(name));
    if (entry == nullptr) return;
    if (row.created_by_us != 0) created_[name];  // whose it is, create() finds out
    const std::string directory = "ipv4/conf/" + name + "/";
    if (row.reset_arp_counter != 0) {
        settings_.assume(directory + "arp_ignore", row.original_arp_ignore);
        settings_.assume(directory + "arp_filter", row.original_arp_filter);
        entry->originals.arp_ignore = row.original_arp_ignore;
        entry->originals.arp_filter = row.original_arp_filter;
        entry->originals.arp_users = row.reset_arp_counter;
    }
    if (row.reset_promote_counter != 0) {
        settings_.assume(directory + "promote_secondaries", row.original_promote_secondaries);
        entry->originals.promote_secondaries = row.original_promote_secondaries;
    }
}

void VirtualLinks::adopt(const rows::Process& row) {
    const std::int32_t originals[] = {row.original_rp_filter_all, row.original_rp_filter_default,
                                      row.original_local_igmp};
    for (std::size_t i = 0; i < std::size(kOfNamespace); ++i)
        if (originals[i] >= 0) settings_.assume(kOfNamespace[i], originals[i]);
    rp_filter_cleared_ = row.original_rp_filter_all >= 0;
}

void VirtualLinks::tell_originals(rows::Process& row) const {
    row.original_rp_filter_all = settings_.original(kOfNamespace[0]).value_or(-1);
    row.original_rp_filter_default = settings_.original(kOfNamespace[1]).value_or(-1);
    row.original_local_igmp = settings_.original(kOfNamespace[2]).value_or(-1);
}

void VirtualLinks::restore_settings() {
    for (const char* name : {"all", "default"}) {
        if (const auto original = settings_.original(fmt::format("ipv4/conf/{}/rp_filter", name)))
            logging::info("NOTICE: resetting sysctl net.ipv4.conf.{}.rp_filter to {}", name, *original);
    }
    settings_.restore();
}

void VirtualLinks::apply_settings() {
    const conf::Model& model = *kernel_.model;
    for (std::uint32_t i = 0; i < model.instances.size(); ++i) {
        const auto& instance = model.instances[i];
        if (!instance.promote_secondaries || instance.vmac.kind != conf::VmacKind::none) continue;
        Interface* entry = kernel_.interfaces.find(kernel_.placements[i].configured);
        if (entry == nullptr) continue;
        if (entry->originals.promote_users++ == 0)
            entry->originals.promote_secondaries = entry->link.promote_secondaries;
        settings_.set("ipv4/conf/" + instance.interface + "/promote_secondaries", 1);
    }
    if (model.global.disable_local_igmp) settings_.set(kOfNamespace[2], 0);
}

}  // namespace vrrp
