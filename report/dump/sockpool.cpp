// VRRP Sockpool: one entry for each (interface, family, protocol, type), as the reference has sockets; ours are shared,
// so several entries show the same descriptor numbers (decisions.md §7).
#include <algorithm>
#include <map>
#include <tuple>

#include "report/dump/sections.hpp"
#include "report/snapshot/placement.hpp"

namespace report {
namespace {

constexpr std::uint32_t kIpv4Header = 20;
constexpr std::uint32_t kAhHeader = 24;  ///< RFC 2402 with 96 bits of HMAC
constexpr std::uint32_t kVrrpHeader = 8;
constexpr std::uint32_t kAuthData = 8;  ///< VRRPv2
constexpr std::uint32_t kHmacTrailer = 28;

/// Bytes of an instance's advertisement as the reference counts them: IPv6 without its header (conf-global.md §2.6).
std::uint32_t advert_size(const conf::VrrpInstance& instance) {
    const auto addresses = static_cast<std::uint32_t>(instance.vips.size());
    std::uint32_t size =
        kVrrpHeader + addresses * static_cast<std::uint32_t>(net::address_size(instance.family));
    if (instance.family == net::Family::ipv4) size += kIpv4Header;
    if (instance.version == 2) size += kAuthData;
    if (instance.auth_type == conf::AuthType::ah) size += kAhHeader;
    if (instance.auth_hmac) size += kHmacTrailer;
    return size;
}

/// What one instance adds to the receive buffer of its socket.
std::uint32_t receive_buffer(const conf::VrrpInstance& instance, const conf::Global& global,
                             std::uint32_t mtu) {
    if (instance.kernel_rx_buf_size != 0) return instance.kernel_rx_buf_size;
    using Policy = conf::Global::RxPolicy;
    switch (global.rx_policy) {
        case Policy::none:
            return 0;
        case Policy::mtu:
            return mtu * global.rx_multiplier;
        case Policy::advert:
            return advert_size(instance) * global.rx_multiplier;
        case Policy::bytes:
            return global.rx_bytes;
    }
    return 0;
}

struct Entry {
    std::string interface;
    std::string address;  ///< unicast only
    net::Family family;
    bool is_ah, is_unicast;
    int fd_in, fd_out;
    std::uint32_t receive_buffer = 0;
    std::vector<const conf::VrrpInstance*> instances;
};

std::vector<Entry> entries(const VrrpDump& dump) {
    std::vector<Entry> all;
    std::map<std::tuple<std::string, std::string, net::Family, bool, bool>, std::size_t> position;
    for (std::size_t i = 0; i < dump.model.instances.size(); ++i) {
        const auto& instance = dump.model.instances[i];
        const auto& row = dump.vrrp().instances[i];
        const auto interfaces = interfaces_of(instance, row);
        const bool over_base = instance.vmac.xmit_base && !interfaces.base.empty();
        Entry entry{over_base ? interfaces.base : interfaces.own,
                    instance.unicast
                        ? (instance.source.is_none() ? row.core.source : instance.source).to_string()
                        : "",
                    instance.family,
                    instance.auth_type == conf::AuthType::ah,
                    instance.unicast,
                    row.fd_in,
                    row.fd_out,
                    0,
                    {}};
        const auto key =
            std::tuple(entry.interface, entry.address, entry.family, entry.is_ah, entry.is_unicast);
        const auto [found, is_new] = position.emplace(key, all.size());
        if (is_new) all.push_back(std::move(entry));
        Entry& of_instance = all[found->second];
        const auto* link = find_interface(dump.vrrp(), of_instance.interface);
        of_instance.receive_buffer +=
            receive_buffer(instance, dump.model.global, link == nullptr ? 0 : link->mtu);
        of_instance.instances.push_back(&instance);
    }
    return all;
}

std::string vrf_of(const VrrpDump& dump, const std::string& interface) {
    const auto* link = find_interface(dump.vrrp(), interface);
    const auto* vrf = link == nullptr ? nullptr : find_interface(dump.vrrp(), link->vrf_ifindex);
    return vrf == nullptr ? "" : field_text(vrf->name);
}

}  // namespace

void dump_sockpool(const VrrpDump& dump) {
    if (dump.model.instances.empty()) return;
    Lines& lines = dump.lines;
    lines.heading("VRRP Sockpool");
    for (const Entry& entry : entries(dump)) {
        lines.add(" fd_in {} fd_out = {}", entry.fd_in, entry.fd_out);
        lines.add("   Interface = {}", entry.interface);
        if (const auto vrf = vrf_of(dump, entry.interface); !vrf.empty()) lines.add("   VRF = {}", vrf);
        lines.add("   Family = {}", entry.family == net::Family::ipv6 ? "IPv6" : "IPv4");
        lines.add("   Protocol = {}", entry.is_ah ? "AH" : "VRRP");
        lines.add("   Type = {}", entry.is_unicast ? "Unicast" : "Multicast");
        if (entry.is_unicast) lines.add("   Address = {}", entry.address);
        lines.add("   Rx buf size = {}", entry.receive_buffer);
        lines.add("   VRRP instances");
        for (const auto* instance : entry.instances)
            lines.add("     {} vrid {}", instance->name, instance->vrid);
    }
}

}  // namespace report
