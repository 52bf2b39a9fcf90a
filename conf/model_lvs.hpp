// The load-balancing part of the model: virtual servers, real servers, checkers (conf-lvs.md). Values only;
// every default and every inheritance (global → virtual server → real server → checker) is already applied.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "conf/common.hpp"
#include "conf/rare.hpp"
#include "conf/script.hpp"
#include "conf/span.hpp"
#include "lib/net/address.hpp"
#include "lib/time/instant.hpp"

namespace conf {

/// Address and port; port 0 = none.
struct Endpoint {
    net::IpAddress address;
    std::uint16_t port = 0;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

enum class Protocol : std::uint8_t { none = 0, tcp = 6, udp = 17, sctp = 132 };
enum class ForwardMethod : std::uint8_t {
    nat = 0,
    tun = 2,
    dr = 3
};  // numbers of the kernel's IP_VS_CONN_F_FWD_MASK
enum class TunnelType : std::uint8_t { ipip = 0, gue = 1, gre = 2 };
enum class TunnelChecksum : std::uint8_t { none = 0, checksum = 1, remote = 2 };

struct Forwarding {
    ForwardMethod method = ForwardMethod::nat;
    TunnelType tunnel = TunnelType::ipip;
    std::uint16_t tunnel_port = 0;
    TunnelChecksum tunnel_checksum = TunnelChecksum::none;
    friend bool operator==(const Forwarding&, const Forwarding&) = default;
};

// ------------------------------------------------------------------------------------------------ checkers

/// Settings of every checker (conf-lvs.md §7.1).
struct CheckTiming {
    Microseconds delay_loop{60'000'000};
    Microseconds delay_before_retry{1'000'000};
    Microseconds default_delay_before_retry{1'000'000};  ///< of the type, for the dump
    Microseconds warmup{60'000'000};
    Microseconds fast_interval{60'000'000}, down_interval{60'000'000};  ///< extensions; default: delay_loop
    std::uint32_t retry = 1;
    bool alpha = false;
    bool log_all_failures = false;
    friend bool operator==(const CheckTiming&, const CheckTiming&) = default;
};

/// How a connection is made.
struct ConnectionSettings {
    Endpoint bind;  ///< address none = any
    RareText bind_if;
    Microseconds timeout{5'000'000};
    std::uint32_t fwmark = 0;
    friend bool operator==(const ConnectionSettings&, const ConnectionSettings&) = default;
};

/// Connection keywords.
struct Connection {
    Endpoint destination;
    Common<ConnectionSettings> settings;
    friend bool operator==(const Connection&, const Connection&) = default;
};

struct Regex {
    std::string pattern;
    std::uint32_t options = 0;  ///< PCRE2_* compile options
    std::vector<std::string> option_names;
    bool no_match = false;
    std::size_t min_offset = 0;
    std::optional<std::size_t> max_offset;
    std::size_t stack_start = 0, stack_max = 0;
    friend bool operator==(const Regex&, const Regex&) = default;
};

/// Extension: what is said once the connection stands, and what must come back.
struct TcpDialogue {
    std::string send;  ///< bytes; empty = nothing
    std::optional<Regex> expect;
    friend bool operator==(const TcpDialogue&, const TcpDialogue&) = default;
};

struct TcpCheck {
    Rare<TcpDialogue> dialogue;
    friend bool operator==(const TcpCheck&, const TcpCheck&) = default;
};

/// Extension: verified TLS of one checker. The block SSL holds what all checkers share.
struct TlsOptions {
    bool verify = false;
    std::string ca_file;  ///< empty = the system's
    std::string cert_file, key_file;
    std::string alpn;  ///< names with commas between them; empty = none
    friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

struct Url {
    std::string path;
    std::optional<std::array<std::uint8_t, 16>> digest;
    std::vector<std::array<std::uint16_t, 2>> status_codes;  ///< ranges, inclusive; default 200-299 filled in
    RareText virtualhost;
    Rare<Regex> regex;
    bool tls_compliant = false;
    friend bool operator==(const Url&, const Url&) = default;
};

enum class HttpProtocol : std::uint8_t { http10, http10c, http11 };

struct HttpCheck {
    bool tls = false;  ///< SSL_GET
    HttpProtocol protocol = HttpProtocol::http10;
    bool enable_sni = false, fast_recovery = false, tls_compliant = false;
    RareText virtualhost;  ///< the checker's own
    RareText sni_name;
    Rare<TlsOptions> tls_options;
    std::vector<Url> urls;
    friend bool operator==(const HttpCheck&, const HttpCheck&) = default;
};

struct SmtpCheck {
    std::string helo_name = "smtpchecker.keepalived.org";
    friend bool operator==(const SmtpCheck&, const SmtpCheck&) = default;
};

struct DnsCheck {
    std::uint16_t type = 6;  ///< SOA
    RareText type_name = std::string("SOA");
    RareText name;  ///< as written; empty = root
    friend bool operator==(const DnsCheck&, const DnsCheck&) = default;
};

struct MiscCheck {
    Lean<Script> script;
    Seconds timeout{0};  ///< 0 = the virtual server's delay_loop
    bool dynamic = false;
    friend bool operator==(const MiscCheck&, const MiscCheck&) = default;
};

struct BfdCheck {
    std::string name;
    friend bool operator==(const BfdCheck&, const BfdCheck&) = default;
};

struct UdpCheck {
    std::vector<std::uint8_t> payload;  ///< empty = the 32-byte text
    bool payload_given = false;
    bool require_reply = false;
    Lean<std::vector<std::uint8_t>> reply,
        reply_mask;  ///< equal lengths; a clear nibble of the mask is a wildcard
    std::uint16_t min_reply_length = 0, max_reply_length = 255;
    friend bool operator==(const UdpCheck&, const UdpCheck&) = default;
};

struct PingCheck {
    friend bool operator==(const PingCheck&, const PingCheck&) = default;
};

struct FileCheck {
    std::string track_file;
    std::int32_t weight = 1;
    bool reverse = false;
    friend bool operator==(const FileCheck&, const FileCheck&) = default;
};

// The kinds below are extensions.

/// HTTP2_GET: pages over HTTP/2, by TLS and ALPN or with prior knowledge.
struct Http2Check {
    HttpCheck http;
    friend bool operator==(const Http2Check&, const Http2Check&) = default;
};

/// GRPC_CHECK: grpc.health.v1.
struct GrpcCheck {
    RareText service;  ///< empty = the server as a whole
    bool tls = false;
    RareText sni_name;
    Rare<TlsOptions> tls_options;
    friend bool operator==(const GrpcCheck&, const GrpcCheck&) = default;
};

/// AGENT_CHECK: HAProxy's agent text.
struct AgentCheck {
    std::string send;
    friend bool operator==(const AgentCheck&, const AgentCheck&) = default;
};

enum class GreetingProtocol : std::uint8_t { redis, mysql, pgsql, ldap };

/// REDIS_CHECK, MYSQL_CHECK, PGSQL_CHECK, LDAP_CHECK: the protocol's greeting, no query.
struct GreetingCheck {
    GreetingProtocol protocol = GreetingProtocol::redis;
    RareText user, database;
    friend bool operator==(const GreetingCheck&, const GreetingCheck&) = default;
};

using CheckKind = std::variant<TcpCheck, HttpCheck, SmtpCheck, DnsCheck, MiscCheck, BfdCheck, UdpCheck,
                               PingCheck, FileCheck, Http2Check, GrpcCheck, AgentCheck, GreetingCheck>;

struct Checker {
    CheckKind kind;
    Common<CheckTiming> timing;
    Connection connection;  ///< network checkers only
    Span where;
    friend bool operator==(const Checker& a, const Checker& b) {
        return a.kind == b.kind && a.timing == b.timing && a.connection == b.connection;
    }
};

// ------------------------------------------------------------------------------------------------ servers

/// What most of the real servers of a large configuration have alike.
struct RealSettings {
    std::uint32_t upper_threshold = 0, lower_threshold = 0;
    OptionalScript notify_up, notify_down;
    RareText virtualhost, snmp_name;
    // For the dump and for checkers added later: what the block inherits or sets.
    Microseconds connect_timeout{5'000'000}, delay_loop{60'000'000};
    std::optional<std::uint32_t> retry;
    std::optional<Microseconds> delay_before_retry, warmup;
    Seconds slow_start{0}, drain_timeout{0};  ///< extensions; 0 = off
    friend bool operator==(const RealSettings&, const RealSettings&) = default;
};

struct RealServer {
    Endpoint endpoint;  ///< port after the rules of conf-lvs.md §5.3
    Forwarding forwarding;
    bool inhibit_on_failure = false;
    bool alpha = false;
    bool smtp_alert = true;
    std::int64_t weight = 1;
    Common<RealSettings> settings;
    std::vector<Checker> checkers;
    Span where;
    friend bool operator==(const RealServer& a, const RealServer& b);
};

struct SorryServer {
    Endpoint endpoint;
    Forwarding forwarding;
    bool inhibit = false;
    friend bool operator==(const SorryServer&, const SorryServer&) = default;
};

/// One line of a virtual_server_group.
struct GroupEntry {
    bool is_fwmark = false;
    std::uint32_t fwmark = 0;
    net::Family fwmark_family = net::Family::none;
    net::IpAddress first, last;  ///< inclusive; equal for one address
    std::uint16_t port = 0;
    friend bool operator==(const GroupEntry&, const GroupEntry&) = default;
};

struct VirtualServerGroup {
    std::string name;
    Span where;
    std::vector<GroupEntry> entries;
    friend bool operator==(const VirtualServerGroup& a, const VirtualServerGroup& b) {
        return a.name == b.name && a.entries == b.entries;
    }
};

enum class ServiceKind : std::uint8_t { address, fwmark, group };

struct VirtualServer {
    ServiceKind kind = ServiceKind::address;
    Endpoint endpoint;
    std::uint32_t fwmark = 0;
    std::string group;
    std::uint32_t group_sequence = 0;        ///< how many earlier virtual servers use the same group
    net::Family family = net::Family::none;  ///< none: mixed (group of tunnels)
    Protocol protocol = Protocol::none;
    std::string scheduler = "wlc";
    std::uint32_t scheduler_flags = 0;  ///< 0x8, 0x10, 0x20
    bool hashed = false;
    bool one_packet = false;
    std::uint32_t persistence_timeout = 0;  ///< seconds, 0 = none
    std::uint32_t persistence_granularity =
        0;  ///< IPv4: mask, host order (0 = default all ones); IPv6: prefix length (0 = 128)
    RareText persistence_engine;
    Forwarding forwarding;
    bool ha_suspend = false, alpha = false, omega = false, inhibit_on_failure = false, smtp_alert = false;
    RareText virtualhost, snmp_name;
    std::uint32_t quorum = 1, hysteresis = 0;
    OptionalScript quorum_up, quorum_down;
    std::int64_t weight = 1;
    Microseconds delay_loop{60'000'000}, connect_timeout{5'000'000};
    std::optional<std::uint32_t> retry;
    std::optional<Microseconds> delay_before_retry, warmup;
    std::optional<SorryServer> sorry_server;
    std::uint8_t panic_threshold = 0;  ///< per cent; extension, 0 = off
    std::vector<RealServer> real_servers;
    Span where;
    friend bool operator==(const VirtualServer& a, const VirtualServer& b);
};

struct SslContext {
    std::string password, ca, certificate, key;
    friend bool operator==(const SslContext&, const SslContext&) = default;
};

/// All of it, a member of conf::Model.
struct Lvs {
    std::optional<SslContext> ssl;
    std::vector<VirtualServerGroup> groups;
    std::vector<VirtualServer> virtual_servers;
    friend bool operator==(const Lvs&, const Lvs&) = default;
};

/// "[ip]:proto:port", "FWM 5", "[NAME]:0" (lvs-behaviour.md §1).
std::string service_name(const VirtualServer& server);
std::string server_name(const Endpoint& endpoint, Protocol protocol);

}  // namespace conf
