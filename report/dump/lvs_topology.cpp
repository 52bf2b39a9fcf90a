// LVS Topology: virtual server groups, virtual servers, real servers (state-files.md §5).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/dump/check_sections.hpp"

namespace report {
namespace {

constexpr const char* kLvsVersion = "1.2.1";

// Kernel flags of a service (linux/ip_vs.h): IP_VS_SVC_F_SCHED1 and on.
constexpr std::uint32_t kFlag1 = 0x8, kFlag2 = 0x10, kFlag3 = 0x20;

std::string_view protocol_word(conf::Protocol protocol) {
    switch (protocol) {
        case conf::Protocol::tcp:
            return "TCP";
        case conf::Protocol::udp:
            return "UDP";
        case conf::Protocol::sctp:
            return "SCTP";
        case conf::Protocol::none:
            break;
    }
    return "none";
}

std::string_view family_words(net::Family family) {
    switch (family) {
        case net::Family::ipv4:
            return "inet";
        case net::Family::ipv6:
            return "inet6";
        case net::Family::none:
            break;
    }
    return "IPv4 & IPv6";
}

class GroupBlock {
  public:
    GroupBlock(const CheckDump& dump, const conf::VirtualServerGroup& group)
        : dump_(dump), lines_(dump.lines), group_(group) {}

    void write() {
        lines_.add(" ------< Virtual server group >------");
        lines_.add(" Virtual Server Group = {}, IPv4 = {}, IPv6 = {}", group_.name,
                   yes_no(has(net::Family::ipv4)), yes_no(has(net::Family::ipv6)));
        for (const auto& entry : group_.entries) {
            if (entry.is_fwmark)
                mark(entry);
            else
                addresses(entry);
            lines_.add("     reloaded = False");
        }
    }

  private:
    bool has(net::Family family) const {
        return std::any_of(group_.entries.begin(), group_.entries.end(), [&](const conf::GroupEntry& entry) {
            return (entry.is_fwmark ? entry.fwmark_family : entry.first.family) == family;
        });
    }

    void mark(const conf::GroupEntry& entry) {
        lines_.add("   FWMARK = {}{}", entry.fwmark,
                   entry.fwmark_family == net::Family::none   ? ""
                   : entry.fwmark_family == net::Family::ipv6 ? " IPv6"
                                                              : " IPv4");
        const auto of = [&](net::Family family) {
            return alive([&](const conf::VirtualServer& service) { return service.family == family; });
        };
        lines_.add("     Alive: {} IPv4, {} IPv6", of(net::Family::ipv4), of(net::Family::ipv6));
    }

    void addresses(const conf::GroupEntry& entry) {
        if (entry.first == entry.last)
            lines_.add("   VIP = {}, VPORT = {}", entry.first.to_string(), entry.port);
        else
            lines_.add("   VIP Range = {}-{}, VPORT = {}", entry.first.to_string(), entry.last.to_string(),
                       entry.port);
        const auto of = [&](conf::Protocol protocol) {
            return alive([&](const conf::VirtualServer& service) { return service.protocol == protocol; });
        };
        lines_.add("     Alive: {} tcp, {} udp, {} sctp", of(conf::Protocol::tcp), of(conf::Protocol::udp),
                   of(conf::Protocol::sctp));
    }

    /// Virtual servers of this group which have their quorum and meet the condition.
    template <typename Condition>
    int alive(Condition condition) const {
        int count = 0;
        const auto& services = dump_.model.lvs.virtual_servers;
        for (std::size_t i = 0; i < services.size(); ++i)
            if (services[i].kind == conf::ServiceKind::group && services[i].group == group_.name &&
                dump_.check.services[i].core.quorum_up && condition(services[i]))
                ++count;
        return count;
    }

    const CheckDump& dump_;
    Lines& lines_;
    const conf::VirtualServerGroup& group_;
};

class ServerBlock {
  public:
    ServerBlock(Lines& lines, const conf::RealServer& server, const check::rows::Server& row)
        : lines_(lines), server_(server), settings_(*server.settings), row_(row) {}

    void write() {
        lines_.add("   ------< Real server >------");
        lines_.add("   RIP = {}, RPORT = {}, WEIGHT = {} EFF WEIGHT = {}",
                   server_.endpoint.address.to_string(), server_.endpoint.port,
                   std::max<std::int64_t>(0, row_.core.weight), row_.core.weight);
        lines_.add("   forwarding method = {}", forwarding_text(server_.forwarding));
        checking();
        notification();
        state();
        tracked();
    }

