// HTTP_GET, SSL_GET, HTTP2_GET and their url blocks (conf-lvs.md §7.4, §7.5).
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <unordered_map>

#include "conf/grammar/check_values.hpp"
#include "conf/schema_blocks.hpp"
#include "conf/schema_checkers.hpp"

namespace conf {

namespace {

using namespace checkers;

HttpCheck& http_of(void* target) {
    auto* http2 = std::get_if<Http2Check>(&draft_of(target).kind);
    return http2 != nullptr ? http2->http : kind_of<HttpCheck>(target);
}
Url& url_of(void* target) { return http_of(target).urls.back(); }

Regex& regex_of(void* target) { return url_of(target).regex.need(); }

template <bool HttpCheck::*Member>
void http_bool(Context& context, void* target, const Args& args) {
    const auto value = args.empty() ? std::optional(true) : bool_word(args.value());
    if (!value) return complain(context, args, args.value());
    http_of(target).*Member = *value;
}

void old_retry(Context& context, void* target, const Args& args) {
    context.report(Class::deprecated, args.where(), "nb_get_retry is deprecated - please use 'retry'");
    retry(context, target, args);
}

void set_virtualhost(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "HTTP_GET virtualhost name missing");
        return;
    }
    http_of(target).virtualhost = args.value();
}

void set_http_protocol(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "Missing http_protocol version");
        return;
    }
    auto& protocol = http_of(target).protocol;
    if (args.value() == "1.0") {
        protocol = HttpProtocol::http10;
    } else if (args.value() == "1.0C" || args.value() == "1.0c") {
        protocol = HttpProtocol::http10c;
    } else if (args.value() == "1.1") {
        protocol = HttpProtocol::http11;
    } else {
        context.error(args.span(), fmt::format("Invalid http_protocol version {}", args.value())).expected =
            "1.0, 1.0C or 1.1";
    }
}

void set_sni_name(Context&, void* target, const Args& args) {
    http_of(target).enable_sni = true;
    if (!args.empty()) http_of(target).sni_name = args.value();
}

// ------------------------------------------------------------------------------------------------ url

void set_path(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& url = url_of(target);
    if (!url.path.empty()) {
        context.error(args.span(),
                      fmt::format("Duplicate path - overwriting {} with {}", url.path, args.value()));
    }
    url.path = args.value();
}

void set_digest(Context& context, void* target, const Args& args) {
    constexpr std::size_t kDigits = 32;
    if (!context.need(args)) return;
    auto& url = url_of(target);
    const auto text = args.value();
    if (url.digest) {
        context.error(args.span(), fmt::format("Digest '{}' is a duplicate", text));
        return;
    }
    if (text.size() != kDigits) {
        context.error(args.span(), fmt::format("digest '{}' character length should be {} rather than {}",
                                               text, kDigits, text.size()));
        return;
    }
    std::array<std::uint8_t, kDigits / 2> digest{};
    for (std::size_t at = 0; at < digest.size(); ++at) {
        const auto pair = text.substr(at * 2, 2);
        const auto byte = grammar::hex_bytes(pair, false);
        if (!byte || byte->bytes.size() != 1) {
            context.error(args.span(), fmt::format("Unable to interpret hex digit in '{}' at offset {}/{}",
                                                   pair, at * 2, at * 2 + 1));
            return;
        }
        digest[at] = byte->bytes[0];
    }
    url.digest = digest;
}

void add_status_codes(Context& context, void* target, const Args& args) {
    for (std::size_t at = 0; at < args.count(); ++at) {
        if (const auto codes = grammar::status_codes(args.value(at))) {
            url_of(target).status_codes.push_back(*codes);
        } else {
            context.error(args.span(at), fmt::format("Invalid HTTP_GET status code '{}'", args.value(at)))
                .expected = "N or N-M, from 100 to 599";
        }
    }
}

void set_url_virtualhost(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "Missing HTTP_GET virtualhost name");
        return;
    }
    auto& host = url_of(target).virtualhost;
    if (!host.empty()) {
        context.error(args.span(),
                      fmt::format("Duplicate url virtualhost - overwriting {} with {}", host, args.value()));
    }
    host = args.value();
}

