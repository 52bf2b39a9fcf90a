// Comparisons that leave positions out, and the names used in logs, FIFO and mail.
#include "conf/model_lvs.hpp"

#include <fmt/format.h>

#include <tuple>

namespace conf {

bool operator==(const RealServer& a, const RealServer& b) {
    const auto fields = [](const RealServer& s) {
        return std::tie(s.endpoint, s.forwarding, s.inhibit_on_failure, s.alpha, s.smtp_alert, s.weight,
                        s.settings, s.checkers);
    };
    return fields(a) == fields(b);
}

bool operator==(const VirtualServer& a, const VirtualServer& b) {
    const auto identity = [](const VirtualServer& s) {
        return std::tie(s.kind, s.endpoint, s.fwmark, s.group, s.group_sequence, s.family, s.protocol,
                        s.virtualhost, s.snmp_name);
    };
    const auto service = [](const VirtualServer& s) {
        return std::tie(s.scheduler, s.scheduler_flags, s.hashed, s.one_packet, s.persistence_timeout,
                        s.persistence_granularity, s.persistence_engine, s.forwarding);
    };
    const auto rules = [](const VirtualServer& s) {
        return std::tie(s.ha_suspend, s.alpha, s.omega, s.inhibit_on_failure, s.smtp_alert, s.quorum,
                        s.hysteresis, s.quorum_up, s.quorum_down, s.weight, s.delay_loop, s.connect_timeout,
                        s.retry, s.delay_before_retry, s.warmup, s.sorry_server, s.panic_threshold,
                        s.real_servers);
    };
    return identity(a) == identity(b) && service(a) == service(b) && rules(a) == rules(b);
}

namespace {

const char* protocol_name(Protocol protocol) {
    switch (protocol) {
        case Protocol::tcp:
            return "tcp";
        case Protocol::udp:
            return "udp";
        case Protocol::sctp:
            return "sctp";
        case Protocol::none:
            break;
    }
    return "none";
}

}  // namespace

std::string server_name(const Endpoint& endpoint, Protocol protocol) {
    return fmt::format("[{}]:{}:{}", endpoint.address.to_string(), protocol_name(protocol), endpoint.port);
}

std::string service_name(const VirtualServer& server) {
    switch (server.kind) {
        case ServiceKind::fwmark:
            return fmt::format("FWM {}", server.fwmark);
        case ServiceKind::group:
            return fmt::format("[{}]:{}", server.group, server.group_sequence);
        case ServiceKind::address:
            break;
    }
    return server_name(server.endpoint, server.protocol);
}

}  // namespace conf
