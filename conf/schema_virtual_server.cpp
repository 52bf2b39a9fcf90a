// virtual_server and virtual_server_group: one row a keyword (conf-lvs.md §4, §5).
#include <algorithm>

#include "conf/check.hpp"
#include "conf/check_notes.hpp"
#include "conf/grammar/group_entry.hpp"
#include "conf/grammar/numbers.hpp"
#include "conf/schema_blocks.hpp"
#include "conf/schema_extensions.hpp"
#include "conf/schema_scripts.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

using Draft = VirtualDraft;
using Row = Setters<VirtualDraft>;
using V = VirtualServer;

Draft& draft_of(void* target) { return *static_cast<Draft*>(target); }

constexpr std::uint32_t kFlag1 = 0x0008, kFlag2 = 0x0010, kFlag3 = 0x0020;  // IP_VS_SVC_F_SCHED1..3
constexpr std::uint32_t kDefaultPersistence = 360;

void set_family(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& value = draft_of(target).value;
    const auto word = args.value();
    if (word != "inet" && word != "inet6") {
        context.error(args.span(), fmt::format("unknown address family {}", word)).expected = "inet or inet6";
        return;
    }
    const auto family = word == "inet" ? net::Family::ipv4 : net::Family::ipv6;
    if (value.family != net::Family::none && value.family != family) {
        context.error(args.span(),
                      fmt::format("Virtual server specified family {} conflicts with server family", word));
        return;
    }
    value.family = family;
}

template <auto Member>
void set_timer(Context& context, void* target, const Args& args) {
    if (const auto us = read_timer(context, args)) {
        auto& field = field_of<Member, Draft>(target);
        if constexpr (requires { field.value(); }) {
            field = *us;
        } else {
            field = Microseconds{static_cast<std::int64_t>(std::min<std::uint64_t>(*us, INT64_MAX))};
        }
    }
}

void set_scheduler(Context& context, void* target, const Args& args) {
    constexpr std::array<std::string_view, 14> kNames{"rr", "wrr", "lc",  "wlc",   "lblc", "sh", "mh",
                                                      "dh", "fo",  "ovf", "lblcr", "sed",  "nq", "twos"};
    if (!context.need(args)) return;
    if (std::find(kNames.begin(), kNames.end(), args.value()) == kNames.end()) {
        context.error(args.span(), fmt::format("Invalid lvs_scheduler '{}' - ignoring", args.value()))
            .expected = "rr wrr lc wlc lblc sh mh dh fo ovf lblcr sed nq or twos";
        return;
    }
    draft_of(target).scheduler = std::string(args.value());
}

void set_hashed(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    if (draft.scheduler != "sh" && draft.scheduler != "mh") {
        context.error(args.where(), "hashed only applies to sh scheduler - ignoring");
        return;
    }
    draft.value.hashed = true;
}

void set_flag(Context&, void* target, const Args& args) {
    draft_of(target).value.scheduler_flags |= args.keyword.name == "flag-1"   ? kFlag1
                                              : args.keyword.name == "flag-2" ? kFlag2
                                                                              : kFlag3;
}

/// sh-port and the like: flags under the names which the scheduler gives them.
void set_scheduler_flag(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    const auto name = args.keyword.name;
    const auto scheduler = name.substr(0, 2);
    if (draft.scheduler == scheduler) {
        draft.value.scheduler_flags |= name.ends_with("port") ? kFlag2 : kFlag1;
        return;
    }
    const bool other_hash = draft.scheduler == "sh" || draft.scheduler == "mh";
    if (!other_hash)
        context.error(args.where(), fmt::format("{} only applies to sh scheduler - ignoring", name));
}

void set_method(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    auto forwarding = draft.forwarding.value_or(Forwarding{});
    if (read_forwarding(context, args, forwarding, "virtual")) draft.forwarding = forwarding;
}

void set_engine(Context& context, void* target, const Args& args) {
    constexpr std::size_t kLongest = 16;  // IP_VS_PENAME_MAXLEN
    if (!context.need(args)) return;
    if (args.value().size() > kLongest) {
        context.error(args.span(), fmt::format("persistence_name too long, truncating - {}", args.value()));
    }
    draft_of(target).value.persistence_engine = args.value().substr(0, kLongest);
}

