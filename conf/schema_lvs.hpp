// What the tables of load balancing share: drafts before inheritance (check_lvs.cpp), setters of several blocks.
#pragma once

#include <array>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conf/model.hpp"
#include "conf/schema_args.hpp"
#include "conf/schema_table.hpp"

namespace conf {

/// Whether scripts would be run, for SECURITY VIOLATION: those of what is dropped do not count.
struct ScriptsSeen {
    bool any = false, insecure = false;
    void add(const ScriptsSeen& others) {
        any |= others.any;
        insecure |= others.insecure;
    }
};

/// Destination keywords of a checker as written.
struct ConnectionDraft {
    net::IpAddress address;  ///< none: refused, or the real server's
    bool address_refused = false;
    std::optional<std::uint16_t> port;
    net::IpAddress bind_address;
    std::uint16_t bind_port = 0;
    std::string bind_if;
    std::optional<std::uint64_t> timeout_us;
    std::uint32_t fwmark = 0;
    bool any = false;  ///< one of the keywords was given
};

struct CheckerDraft {
    CheckKind kind;
    ConnectionDraft connection;
    std::optional<std::uint32_t> retry;
    std::optional<std::uint64_t> delay_before_retry_us, warmup_us, delay_loop_us, fast_interval_us,
        down_interval_us;
    OptionalBool alpha, log_all_failures;
    bool has_connection = true;
    std::uint32_t default_retry = 1;
    std::optional<std::uint64_t> default_delay_us = 1'000'000;  ///< none: the delay_loop
    std::optional<std::string> user, group;                     ///< MISC_CHECK
    Span user_where;
    std::optional<ScriptRequest> script;
    std::optional<std::int32_t> file_weight;
    OptionalBool file_reverse;
    bool name_seen = false;
    std::vector<ConnectionDraft> hosts;  ///< SMTP_CHECK
    Span where;
};

struct RealDraft {
    RealServer value;
    RealSettings settings;
    std::optional<std::int64_t> weight;
    std::optional<Forwarding> forwarding;
    Forwarding
        inherited;  ///< the virtual server's so far: a wrong tunnel option leaves its parameters in force
    OptionalBool inhibit, alpha, smtp_alert;
    std::optional<std::uint64_t> delay_loop_us, connect_timeout_us, delay_before_retry_us, warmup_us,
        fast_interval_us, down_interval_us;
    std::optional<std::uint32_t> slow_start, drain_timeout;
    std::list<CheckerDraft> checkers;
    ScriptsSeen notifies, checks;
};

struct VirtualDraft {
    VirtualServer value;
    std::optional<Forwarding> forwarding, sorry_forwarding;
    std::optional<std::string> scheduler;
    bool protocol_given = false;
    bool decided = false, dropped = false;
    std::size_t said_until = 0;       ///< in Context::of_servers
    std::uint32_t wanted_quorum = 1;  ///< before it was reduced, for the notes
    std::set<std::string, std::less<>> lint_ignored;
    OptionalBool smtp_alert;
    std::optional<std::uint64_t> delay_before_retry_us, warmup_us, fast_interval_us, down_interval_us;
    std::optional<std::uint32_t> slow_start, drain_timeout;
    std::list<RealDraft> reals;
    ScriptsSeen scripts;
};

/// A real server on its own, or as part of its virtual server, in messages: "[ip]:proto:port".
std::string real_name(const VirtualDraft& server, const RealDraft& real);

/// What the reference puts before a complaint about scripts: the group; "(null)" where there is none, ours the server.
std::string owner_of_scripts(const VirtualServer& server);

/// NAT | DR | TUN [options]; false (after a message) when the method is unknown.
bool read_forwarding(Context& context, const Args& args, Forwarding& into, std::string_view whose);

/// ADDR [PORT]; port 0 when there is none. Nothing when either cannot be understood (no message of its own
/// but those about numbers).
std::optional<Endpoint> read_endpoint(Context& context, const Args& args, std::size_t at);
/// That of a virtual or real server: what looks like a range, "A-…", is its first address.
std::optional<Endpoint> read_server(Context& context, const Args& args);

/// A decimal timer of a row's range, with the row's complaint.
std::optional<std::uint64_t> read_timer(Context& context, const Args& args);

}  // namespace conf
