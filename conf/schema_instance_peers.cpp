// Family of a vrrp_instance; sources and destinations of its adverts: conf-vrrp.md §2.2.
#include "conf/schema_instance.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "conf/schema_setters.hpp"

namespace conf::instance_setters {

namespace {

using Draft = InstanceDraft;

bool read_peer_ttl(Context& context, const Args& args, std::size_t at, std::uint8_t& into) {
    if (at + 1 >= args.count()) {
        context.error(args.span(at),
                      fmt::format("({}) {} is missing a value", context.object, args.value(at)));
        return false;
    }
    const auto value = read_unsigned(context, args.value(at + 1), args.span(at + 1), 0, 255, Number::lenient);
    if (value) into = static_cast<std::uint8_t>(*value);
    return value.has_value();
}

}  // namespace

bool family_fits(Context& context, Draft& draft, const net::IpAddress& address, Span where,
                 std::string_view written, std::string_view complaint) {
    if (draft.value.dual_stack) return true;
    if (draft.family == net::Family::none) {
        if (address.is_v6() && draft.version == 2 &&
            !draft.strict.value_or(context.model.global.vrrp_strict)) {
            draft.version.reset();
        }
        draft.family = address.family;
        return true;
    }
    if (draft.family == address.family) return true;
    context
        .error(where, fmt::format(fmt::runtime(complaint), fmt::arg("object", context.object),
                                  fmt::arg("address", written)))
        .expected = fmt::format("an {} address, as the instance has them",
                                draft.family == net::Family::ipv6 ? "IPv6" : "IPv4");
    return false;
}

void set_source(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    if (args.keyword.name == "unicast_src_ip") draft.value.unicast_configured = true;
    const auto address = address_word(args.value());
    if (!address) {
        context
            .error(args.span(),
                   fmt::format("Configuration error: VRRP instance[{}] malformed src address[{}]. "
                               "Skipping...",
                               context.object, args.value()))
            .expected = "an IPv4 or IPv6 address";
    } else if (family_fits(
                   context, draft, *address, args.span(), args.value(),
                   "Configuration error: VRRP instance[{object}] and src address[{address}] MUST be of "
                   "the same family !!! Skipping...")) {
        draft.value.source = *address;
    }
}

void set_mcast_dst(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    const auto address = address_word(args.value());
    if (!address) {
        context.error(args.span(), fmt::format("({}) malformed mcast dest address {}. Skipping...",
                                               context.object, args.value()));
        return;
    }
    if (draft.family != net::Family::none &&
        !family_fits(
            context, draft, *address, args.span(), args.value(),
            "({object}) mcast dest address {address} MUST match VRRP instance family. Skipping...")) {
        return;
    }
    if (!address->is_multicast()) {
        context.error(args.span(), fmt::format("({}) mcast_dst_ip {} not multicast. Skipping...",
                                               context.object, args.value()));
    } else if (address->is_v6() && !address->is_link_local_multicast()) {
        context.error(args.span(), fmt::format("({}) mcast_dst_ip {} is not link-local multicast - skipping",
                                               context.object, args.value()));
    } else {
        draft.family = address->family;
        draft.mcast_dst = *address;
    }
}

void add_unicast_peer(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    const auto address = address_word(args.value());
    if (!address) {
        context
            .error(args.span(), fmt::format("Configuration error: VRRP instance[{}] malformed unicast peer "
                                            "address[{}]. Skipping...",
                                            context.object, args.value()))
            .expected = "an IPv4 or IPv6 address";
        return;
    }
    if (!family_fits(
            context, draft, *address, args.span(), args.value(),
            "Configuration error: VRRP instance[{object}] and unicast peer address[{address}] MUST be of "
            "the same family !!! Skipping...")) {
        return;
    }
    auto& peers = draft.value.unicast_peers;
    if (std::any_of(peers.begin(), peers.end(),
                    [&](const UnicastPeer& p) { return p.address == *address; })) {
        context.error(args.span(),
                      fmt::format("({}) {} - duplicate unicast_peer", context.object, address->to_string()));
        return;
    }
    UnicastPeer peer{*address};
    for (std::size_t at = 1; at < args.count(); at += 2) {
        const bool min = args.value(at) == "min_ttl";
        if (!min && args.value(at) != "max_ttl" && at + 1 < args.count()) {
            context.error(args.span(at),
                          fmt::format("({}) unknown unicast_peer option {}", context.object, args.value(at)));
            break;
        }
        if (read_peer_ttl(context, args, at, min ? peer.min_ttl : peer.max_ttl))
            draft.value.check_unicast_src = true;
    }
    if (peer.min_ttl > peer.max_ttl) {
        context.error(args.span(), fmt::format("({}) min_ttl {} > max_ttl {} - all packets will be discarded",
                                               context.object, peer.min_ttl, peer.max_ttl));
    }
    peers.push_back(peer);
}

void end_unicast_peers(Context&, void* target, const Args&) {
    draft_of(target).value.unicast_configured = true;
}

void set_check_unicast_src(Context&, void* target, const Args&) {
    auto& value = draft_of(target).value;
    value.check_unicast_src = value.unicast_configured = true;
}

void set_unicast_fault(Context&, void* target, const Args&) {
    auto& value = draft_of(target).value;
    value.unicast_fault_no_peer = value.unicast_configured = true;
}

void set_unicast_checksum(Context& context, void* target, const Args& args) {
    auto& value = draft_of(target).value;
    value.unicast_configured = true;
    if (args.empty()) {
        value.unicast_checksum = UnicastChecksum::always_old;
    } else if (args.value() == "never") {
        value.unicast_checksum = UnicastChecksum::never_old;
    } else {
        context
            .error(args.span(), fmt::format("({}) Unknown old_unicast_chksum mode {} - ignoring",
                                            context.object, args.value()))
            .expected = "`never`, or nothing";
    }
}

void set_unicast_ttl(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto value = read_unsigned(context, args.value(), args.span(), 0, 255, Number::strict);
    if (!value) return complain(context, args, args.value());
    draft_of(target).value.unicast_ttl = static_cast<int>(*value);
    draft_of(target).unicast_ttl_given = true;
}

}  // namespace conf::instance_setters
