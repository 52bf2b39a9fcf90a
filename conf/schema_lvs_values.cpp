// Values of load balancing: endpoints, forwarding methods, timers (conf-lvs.md §1, §5.3).
#include <fmt/format.h>

#include "conf/schema_context.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

/// Options behind TUN; they count only when all of them are right.
/// @param whose  virtual, real or sorry
bool read_tunnel(Context& context, const Args& args, Forwarding& into, std::string_view whose) {
    const auto missing = [&](std::string text) {
        context.error(args.where(), std::move(text));
        return false;
    };
    Forwarding tunnel;
    tunnel.method = ForwardMethod::tun;
    for (std::size_t at = 1; at < args.count(); ++at) {
        const auto word = args.value(at);
        if (word == "type") {
            if (++at == args.count())
                return missing(fmt::format("Missing tunnel type for {} server.", whose));
            const auto type = args.value(at);
            if (type != "ipip" && type != "gue" && type != "gre") {
                context
                    .error(args.span(at), fmt::format("Unknown tunnel type {} for {} server.", type, whose))
                    .expected = "ipip, gue or gre";
                return false;
            }
            tunnel.tunnel = type == "ipip"  ? TunnelType::ipip
                            : type == "gue" ? TunnelType::gue
                                            : TunnelType::gre;
        } else if (word == "port") {
            if (++at == args.count())
                return missing(fmt::format("Missing port for {} server gue tunnel.", whose));
            const auto port = read_unsigned(context, args.value(at), args.span(at), 1, 65535, Number::strict);
            if (!port) {
                context.error(args.span(at), fmt::format("Invalid gue tunnel port {} for {} server.",
                                                         args.value(at), whose));
                return false;
            }
            tunnel.tunnel_port = static_cast<std::uint16_t>(*port);
        } else if (word == "nocsum" || word == "csum" || word == "remcsum") {
            tunnel.tunnel_checksum = word == "csum"      ? TunnelChecksum::checksum
                                     : word == "remcsum" ? TunnelChecksum::remote
                                                         : TunnelChecksum::none;
        } else {
            context.error(args.span(at), fmt::format("Invalid tunnel option {} for {} server.", word, whose))
                .expected = "type, port, nocsum, csum or remcsum";
            return false;
        }
    }
    if ((tunnel.tunnel == TunnelType::gue) != (tunnel.tunnel_port != 0)) {
        context.error(args.where(), "gue tunnels require port, otherwise cannot have port.");
        return false;
    }
    if (tunnel.tunnel == TunnelType::ipip && tunnel.tunnel_checksum != TunnelChecksum::none) {
        context.error(args.where(), "ipip tunnels do not support checksum option.");
        return false;
    }
    if (tunnel.tunnel == TunnelType::gre && tunnel.tunnel_checksum == TunnelChecksum::remote) {
        context.error(args.where(), "gre tunnels do not support remote checksum option.");
        return false;
    }
    into = tunnel;
    return true;
}

}  // namespace

bool read_forwarding(Context& context, const Args& args, Forwarding& into, std::string_view whose) {
    const auto method = args.value();
    if (method != "NAT" && method != "DR" && method != "TUN") {
        context
            .error(args.span(),
                   fmt::format("PARSER : unknown [{}] routing method for {} server.", method, whose))
            .expected = "NAT, DR or TUN";
        return false;
    }
    into.method = method == "NAT"  ? ForwardMethod::nat
                  : method == "DR" ? ForwardMethod::dr
                                   : ForwardMethod::tun;
    // Options are checked behind every method, and useless behind the others.
    Forwarding tunnel = into;
    read_tunnel(context, args, tunnel, whose);
    into = into.method == ForwardMethod::tun ? tunnel : Forwarding{into.method};
    return true;
}

static std::optional<Endpoint> endpoint_at(Context& context, const Args& args, std::size_t at,
                                           std::string_view address_text) {
    const auto address = address_word(address_text);
    if (!address) return std::nullopt;
    Endpoint endpoint{*address, 0};
    if (args.count() <= at + 1) return endpoint;
    const auto word = args.value(at + 1);
    if (!word.empty() && word.find_first_not_of('0') == std::string_view::npos) return endpoint;
    const auto port = read_unsigned(context, word, args.span(at + 1), 1, 65535, Number::lenient);
    if (!port) return std::nullopt;
    endpoint.port = static_cast<std::uint16_t>(*port);
    return endpoint;
}

std::optional<Endpoint> read_endpoint(Context& context, const Args& args, std::size_t at) {
    return endpoint_at(context, args, at, args.value(at));
}

std::optional<Endpoint> read_server(Context& context, const Args& args) {
    const auto word = args.value(0);
    const auto dash = word.find('-');
    const auto first = word.substr(0, dash);
    if (dash != std::string_view::npos && first.find('/') != std::string_view::npos) return std::nullopt;
    return endpoint_at(context, args, 0, first);
}

std::optional<std::uint64_t> read_timer(Context& context, const Args& args) {
    if (!context.need(args)) return std::nullopt;
    const auto& range = args.keyword.range;
    const auto us = read_decimal(context, args.value(), args.span(), 6, range.min, range.max);
    if (!us) complain(context, args, args.value());
    return us;
}

void ObjectName::make() const {
    text_ = real_name(*server_, *real_);
    server_ = nullptr;
}

std::string owner_of_scripts(const VirtualServer& server) {
    return server.kind == ServiceKind::group ? std::string(server.group) : service_name(server);
}

std::string real_name(const VirtualDraft& server, const RealDraft& real) {
    return server_name(real.value.endpoint, server.value.protocol);
}

}  // namespace conf
