// use_vmac, use_ipvlan: conf-vrrp.md §2.3.
#include "conf/schema_instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "conf/grammar/address.hpp"
#include "conf/schema_values.hpp"

namespace conf::instance_setters {

namespace {

using Draft = InstanceDraft;

/// `[name] IFNAME` of use_vmac and use_ipvlan.
void take_vmac_name(Context& context, Draft& draft, std::string_view name, Span where) {
    const bool ipvlan = draft.value.vmac.kind == VmacKind::ipvlan;
    if (name.empty() || name.size() > kLongestInterfaceName) {
        context.error(
            where,
            ipvlan ? fmt::format("({}) IPVLAN interface name '{}' too long - ignoring", context.object, name)
                   : fmt::format("VMAC interface name '{}' too long or invalid characters - ignoring", name));
        return;
    }
    if (!draft.value.vmac.ifname.empty()) {
        context
            .error(where, ipvlan ? fmt::format("({}) IPVLAN interface already specified - ignoring '{}'",
                                               context.object, name)
                                 : "VMAC interface name already specified")
            .expected = fmt::format("one name; it is {} already", draft.value.vmac.ifname);
        return;
    }
    const auto other = context.vmac_names.find(std::string(name));
    if (other != context.vmac_names.end()) {
        context.error(where, fmt::format("({}) VRRP instance {} is already using {} - ignoring name",
                                         context.object, other->second, name));
        return;
    }
    const auto* existing = context.interface(name);
    if (existing != nullptr && existing->kind != (ipvlan ? "ipvlan" : "macvlan")) {
        context.error(where, fmt::format("({}) interface {} already exists and is not a private {}; ignoring "
                                         "vmac if_name",
                                         context.object, name, ipvlan ? "ipvlan" : "macvlan"));
        return;
    }
    draft.value.vmac.ifname = name;
    context.vmac_names.emplace(name, context.object);
}

void take_mac(Context& context, Draft& draft, std::string_view text, Span where) {
    const auto mac = read_mac(text, draft.value.vrid);
    const bool reserved = mac && std::equal(mac->bytes.begin(), mac->bytes.begin() + 4, "\0\0\x5e\0") &&
                          (mac->bytes[4] == 1 || mac->bytes[4] == 2);
    if (!mac || (mac->bytes[0] & 1) != 0 || reserved) {
        context
            .error(where,
                   fmt::format("({}) invalid MAC address {} for use_vmac - ignoring", context.object, text))
            .expected = "a unicast MAC of 5 or 6 octets outside 00:00:5e:00:01 and 00:00:5e:00:02";
        return;
    }
    draft.value.vmac.mac = *mac;
    draft.vmac_last_octet_is_vrid = std::count(text.begin(), text.end(), ':') == 4;
}

void take_group(Context& context, Draft& draft, const Args& args, std::size_t at) {
    if (at >= args.count()) {
        context.error(args.where(), fmt::format("({}) {} group without a value - ignoring", context.object,
                                                args.keyword.name));
        return;
    }
    const auto group = named_number(context, NameTable::group, args.value(at), INT32_MAX);
    if (group) {
        draft.value.vmac.group = *group;
    } else {
        context.error(args.span(at), fmt::format("({}) {} group {} not found - ignoring", context.object,
                                                 args.keyword.name, args.value(at)));
    }
}

}  // namespace

void use_vmac(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    if (draft.value.vmac.kind == VmacKind::ipvlan) {
        context.error(
            args.where(),
            fmt::format("({}) cannot use both use_vmac and use_ipvlan - ignoring use_vmac", context.object));
        return;
    }
    draft.value.vmac.kind = VmacKind::macvlan;
    for (std::size_t at = 0; at < args.count(); ++at) {
        const auto word = args.value(at);
        if (word == "netlink_notify_msg") {
            draft.value.vmac.netlink_notify_msg = true;
        } else if (word == "group") {
            take_group(context, draft, args, ++at);
        } else if (word == "name" && at + 1 < args.count()) {
            ++at;
            take_vmac_name(context, draft, args.value(at), args.span(at));
        } else if (word.find(':') != std::string_view::npos) {
            take_mac(context, draft, word, args.span(at));
        } else {
            take_vmac_name(context, draft, word, args.span(at));
        }
    }
}

void use_ipvlan(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    auto& vmac = draft.value.vmac;
    if (vmac.kind != VmacKind::none) {
        context.error(args.where(), fmt::format("({}) {} already specified", context.object,
                                                vmac.kind == VmacKind::ipvlan ? "use_ipvlan" : "use_vmac"));
        return;
    }
    vmac.kind = VmacKind::ipvlan;
    constexpr std::array<std::string_view, 3> kModes{"bridge", "private", "vepa"};
    for (std::size_t at = 0; at < args.count(); ++at) {
        const auto word = args.value(at);
        const auto mode = std::find(kModes.begin(), kModes.end(), word);
        const auto prefix = read_prefix(word);
        if (mode != kModes.end()) {
            vmac.ipvlan_mode = static_cast<std::uint8_t>(mode - kModes.begin());
        } else if (word == "group") {
            take_group(context, draft, args, ++at);
        } else if (word == "name" && at + 1 < args.count()) {
            ++at;
            take_vmac_name(context, draft, args.value(at), args.span(at));
        } else if (prefix) {
            if (family_fits(
                    context, draft, prefix->address, args.span(at), word,
                    "({object}) address {address} must be of the family of the instance - ignoring")) {
                vmac.ipvlan_address = *prefix;
            }
        } else {
            take_vmac_name(context, draft, word, args.span(at));
        }
    }
}

}  // namespace conf::instance_setters