void set_persistence(Context& context, void* target, const Args& args) {
    auto& field = draft_of(target).value.persistence_timeout;
    if (args.empty()) {
        field = kDefaultPersistence;
        return;
    }
    const auto seconds = read_unsigned(context, args.value(), args.span(), 1, 2'678'400, Number::strict);
    if (!seconds) {
        context.error(args.span(), "persistence_timeout invalid").expected = "1 to 2678400 seconds";
        return;
    }
    field = static_cast<std::uint32_t>(*seconds);
}

std::optional<std::uint32_t> read_granularity6(Context& context, const Args& args) {
    const auto length = read_unsigned(context, args.value(), args.span(), 1, 128, Number::strict);
    if (length) return static_cast<std::uint32_t>(*length);
    context.error(args.span(),
                  fmt::format("Invalid IPv6 persistence_granularity specified - {}", args.value()));
    return std::nullopt;
}

std::optional<std::uint32_t> read_granularity4(Context& context, const Args& args) {
    if (const auto mask = net::IpAddress::parse(args.value()); mask && mask->is_v4()) return mask->to_v4();
    const auto length = grammar::integer(args.value());
    if (length.junk || length.negative || length.value < 1 || length.value > 32) {
        context
            .error(args.span(),
                   fmt::format("Invalid IPv4 persistence_granularity specified - {}", args.value()))
            .expected = "a mask like 255.255.255.0";
        return std::nullopt;
    }
    context.sink.log(Class::warning, args.span(),
                     fmt::format("persistence_granularity {} is taken as a prefix length", args.value()));
    return UINT32_MAX << (32 - static_cast<unsigned>(length.value));
}

/// A good value also fixes the family of a service which has none yet (a firewall mark).
void set_granularity(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& value = draft_of(target).value;
    const bool dotted = args.value().find('.') != std::string_view::npos;
    const auto family = value.family != net::Family::none ? value.family
                        : dotted                          ? net::Family::ipv4
                                                          : net::Family::ipv6;
    const auto granularity =
        family == net::Family::ipv6 ? read_granularity6(context, args) : read_granularity4(context, args);
    if (!granularity) return;
    value.family = family;
    value.persistence_granularity = *granularity;
    if (value.persistence_timeout == 0) value.persistence_timeout = kDefaultPersistence;
}

void set_protocol(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    std::string word(args.value());
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
    auto& draft = draft_of(target);
    if (word != "TCP" && word != "UDP" && word != "SCTP") {
        context.error(args.span(), fmt::format("Unknown protocol {} - ignoring", args.value())).expected =
            "TCP, UDP or SCTP";
        return;
    }
    draft.value.protocol = word == "TCP" ? Protocol::tcp : word == "UDP" ? Protocol::udp : Protocol::sctp;
    draft.protocol_given = true;
}

/// Strings that may not be missing: virtualhost; snmp_name must be one word.
void set_virtualhost(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "virtual server virtualhost missing");
        return;
    }
    draft_of(target).value.virtualhost = args.value();
}

void set_snmp_name(Context& context, void* target, const Args& args) {
    if (args.count() != 1) {
        context.error(args.where(), "virtual server snmp_name missing or extra parameters");
        return;
    }
    draft_of(target).value.snmp_name = args.value();
}

template <auto Member>
void quorum_script(Context& context, void* target, const Args& args) {
    auto& into = draft_of(target).value.*Member;
    auto request = read_script(context, args);
    if (!request) {
        if (lacks_script(args)) context.need(args);
        return;
    }
    if (into) {
        context.error(args.span(), fmt::format("({}) {} script already specified - ignoring {}",
                                               owner_of_scripts(draft_of(target).value), args.keyword.name,
                                               request->command));
        return;
    }
    const auto as = request->user ? find_user(context, request->where, *request->user, request->group)
                                  : default_user(context, request->where);
    if (!as) return;
    into = look_up(context, *request, *as, ScriptOwner::virtual_server);
    draft_of(target).scripts.add(seen(*into));
}

void set_quorum(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto value = read_unsigned(context, args.value(), args.span(), 1, UINT32_MAX, Number::lenient);
    if (!value) {
        context.error(args.span(),
                      fmt::format("Quorum {} must be in [1, 4294967295]. Setting to 1.", args.value()));
    }
    draft_of(target).value.quorum = static_cast<std::uint32_t>(value.value_or(1));
}

