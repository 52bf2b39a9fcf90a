// Timing and connection keywords, which most checkers share (conf-lvs.md §7.1).
#include "conf/grammar/numbers.hpp"
#include "conf/schema_checkers.hpp"

namespace conf::checkers {

namespace {

/// In SMTP_CHECK's `host` the keywords go to the host.
ConnectionDraft& connection_of(Context& context, void* target) {
    auto& draft = draft_of(target);
    auto& connection = context.in_smtp_host ? draft.hosts.back() : draft.connection;
    connection.any = true;
    return connection;
}

net::Family destination_family(const Context& context, const ConnectionDraft& connection, bool is_smtp) {
    if (connection.address_refused) return net::Family::none;
    if (!connection.address.is_none()) return connection.address.family;
    // SMTP_CHECK has no address of its own until its end; its hosts have.
    if (is_smtp && !context.in_smtp_host) return net::Family::none;
    return context.current_virtual->reals.back().value.endpoint.address.family;
}

std::optional<std::uint16_t> port(Context& context, const Args& args) {
    const auto value = read_unsigned(context, args.value(), args.span(), 1, 65535, Number::lenient);
    if (!value)
        context.error(args.span(), fmt::format("Invalid checker {} '{}'", args.keyword.name, args.value()));
    return value ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
}

}  // namespace

void connect_ip(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& connection = connection_of(context, target);
    const auto address = address_word(args.value());
    connection.address_refused = !address;
    const auto bound = connection.bind_address.family;
    if (address && bound != net::Family::none && bound != address->family) {
        context.error(args.span(),
                      fmt::format("connect_ip address {} does not match address family of bindto - skipping",
                                  args.value()));
    } else if (address) {
        connection.address = *address;
    } else {
        connection.address = {};
        context.error(args.span(), fmt::format("Invalid connect_ip address {} - ignoring", args.value()));
    }
}

void connect_port(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (const auto value = port(context, args)) connection_of(context, target).port = *value;
}

void bindto(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& connection = connection_of(context, target);
    const auto address = address_word(args.value());
    if (!address) {
        context.error(args.span(), fmt::format("Invalid bindto address {} - ignoring", args.value()));
        return;
    }
    const auto family =
        destination_family(context, connection, std::holds_alternative<SmtpCheck>(draft_of(target).kind));
    if (family != net::Family::none && family != address->family) {
        context.error(args.span(),
                      fmt::format("bindto address {} does not match address family of connect_ip - skipping",
                                  args.value()));
        return;
    }
    connection.bind_address = *address;
}

void bind_port(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (const auto value = port(context, args)) connection_of(context, target).bind_port = *value;
}

void bind_if(Context& context, void* target, const Args& args) {
    constexpr std::size_t kLongest = 15;
    if (!context.need(args)) return;
    if (args.value().size() > kLongest) {
        context.error(args.span(), fmt::format("Interface name {} is too long - ignoring", args.value()));
        return;
    }
    connection_of(context, target).bind_if = args.value();
}

void connect_timeout(Context& context, void* target, const Args& args) {
    if (const auto us = read_timer(context, args)) connection_of(context, target).timeout_us = *us;
}

void fwmark(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto mark = read_unsigned(context, args.value(), args.span(), 0, UINT32_MAX, Number::lenient);
    if (!mark) return complain(context, args, args.value());
    connection_of(context, target).fwmark = static_cast<std::uint32_t>(*mark);
}

void retry(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto count = read_unsigned(context, args.value(), args.span(), 0, UINT32_MAX, Number::lenient);
    if (!count) return complain(context, args, args.value());
    draft_of(target).retry = static_cast<std::uint32_t>(*count);
}

void timer(Context& context, void* target, const Args& args) {
    // A wait that is no number at all has one message, not two.
    const bool is_wait = args.keyword.name == "delay_before_retry" || args.keyword.name == "warmup";
    const bool is_number = args.empty() || !grammar::decimal(args.value(), 6).junk;
    const auto us = is_wait && !is_number ? read_decimal(context, args.value(), args.span(), 6,
                                                         args.keyword.range.min, args.keyword.range.max)
                                          : read_timer(context, args);
    if (!us) return;
    auto& draft = draft_of(target);
    const auto name = args.keyword.name;
    (name == "delay_loop"      ? draft.delay_loop_us
     : name == "warmup"        ? draft.warmup_us
     : name == "fast_interval" ? draft.fast_interval_us
     : name == "down_interval" ? draft.down_interval_us
                               : draft.delay_before_retry_us) = *us;
}

CheckerDraft& add_checker(void* parent, CheckKind kind, const Args& args) {
    auto& draft = static_cast<RealDraft*>(parent)->checkers.emplace_back();
    draft.kind = std::move(kind);
    draft.where = args.where();
    return draft;
}

void drop(Context& context) { context.current_virtual->reals.back().checkers.pop_back(); }

bool check_connection(Context& context, CheckerDraft& draft) {
    const auto& connection = draft.connection;
    const auto& own = context.current_virtual->reals.back().value.endpoint.address;
    const auto& address = connection.address.is_none() ? own : connection.address;
    if (!address.is_v6() || !address.is_link_local() || !connection.bind_if.empty()) return true;
    context.at_end(fmt::format("Checker link local address {} requires a bind_if", address.to_string()));
    drop(context);
    return false;
}

}  // namespace conf::checkers
