// Values of our own keywords (beyond.md, operator.md, metrics.md §4).
#include "conf/schema_extensions.hpp"

#include <algorithm>
#include <tuple>

#include "conf/grammar/numbers.hpp"

namespace conf::extensions {

namespace {

Global& global_of(void* target) { return *static_cast<Global*>(target); }
InstanceDraft& draft_of(void* target) { return *static_cast<InstanceDraft*>(target); }

/// Seconds or `off`.
std::optional<std::uint32_t> lifetime(Context& context, const Args& args) {
    if (!context.need(args)) return std::nullopt;
    if (args.value() == "off") return 0;
    const auto& range = args.keyword.range;
    const auto value =
        read_unsigned(context, args.value(), args.span(), static_cast<std::uint64_t>(range.min_whole()),
                      range.max_whole(), Number::strict);
    if (value) return static_cast<std::uint32_t>(*value);
    complain(context, args, args.value());
    return std::nullopt;
}

/// ADDR:PORT, [ADDR]:PORT
std::optional<Listener> address_and_port(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto address = net::IpAddress::parse(host);
    if (!address || address->is_v6() != bracketed) return std::nullopt;
    const auto port = grammar::integer(text.substr(colon + 1));
    if (port.junk || port.negative || port.overflow || port.value < 1 || port.value > 65535)
        return std::nullopt;
    Listener listener;
    listener.address = *address;
    listener.port = static_cast<std::uint16_t>(port.value);
    return listener;
}

void listen(Context& context, const Args& args, std::string_view fallback, bool may_be_unix,
            std::vector<Listener>& into) {
    const auto text = args.empty() ? fallback : args.value();
    auto listener = address_and_port(text);
    if (!listener && may_be_unix && text.starts_with("unix:/")) listener.emplace().path = text.substr(5);
    if (!listener) {
        context.error(args.span(), fmt::format("Invalid {} '{}' - ignoring", args.keyword.name, text))
            .expected = may_be_unix ? "ADDR:PORT, [ADDR]:PORT or unix:PATH" : "ADDR:PORT or [ADDR]:PORT";
        return;
    }
    if (!may_be_unix && args.count() > 1) listener->token_file = args.value(1);
    const auto place = [](const Listener& l) { return std::tie(l.address, l.port, l.path); };
    if (std::any_of(into.begin(), into.end(),
                    [&](const Listener& l) { return place(l) == place(*listener); })) {
        context.error(args.span(), fmt::format("Duplicate {} {} - ignoring", args.keyword.name, text));
        return;
    }
    into.push_back(std::move(*listener));
}

void set_path(Context& context, const Args& args, std::string& into) {
    if (!context.need(args)) return;
    if (args.value().starts_with('/')) {
        into = args.value();
    } else {
        complain(context, args, args.value());
    }
}

/// log|fault and the like: a boolean with two names.
template <typename Field>
void set_second_word(Context& context, const Args& args, Field& is_second) {
    if (!context.need(args)) return;
    const auto place = place_of_word(args.keyword.args, args.value());
    if (place) {
        is_second = *place == 1;
    } else {
        context
            .error(args.span(),
                   fill_in(args.keyword.complaint, args.keyword.name, args.value(), context.object))
            .expected = args.keyword.args;
    }
}

}  // namespace

void set_lifetime(Context& context, void* target, const Args& args) {
    if (const auto seconds = lifetime(context, args)) global_of(target).vip_lifetime = Seconds{*seconds};
}

void set_instance_lifetime(Context& context, void* target, const Args& args) {
    if (const auto seconds = lifetime(context, args)) draft_of(target).vip_lifetime = *seconds;
}

void owner_action(Context& context, void* target, const Args& args) {
    set_second_word(context, args, global_of(target).duplicate_owner_fault);
}

void instance_owner_action(Context& context, void* target, const Args& args) {
    set_second_word(context, args, draft_of(target).duplicate_owner_fault);
}

void announce(Context& context, void* target, const Args& args) {
    bool is_fixed = !draft_of(target).value.announce_adaptive;
    set_second_word(context, args, is_fixed);
    draft_of(target).value.announce_adaptive = !is_fixed;
}

void add_witnesses(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& list = global_of(target).owner_witness;
    for (std::size_t at = 0; at < args.count(); ++at) {
        const auto address = net::IpAddress::parse(args.value(at));
        if (!address) {
            context.error(args.span(at), fmt::format("Invalid owner_witness '{}' - ignoring", args.value(at)))
                .expected = "an IPv4 or IPv6 address";
        } else if (std::find(list.begin(), list.end(), *address) == list.end()) {
            list.push_back(*address);
        }
    }
}

void add_peer(Context&, void* target, const Args& args) {
    for (std::size_t at = 0; at < args.count(); ++at)
        draft_of(target).peers.emplace_back(std::string(args.value(at)), args.span(at));
}

void http_listen(Context& context, void* target, const Args& args) {
    listen(context, args, "127.0.0.1:8480", false, global_of(target).control.http_listen);
}

void metrics_listen(Context& context, void* target, const Args& args) {
    listen(context, args, "127.0.0.1:9165", true, global_of(target).control.metrics_listen);
}

void metrics_path(Context& context, void* target, const Args& args) {
    set_path(context, args, global_of(target).control.metrics_path);
}

void control_path(Context& context, void* target, const Args& args) {
    set_path(context, args, global_of(target).control.socket);
}

void control_group(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (context.facts.group(args.value())) {
        global_of(target).control.group = args.value();
    } else {
        complain(context, args, args.value());
    }
}

void metrics_tls(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& control = global_of(target).control;
    control.metrics_certificate = args.value();
    control.metrics_key = args.value(args.count() > 1 ? 1 : 0);
}

void log_format(Context& context, void* target, const Args& args) {
    set_second_word(context, args, global_of(target).control.log_json);
}

void initial_state(Context& context, void* target, const Args& args) {
    set_second_word(context, args, static_cast<VirtualDraft*>(target)->value.alpha);
}

}  // namespace conf::extensions
