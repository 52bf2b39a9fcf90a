// Health checkers: one block for each checker in the order of the configuration (state-files.md §5).
#include <fmt/format.h>

#include <utility>

#include "report/dump/check_sections.hpp"

namespace report {
namespace {

/// What the reference prints for the timers which a BFD_CHECK does not have.
constexpr std::uint64_t kUnusedTime = UINT64_MAX;
constexpr std::uint32_t kUnusedCount = UINT32_MAX;

constexpr std::string_view set_unset(bool value) { return value ? "set" : "unset"; }
constexpr std::string_view upper_yes_no(bool value) { return value ? "YES" : "NO"; }

std::string endpoint_text(const conf::Endpoint& endpoint) {
    return fmt::format("[{}]:{}", endpoint.address.to_string(), endpoint.port);
}

bool is_networked(const conf::CheckKind& kind) {
    return !std::holds_alternative<conf::MiscCheck>(kind) && !std::holds_alternative<conf::BfdCheck>(kind) &&
           !std::holds_alternative<conf::FileCheck>(kind);
}

std::string hex(const std::array<std::uint8_t, 16>& digest) {
    std::string text;
    for (const auto byte : digest) text += fmt::format("{:02x}", byte);
    return text;
}

/// Urls of the configuration that share one compiled expression.
std::size_t users_of(const conf::Regex& regex, const conf::Lvs& lvs) {
    std::size_t count = 0;
    for (const auto& service : lvs.virtual_servers)
        for (const auto& server : service.real_servers)
            for (const auto& checker : server.checkers) {
                const auto* http = std::get_if<conf::HttpCheck>(&checker.kind);
                if (http == nullptr) continue;
                for (const auto& url : http->urls)
                    if (url.regex && url.regex->pattern == regex.pattern &&
                        url.regex->options == regex.options)
                        ++count;
            }
    return count;
}

class CheckerBlock {
  public:
    CheckerBlock(const CheckDump& dump, const conf::Checker& checker, const check::rows::Checker& row)
        : dump_(dump), lines_(dump.lines), checker_(checker), row_(row) {}

    void write(const std::string& service, const std::string& server) {
        lines_.add(" {} -> {}", service, server);
        state();
        if (!std::holds_alternative<conf::FileCheck>(checker_.kind)) timing();
        lines_.add("   Log all failures = {}", yes_no(checker_.timing->log_all_failures));
        if (is_networked(checker_.kind)) connection();
        std::visit([this](const auto& kind) { type(kind); }, checker_.kind);
    }

  private:
    void state() {
        lines_.add("   Enabled = {}", yes_no(row_.schedule.enabled));
        lines_.add("   Up = {}", yes_no(row_.core.up));
        lines_.add("   Has run = {}", yes_no(row_.core.has_run));
        lines_.add("   Current weight = {}", row_.core.contribution);
    }

    void timing() {
        const conf::CheckTiming& timing = *checker_.timing;
        const bool unused = std::holds_alternative<conf::BfdCheck>(checker_.kind);
        const auto time = [&](Microseconds value) {
            return unused ? kUnusedTime : static_cast<std::uint64_t>(value.count());
        };
        const std::uint32_t retries = unused ? kUnusedCount : timing.retry;
        lines_.add("   Alpha = {}", yes_no(timing.alpha));
        lines_.add("   Delay loop = {} us", time(timing.delay_loop));
        lines_.add("   Warmup = {} us", time(timing.warmup));
        lines_.add("   Retries = {}", retries);
        if (retries > 0) {
            lines_.add("   Delay before retry = {} us", time(timing.delay_before_retry));
            lines_.add("   Retries iterations = {}", unused ? kUnusedCount : row_.schedule.retries_done);
        }
        lines_.add("   Default delay before retry = {} us", timing.default_delay_before_retry.count());
    }

    void connection() {
        const conf::Connection& connection = checker_.connection;
        lines_.add("   Connection");
        lines_.add("     Dest = {}", endpoint_text(connection.destination));
        if (!connection.settings->bind.address.is_none() || connection.settings->bind.port != 0)
            lines_.add("     Bind to = {}", endpoint_text(connection.settings->bind));
        if (!connection.settings->bind_if.empty())
            lines_.add("     Bind i/f = {}", connection.settings->bind_if);
        if (connection.settings->fwmark != 0) lines_.add("     Mark = {}", connection.settings->fwmark);
        lines_.add("     Timeout = {}", fixed_seconds(connection.settings->timeout));
        if (row_.last_errno != 0) lines_.add("     Last errno = {}", row_.last_errno);
    }

    void method(std::string_view name) { lines_.add("   Keepalive method = {}", name); }

    void type(const conf::TcpCheck&) { method("TCP_CHECK"); }