void set_sorry(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto endpoint = read_endpoint(context, args, 0);
    if (!endpoint) {
        context.error(args.span(), fmt::format("Invalid sorry server IP address {} - skipping", args.value()))
            .expected = "an address and a port";
        return;
    }
    auto& draft = draft_of(target);
    draft.value.sorry_server = SorryServer{*endpoint, {}, false};
    draft.sorry_forwarding.reset();
}

void set_sorry_inhibit(Context& context, void* target, const Args& args) {
    auto& sorry = draft_of(target).value.sorry_server;
    if (!sorry) {
        context.error(args.where(), "Ignoring sorry_server inhibit used before or without sorry_server");
        return;
    }
    sorry->inhibit = true;
}

void set_sorry_method(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    if (!draft.value.sorry_server) {
        context.error(args.where(), "sorry_server forwarding used without sorry_server");
        return;
    }
    if (!context.need(args)) return;
    Forwarding forwarding;
    if (read_forwarding(context, args, forwarding, "sorry")) draft.sorry_forwarding = forwarding;
}

void lint_ignore(Context& context, void* target, const Args& args) {
    ignore_notes(context, args, draft_of(target).lint_ignored);
}

// clang-format off
using K = Keyword;

constexpr Keyword kVirtualServer[] = {
    K{"ip_family", "inet|inet6", set_family, "from the address; fwmark/group: from the servers, else inet", "inet inet6", "address family of the service", kChecker},
    K{"retry", "N", Row::number<&V::retry, Number::strict>, "per checker", "1..4294967295", "failures tolerated before a server is down", kChecker}.says("retry value invalid - $v"),
    K{"delay_before_retry", "SECS", set_timer<&Draft::delay_before_retry_us>, "per checker", "0..18446744073709.551614", "wait before a failed check is repeated", kChecker}.says("virtual server delay before retry '$v' invalid - ignoring"),
    K{"warmup", "SECS", set_timer<&Draft::warmup_us>, "the checker's delay_loop", "0..18446744073709.551614", "longest random delay of the first check", kChecker}.says("virtual server warmup '$v' invalid - ignoring"),
    K{"connect_timeout", "SECS", set_timer<&V::connect_timeout>, "5", "0.000001..4294.967295", "how long checks wait for a connection", kChecker}.says("virtual server connect_timeout $v invalid - ignoring"),
    K{"delay_loop", "SECS", set_timer<&V::delay_loop>, "60", "0.000001..18446744073709.551614", "time between checks", kChecker}.says("virtual server delay loop '$v' invalid - ignoring"),
    K{"inhibit_on_failure", "-", Row::flag<&V::inhibit_on_failure>, "off", "argument ignored", "failed servers stay with weight 0", kChecker},
    K{"lb_algo", "rr|wrr|lc|wlc|sh|mh|dh|fo|ovf|lblc|lblcr|sed|nq|twos", set_scheduler, "wlc, with an error", "rr wrr lc wlc lblc sh mh dh fo ovf lblcr sed nq twos (lower case)", "scheduler", kChecker, "same as lvs_sched"},
    K{"lvs_sched", "rr|wrr|lc|wlc|sh|mh|dh|fo|ovf|lblc|lblcr|sed|nq|twos", set_scheduler, "wlc, with an error", "rr wrr lc wlc lblc sh mh dh fo ovf lblcr sed nq twos (lower case)", "scheduler", kChecker, "same as lb_algo"},
    K{"hashed", "-", set_hashed, "off", "no effect", "has no effect any more", kChecker},
    K{"ops", "-", Row::flag<&V::one_packet>, "off", "UDP and fwmark only", "schedule each packet by itself", kChecker},
    K{"flag-1", "-", set_flag, "off", "any scheduler", "IPVS scheduler flag 0x08", kChecker},
    K{"flag-2", "-", set_flag, "off", "any scheduler", "IPVS scheduler flag 0x10", kChecker},
    K{"flag-3", "-", set_flag, "off", "any scheduler", "IPVS scheduler flag 0x20", kChecker},
    K{"sh-port", "-", set_scheduler_flag, "off", "after lvs_sched sh", "sh: the source port counts too", kChecker},
    K{"sh-fallback", "-", set_scheduler_flag, "off", "after lvs_sched sh", "sh: another server when the chosen one is down", kChecker},
    K{"mh-port", "-", set_scheduler_flag, "off", "after lvs_sched mh", "mh: the source port counts too", kChecker},
    K{"mh-fallback", "-", set_scheduler_flag, "off", "after lvs_sched mh", "mh: another server when the chosen one is down", kChecker},
    K{"lb_kind", "NAT | DR | TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]", set_method, "NAT, with an error", "NAT DR TUN (upper case); tunnel port 1..65535, only with gue and needed there", "how packets reach the servers", kChecker, "same as lvs_method"},
    K{"lvs_method", "NAT | DR | TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]", set_method, "NAT, with an error", "NAT DR TUN (upper case); tunnel port 1..65535, only with gue and needed there", "how packets reach the servers", kChecker},
    K{"persistence_engine", "NAME", set_engine, "none", "<= 16 chars, longer is cut with an error", "what tells clients apart, e.g. sip", kChecker},
    K{"persistence_timeout", "[SECS]", set_persistence, "off; without value 360", "1..2678400", "a client stays with its server this long", kChecker},
    K{"persistence_granularity", "MASK|PREFIX", set_granularity, "255.255.255.255 or 128; sets persistence_timeout 360 when unset", "IPv4 mask (dotted); IPv6 1..128", "clients of one network count as one", kChecker},
    K{"protocol", "TCP|UDP|SCTP", set_protocol, "UDP, with an error (fwmark: none)", "TCP UDP SCTP in any case", "protocol of the service", kChecker},
    K{"ha_suspend", "-", Row::flag<&V::ha_suspend>, "off", "argument ignored; not with fwmarks", "check only while the address is on this host", kChecker},
    K{"smtp_alert", "[BOOL]", Row::boolean<&Draft::smtp_alert>, "smtp_alert_checker, smtp_alert, off", "true on yes false off no; none = true", "mail on quorum changes", kChecker}.says("Invalid virtual_server smtp_alert parameter $v"),
    K{"virtualhost", "STRING", set_virtualhost, "none", "non-empty", "Host header and SNI of web checks", kChecker},
    K{"snmp_name", "NAME", set_snmp_name, "none", "one word", "name in SNMP", kChecker},
    K{"alpha", "-", Row::flag<&V::alpha>, "off", "argument ignored", "servers are down until a check succeeds", kChecker},
    K{"omega", "-", Row::flag<&V::omega>, "off", "argument ignored", "notify and mail at shutdown too", kChecker},
    K{"quorum_up", "SCRIPT [USER [GROUP]] (quoted)", quorum_script<&V::quorum_up>, "none", "once; a second is ignored with an error", "run when the quorum is gained", kChecker}.shell_words(),
    K{"quorum_down", "SCRIPT [USER [GROUP]] (quoted)", quorum_script<&V::quorum_down>, "none", "once; a second is ignored with an error", "run when the quorum is lost", kChecker}.shell_words(),
    K{"quorum", "N", set_quorum, "1", "1..4294967295; above the sum of weights: that sum", "least weight of live servers", kChecker},
    K{"hysteresis", "N", Row::number<&V::hysteresis>, "0", "0..4294967295; not below quorum: quorum - 1", "distance between losing and gaining the quorum", kChecker}.says("Hysteresis $v must be in [0, 4294967295] - ignoring"),
    K{"weight", "N", Row::number<&V::weight>, "1", "1..2147483647", "default weight of real servers", kChecker}.says("Virtual server weight $v is outside range 1-2147483647"),
    K{"sorry_server", "ADDR [PORT]", set_sorry, "none", "port 1..65535, 0 or absent = that of the service (NAT: 0)", "serves while the quorum is lost", kChecker},
    K{"sorry_server_inhibit", "-", set_sorry_inhibit, "off", "after sorry_server", "the sorry server stays with weight 0", kChecker},
    K{"sorry_server_lvs_method", "NAT|DR|TUN ...", set_sorry_method, "lvs_method", "as lvs_method; after sorry_server", "how packets reach the sorry server", kChecker},
    K{"real_server", "ADDR [PORT] { ... }", nullptr, "at least one", "port 1..65535, 0 or absent = that of the service", "a server behind the service", kChecker}.opens(kRealServerBlock),
    K{"lint_ignore", "NAME ...", lint_ignore, "none", "-", "silence these notes for this virtual server", kAll, kOurs},
};
// clang-format on