  private:
    void checking() {
        lines_.add("   Alpha is {}", on_off(server_.alpha));
        lines_.add("   connection timeout = {}", fixed_seconds(settings_.connect_timeout));
        lines_.add("   connection limit range = {} -> {}", settings_.lower_threshold,
                   settings_.upper_threshold);
        lines_.add("   Delay loop = {}", fixed_seconds(settings_.delay_loop));
        if (settings_.retry) lines_.add("   Retry count = {}", *settings_.retry);
        if (settings_.delay_before_retry)
            lines_.add("   Retry delay = {}", fixed_seconds(*settings_.delay_before_retry));
        if (settings_.warmup) lines_.add("   Warmup = {}", fixed_seconds(*settings_.warmup));
        lines_.add("   Inhibit on failure is {}", on_off(server_.inhibit_on_failure));
    }

    void notification() {
        if (settings_.notify_up)
            lines_.add("   RS up notify script = {}", command_and_user(*settings_.notify_up));
        if (settings_.notify_down)
            lines_.add("   RS down notify script = {}", command_and_user(*settings_.notify_down));
        if (!settings_.virtualhost.empty()) lines_.add("    VirtualHost = '{}'", settings_.virtualhost);
        if (!settings_.snmp_name.empty()) lines_.add("   SNMP name = {}", settings_.snmp_name);
        lines_.add("   Using smtp notification = {}", yes_no(server_.smtp_alert));
    }

    void state() {
        lines_.add("   initial weight = {}", server_.weight);
        lines_.add("   effective weight = {}", row_.core.weight);
        lines_.add("   previous effective_weight = {}", row_.core.previous_weight);
        lines_.add("   alive = {}", row_.core.alive ? 1 : 0);
        lines_.add("   num failed checkers = {}", row_.core.failed);
        lines_.add("   RS set = {}", row_.core.set ? 1 : 0);
        lines_.add("   reloaded = {}", row_.reloaded != 0 ? 1 : 0);
    }

    void tracked() {
        bool first = true;
        for (const auto& checker : server_.checkers) {
            const auto* file = std::get_if<conf::FileCheck>(&checker.kind);
            if (file == nullptr) continue;
            if (std::exchange(first, false)) lines_.add("   Tracked Files");
            lines_.add("     {}, weight {}", file->track_file, weight_text(file->weight, file->reverse));
        }
        first = true;
        for (const auto& checker : server_.checkers) {
            const auto* bfd = std::get_if<conf::BfdCheck>(&checker.kind);
            if (bfd == nullptr) continue;
            if (std::exchange(first, false)) lines_.add("   Tracked BFDs");
            lines_.add("     {}", bfd->name);
        }
    }

    Lines& lines_;
    const conf::RealServer& server_;
    const conf::RealSettings& settings_;
    const check::rows::Server& row_;
};

class ServiceBlock {
  public:
    ServiceBlock(Lines& lines, const conf::VirtualServer& service, const check::rows::Service& row)
        : lines_(lines), service_(service), row_(row) {}

    void write() {
        lines_.add(" ------< Virtual server >------");
        identity();
        lines_.add("   connection timeout = {}", fixed_seconds(service_.connect_timeout));
        lines_.add("   delay_loop = {}", fixed_seconds(service_.delay_loop));
        scheduling();
        persistence();
        checking();
        quorum();
        forwarding();
        if (service_.sorry_server) sorry(*service_.sorry_server);
        lines_.add("   VS alive = {}", row_.core.started ? 1 : 0);
        lines_.add("   quorum_state_up = {}", row_.core.quorum_up ? 1 : 0);
        lines_.add("   reloaded = {}", row_.reloaded != 0 ? 1 : 0);
    }

  private:
    void identity() {
        switch (service_.kind) {
            case conf::ServiceKind::address:
                lines_.add(" VS VIP = {}, VPORT = {}", service_.endpoint.address.to_string(),
                           service_.endpoint.port);
                break;
            case conf::ServiceKind::fwmark:
                lines_.add(" VS FWMARK = {}", service_.fwmark);
                break;
            case conf::ServiceKind::group:
                lines_.add(" VS GROUP = [{}]:{}", service_.group, service_.group_sequence);
                break;
        }
        if (!service_.virtualhost.empty()) lines_.add("   VirtualHost = {}", service_.virtualhost);
        if (!service_.snmp_name.empty()) lines_.add("   SNMP name = '{}'", service_.snmp_name);
        lines_.add("   Address family = {}", family_words(service_.family));
    }

    void scheduling() {
        lines_.add("   lvs_sched = {}", service_.scheduler);
        lines_.add("   Hashed = {}", enabled_disabled(service_.hashed));
        const auto flag = [&](std::uint32_t bit) {
            return enabled_disabled((service_.scheduler_flags & bit) != 0);
        };
        if (service_.scheduler == "sh" || service_.scheduler == "mh") {
            lines_.add("   {}-port = {}", service_.scheduler, flag(kFlag2));
            lines_.add("   {}-fallback = {}", service_.scheduler, flag(kFlag1));
        } else {
            lines_.add("   flag-1 = {}", flag(kFlag1));
            lines_.add("   flag-2 = {}", flag(kFlag2));
            lines_.add("   flag-3 = {}", flag(kFlag3));
        }
        lines_.add("   One packet scheduling = {}{}", enabled_disabled(service_.one_packet),
                   service_.one_packet && service_.protocol != conf::Protocol::udp
                       ? " (inactive due to not UDP)"
                       : "");
    }

