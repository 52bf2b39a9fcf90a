// The checkers which have little but timing and connection keywords (conf-lvs.md §7.2, §7.3, §7.6, §7.7, §7.10-§7.12).
#include "conf/schema_checkers.hpp"

#include <algorithm>

#include "conf/grammar/check_values.hpp"
#include "conf/schema_blocks.hpp"

namespace conf {

namespace {

using namespace checkers;

template <typename Kind>
void* open_plain(Context&, void* parent, const Args& args) {
    return &add_checker(parent, Kind{}, args);
}

void close_network(Context& context, void* target) { check_connection(context, draft_of(target)); }

// ------------------------------------------------------------------------------------------------ SMTP_CHECK

void set_helo(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    if (args.empty()) {
        context.error(args.where(), "SMTP_CHECK helo name missing");
        return;
    }
    if (draft.name_seen) {
        context.error(args.span(), "SMTP_CHECK helo name already specified");
        return;
    }
    draft.name_seen = true;
    kind_of<SmtpCheck>(target).helo_name = args.value();
}

void* open_host(Context& context, void* parent, const Args& args) {
    context.sink.log(Class::deprecated, args.where(),
                     "The SMTP_CHECK host block is deprecated. Please define additional checkers.");
    draft_of(parent).hosts.emplace_back();
    context.in_smtp_host = true;
    return parent;
}

void close_host(Context& context, void*) { context.in_smtp_host = false; }

/// Hosts become checkers: the first one this checker's own target when it has none.
void close_smtp(Context& context, void* target) {
    auto& draft = draft_of(target);
    auto hosts = std::move(draft.hosts);
    draft.hosts.clear();
    std::size_t next = 0;
    if (!draft.connection.any && !hosts.empty()) draft.connection = hosts[next++];
    const CheckerDraft pattern = draft;
    if (!check_connection(context, draft)) return;
    for (; next < hosts.size(); ++next) {
        auto& further = context.current_virtual->reals.back().checkers.emplace_back(pattern);
        further.connection = hosts[next];
        check_connection(context, further);
    }
}

// ------------------------------------------------------------------------------------------------ DNS_CHECK

void set_type(Context& context, void* target, const Args& args) {
    constexpr std::array<std::pair<std::string_view, std::uint16_t>, 9> kTypes{{{"A", 1},
                                                                                {"NS", 2},
                                                                                {"CNAME", 5},
                                                                                {"SOA", 6},
                                                                                {"MX", 15},
                                                                                {"TXT", 16},
                                                                                {"AAAA", 28},
                                                                                {"RRSIG", 46},
                                                                                {"DNSKEY", 48}}};
    if (!context.need(args)) return;
    std::string word(args.value());
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
    const auto found =
        std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& type) { return type.first == word; });
    if (found == kTypes.end()) {
        context.error(args.span(), fmt::format("Unknown DNS check type {} - ignoring", args.value()))
            .expected = "A NS CNAME SOA MX TXT AAAA RRSIG or DNSKEY";
        return;
    }
    kind_of<DnsCheck>(target).type = found->second;
    kind_of<DnsCheck>(target).type_name = found->first;
}

void set_domain(Context& context, void* target, const Args& args) {
    constexpr std::size_t kLongestLabel = 63, kLongestName = 253;
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    if (draft.name_seen) {
        context.error(args.span(), "DNS_CHECK name already specified - ignoring");
        return;
    }
    std::string_view name = args.value();
    if (name.empty() || name == ".") {
        draft.name_seen = true;
        return;
    }
    std::string_view rest = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
    if (rest.size() > kLongestName) {
        context.error(args.span(), fmt::format("DNS_CHECK name '{}' is too long - ignoring", name));
        return;
    }
    for (std::size_t at = 0; at <= rest.size();) {
        const auto dot = std::min(rest.find('.', at), rest.size());
        if (dot == at || dot - at > kLongestLabel) {
            context.error(args.span(), fmt::format("DNS_CHECK name '{}' has {} label - ignoring", name,
                                                   dot == at ? "empty" : "too long a"));
            return;
        }
        at = dot + 1;
    }
    draft.name_seen = true;
    kind_of<DnsCheck>(target).name = name;
}

void* open_dns(Context&, void* parent, const Args& args) {
    auto& draft = add_checker(parent, DnsCheck{}, args);
    draft.default_retry = 3;
    draft.default_delay_us.reset();  // the delay_loop
    return &draft;
}

// ------------------------------------------------------------------------------------------------ UDP_CHECK

/// The words of the line as one text: bytes may be written with blanks between them.
std::string joined(const Args& args) {
    std::string text;
    for (std::size_t at = 0; at < args.count(); ++at) (text += args.value(at)) += ' ';
    return text;
}

void set_payload(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "UDP_CHECK payload requires a payload");
        return;
    }
    const auto bytes = grammar::hex_bytes(joined(args), false);
    if (!bytes) {
        context.error(args.span(), "Invalid hex string for UDP_CHECK payload").expected = "bytes in hex";
        return;
    }
    kind_of<UdpCheck>(target).payload = bytes->bytes;
    kind_of<UdpCheck>(target).payload_given = true;
}