constexpr auto kAllVirtualServer = join(std::to_array(kVirtualServer), extensions::virtual_server_rows());

bool open_address(Context& context, const Args& args, VirtualServer& value) {
    const auto endpoint = read_server(context, args);
    if (!endpoint) {
        const bool port = args.count() > 1;
        context
            .error(args.span(),
                   fmt::format("Invalid virtual server IP address{} {}{}{} - skipping", port ? "/port" : "",
                               args.value(), port ? "/" : "", port ? args.value(1) : ""))
            .expected = "ADDR [PORT], fwmark N, or group NAME";
        return false;
    }
    value.endpoint = *endpoint;
    value.family = endpoint->address.family;
    return true;
}

bool open_fwmark(Context& context, const Args& args, VirtualServer& value) {
    if (!context.need(args, 1)) return false;
    const auto mark = read_unsigned(context, args.value(1), args.span(1), 0, UINT32_MAX, Number::lenient);
    if (!mark) {
        context.error(
            args.span(1),
            fmt::format("virtual server fwmark '{}' must be in [0, 4294967295] - ignoring", args.value(1)));
        return false;
    }
    value.kind = ServiceKind::fwmark;
    value.fwmark = static_cast<std::uint32_t>(*mark);
    return true;
}

void* open_virtual_server(Context& context, void*, const Args& args) {
    if (!context.need(args)) return nullptr;
    Draft draft;
    auto& value = draft.value;
    value.where = args.where();
    if (args.value() == "fwmark") {
        if (!open_fwmark(context, args, value)) return nullptr;
    } else if (args.value() == "group") {
        if (!context.need(args, 1)) return nullptr;
        value.kind = ServiceKind::group;
        value.group = args.value(1);
        value.group_sequence = context.group_uses[value.group]++;
    } else if (!open_address(context, args, value)) {
        return nullptr;
    }
    return &context.virtual_servers.emplace_back(std::move(draft));
}

