// ADDRESS lines: virtual_ipaddress, virtual_ipaddress_excluded, static_ipaddress (conf-vrrp.md §4).
#pragma once

#include <optional>
#include <string_view>

#include "conf/schema_context.hpp"

namespace conf {

enum class AddressUse : std::uint8_t { virtual_address, static_address };

/// One line; nothing (after a message) when the address is dropped.
std::optional<Address> read_address(Context& context, const Args& args, AddressUse use);

/// "ADDR[/LEN]" without host names; the length is checked by the caller's rule.
struct AddressWord {
    net::IpAddress address;
    std::optional<std::string_view> length;
};
std::optional<AddressWord> split_address(std::string_view text);

/// ADDR[/LEN] with a good length, `default`, `any` or `all` (length 0, family as given).
std::optional<net::Prefix> read_prefix(std::string_view text);

/// ADDR[/LEN] of a route or rule: a bad length is complained of and taken as that of a single address; nothing, after a
/// message, without an address.
std::optional<net::Prefix> read_prefix(Context& context, std::string_view text, Span where);

/// "A-B" six octets, or five of which the sixth is the VRID; nothing when it is no such MAC.
std::optional<net::LinkAddress> read_mac(std::string_view text, std::uint8_t vrid);

}  // namespace conf