void set_reply(Context& context, void* target, const Args& args) {
    auto& check = kind_of<UdpCheck>(target);
    if (args.empty()) {
        check.require_reply = true;
        return;
    }
    const auto bytes = grammar::hex_bytes(joined(args), true);
    if (!bytes) {
        context.error(args.span(), "Invalid hex string for UDP_CHECK reply").expected =
            "bytes in hex, x for a nibble that may be anything";
        return;
    }
    check.require_reply = true;
    check.reply = bytes->bytes;
    check.reply_mask = bytes->mask;
}

template <auto Member>
void set_length(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto length = read_unsigned(context, args.value(), args.span(), 0, 65535, Number::strict);
    if (!length) {
        const bool min = args.keyword.name.starts_with("min");
        context.error(args.span(), fmt::format("UDP_CHECK {} length {} not valid - must be between 0 & 65535",
                                               min ? "min" : "max", args.value()));
        return;
    }
    kind_of<UdpCheck>(target).*Member = static_cast<std::uint16_t>(*length);
}

void close_udp(Context& context, void* target) {
    const auto& check = kind_of<UdpCheck>(target);
    if (check.min_reply_length > check.max_reply_length) {
        context.at_end(fmt::format("UDP_CHECK min_reply length {} > max_reply_length {} - will always fail",
                                   check.min_reply_length, check.max_reply_length));
    }
    check_connection(context, draft_of(target));
}

// ------------------------------------------------------------------------------------------------ FILE_CHECK, BFD_CHECK

void set_track_file(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto known = context.file_index.find(std::string(args.value()));
    if (known == context.file_index.end()) {
        auto& problem = context.error(args.span(), fmt::format("track_file {} not found", args.value()));
        problem.expected = "a track_file defined earlier in the file";
        problem.hint = context.did_you_mean(args.value(), context.file_index);
        return;
    }
    kind_of<FileCheck>(target).track_file = args.value();
}

void set_file_weight(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "track file weight missing");
        return;
    }
    auto& draft = draft_of(target);
    const auto weight =
        read_integer(context, args.value(), args.span(), -INT32_MAX, INT32_MAX, Number::lenient);
    if (!weight) {
        context.error(args.span(),
                      "weight for track file must be in [-2147483647..2147483647] inclusive. Ignoring...");
        return;
    }
    draft.file_weight = *weight;
    if (args.count() < 2) return;
    if (args.value(1) == "reverse" || args.value(1) == "noreverse") {
        draft.file_reverse = args.value(1) == "reverse";
    } else {
        context.error(args.span(1),
                      fmt::format("unknown track file weight option {} - ignoring", args.value(1)));
    }
}

void* open_file_check(Context&, void* parent, const Args& args) {
    auto& draft = add_checker(parent, FileCheck{}, args);
    draft.has_connection = false;
    return &draft;
}

void close_file_check(Context& context, void* target) {
    auto& check = kind_of<FileCheck>(target);
    const auto& draft = draft_of(target);
    if (check.track_file.empty()) {
        context.at_end("FILE_CHECK has no track_file specified - ignoring");
        return drop(context);
    }
    const auto& file = context.files[context.file_index[check.track_file].first].value;
    check.weight = static_cast<std::int32_t>(draft.file_weight.value_or(file.weight));
    check.reverse = draft.file_reverse.value_or(file.reverse);
}

bool monitors(const RealDraft& real, const CheckerDraft* but, std::string_view name) {
    return std::any_of(real.checkers.begin(), real.checkers.end(), [&](const CheckerDraft& other) {
        const auto* bfd = std::get_if<BfdCheck>(&other.kind);
        return &other != but && bfd != nullptr && bfd->name == name;
    });
}

void set_bfd_name(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    auto& check = kind_of<BfdCheck>(target);
    draft.name_seen = true;
    const auto say = [&](std::string text) -> Diagnostic& {
        return context.error(args.empty() ? args.where() : args.span(),
                             fmt::format("({}) BFD_CHECK - {}", context.object, text));
    };
    if (args.count() != 1) {
        say("No or too many names specified - skipping checker");
        return;
    }
    const std::string name(args.value());
    if (!context.bfd_usable(name, kChecker)) {
        say(fmt::format("BFD {} not configured", name)).hint = context.did_you_mean(name, context.bfd_index);
        return;
    }
    if (monitors(context.current_virtual->reals.back(), &draft, name)) {
        say(fmt::format("RS already monitoring {}", name));
        return;
    }
    check.name = name;
}

/// Behind a refused name the block counts no more.
void set_bfd_alpha(Context& context, void* target, const Args& args) {
    if (draft_of(target).name_seen && kind_of<BfdCheck>(target).name.empty()) return;
    Row::boolean<&CheckerDraft::alpha>(context, target, args);
}

void* open_bfd_check(Context&, void* parent, const Args& args) {
    auto& draft = add_checker(parent, BfdCheck{}, args);
    draft.has_connection = false;
    return &draft;
}