void close_virtual_server(Context& context, void* target) {
    auto& draft = draft_of(target);
    if (!draft.reals.empty()) return decide_early(context, draft);
    context.at_end(
        fmt::format("Virtual server {} has no real servers - ignoring", service_name(draft.value)));
    context.virtual_servers.pop_back();
}

// ------------------------------------------------------------------------------------------------ virtual_server_group

void add_entry(Context& context, void* target, const Args& args) {
    auto& group = *static_cast<VirtualServerGroup*>(target);
    if (auto entry = read_group_entry(context, args, group.name)) group.entries.push_back(*entry);
}

void* open_group(Context& context, void*, const Args& args) {
    if (!context.need(args)) return nullptr;
    if (args.count() > 1) {
        // The reference takes the second word for the beginning of an entry without an address, and ends.
        auto& problem = context.report(
            Class::missing_parameter, args.span(1),
            fmt::format("Block virtual_server_group has extra parameters {} ...", args.value(1)));
        problem.expected = "one name";
        problem.ends_reader = true;
    }
    auto& group = context.server_groups.emplace_back();
    group.name = args.value();
    group.where = args.where();
    return &group;
}

void close_group(Context& context, void* target) {
    const auto& group = *static_cast<VirtualServerGroup*>(target);
    const auto remove = [&](std::string text) {
        context.at_end(std::move(text));
        context.server_groups.pop_back();
    };
    if (group.entries.empty())
        return remove(fmt::format("virtual server group {} has no entries - removing", group.name));
    bool v4 = false, v6 = false, bare_mark = false;
    for (const auto& entry : group.entries) {
        const auto family = entry.is_fwmark ? entry.fwmark_family : entry.first.family;
        v4 |= family == net::Family::ipv4;
        v6 |= family == net::Family::ipv6;
        bare_mark |= entry.is_fwmark && family == net::Family::none;
    }
    if (v4 && v6 && bare_mark) {
        return remove(
            fmt::format("virtual server group {} cannot have IPv4, IPv6 and fwmark without family - removing",
                        group.name));
    }
    const auto [known, fresh] =
        context.server_group_index.try_emplace(group.name, context.server_groups.size() - 1, group.where);
    if (fresh) return;
    auto& problem =
        context.at_end(fmt::format("virtual server group {} already defined - ignoring", group.name));
    problem.related.emplace_back(known->second.second, "first defined here");
    problem.log_only = true;  // the reference does not notice, and finds the first
    context.server_groups.pop_back();
}

}  // namespace

constexpr Block kVirtualServerBlock{"virtual_server", kAllVirtualServer, open_virtual_server,
                                    close_virtual_server};

constexpr Block kServerGroupBlock{"virtual_server_group", {}, open_group, close_group, add_entry};

}  // namespace conf