void set_regex(Context& context, void* target, const Args& args) {
    auto line = split_script(args.statement.raw);
    if (!line.error.empty()) {
        context.report(Class::unmatched_quote, args.where(), line.error);
        return;
    }
    if (line.words.size() < 2) return;  // the reference says nothing
    auto& regex = regex_of(target);
    if (!regex.pattern.empty()) {
        context.error(args.span(), fmt::format("Duplicate regex specified - replacing {} with {}",
                                               regex.pattern, line.words[1]));
    }
    regex.pattern = line.words[1];
}

void set_no_match(Context&, void* target, const Args&) { regex_of(target).no_match = true; }

const std::unordered_map<std::string_view, std::uint32_t>& regex_options() {
    static const std::unordered_map<std::string_view, std::uint32_t> names{
        {"allow_empty_class", PCRE2_ALLOW_EMPTY_CLASS},
        {"alt_bsux", PCRE2_ALT_BSUX},
        {"auto_callout", PCRE2_AUTO_CALLOUT},
        {"caseless", PCRE2_CASELESS},
        {"dollar_endonly", PCRE2_DOLLAR_ENDONLY},
        {"dotall", PCRE2_DOTALL},
        {"dupnames", PCRE2_DUPNAMES},
        {"extended", PCRE2_EXTENDED},
        {"firstline", PCRE2_FIRSTLINE},
        {"match_unset_backref", PCRE2_MATCH_UNSET_BACKREF},
        {"multiline", PCRE2_MULTILINE},
        {"never_ucp", PCRE2_NEVER_UCP},
        {"never_utf", PCRE2_NEVER_UTF},
        {"no_auto_capture", PCRE2_NO_AUTO_CAPTURE},
        {"no_auto_possess", PCRE2_NO_AUTO_POSSESS},
        {"no_dotstar_anchor", PCRE2_NO_DOTSTAR_ANCHOR},
        {"no_start_optimize", PCRE2_NO_START_OPTIMIZE},
        {"ucp", PCRE2_UCP},
        {"ungreedy", PCRE2_UNGREEDY},
        {"utf", PCRE2_UTF},
        {"never_backslash_c", PCRE2_NEVER_BACKSLASH_C},
        {"alt_circumflex", PCRE2_ALT_CIRCUMFLEX},
        {"alt_verbnames", PCRE2_ALT_VERBNAMES},
        {"use_offset_limit", PCRE2_USE_OFFSET_LIMIT}};
    return names;
}

void add_regex_options(Context& context, void* target, const Args& args) {
    auto& regex = regex_of(target);
    for (std::size_t at = 0; at < args.count(); ++at) {
        const auto option = regex_options().find(args.value(at));
        if (option == regex_options().end()) {
            context.sink.log(Class::warning, args.span(at),
                             fmt::format("Unknown regex option {} - ignoring", args.value(at)));
            continue;
        }
        regex.options |= option->second;
        regex.option_names.emplace_back(option->first);
    }
}

/// Values of regex_* are only ever logged about.
std::optional<std::uint64_t> regex_number(Context& context, const Args& args, std::size_t at) {
    Diagnostics unseen;
    DiagnosticSink sink(unseen);
    Context quiet{context.model, sink, context.facts, context.parse};
    const auto value = read_unsigned(quiet, args.value(at), args.span(at), 0, UINT32_MAX, Number::strict);
    if (!value) {
        context.sink.log(Class::warning, args.span(at),
                         fmt::format("Invalid {} '{}' - ignoring", args.keyword.name, args.value(at)));
    }
    return value;
}

void set_min_offset(Context& context, void* target, const Args& args) {
    if (args.empty()) return;
    if (const auto value = regex_number(context, args, 0)) regex_of(target).min_offset = *value;
}

void set_max_offset(Context& context, void* target, const Args& args) {
    if (args.empty()) return;
    if (const auto value = regex_number(context, args, 0)) regex_of(target).max_offset = *value;
}