void close_bfd_check(Context& context, void* target) {
    if (!kind_of<BfdCheck>(target).name.empty()) return;
    if (!draft_of(target).name_seen) {
        context.at_end(
            fmt::format("({}) No name has been specified for BFD_CHECKER - skipping", context.object));
    }
    drop(context);
}

// clang-format off
constexpr std::array<Keyword, 2> kTcpRows{
    K{"send", "TEXT (quoted)", tcp_send, "none", "escapes \\r \\n \\t \\0 \\xHH \\\\", "what is said first", kChecker, kOurs}.shell_words().not_yet(),
    K{"expect", "PATTERN (quoted)", tcp_expect, "none", "PCRE2 pattern", "the answer must match", kChecker, kOurs}.shell_words().not_yet(),
};
constexpr std::array<Keyword, 1> kSmtpRows{
    K{"helo_name", "STRING", set_helo, "smtpchecker.keepalived.org", "-", "name in HELO", kChecker},
};
constexpr std::array<Keyword, 1> kHostRow{
    K{"host", "{ ... }", nullptr, "none", "repeatable", "another target; write another SMTP_CHECK instead", kChecker, "deprecated block"}.opens(kSmtpHostBlock),
};
constexpr std::array<Keyword, 2> kDnsRows{
    K{"type", "A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY", set_type, "SOA", "A NS CNAME SOA MX TXT AAAA RRSIG DNSKEY in any case", "record to ask for", kChecker},
    K{"name", "DOMAIN", set_domain, ". (root)", "no empty label", "name to ask for", kChecker},
};
constexpr std::array<Keyword, 4> kUdpRows{
    K{"payload", "HEX", set_payload, "the 32 bytes `keepalived check - keepalived ch`", "hex digits", "what is sent", kChecker},
    K{"require_reply", "[HEX, x = wildcard nibble]", set_reply, "off; without HEX any reply", "hex digits and x", "a reply must come, beginning like this", kChecker},
    K{"min_reply_length", "N", set_length<&UdpCheck::min_reply_length>, "0", "0..65535; only with reply HEX", "shortest reply", kChecker},
    K{"max_reply_length", "N", set_length<&UdpCheck::max_reply_length>, "255", "0..65535; only with reply HEX", "longest reply", kChecker},
};
constexpr Keyword kFileCheck[] = {
    K{"track_file", "NAME", set_track_file, "required", "track_file defined earlier", "the file", kChecker},
    K{"weight", "N [reverse|noreverse]", set_file_weight, "track_file's", "-2147483647..2147483647", "the number in the file is multiplied with it; 0: not 0 is down", kChecker},
};
constexpr Keyword kBfdCheck[] = {
    K{"name", "BFD", set_bfd_name, "required", "bfd_instance defined earlier", "the BFD session", kChecker},
    K{"alpha", "[BOOL]", set_bfd_alpha, "real server", "true on yes false off no; none = true", "down until the session is up", kChecker}.says("Invalid alpha parameter $v"),
};
// clang-format on

constexpr auto kNetworkTiming =
    timing_rows("real server, virtual server, else 1", "real server, virtual server, else 1");
constexpr auto kDnsTiming =
    timing_rows("real server, virtual server, else 3", "real server, virtual server, else its delay_loop");
constexpr auto kTcp = join(connection_rows(), kNetworkTiming);
constexpr auto kTcpCheck = join(connection_rows(), kNetworkTiming, kTcpRows);
constexpr auto kSmtp = join(kSmtpRows, connection_rows(), kNetworkTiming, kHostRow);
constexpr auto kUdp = join(connection_rows(), kNetworkTiming, kUdpRows);
constexpr auto kDns = join(connection_rows(), kDnsTiming, kDnsRows);

}  // namespace

constexpr Block kTcpCheckBlock{"virtual_server/real_server/TCP_CHECK", kTcpCheck, open_plain<TcpCheck>,
                               close_network};
constexpr Block kPingCheckBlock{"virtual_server/real_server/PING_CHECK", kTcp, open_plain<PingCheck>,
                                close_network};
constexpr Block kUdpCheckBlock{"virtual_server/real_server/UDP_CHECK", kUdp, open_plain<UdpCheck>, close_udp};
constexpr Block kSmtpCheckBlock{"virtual_server/real_server/SMTP_CHECK", kSmtp, open_plain<SmtpCheck>,
                                close_smtp};
constexpr Block kSmtpHostBlock{"virtual_server/real_server/SMTP_CHECK/host", kTcp, open_host, close_host};
constexpr Block kDnsCheckBlock{"virtual_server/real_server/DNS_CHECK", kDns, open_dns, close_network};
constexpr Block kFileCheckBlock{"virtual_server/real_server/FILE_CHECK", kFileCheck, open_file_check,
                                close_file_check};
constexpr Block kBfdCheckBlock{"virtual_server/real_server/BFD_CHECK", kBfdCheck, open_bfd_check,
                               close_bfd_check};

}  // namespace conf
