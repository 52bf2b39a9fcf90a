#include "vrrp/child/vmac_names.hpp"

#include <algorithm>
#include <utility>
#include <vector>

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

std::string first_free(const std::string& prefix, net::Family family, std::uint8_t vrid,
                       const std::vector<std::string>& taken) {
    for (unsigned attempt = 0;; ++attempt) {
        std::string name = alternative(prefix, family, vrid, attempt);
        if (std::find(taken.begin(), taken.end(), name) == taken.end()) return name;
    }
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

std::string address_vmac_base(const conf::VrrpInstance& instance, const conf::Address& address) {
    const bool elsewhere = !address.dev.empty() && address.dev != instance.interface;
    if (elsewhere) return address.use_vmac || instance.vmac.use_vmac_addr ? address.dev : std::string();
    const bool has_vmac = instance.vmac.kind != conf::VmacKind::none;
    if (has_vmac && address.prefix.address.family == instance.family) return {};  // it goes on that one
    return address.use_vmac || (has_vmac && instance.vmac.use_vmac_addr) ? instance.interface : std::string();
}

std::string address_vmac_name(const conf::Model& model, const conf::VrrpInstance& instance,
                              const conf::Address& address) {
    const std::string base = address_vmac_base(instance, address);
    if (base.empty()) return {};
    const std::string prefix =
        model.global.vmac_addr_prefix.empty() ? prefix_of(model) : model.global.vmac_addr_prefix;
    std::vector<std::string> taken;
    for (std::uint32_t i = 0; i < model.instances.size(); ++i) {
        const auto& other = model.instances[i];
        const bool can_clash = other.vrid == instance.vrid || !other.vmac.ifname.empty();
        if (can_clash && other.vmac.kind != conf::VmacKind::none) taken.push_back(vmac_name(model, i));
    }
    // One an interface and family. Each takes the first name that is free, in the order of the file.
    for (const auto& other : model.instances) {
        if (other.vrid != instance.vrid) continue;
        std::vector<std::pair<std::string, net::Family>> met;
        for (const auto* list : {&other.vips, &other.evips}) {
            for (const auto& one : *list) {
                const std::pair where{address_vmac_base(other, one), one.prefix.address.family};
                if (where.first.empty() || std::find(met.begin(), met.end(), where) != met.end()) continue;
                met.push_back(where);
                taken.push_back(first_free(prefix, where.second, instance.vrid, taken));
                const bool wanted =
                    &other == &instance && where == std::pair{base, address.prefix.address.family};
                if (wanted) return taken.back();
            }
        }
    }
    return {};
}

}  // namespace vrrp
