// Every virtual and static address of the generation by what the kernel knows it by, and whether it is there now.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vrrp/objects/addresses.hpp"

namespace vrrp {

inline constexpr std::uint32_t kStaticOwner = UINT32_MAX;

/// One configured address. `number`: its place among the instance's vips and then evips, or among the static addresses.
struct IndexedAddress {
    objects::AddressKey key;
    std::uint32_t owner = 0;  ///< instance, or kStaticOwner
    std::uint32_t number = 0;
    bool present = false;  ///< on its interface now
    bool refused = false;  ///< the kernel did not take it: no announcement, no repair
};

class AddressIndex {
  public:
    void clear() { entries_.clear(); }
    void add(const objects::AddressKey& key, std::uint32_t owner, std::uint32_t number);
    /// After the last add.
    void sort();

    /// All entries of one key (instances may share an address).
    std::span<IndexedAddress> find(const objects::AddressKey& key);
    /// All entries with this address, on whatever interface and with whatever prefix length.
    std::span<IndexedAddress> find(const net::IpAddress& address);
    IndexedAddress* find(const objects::AddressKey& key, std::uint32_t owner, std::uint32_t number);
    void forget_presence();
    std::span<IndexedAddress> all() { return entries_; }

  private:
    std::vector<IndexedAddress> entries_;
};

}  // namespace vrrp
