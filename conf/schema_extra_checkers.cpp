// Checkers and settings of checkers which are our own (beyond.md): TLS, dialogues, HTTP/2's cousins, greetings.
#include <algorithm>

#include "conf/grammar/check_values.hpp"
#include "conf/schema_blocks.hpp"
#include "conf/schema_checkers.hpp"

namespace conf {

namespace checkers {

namespace {

Rare<TlsOptions>& options_of(void* target) {
    auto& kind = draft_of(target).kind;
    if (auto* http = std::get_if<HttpCheck>(&kind)) return http->tls_options;
    if (auto* http2 = std::get_if<Http2Check>(&kind)) return http2->http.tls_options;
    return std::get<GrpcCheck>(kind).tls_options;
}

RareText& sni_of(void* target) {
    auto& kind = draft_of(target).kind;
    if (auto* grpc = std::get_if<GrpcCheck>(&kind)) return grpc->sni_name;
    auto* http2 = std::get_if<Http2Check>(&kind);
    auto& http = http2 != nullptr ? http2->http : std::get<HttpCheck>(kind);
    http.enable_sni = true;
    return http.sni_name;
}

TcpDialogue& dialogue_of(void* target) { return kind_of<TcpCheck>(target).dialogue.need(); }

/// Word 1 of a line split as a shell would, its backslashes kept.
std::optional<std::string> quoted_word(Context& context, const Args& args) {
    auto line = split_script(args.statement.raw);
    if (!line.error.empty()) {
        context.report(Class::unmatched_quote, args.where(), line.error);
        return std::nullopt;
    }
    if (line.words.size() < 2) {
        context.need(args);
        return std::nullopt;
    }
    return std::move(line.words[1]);
}

std::optional<std::string> text_to_send(Context& context, const Args& args) {
    const auto word = quoted_word(context, args);
    if (!word) return std::nullopt;
    auto text = grammar::escaped_text(*word);
    if (!text) {
        context
            .error(args.span(), fmt::format("Invalid escape in {} '{}' - ignoring", args.keyword.name, *word))
            .expected = R"(\r \n \t \0 \xHH \\ or \")";
    }
    return text;
}

}  // namespace

void tls_verify(Context& context, void* target, const Args& args) {
    const auto value = args.empty() ? std::optional(true) : bool_word(args.value());
    if (!value) return complain(context, args, args.value());
    options_of(target).need().verify = *value;
}

/// A file that is not there is said now and makes the check fail: nothing is trusted instead.
void tls_file(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& options = options_of(target).need();
    (args.keyword.name == "ca_file"     ? options.ca_file
     : args.keyword.name == "cert_file" ? options.cert_file
                                        : options.key_file) = args.value();
    if (context.facts.file(args.value()).type == FileType::none)
        context.error(args.span(), fmt::format("{} {} does not exist", args.keyword.name, args.value()));
}

void tls_sni(Context& context, void* target, const Args& args) {
    if (context.need(args)) sni_of(target) = args.value();
}

void tls_alpn(Context& context, void* target, const Args& args) {
    constexpr std::size_t kLongest = 255;  // one byte of length
    if (!context.need(args)) return;
    std::string names;
    for (std::size_t at = 0; at < args.count(); ++at) {
        const auto name = args.value(at);
        if (name.empty() || name.size() > kLongest || name.find(',') != std::string_view::npos) {
            context.error(args.span(at), fmt::format("Invalid alpn protocol '{}' - ignoring", name));
            continue;
        }
        (names += names.empty() ? "" : ",") += name;
    }
    options_of(target).need().alpn = names;
}

void check_tls(Context& context, void* target) {
    auto& options = options_of(target);
    if (!options) return;
    if (options->cert_file.empty() && !options->key_file.empty()) {
        context.at_end("key_file without cert_file - ignoring");
        options->key_file.clear();
    }
    if (options->key_file.empty()) options->key_file = options->cert_file;
    if (options->verify || options->ca_file.empty()) return;
    context.at_end("ca_file without verify - the certificate is not checked").expected = "verify";
}

void tcp_send(Context& context, void* target, const Args& args) {
    if (auto text = text_to_send(context, args)) dialogue_of(target).send = std::move(*text);
}

void tcp_expect(Context& context, void* target, const Args& args) {
    auto pattern = quoted_word(context, args);
    if (pattern) dialogue_of(target).expect.emplace().pattern = std::move(*pattern);
}

}  // namespace checkers

namespace {

using namespace checkers;

void close_network(Context& context, void* target) { check_connection(context, draft_of(target)); }

// ------------------------------------------------------------------------------------------------ GRPC_CHECK

void grpc_service(Context& context, void* target, const Args& args) {
    if (context.need(args)) kind_of<GrpcCheck>(target).service = args.value();
}

void grpc_tls(Context& context, void* target, const Args& args) {
    const auto value = args.empty() ? std::optional(true) : bool_word(args.value());
    if (!value) return complain(context, args, args.value());
    kind_of<GrpcCheck>(target).tls = *value;
}

void* open_grpc(Context&, void* parent, const Args& args) { return &add_checker(parent, GrpcCheck{}, args); }

void close_grpc(Context& context, void* target) {
    auto& check = kind_of<GrpcCheck>(target);
    if (!check.tls && (check.tls_options || !check.sni_name.empty())) {
        context.at_end("GRPC_CHECK has settings of TLS without tls - ignoring them").expected = "tls";
        check.tls_options.reset();
        check.sni_name.clear();
    }
    check_tls(context, target);
    close_network(context, target);
}

// ------------------------------------------------------------------------------------------------ AGENT_CHECK

void agent_send(Context& context, void* target, const Args& args) {
    if (auto text = text_to_send(context, args)) kind_of<AgentCheck>(target).send = std::move(*text);
}

void* open_agent(Context&, void* parent, const Args& args) {
    return &add_checker(parent, AgentCheck{}, args);
}

void close_agent(Context& context, void* target) {
    if (!draft_of(target).connection.port) {
        context.at_end("AGENT_CHECK has no connect_port - ignoring").expected =
            "connect_port N: the agent does not listen on the port of the service";
        return drop(context);
    }
    close_network(context, target);
}

// ------------------------------------------------------------------------------------------------ greetings

template <GreetingProtocol protocol>
void* open_greeting(Context&, void* parent, const Args& args) {
    auto& draft = add_checker(parent, GreetingCheck{}, args);
    kind_of<GreetingCheck>(&draft).protocol = protocol;
    return &draft;
}

template <auto Member>
void greeting_text(Context& context, void* target, const Args& args) {
    if (context.need(args)) kind_of<GreetingCheck>(target).*Member = args.value();
}

// clang-format off
constexpr std::array<Keyword, 2> kGrpcRows{
    K{"service", "NAME", grpc_service, "the server as a whole", "-", "name of the service that is asked about", kChecker, kOurs},
    K{"tls", "[BOOL]", grpc_tls, "off", "true on yes false off no; none = true", "TLS instead of prior knowledge", kChecker, kOurs}.says("Invalid tls option $v"),
};
constexpr std::array<Keyword, 1> kAgentRows{
    K{"send", "TEXT (quoted)", agent_send, "none", "escapes \\r \\n \\t \\0 \\xHH \\\\", "what the agent is told first", kChecker, kOurs}.shell_words(),
};
constexpr std::array<Keyword, 1> kUserRow{
    K{"user", "NAME", greeting_text<&GreetingCheck::user>, "none", "-", "who greets", kChecker, kOurs},
};
constexpr std::array<Keyword, 1> kDatabaseRow{
    K{"database", "NAME", greeting_text<&GreetingCheck::database>, "user", "-", "the database that is named", kChecker, kOurs},
};
// clang-format on

constexpr auto kTiming =
    timing_rows("real server, virtual server, else 1", "real server, virtual server, else 1");
constexpr auto kGrpc = join(connection_rows(), kTiming, kGrpcRows, tls_rows());
constexpr auto kAgent = join(connection_rows(), kTiming, kAgentRows);
constexpr auto kPlain = join(connection_rows(), kTiming);
constexpr auto kMysql = join(connection_rows(), kTiming, kUserRow);
constexpr auto kPgsql = join(connection_rows(), kTiming, kUserRow, kDatabaseRow);

}  // namespace

constexpr Block kGrpcCheckBlock{"virtual_server/real_server/GRPC_CHECK", kGrpc, open_grpc, close_grpc};
constexpr Block kAgentCheckBlock{"virtual_server/real_server/AGENT_CHECK", kAgent, open_agent, close_agent};
constexpr Block kRedisCheckBlock{"virtual_server/real_server/REDIS_CHECK", kPlain,
                                 open_greeting<GreetingProtocol::redis>, close_network};
constexpr Block kMysqlCheckBlock{"virtual_server/real_server/MYSQL_CHECK", kMysql,
                                 open_greeting<GreetingProtocol::mysql>, close_network};
constexpr Block kPgsqlCheckBlock{"virtual_server/real_server/PGSQL_CHECK", kPgsql,
                                 open_greeting<GreetingProtocol::pgsql>, close_network};
constexpr Block kLdapCheckBlock{"virtual_server/real_server/LDAP_CHECK", kPlain,
                                open_greeting<GreetingProtocol::ldap>, close_network};

}  // namespace conf
