// The addresses of a vrrp_instance: conf-vrrp.md §2.4.
#include "conf/schema_instance.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "conf/grammar/address.hpp"

namespace conf::instance_setters {

namespace {

using Draft = InstanceDraft;

/// Where the address stands already.
void add_first_place(Context& context, const Draft& draft, const Address& address, Diagnostic& problem) {
    if (!context.sink.has_room()) return;
    const auto look_in = [&](const std::vector<Address>& list, const std::vector<Span>& places) {
        const auto found = std::find_if(list.begin(), list.end(), [&](const Address& other) {
            return other.prefix.address == address.prefix.address;
        });
        if (found == list.end() || !problem.related.empty()) return;
        problem.related.emplace_back(places[static_cast<std::size_t>(found - list.begin())],
                                     "first listed here");
    };
    look_in(draft.value.vips, draft.vip_places);
    look_in(draft.value.evips, draft.evip_places);
}

/// A VIP is unique among the VIPs; with the excluded ones, unique on its interface.
bool is_duplicate(Context& context, Draft& draft, const Address& address, bool excluded, Span where) {
    const auto text = address.prefix.address.to_string();
    const std::string on_interface = text + ' ' + address.dev;
    const bool known_vip = draft.address_keys.contains(text);
    if ((!excluded && known_vip) || draft.address_keys.contains(on_interface)) {
        auto& problem = context.error(
            where, fmt::format("({}): {} duplicates {} {} - ignoring", context.object,
                               excluded ? "eVIP" : "VIP", known_vip ? "a VIP" : "an eVIP", text));
        add_first_place(context, draft, address, problem);
        return true;
    }
    if (!excluded) draft.address_keys.insert(text);
    draft.address_keys.insert(on_interface);
    return false;
}

}  // namespace

void add_address(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    const bool excluded = args.keyword.name == "virtual_ipaddress_excluded";
    auto address = read_address(context, args, AddressUse::virtual_address);
    if (!address) return;
    if (!excluded &&
        !family_fits(context, draft, address->prefix.address, args.span(), args.value(),
                     "({object}): address family must match VRRP instance [{address}] - ignoring")) {
        return;
    }
    if (is_duplicate(context, draft, *address, excluded, args.span())) return;
    (excluded ? draft.value.evips : draft.value.vips).push_back(std::move(*address));
    (excluded ? draft.evip_places : draft.vip_places).push_back(args.span());
}

}  // namespace conf::instance_setters