void set_stack(Context& context, void* target, const Args& args) {
    if (args.count() < 2) return;
    const auto start = regex_number(context, args, 0), max = regex_number(context, args, 1);
    if (!start || !max) return;
    if (*start > *max) {
        context.sink.log(Class::warning, args.span(),
                         fmt::format("regex_stack start {} > max {} - ignoring", *start, *max));
        return;
    }
    regex_of(target).stack_start = *start;
    regex_of(target).stack_max = *max;
}

void set_url_tls(Context& context, void* target, const Args& args) {
    const auto value = args.empty() ? std::optional(true) : bool_word(args.value());
    if (!value) return complain(context, args, args.value());
    url_of(target).tls_compliant = *value;
}

void* open_url(Context&, void* parent, const Args&) {
    http_of(parent).urls.emplace_back();
    return parent;
}

void close_url(Context& context, void* target) {
    auto& url = url_of(target);
    const auto where = draft_of(target).where;
    if (url.path.empty()) {
        context.at_end("HTTP/SSL_GET checker url has no path - ignoring");
        http_of(target).urls.pop_back();
        return;
    }
    if (url.status_codes.empty()) url.status_codes.push_back({200, 299});
    if (!url.regex) return;
    if (url.regex->pattern.empty()) {
        context.sink.log(Class::warning, where, "regex parameters specified without regex");
        url.regex.reset();
    } else if (url.regex->max_offset && url.regex->min_offset > *url.regex->max_offset) {
        context.sink.log(Class::warning, where, "regex_min_offset > regex_max_offset - ignoring both");
        url.regex->min_offset = 0;
        url.regex->max_offset.reset();
    }
}

template <bool tls>
void* open_http(Context&, void* parent, const Args& args) {
    auto& draft = add_checker(parent, HttpCheck{}, args);
    std::get<HttpCheck>(draft.kind).tls = tls;
    draft.default_delay_us = 3'000'000;
    return &draft;
}

void* open_http2(Context&, void* parent, const Args& args) {
    auto& draft = add_checker(parent, Http2Check{}, args);
    http_of(&draft).tls = true;
    draft.default_delay_us = 3'000'000;
    return &draft;
}

void close_http(Context& context, void* target) {
    if (http_of(target).urls.empty()) {
        context.at_end("HTTP/SSL_GET checker has no urls specified - ignoring");
        return drop(context);
    }
    check_tls(context, target);
    check_connection(context, draft_of(target));
}