    void type(const conf::HttpCheck& http) {
        static constexpr const char* kProtocols[] = {"1.0", "1.0C", "1.1"};
        method(fmt::format("{}, http protocol {}", http.tls ? "SSL_GET" : "HTTP_GET",
                           kProtocols[static_cast<std::size_t>(http.protocol)]));
        if (!http.virtualhost.empty()) lines_.add("   Virtualhost = {}", http.virtualhost);
        lines_.add("   Enable SNI {}", set_unset(http.enable_sni));
        if (!http.sni_name.empty()) lines_.add("   SNI name = {}", http.sni_name);
        lines_.add("   Fast recovery {}", set_unset(http.fast_recovery));
        if (http.tls) lines_.add("   tls_compliant {}", set_unset(http.tls_compliant));
        for (const auto& url : http.urls) checked_url(url);
        if (row_.core.has_run && !row_.core.up && row_.next_url < http.urls.size())
            lines_.add("   Failed URL = {}", http.urls[row_.next_url].path);
    }

    void checked_url(const conf::Url& url) {
        lines_.add("   Checked url = {}", url.path);
        if (url.digest) lines_.add("     digest = {}", hex(*url.digest));
        lines_.add("     tls_compliant {}", set_unset(url.tls_compliant));
        lines_.add("     HTTP Status Code(s)");
        for (const auto& [first, last] : url.status_codes)
            lines_.add("       {}",
                       first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last));
        if (!url.virtualhost.empty()) lines_.add("     Virtual host = {}", url.virtualhost);
        if (url.regex) regex(*url.regex);
    }

    void regex(const conf::Regex& regex) {
        lines_.add("     Regex = \"{}\"", regex.pattern);
        if (regex.no_match) lines_.add("     Regex no match");
        if (regex.min_offset != 0 || regex.max_offset)
            lines_.add("     Regex min offset = {}{}", regex.min_offset,
                       regex.max_offset ? fmt::format(", max_offset = {}", *regex.max_offset) : "");
        std::string options;
        for (const auto& name : regex.option_names) options += " " + name;
        lines_.add("     Regex options:{}", options);
        lines_.add("     Regex ref count = {}", users_of(regex, dump_.model.lvs));
    }

    void type(const conf::SmtpCheck& smtp) {
        method("SMTP_CHECK");
        lines_.add("   helo = {}", smtp.helo_name);
    }

    void type(const conf::DnsCheck& dns) {
        method("DNS_CHECK");
        lines_.add("   Type = {}", dns.type_name);
        lines_.add("   Name = {}", dns.name);
    }

    void type(const conf::MiscCheck& misc) {
        method("MISC_CHECK");
        if (!misc.script->argv.empty() && !misc.script->path.empty() &&
            misc.script->path != misc.script->argv[0])
            lines_.add("   path = {}", misc.script->path);
        lines_.add("   script = {}", conf::quoted(misc.script));
        lines_.add("   timeout = {}", misc.timeout.count());
        lines_.add("   dynamic = {}", upper_yes_no(misc.dynamic));
        lines_.add("   uid:gid = {}:{}", misc.script->uid, misc.script->gid);
        lines_.add("   Last ran = {}", timestamp_year_first(row_.last_ran_wallclock_us));
        lines_.add("   Last status = {}", row_.last_status);
    }

    void type(const conf::BfdCheck& bfd) {
        method("BFD_CHECK");
        lines_.add("   Name = {}", bfd.name);
        lines_.add("   Alpha is {}", on_off(checker_.timing->alpha));
    }

    void type(const conf::UdpCheck& udp) {
        method("UDP_CHECK");
        if (udp.payload_given)
            lines_.add("   Payload len = {}", udp.payload.size());
        else
            lines_.add("   Payload specified = no");
        lines_.add("   Require reply = {}", yes_no(udp.require_reply));
        if (!udp.require_reply) return;
        lines_.add("   Min reply length = {}", udp.min_reply_length);
        lines_.add("   Max reply length = {}", udp.max_reply_length);
        if (udp.reply.empty()) return;
        lines_.add("   Reply data len = {}", udp.reply.size());
        lines_.add("   Reply data mask = {}", yes_no(!udp.reply_mask.empty()));
    }

    void type(const conf::PingCheck&) {
        method("PING_CHECK");
        lines_.add("     ICMP seq no = {}", row_.icmp_sequence);
    }

    void type(const conf::FileCheck& file) {
        method("FILE_CHECK");
        lines_.add("     Tracked file = {}", file.track_file);
        lines_.add("     Reloaded = {}", row_.reloaded != 0 ? "Yes" : "No");
    }

    // Our own kinds: the name, and what is asked for.
    void type(const conf::Http2Check& http2) {
        method(fmt::format("HTTP2_GET, {}", http2.http.tls ? "TLS" : "prior knowledge"));
        for (const auto& url : http2.http.urls) checked_url(url);
    }

    void type(const conf::GrpcCheck& grpc) {
        method("GRPC_CHECK");
        if (!grpc.service.empty()) lines_.add("   Service = {}", grpc.service);
    }

