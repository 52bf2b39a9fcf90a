// Rows which several checkers have: timing and connection keywords (conf-lvs.md §7.1).
#pragma once

#include <array>

#include "conf/schema_setters.hpp"

namespace conf::checkers {

inline CheckerDraft& draft_of(void* target) { return *static_cast<CheckerDraft*>(target); }

/// The checker's own settings.
template <typename Kind>
Kind& kind_of(void* target) {
    return std::get<Kind>(draft_of(target).kind);
}

void connect_ip(Context&, void*, const Args&);
void connect_port(Context&, void*, const Args&);
void bindto(Context&, void*, const Args&);
void bind_port(Context&, void*, const Args&);
void bind_if(Context&, void*, const Args&);
void connect_timeout(Context&, void*, const Args&);
void fwmark(Context&, void*, const Args&);
void retry(Context&, void*, const Args&);
void timer(Context&, void*, const Args&);

void tls_verify(Context&, void*, const Args&);
void tls_file(Context&, void*, const Args&);
void tls_sni(Context&, void*, const Args&);
void tls_alpn(Context&, void*, const Args&);
void tcp_send(Context&, void*, const Args&);
void tcp_expect(Context&, void*, const Args&);

/// At the "}" of a checker with TLS.
void check_tls(Context& context, void* target);
/// Adds a checker to the real server `parent`.
CheckerDraft& add_checker(void* parent, CheckKind kind, const Args& args);
/// At the "}": a checker which cannot work is dropped. @return whether it stays
bool check_connection(Context& context, CheckerDraft& draft);
/// Takes the checker just read away again.
void drop(Context& context);

using Row = Setters<CheckerDraft>;
using K = Keyword;

// clang-format off
constexpr std::array<Keyword, 7> connection_rows() {
    return {
        K{"connect_ip", "ADDR", connect_ip, "real server address", "-", "address to check", kChecker},
        K{"connect_port", "PORT", connect_port, "real server port as written", "1..65535", "port to check", kChecker},
        K{"bindto", "ADDR", bindto, "any", "family of the destination", "source address", kChecker},
        K{"bind_port", "PORT", bind_port, "any", "1..65535; needs bindto", "source port", kChecker},
        K{"bind_if", "IF", bind_if, "none", "<= 15 chars; required for a link-local destination", "interface to check through", kChecker},
        K{"connect_timeout", "SECS", connect_timeout, "real server", "0.000001..4294.967295", "how long to wait for the connection and for each reply", kChecker}.says("connect_timeout $v invalid - ignoring"),
        K{"fwmark", "N", fwmark, "0 (not set)", "0..4294967295", "firewall mark of the packets", kChecker}.says("Invalid fwmark connection value '$v'"),
    };
}

constexpr std::array<Keyword, 8> timing_rows(std::string_view retries, std::string_view delay) {
    return {
        K{"retry", "N", retry, retries, "0..4294967295", "failures tolerated before the server is down", kChecker}.says("Invalid retry connection value '$v'"),
        K{"delay_before_retry", "SECS", timer, delay, "0..18446744073709.551614", "wait before a failed check is repeated", kChecker}.says("Invalid $k connection value '$v'"),
        K{"warmup", "SECS", timer, "real server, virtual server, else its delay_loop", "0..18446744073709.551614", "longest random delay of the first check", kChecker}.says("Invalid $k connection value '$v'"),
        K{"delay_loop", "SECS", timer, "real server", "0.000001..18446744073709.551614", "time between checks", kChecker}.says("delay_loop '$v' is invalid - ignoring"),
        K{"fast_interval", "SECS", timer, "real server", "0.000001..18446744073709.551614", "time between checks while the state is changing", kChecker, kOurs}.says("fast_interval '$v' is invalid - ignoring").not_yet(),
        K{"down_interval", "SECS", timer, "real server", "0.000001..18446744073709.551614", "time between checks while the server is down", kChecker, kOurs}.says("down_interval '$v' is invalid - ignoring").not_yet(),
        K{"alpha", "[BOOL]", Row::boolean<&CheckerDraft::alpha>, "real server", "true on yes false off no; none = true", "down until the check succeeds", kChecker}.says("Invalid alpha parameter $v"),
        K{"log_all_failures", "[BOOL]", Row::boolean<&CheckerDraft::log_all_failures>, "off, or checker_log_all_failures", "true on yes false off no; none = true", "log each failed check", kChecker}.says("Invalid log_all_failures parameter $v"),
    };
}

/// Extensions: TLS of one checker.
constexpr std::array<Keyword, 6> tls_rows() {
    return {
        K{"verify", "[BOOL]", tls_verify, "off", "true on yes false off no; none = true", "the server's certificate must be valid for its name", kChecker, kOurs}.says("Invalid verify option '$v'").not_yet(),
        K{"ca_file", "FILE", tls_file, "the system's", "a readable PEM file", "certificates that are trusted", kChecker, kOurs}.not_yet(),
        K{"cert_file", "FILE", tls_file, "none", "a readable PEM file", "client certificate", kChecker, kOurs}.not_yet(),
        K{"key_file", "FILE", tls_file, "cert_file", "a readable PEM file", "key of the client certificate", kChecker, kOurs}.not_yet(),
        K{"sni", "NAME", tls_sni, "none", "non-empty", "the name that is asked for in the TLS handshake", kChecker, kOurs},
        K{"alpn", "PROTOCOL ...", tls_alpn, "none", "1..255 chars each", "protocols offered in the TLS handshake", kChecker, kOurs}.not_yet(),
    };
}
// clang-format on

}  // namespace conf::checkers