// clang-format off
constexpr std::array<Keyword, 6> kHttpRows{
    K{"nb_get_retry", "N", old_retry, "as retry", "0..4294967295", "the older word for retry", kChecker, "deprecated alias of retry (error class DEPRECATED, rc 5)"}.says("Invalid nb_get_retry value '$v'"),
    K{"virtualhost", "STRING", set_virtualhost, "real server, virtual server", "-", "Host header", kChecker},
    K{"http_protocol", "1.0|1.0C|1.0c|1.1", set_http_protocol, "1.0", "1.0 1.0C 1.0c 1.1", "HTTP version; C: with Connection: close", kChecker},
    K{"enable_sni", "[BOOL]", http_bool<&HttpCheck::enable_sni>, "off", "true on yes false off no; none = true", "send the name in the TLS handshake", kChecker}.says("Invalid enable_sni parameter $v"),
    K{"sni_name", "[NAME]", set_sni_name, "url, checker, virtual server virtualhost", "-", "that name; sets enable_sni", kChecker, "after 2.2.7"},
    K{"fast_recovery", "[BOOL]", http_bool<&HttpCheck::fast_recovery>, "off", "true on yes false off no; none = true", "next url at once while recovering", kChecker}.says("Invalid fast_recovery parameter $v"),
};
constexpr std::array<Keyword, 1> kHttpUrlRow{
    K{"url", "{ ... }", nullptr, "required", "repeatable", "a page to fetch", kChecker}.opens(kHttpUrlBlock),
};
constexpr std::array<Keyword, 2> kSslRows{
    K{"tls_compliant", "[BOOL]", http_bool<&HttpCheck::tls_compliant>, "off", "true on yes false off no; none = true", "close TLS sessions properly", kChecker, "after 2.2.7"}.says("Invalid tls_compliant option $v"),
    K{"url", "{ ... }", nullptr, "required", "repeatable", "a page to fetch", kChecker}.opens(kSslUrlBlock),
};
constexpr std::array<Keyword, 4> kHttp2Rows{
    K{"virtualhost", "STRING", set_virtualhost, "real server, virtual server", "-", "name of the host that is asked", kChecker, kOurs},
    K{"tls", "[BOOL]", http_bool<&HttpCheck::tls>, "on", "true on yes false off no; none = true", "off: HTTP/2 with prior knowledge", kChecker, kOurs}.says("Invalid tls option $v"),
    K{"fast_recovery", "[BOOL]", http_bool<&HttpCheck::fast_recovery>, "off", "true on yes false off no; none = true", "next url at once while recovering", kChecker, kOurs}.says("Invalid fast_recovery parameter $v"),
    K{"url", "{ ... }", nullptr, "required", "repeatable", "a page to fetch", kChecker, kOurs}.opens(kHttp2UrlBlock),
};
constexpr std::array<Keyword, 10> kUrlRows{
    K{"path", "PATH", set_path, "required", "sent as written", "path of the page", kChecker},
    K{"digest", "MD5HEX", set_digest, "none", "32 hex digits, once", "MD5 of the page", kChecker},
    K{"status_code", "CODE[-CODE] ...", add_status_codes, "200-299", "100..599; adds up over lines", "good status codes", kChecker},
    K{"virtualhost", "STRING", set_url_virtualhost, "checker's", "-", "Host header", kChecker},
    K{"regex", "PATTERN", set_regex, "none", "PCRE2 pattern", "the page must match", kChecker}.shell_words(),
    K{"regex_no_match", "-", set_no_match, "off", "-", "the page must not match", kChecker},
    K{"regex_options", "WORD ...", add_regex_options, "none", "names of conf-lvs.md 7.5, others ignored", "options of the pattern", kChecker},
    K{"regex_min_offset", "N", set_min_offset, "0", "not above regex_max_offset", "earliest start of a match", kChecker},
    K{"regex_max_offset", "N", set_max_offset, "none", "inclusive", "latest start of a match", kChecker},
    K{"regex_stack", "START MAX", set_stack, "library default", "START <= MAX", "stack for matching", kChecker},
};
constexpr std::array<Keyword, 1> kUrlTlsRow{
    K{"tls_compliant", "[BOOL]", set_url_tls, "off; on when the checker has it", "true on yes false off no; none = true", "close TLS sessions properly", kChecker, "after 2.2.7"}.says("Invalid tls_compliant option $v"),
};
// clang-format on

constexpr auto kWebTiming =
    timing_rows("real server, virtual server, else 1", "real server, virtual server, else 3");
constexpr auto kHttp = join(connection_rows(), kWebTiming, kHttpRows, kHttpUrlRow);
constexpr auto kSslGet = join(connection_rows(), kWebTiming, kHttpRows, kSslRows, tls_rows());
constexpr auto kHttp2Get = join(connection_rows(), kWebTiming, kHttp2Rows, tls_rows());
constexpr auto kSslUrl = join(kUrlRows, kUrlTlsRow);

}  // namespace

constexpr Block kHttpGetBlock{"virtual_server/real_server/HTTP_GET", kHttp, open_http<false>, close_http};
constexpr Block kSslGetBlock{"virtual_server/real_server/SSL_GET", kSslGet, open_http<true>, close_http};
constexpr Block kHttp2GetBlock{"virtual_server/real_server/HTTP2_GET", kHttp2Get, open_http2, close_http};
constexpr Block kHttp2UrlBlock{"virtual_server/real_server/HTTP2_GET/url", kUrlRows, open_url, close_url};
constexpr Block kHttpUrlBlock{"virtual_server/real_server/HTTP_GET/url", kUrlRows, open_url, close_url};
constexpr Block kSslUrlBlock{"virtual_server/real_server/SSL_GET/url", kSslUrl, open_url, close_url};

}  // namespace conf