    void persistence() {
        if (service_.persistence_timeout != 0)
            lines_.add("   persistence timeout = {}", service_.persistence_timeout);
        if (service_.persistence_granularity != 0) {
            if (service_.family == net::Family::ipv6)
                lines_.add("   persistence granularity = {}", service_.persistence_granularity);
            else
                lines_.add("   persistence granularity = {}",
                           net::IpAddress::v4(service_.persistence_granularity).to_string());
        }
        lines_.add("   protocol = {}", protocol_word(service_.protocol));
    }

    void checking() {
        lines_.add("   alpha is {}", on_off(service_.alpha));
        lines_.add("   omega is {}", on_off(service_.omega));
        if (service_.retry) lines_.add("   Retry count = {}", *service_.retry);
        if (service_.delay_before_retry)
            lines_.add("   Retry delay = {}", fixed_seconds(*service_.delay_before_retry));
        if (service_.warmup) lines_.add("   Warmup = {}", fixed_seconds(*service_.warmup));
        lines_.add("   Inhibit on failure is {}", on_off(service_.inhibit_on_failure));
    }

    void quorum() {
        lines_.add("   quorum = {}, hysteresis = {}", service_.quorum, service_.hysteresis);
        if (service_.quorum_up)
            lines_.add("   Quorum up notify script = {}", command_and_user(*service_.quorum_up));
        if (service_.quorum_down)
            lines_.add("   Quorum down notify script = {}", command_and_user(*service_.quorum_down));
        if (service_.ha_suspend) lines_.add("   Using HA suspend");
        lines_.add("   Using smtp notification = {}", yes_no(service_.smtp_alert));
    }

    // The reference leaves out the word for the two newer tunnels.
    void forwarding() {
        const bool newer = service_.forwarding.method == conf::ForwardMethod::tun &&
                           service_.forwarding.tunnel != conf::TunnelType::ipip;
        lines_.add("   {}forwarding method = {}", newer ? "" : "default ",
                   forwarding_text(service_.forwarding));
    }

    void sorry(const conf::SorryServer& server) {
        const auto same = [&](const conf::RealServer& real) { return real.endpoint == server.endpoint; };
        const bool duplicates = std::any_of(service_.real_servers.begin(), service_.real_servers.end(), same);
        lines_.add("   sorry server {}= {}", duplicates ? "(duplicates rs) " : "",
                   conf::server_name(server.endpoint, service_.protocol));
        lines_.add("     forwarding method = {}", forwarding_text(server.forwarding));
        lines_.add("     Inhibit on failure is {}", on_off(server.inhibit));
        lines_.add("     set = {}", row_.core.sorry_set ? 1 : 0);
        lines_.add("     alive = {}", row_.core.sorry_alive ? 1 : 0);
    }

    Lines& lines_;
    const conf::VirtualServer& service_;
    const check::rows::Service& row_;
};

}  // namespace

std::string forwarding_text(const conf::Forwarding& forwarding) {
    static constexpr const char* kChecksums[] = {"no checksum", "checksum", "remote checksum"};
    const char* checksum = kChecksums[static_cast<std::size_t>(forwarding.tunnel_checksum)];
    if (forwarding.method == conf::ForwardMethod::nat) return "NAT";
    if (forwarding.method == conf::ForwardMethod::dr) return "DR";
    switch (forwarding.tunnel) {
        case conf::TunnelType::ipip:
            break;
        case conf::TunnelType::gue:
            return fmt::format("TUN, type = GUE, port = {}, {}", forwarding.tunnel_port, checksum);
        case conf::TunnelType::gre:
            return fmt::format("TUN, type = GRE, {}", checksum);
    }
    return "TUN, type = IPIP";
}

void dump_lvs_topology(const CheckDump& dump) {
    const conf::Lvs& lvs = dump.model.lvs;
    if (lvs.virtual_servers.empty() && lvs.groups.empty()) return;
    dump.lines.heading("LVS Topology");
    dump.lines.add(" System is compiled with LVS v{}", kLvsVersion);
    for (const auto& group : lvs.groups) GroupBlock(dump, group).write();
    std::size_t server_number = 0;
    for (std::size_t i = 0; i < lvs.virtual_servers.size(); ++i) {
        ServiceBlock(dump.lines, lvs.virtual_servers[i], dump.check.services[i]).write();
        for (const auto& server : lvs.virtual_servers[i].real_servers)
            ServerBlock(dump.lines, server, dump.check.servers[server_number++]).write();
    }
}

}  // namespace report
