// real_server: one row a keyword (conf-lvs.md §6).
#include <algorithm>

#include "conf/schema_blocks.hpp"
#include "conf/schema_extensions.hpp"
#include "conf/schema_scripts.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

using Draft = RealDraft;
using Row = Setters<RealDraft>;
using R = RealSettings;

Draft& draft_of(void* target) { return *static_cast<Draft*>(target); }

template <auto Member>
void set_timer(Context& context, void* target, const Args& args) {
    if (const auto us = read_timer(context, args)) field_of<Member, Draft>(target) = *us;
}

void set_method(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    auto forwarding = draft.forwarding.value_or(draft.inherited);
    if (read_forwarding(context, args, forwarding, "real")) draft.forwarding = forwarding;
}

template <auto Member>
void notify(Context& context, void* target, const Args& args) {
    auto& into = draft_of(target).settings.*Member;
    auto request = read_script(context, args);
    if (!request) {
        if (lacks_script(args)) context.need(args);
        return;
    }
    if (into) {
        context.error(args.span(), fmt::format("({}) {} script already specified - ignoring {}",
                                               owner_of_scripts(context.current_virtual->value),
                                               args.keyword.name, request->command));
        return;
    }
    const auto as = request->user ? find_user(context, request->where, *request->user, request->group)
                                  : default_user(context, request->where);
    if (!as) return;
    into = look_up(context, *request, *as, ScriptOwner::virtual_server);
    draft_of(target).notifies.add(seen(*into));
}

void set_virtualhost(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "real server virtualhost missing");
        return;
    }
    draft_of(target).settings.virtualhost = args.value();
}

void set_snmp_name(Context& context, void* target, const Args& args) {
    if (args.count() != 1) {
        context.error(args.where(), "real server snmp_name missing or extra parameters");
        return;
    }
    draft_of(target).settings.snmp_name = args.value();
}

// clang-format off
using K = Keyword;

