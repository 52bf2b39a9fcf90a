// Expansion of groups and the rules for ports and families.
#include "check/desired_table.hpp"

#include <algorithm>
#include <map>

namespace check {

namespace {

using netlink::ipvs::kFlagOnePacket;
using netlink::ipvs::kFlagPersistent;

/// The settings all kernel services of a virtual server have in common.
ipvs::Service settings(const conf::VirtualServer& server) {
    ipvs::Service service;
    service.scheduler = server.scheduler;
    service.flags = server.scheduler_flags;
    if (server.one_packet) service.flags |= kFlagOnePacket;
    if (server.persistence_timeout == 0) return service;
    service.flags |= kFlagPersistent;
    service.timeout = server.persistence_timeout;
    service.netmask = server.persistence_granularity;
    service.persistence_engine = server.persistence_engine;
    return service;
}

/// The default mask has one form only, so that a comparison with the kernel's is a comparison of numbers.
void canonical_netmask(ipvs::Service& service) {
    const bool v6 = service.key.family == net::Family::ipv6;
    if (service.netmask == (v6 ? 128U : 0xffffffffU)) service.netmask = 0;
}

net::IpAddress next_address(net::IpAddress address) {
    for (std::size_t n = net::address_size(address.family); n-- > 0;) {
        if (++address.bytes[n] != 0) break;
    }
    return address;
}

void add_marks(std::vector<ipvs::Service>& services, const conf::VirtualServer& server,
               const conf::GroupEntry& entry) {
    ipvs::Service service = settings(server);
    service.key.fwmark = entry.fwmark;
    service.key.family = entry.fwmark_family != net::Family::none ? entry.fwmark_family
                         : server.family != net::Family::none     ? server.family
                                                                  : net::Family::ipv4;
    canonical_netmask(service);
    services.push_back(std::move(service));
}

void add_range(std::vector<ipvs::Service>& services, const conf::VirtualServer& server,
               const conf::GroupEntry& entry) {
    ipvs::Service service = settings(server);
    service.key.family = entry.first.family;
    service.key.protocol = static_cast<std::uint8_t>(server.protocol);
    service.key.port = entry.port;
    canonical_netmask(service);
    for (net::IpAddress address = entry.first; address <= entry.last; address = next_address(address)) {
        service.key.address = address;
        services.push_back(service);
        if (address == entry.last) break;  // the last address of all has no next
    }
}

}  // namespace

const conf::VirtualServerGroup* find_group(const conf::Lvs& lvs, const std::string& name) {
    const auto at =
        std::find_if(lvs.groups.begin(), lvs.groups.end(), [&](const auto& g) { return g.name == name; });
    return at == lvs.groups.end() ? nullptr : &*at;
}

std::vector<ipvs::Service> kernel_services(const conf::VirtualServer& server, const conf::Lvs& lvs,
                                           std::uint32_t mark) {
    std::vector<ipvs::Service> services;
    switch (server.kind) {
        case conf::ServiceKind::address: {
            ipvs::Service service = settings(server);
            service.key = {server.endpoint.address.family, static_cast<std::uint8_t>(server.protocol),
                           server.endpoint.address, server.endpoint.port, 0};
            canonical_netmask(service);
            services.push_back(std::move(service));
            break;
        }
        case conf::ServiceKind::fwmark:
            add_marks(services, server,
                      {.is_fwmark = true, .fwmark = server.fwmark, .fwmark_family = net::Family::none});
            break;
        case conf::ServiceKind::group: {
            const conf::VirtualServerGroup* group = find_group(lvs, server.group);
            if (group == nullptr) break;
            if (mark != 0) {
                for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
                    const bool used =
                        std::any_of(group->entries.begin(), group->entries.end(),
                                    [&](const auto& entry) { return entry.first.family == family; });
                    if (used)
                        add_marks(services, server,
                                  {.is_fwmark = true, .fwmark = mark, .fwmark_family = family});
                }
                break;
            }
            for (const conf::GroupEntry& entry : group->entries) {
                if (!entry.is_fwmark) add_range(services, server, entry);
            }
            for (const conf::GroupEntry& entry : group->entries) {
                if (entry.is_fwmark) add_marks(services, server, entry);
            }
            break;
        }
    }
    return services;
}

