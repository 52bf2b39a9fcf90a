#include "vrrp/child/address_index.hpp"

#include <algorithm>
#include <tuple>

namespace vrrp {

void AddressIndex::add(const objects::AddressKey& key, std::uint32_t owner, std::uint32_t number) {
    entries_.push_back({key, owner, number, false, false});
}

void AddressIndex::sort() {
    std::sort(entries_.begin(), entries_.end(), [](const IndexedAddress& a, const IndexedAddress& b) {
        return std::tie(a.key, a.owner, a.number) < std::tie(b.key, b.owner, b.number);
    });
    entries_.shrink_to_fit();
}

std::span<IndexedAddress> AddressIndex::find(const objects::AddressKey& key) {
    const auto [begin, end] =
        std::equal_range(entries_.begin(), entries_.end(), IndexedAddress{key},
                         [](const IndexedAddress& a, const IndexedAddress& b) { return a.key < b.key; });
    return {begin, end};
}

std::span<IndexedAddress> AddressIndex::find(const net::IpAddress& address) {
    IndexedAddress wanted;
    wanted.key.prefix.address = address;
    const auto [begin, end] = std::equal_range(entries_.begin(), entries_.end(), wanted,
                                               [](const IndexedAddress& a, const IndexedAddress& b) {
                                                   return a.key.prefix.address < b.key.prefix.address;
                                               });
    return {begin, end};
}

IndexedAddress* AddressIndex::find(const objects::AddressKey& key, std::uint32_t owner,
                                   std::uint32_t number) {
    for (auto& entry : find(key)) {
        if (entry.owner == owner && entry.number == number) return &entry;
    }
    return nullptr;
}

void AddressIndex::forget_presence() {
    for (auto& entry : entries_) entry.present = entry.refused = false;
}

}  // namespace vrrp
