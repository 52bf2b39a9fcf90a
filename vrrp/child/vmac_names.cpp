#include "vrrp/child/vmac_names.hpp"

#include <algorithm>
#include <array>

namespace vrrp {

namespace {

constexpr std::size_t kLongestName = 15;  // IFNAMSIZ without the terminating zero

/// PREFIX[N].VRID, the prefix cut so that the whole fits.
std::string composed(const std::string& prefix, const std::string& number, const std::string& vrid) {
    const std::string tail = number + "." + vrid;
    return prefix.substr(0, kLongestName - tail.size()) + tail;
}

/// Alternatives in the reference's order: IPv4 "", 1, 2, …; IPv6 "", 6, 1, 2, 3, 4, 5, 7, ….
std::string alternative(const std::string& prefix, net::Family family, std::uint8_t vrid, unsigned attempt) {
    const std::string number = std::to_string(vrid);
    if (attempt == 0) return composed(prefix, "", number);
    if (family == net::Family::ipv6) {
        if (attempt == 1) return composed(prefix, "6", number);
        const unsigned next = attempt - 1;
        return composed(prefix, std::to_string(next < 6 ? next : next + 1), number);
    }
    return composed(prefix, std::to_string(attempt), number);
}

std::string prefix_of(const conf::Model& model) {
    return model.global.vmac_prefix.empty() ? "vrrp" : model.global.vmac_prefix;
}

}  // namespace

std::string vmac_name(const conf::Model& model, std::uint32_t instance) {
    const auto& wanted = model.instances[instance];
    if (!wanted.vmac.ifname.empty()) return wanted.vmac.ifname;
    for (unsigned attempt = 0;; ++attempt) {
        const std::string name = alternative(prefix_of(model), wanted.family, wanted.vrid, attempt);
        bool taken = false;
        for (std::uint32_t other = 0; other < model.instances.size() && !taken; ++other) {
            const auto& instance_there = model.instances[other];
            if (other == instance || instance_there.vmac.kind == conf::VmacKind::none) continue;
            if (!instance_there.vmac.ifname.empty()) {
                taken = instance_there.vmac.ifname == name;
            } else if (other < instance && instance_there.vrid == wanted.vrid) {
                taken = vmac_name(model, other) == name;
            }
        }
        if (!taken) return name;
    }
}

std::string address_vmac_name(const conf::Model& model, const conf::VrrpInstance& instance,
                              const conf::Address& address) {
    if (!address.use_vmac && !instance.vmac.use_vmac_addr) return {};
    const std::string prefix =
        model.global.vmac_addr_prefix.empty() ? prefix_of(model) : model.global.vmac_addr_prefix;
    // One an interface and family: numbered by the order in which the instance's addresses first name the interface.
    std::vector<std::pair<std::string, net::Family>> met;
    const auto number_of = [&](const conf::Address& one) {
        const std::pair<std::string, net::Family> where{one.dev, one.prefix.address.family};
        const auto found = std::find(met.begin(), met.end(), where);
        if (found != met.end()) return static_cast<unsigned>(found - met.begin());
        met.push_back(where);
        return static_cast<unsigned>(met.size() - 1);
    };
    unsigned number = 0;
    for (const auto* list : {&instance.vips, &instance.evips}) {
        for (const auto& one : *list) {
            if (one.dev.empty() || one.dev == instance.interface) continue;
            if (!one.use_vmac && !instance.vmac.use_vmac_addr) continue;
            const unsigned position = number_of(one);
            if (&one == &address) number = position;
        }
    }
    const bool own_name_taken = prefix == prefix_of(model) && instance.vmac.kind != conf::VmacKind::none;
    return alternative(prefix, address.prefix.address.family, instance.vrid,
                       number + (own_name_taken ? 1 : 0));
}

}  // namespace vrrp
