// Addresses as desired kernel objects, and the netlink messages that add and remove them (vrrp-behaviour.md
// §8.0).
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "conf/model.hpp"
#include "lib/net/address.hpp"
#include "lib/netlink/request.hpp"

namespace vrrp::objects {

inline constexpr std::uint8_t kProtocolKeepalived = 18;  ///< rt_addrprotos, rt_protos

/// What makes an address of the kernel this one: two of the same key cannot be on an interface.
struct AddressKey {
    net::Prefix prefix;  ///< first in the order: whoever has the same address elsewhere is found beside it
    std::uint32_t ifindex = 0;
    friend auto operator<=>(const AddressKey&, const AddressKey&) = default;
};

/// The prefix as the kernel keeps it: with a peer the local address stands alone.
net::Prefix kernel_prefix(const conf::Address& address);

/// RTM_NEWADDR. Neither CREATE nor REPLACE: one that is there gives EEXIST and stays as it is.
netlink::Request add_address(const conf::Address& address, std::uint32_t ifindex);
/// RTM_DELADDR.
netlink::Request remove_address(const AddressKey& key);

/// What has to be added and what removed so that `actual` becomes `desired`; both sorted. The difference is a
/// merge.
struct Difference {
    std::vector<AddressKey> add, remove;
};
Difference difference(const std::vector<AddressKey>& desired, const std::vector<AddressKey>& actual);

}  // namespace vrrp::objects
