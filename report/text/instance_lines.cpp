#include "report/text/instance_lines.hpp"

#include "conf/lines/kernel_lines.hpp"

namespace report {

InstanceAddressLines instance_address_lines(const conf::Model& model, const VrrpSnapshot& vrrp,
                                            std::size_t index) {
    const auto& instance = model.instances[index];
    const auto interfaces = interfaces_of(instance, vrrp.instances[index]);
    const auto& set = vrrp.addresses_set[index];
    const auto line = [&](const conf::Address& address, std::size_t number) {
        auto [name, base] = place_of(address, instance, interfaces, vrrp);
        return address_line(address, {std::move(name), std::move(base), number < set.size() && set[number],
                                      !instance.accept});
    };
    InstanceAddressLines lines;
    for (const auto& address : instance.vips) lines.vips.push_back(line(address, lines.vips.size()));
    for (const auto& address : instance.evips)
        lines.evips.push_back(line(address, instance.vips.size() + lines.evips.size()));
    return lines;
}

std::string shown_route(const conf::Route& route, const VrrpSnapshot& vrrp) {
    const auto* vrf = route.vrf.empty() ? nullptr : find_interface(vrrp, route.vrf);
    if (vrf == nullptr || vrf->vrf_table == 0) return route_line(route);
    conf::Route placed = route;
    placed.table = vrf->vrf_table;
    return route_line(placed);
}

}  // namespace report