ipvs::Destination kernel_destination(const ipvs::ServiceKey& service, const conf::Endpoint& endpoint,
                                     const conf::Forwarding& forwarding, std::uint32_t weight) {
    ipvs::Destination destination;
    const bool nat = forwarding.method == conf::ForwardMethod::nat;
    destination.key = {endpoint.address, nat ? endpoint.port : service.port};
    destination.forward = static_cast<std::uint32_t>(forwarding.method);
    destination.weight = weight;
    if (forwarding.method == conf::ForwardMethod::tun) {
        destination.tunnel_type = static_cast<std::uint8_t>(forwarding.tunnel);
        if (forwarding.tunnel == conf::TunnelType::gue) destination.tunnel_port = forwarding.tunnel_port;
        if (forwarding.tunnel != conf::TunnelType::ipip) {
            destination.tunnel_flags = static_cast<std::uint16_t>(forwarding.tunnel_checksum);
        }
    }
    return destination;
}

void append_entries(ipvs::Table& table, const conf::VirtualServer& server, const conf::Lvs& lvs,
                    std::span<const quorum::Wish> wishes, std::uint32_t mark) {
    for (ipvs::Service& service : kernel_services(server, lvs, mark)) {
        ipvs::Entry entry{std::move(service), {}};
        entry.destinations.reserve(wishes.size());
        // The sorry server first: where it is also a real server, its entry is the one that counts while it stands in.
        for (const quorum::Wish& wish : wishes) {
            if (wish.server != quorum::Wish::kSorry || !server.sorry_server) continue;
            entry.destinations.push_back(kernel_destination(entry.service.key, server.sorry_server->endpoint,
                                                            server.sorry_server->forwarding, wish.weight));
        }
        for (const quorum::Wish& wish : wishes) {
            if (wish.server >= server.real_servers.size()) continue;
            const conf::RealServer& real = server.real_servers[wish.server];
            ipvs::Destination destination =
                kernel_destination(entry.service.key, real.endpoint, real.forwarding, wish.weight);
            destination.upper_threshold = real.settings->upper_threshold;
            destination.lower_threshold = real.settings->lower_threshold;
            entry.destinations.push_back(destination);
        }
        table.push_back(std::move(entry));
    }
}

quorum::ServiceConfig quorum_config(const conf::VirtualServer& server, bool rs_init_notifies) {
    quorum::ServiceConfig config;
    config.name = conf::service_name(server);
    config.quorum = server.quorum;
    config.hysteresis = server.hysteresis;
    config.omega = server.omega;
    config.rs_init_notifies = rs_init_notifies;
    if (server.sorry_server) {
        const conf::Endpoint& sorry = server.sorry_server->endpoint;
        config.has_sorry = true;
        config.sorry_inhibit = server.sorry_server->inhibit;
        config.sorry_name = conf::server_name(sorry, server.protocol);
        config.sorry_is_real_server = std::any_of(server.real_servers.begin(), server.real_servers.end(),
                                                  [&](const auto& real) { return real.endpoint == sorry; });
    }
    config.servers.reserve(server.real_servers.size());
    for (const conf::RealServer& real : server.real_servers) {
        quorum::ServerConfig made{
            conf::server_name(real.endpoint, server.protocol), real.weight, real.inhibit_on_failure, {}};
        made.checkers.reserve(real.checkers.size());
        for (const conf::Checker& checker : real.checkers) made.checkers.push_back({checker.timing->alpha});
        config.servers.push_back(std::move(made));
    }
    return config;
}

}  // namespace check
