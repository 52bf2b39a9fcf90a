#include "conf/interface_list.hpp"

#include <fcntl.h>
#include <netlink/addr.h>
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <sched.h>

#include <algorithm>
#include <memory>
#include <span>
#include <thread>
#include <unordered_map>

#include "lib/process/unique_fd.hpp"

namespace conf {

namespace {

using Socket = std::unique_ptr<nl_sock, decltype(&::nl_socket_free)>;
using Cache = std::unique_ptr<nl_cache, decltype(&::nl_cache_free)>;

std::optional<net::IpAddress> ip_address(const nl_addr* address) {
    if (address == nullptr) return std::nullopt;
    const auto family = nl_addr_get_family(address) == AF_INET    ? net::Family::ipv4
                        : nl_addr_get_family(address) == AF_INET6 ? net::Family::ipv6
                                                                  : net::Family::none;
    if (family == net::Family::none || nl_addr_get_len(address) != net::address_size(family))
        return std::nullopt;
    const auto* bytes = static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(address));
    return net::IpAddress::from_bytes(family, std::span(bytes, net::address_size(family)));
}

net::LinkAddress link_address(const nl_addr* address) {
    net::LinkAddress result;
    if (address == nullptr) return result;
    result.length =
        static_cast<std::uint8_t>(std::min<std::size_t>(nl_addr_get_len(address), result.bytes.size()));
    const auto* bytes = static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(address));
    std::copy_n(bytes, result.length, result.bytes.begin());
    return result;
}

Interface interface_of(rtnl_link* link) {
    Interface entry;
    entry.name = rtnl_link_get_name(link);
    entry.index = static_cast<std::uint32_t>(rtnl_link_get_ifindex(link));
    entry.mtu = rtnl_link_get_mtu(link);
    entry.type = static_cast<std::uint16_t>(rtnl_link_get_arptype(link));
    entry.flags = rtnl_link_get_flags(link);
    if (const char* kind = rtnl_link_get_type(link)) entry.kind = kind;
    entry.link = static_cast<std::uint32_t>(std::max(rtnl_link_get_link(link), 0));
    entry.master = static_cast<std::uint32_t>(std::max(rtnl_link_get_master(link), 0));
    entry.address = link_address(rtnl_link_get_addr(link));
    return entry;
}

void add_addresses(nl_sock* socket, std::vector<Interface>& interfaces) {
    nl_cache* raw = nullptr;
    if (rtnl_addr_alloc_cache(socket, &raw) < 0) return;
    const Cache cache(raw, &::nl_cache_free);
    std::unordered_map<std::uint32_t, Interface*> by_index;
    for (auto& entry : interfaces) by_index.emplace(entry.index, &entry);
    for (auto* object = nl_cache_get_first(raw); object != nullptr; object = nl_cache_get_next(object)) {
        auto* entry = reinterpret_cast<rtnl_addr*>(object);
        const auto found = by_index.find(static_cast<std::uint32_t>(rtnl_addr_get_ifindex(entry)));
        const auto address = ip_address(rtnl_addr_get_local(entry));
        if (found == by_index.end() || !address) continue;
        found->second->addresses.push_back(
            {*address, static_cast<std::uint8_t>(rtnl_addr_get_prefixlen(entry))});
    }
}

std::optional<std::vector<Interface>> list_here() {
    const Socket socket(nl_socket_alloc(), &::nl_socket_free);
    nl_cache* raw = nullptr;
    if (!socket || nl_connect(socket.get(), NETLINK_ROUTE) < 0) return std::nullopt;
    if (rtnl_link_alloc_cache(socket.get(), AF_UNSPEC, &raw) < 0) return std::nullopt;
    const Cache cache(raw, &::nl_cache_free);
    std::vector<Interface> interfaces;
    for (auto* object = nl_cache_get_first(raw); object != nullptr; object = nl_cache_get_next(object)) {
        interfaces.push_back(interface_of(reinterpret_cast<rtnl_link*>(object)));
    }
    std::sort(interfaces.begin(), interfaces.end(),
              [](const Interface& a, const Interface& b) { return a.index < b.index; });
    add_addresses(socket.get(), interfaces);
    return interfaces;
}

}  // namespace

std::optional<std::vector<Interface>> list_interfaces(const std::string& net_namespace) {
    if (net_namespace.empty()) return list_here();
    const std::string path = net_namespace[0] == '/' ? net_namespace : "/run/netns/" + net_namespace;
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return std::nullopt;
    std::optional<std::vector<Interface>> interfaces;
    // A namespace belongs to a thread: one of its own, so that ours stays where it is.
    std::thread([&] {
        if (::setns(fd.get(), CLONE_NEWNET) == 0) interfaces = list_here();
    }).join();
    return interfaces;
}

}  // namespace conf