constexpr Keyword kRealServer[] = {
    K{"weight", "N", Row::number<&Draft::weight>, "virtual server weight", "0..2147483647", "share of the connections", kChecker}.says("Real server weight $v is outside range 0-2147483647"),
    K{"lvs_method", "NAT|DR|TUN ...", set_method, "virtual server", "NAT DR TUN (upper case); tunnel port 1..65535, only with gue and needed there", "how packets reach it", kChecker},
    K{"uthreshold", "N", Row::number<&R::upper_threshold>, "0 (none)", "0..4294967295", "no new connections above", kChecker}.says("Invalid real_server uthreshold '$v' - ignoring"),
    K{"lthreshold", "N", Row::number<&R::lower_threshold>, "0 (none)", "0..4294967295", "new connections again below", kChecker}.says("Invalid real_server lthreshold '$v' - ignoring"),
    K{"inhibit_on_failure", "[BOOL]", Row::boolean<&Draft::inhibit>, "virtual server", "true on yes false off no; none = true", "when it failed it stays with weight 0", kChecker}.says("Invalid inhibit_on_failure parameter $v"),
    K{"notify_up", "SCRIPT [USER [GROUP]] (quoted)", notify<&R::notify_up>, "none", "once; a second is ignored with an error", "run when it comes up", kChecker}.shell_words(),
    K{"notify_down", "SCRIPT [USER [GROUP]] (quoted)", notify<&R::notify_down>, "none", "once; a second is ignored with an error", "run when it goes down", kChecker}.shell_words(),
    K{"alpha", "[BOOL]", Row::boolean<&Draft::alpha>, "virtual server", "true on yes false off no; none = true", "down until a check succeeds", kChecker}.says("Invalid alpha parameter $v"),
    K{"retry", "N", Row::number<&R::retry, Number::strict>, "virtual server, else per checker", "1..4294967295", "failures tolerated before it is down", kChecker}.says("retry value invalid - $v"),
    K{"delay_before_retry", "SECS", set_timer<&Draft::delay_before_retry_us>, "virtual server, else per checker", "0..18446744073709.551614", "wait before a failed check is repeated", kChecker}.says("real server delay_before_retry '$v' invalid - ignoring"),
    K{"warmup", "SECS", set_timer<&Draft::warmup_us>, "virtual server, else the checker's delay_loop", "0..18446744073709.551614", "longest random delay of the first check", kChecker}.says("real server warmup '$v' invalid - ignoring"),
    K{"connect_timeout", "SECS", set_timer<&Draft::connect_timeout_us>, "virtual server", "0.000001..4294.967295", "how long checks wait for a connection", kChecker}.says("real server connect_timeout $v invalid - ignoring"),
    K{"delay_loop", "SECS", set_timer<&Draft::delay_loop_us>, "virtual server", "0.000001..18446744073709.551614", "time between checks", kChecker}.says("real server delay_loop '$v' invalid - ignoring"),
    K{"smtp_alert", "[BOOL]", Row::boolean<&Draft::smtp_alert>, "smtp_alert_checker, smtp_alert, on", "true on yes false off no; none = true", "mail when it comes up or goes down", kChecker}.says("Invalid real_server smtp_alert parameter $v"),
    K{"virtualhost", "STRING", set_virtualhost, "virtual server", "non-empty", "Host header of web checks", kChecker},
    K{"snmp_name", "NAME", set_snmp_name, "none", "one word", "name in SNMP", kChecker},
    K{"MISC_CHECK", "{ ... }", nullptr, "none", "repeatable", "check by a script", kChecker}.opens(kMiscCheckBlock),
    K{"SMTP_CHECK", "{ ... }", nullptr, "none", "repeatable", "check of a mail server", kChecker}.opens(kSmtpCheckBlock),
    K{"TCP_CHECK", "{ ... }", nullptr, "none", "repeatable", "check that a port takes connections", kChecker}.opens(kTcpCheckBlock),
    K{"PING_CHECK", "{ ... }", nullptr, "none", "repeatable", "check that the host answers", kChecker}.opens(kPingCheckBlock),
    K{"UDP_CHECK", "{ ... }", nullptr, "none", "repeatable", "check of a UDP service", kChecker}.opens(kUdpCheckBlock),
    K{"HTTP_GET", "{ ... }", nullptr, "none", "repeatable", "check of web pages", kChecker}.opens(kHttpGetBlock),
    K{"SSL_GET", "{ ... }", nullptr, "none", "repeatable", "check of web pages over TLS", kChecker}.opens(kSslGetBlock),
    K{"DNS_CHECK", "{ ... }", nullptr, "none", "repeatable", "check of a name server", kChecker}.opens(kDnsCheckBlock),
    K{"FILE_CHECK", "{ ... }", nullptr, "none", "repeatable", "check by the number in a file", kChecker}.opens(kFileCheckBlock),
    K{"BFD_CHECK", "{ ... }", nullptr, "none", "repeatable", "check by a BFD session", kChecker}.opens(kBfdCheckBlock),
    K{"HTTP2_GET", "{ ... }", nullptr, "none", "repeatable", "check of pages over HTTP/2", kChecker, kOurs}.opens(kHttp2GetBlock).not_yet(),
    K{"GRPC_CHECK", "{ ... }", nullptr, "none", "repeatable", "check by grpc.health.v1", kChecker, kOurs}.opens(kGrpcCheckBlock).not_yet(),
    K{"AGENT_CHECK", "{ ... }", nullptr, "none", "repeatable", "weight and state from an agent, in HAProxy's words", kChecker, kOurs}.opens(kAgentCheckBlock).not_yet(),
    K{"REDIS_CHECK", "{ ... }", nullptr, "none", "repeatable", "check that a Redis server greets", kChecker, kOurs}.opens(kRedisCheckBlock).not_yet(),
    K{"MYSQL_CHECK", "{ ... }", nullptr, "none", "repeatable", "check that a MySQL server greets", kChecker, kOurs}.opens(kMysqlCheckBlock).not_yet(),
    K{"PGSQL_CHECK", "{ ... }", nullptr, "none", "repeatable", "check that a PostgreSQL server greets", kChecker, kOurs}.opens(kPgsqlCheckBlock).not_yet(),
    K{"LDAP_CHECK", "{ ... }", nullptr, "none", "repeatable", "check that an LDAP server greets", kChecker, kOurs}.opens(kLdapCheckBlock).not_yet(),
};
// clang-format on

constexpr auto kAllRealServer = join(std::to_array(kRealServer), extensions::real_server_rows());

void* open_real_server(Context& context, void* parent, const Args& args) {
    if (!context.need(args)) return nullptr;
    const auto endpoint = read_server(context, args);
    if (!endpoint) {
        const bool port = args.count() > 1;
        context
            .error(args.span(),
                   fmt::format("Invalid real server ip address{} {}{}{} - skipping", port ? "/port" : "",
                               args.value(), port ? "/" : "", port ? args.value(1) : ""))
            .expected = "ADDR [PORT]";
        return nullptr;
    }
    auto& server = *static_cast<VirtualDraft*>(parent);
    auto& draft = server.reals.emplace_back();
    draft.inherited = server.forwarding.value_or(Forwarding{});
    draft.value.endpoint = *endpoint;
    draft.value.where = args.where();
    context.object.name_after(server, draft);
    context.current_virtual = &server;
    return &draft;
}

/// The first server that is not tunnelled fixes the family of the service.
void close_real_server(Context& context, void* target) {
    auto& draft = draft_of(target);
    auto& server = *context.current_virtual;
    const auto method = draft.forwarding.value_or(server.forwarding.value_or(Forwarding{})).method;
    if (method == ForwardMethod::tun) return;
    const auto family = draft.value.endpoint.address.family;
    if (server.value.family == net::Family::none) {
        server.value.family = family;
        return;
    }
    if (server.value.family == family) return;
    context.at_end(
        fmt::format("Address family of virtual server and real server {} don't match - "
                    "skipping real server.",
                    draft.value.endpoint.address.to_string()));
    server.scripts.add(draft.checks);  // in the reference its checkers stay
    server.reals.pop_back();
}

}  // namespace

constexpr Block kRealServerBlock{"virtual_server/real_server", kAllRealServer, open_real_server,
                                 close_real_server};

}  // namespace conf
