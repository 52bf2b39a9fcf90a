// What the kernel holds, as far as the instances of the generation care, and where each instance sits in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conf/model.hpp"
#include "vrrp/child/address_index.hpp"
#include "vrrp/child/interfaces.hpp"

namespace vrrp {

/// Where an instance sits among the kernel's interfaces, and what of it the core was told.
struct Placement {
    std::uint32_t configured = 0;   ///< ifindex of `interface`; 0 = does not exist now
    std::uint32_t vmac = 0;         ///< its macvlan or ipvlan; 0 = none
    std::string vmac_name;          ///< also of one that cannot be made, or went with its parent; "" = none
    std::uint32_t adverts = 0;      ///< they go over this one
    std::uint32_t told_faults = 0;  ///< set of protocol::Fault
    net::IpAddress told_source;
    std::uint32_t told_segment = 0;
    bool held = false;  ///< its objects are desired: master, or the static ones
};

/// The objects of one owner; the static ones of the file are the last owner, after all instances.
struct Objects {
    const std::vector<conf::Address>* vips = nullptr;
    const std::vector<conf::Address>* evips = nullptr;
    const std::vector<conf::Route>* routes = nullptr;
    const std::vector<conf::Rule>* rules = nullptr;

    std::size_t addresses() const { return vips->size() + evips->size(); }
    const conf::Address& address(std::size_t number) const {
        return number < vips->size() ? (*vips)[number] : (*evips)[number - vips->size()];
    }
};

struct KernelView {
    const conf::Model* model = nullptr;
    Interfaces interfaces;
    AddressIndex addresses;
    std::vector<Placement> placements;  ///< one an instance, then one for the static objects

    std::uint32_t static_owner() const { return static_cast<std::uint32_t>(model->instances.size()); }
    std::size_t owners() const { return model->instances.size() + 1; }
    Objects objects(std::uint32_t owner) const;
    /// The instance's name; "static" objects have none.
    const std::string& name(std::uint32_t owner) const;

    /// The interface an address of `owner` belongs on; 0 = it does not exist now.
    std::uint32_t interface_of(std::uint32_t owner, const conf::Address& address) const;
    objects::AddressKey key(std::uint32_t owner, std::size_t number) const;
    IndexedAddress* entry(std::uint32_t owner, std::size_t number);

    /// Finds the instances' interfaces by name again and rebuilds the address index. Presence is lost: dump afterwards.
    void place();
};

}  // namespace vrrp