    void type(const conf::AgentCheck&) { method("AGENT_CHECK"); }

    void type(const conf::GreetingCheck& greeting) {
        static constexpr const char* kNames[] = {"REDIS_CHECK", "MYSQL_CHECK", "PGSQL_CHECK", "LDAP_CHECK"};
        method(kNames[static_cast<std::size_t>(greeting.protocol)]);
        if (!greeting.user.empty()) lines_.add("   User = {}", greeting.user);
        if (!greeting.database.empty()) lines_.add("   Database = {}", greeting.database);
    }

    const CheckDump& dump_;
    Lines& lines_;
    const conf::Checker& checker_;
    const check::rows::Checker& row_;
};

/// Calls visit(service, server, checker) in the order of the checkers' rows.
template <typename Visit>
void each_checker(const conf::Lvs& lvs, Visit visit) {
    for (const auto& service : lvs.virtual_servers)
        for (const auto& server : service.real_servers)
            for (const auto& checker : server.checkers) visit(service, server, checker);
}

bool has_tls_check(const conf::Lvs& lvs) {
    bool found = false;
    each_checker(lvs, [&](const auto&, const auto&, const conf::Checker& checker) {
        const auto* http = std::get_if<conf::HttpCheck>(&checker.kind);
        found = found || (http != nullptr && http->tls);
    });
    return found;
}

}  // namespace

void dump_ssl(const CheckDump& dump) {
    const auto& ssl = dump.model.lvs.ssl;
    if (!ssl && !has_tls_check(dump.model.lvs)) return;
    dump.lines.heading("SSL definitions");
    if (!ssl) return dump.lines.add(" Using autogen SSL context");
    if (!ssl->password.empty()) dump.lines.add(" Password : ********");
    if (!ssl->ca.empty()) dump.lines.add(" CA-file : {}", ssl->ca);
    if (!ssl->certificate.empty()) dump.lines.add(" Certificate file : {}", ssl->certificate);
    if (!ssl->key.empty()) dump.lines.add(" Key file : {}", ssl->key);
}

void dump_health_checkers(const CheckDump& dump) {
    if (dump.check.checkers.empty()) return;
    dump.lines.heading("Health checkers");
    std::size_t number = 0;
    each_checker(dump.model.lvs, [&](const auto& service, const auto& server, const conf::Checker& checker) {
        CheckerBlock(dump, checker, dump.check.checkers[number++])
            .write(conf::service_name(service), conf::server_name(server.endpoint, service.protocol));
    });
}

void dump_checker_track_files(const CheckDump& dump) {
    bool first = true;
    for (std::size_t i = 0; i < dump.model.track_files.size(); ++i) {
        const auto& file = dump.model.track_files[i];
        std::string uses;
        each_checker(dump.model.lvs,
                     [&](const auto& service, const auto& server, const conf::Checker& checker) {
                         const auto* check = std::get_if<conf::FileCheck>(&checker.kind);
                         if (check != nullptr && check->track_file == file.name)
                             uses += fmt::format("\n     {} -> {}, weight {}", conf::service_name(service),
                                                 conf::server_name(server.endpoint, service.protocol),
                                                 weight_text(check->weight, check->reverse));
                     });
        if (uses.empty()) continue;
        if (std::exchange(first, false)) dump.lines.heading("Checker track files");
        dump.lines.add(" Track file = {}", file.name);
        dump.lines.add("   File = {}", file.path);
        dump.lines.add("   Status = {}", dump.check.track_files[i].value);
        dump.lines.add("   Weight = {}", weight_text(file.weight, file.reverse));
        dump.lines.add("   Tracking instances :{}", uses);
    }
}

/// Sessions whose events come to the checker process, used or not.
void dump_checker_track_bfds(const CheckDump& dump) {
    bool first = true;
    for (const auto& session : dump.model.bfd) {
        if (!session.for_checker) continue;
        if (std::exchange(first, false)) dump.lines.heading("Checker track BFDs");
        dump.lines.add(" Checker Track BFD = {}", session.name);
        dump.lines.add("   Tracking RS :");
        each_checker(dump.model.lvs,
                     [&](const auto& service, const auto& server, const conf::Checker& checker) {
                         const auto* check = std::get_if<conf::BfdCheck>(&checker.kind);
                         if (check != nullptr && check->name == session.name)
                             dump.lines.add("   {}", conf::server_name(server.endpoint, service.protocol));
                     });
    }
}

std::string check_data(const conf::Model& model, const Snapshot& snapshot) {
    Lines lines;
    const CheckDump dump{model, snapshot.check, lines};
    dump_global_definitions(model, Writer::checker, lines);
    dump_ssl(dump);
    dump_lvs_topology(dump);
    dump_health_checkers(dump);
    dump_checker_track_files(dump);
    dump_checker_track_bfds(dump);
    return lines.take();
}

}  // namespace report
