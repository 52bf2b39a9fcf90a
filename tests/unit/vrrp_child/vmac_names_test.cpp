#include "vrrp/child/vmac_names.hpp"

#include <catch2/catch.hpp>

namespace {

conf::VrrpInstance vmac_instance(std::uint8_t vrid, net::Family family) {
    conf::VrrpInstance instance;
    instance.name = "VI";
    instance.interface = "eth0";
    instance.vrid = vrid;
    instance.family = family;
    instance.vmac.kind = conf::VmacKind::macvlan;
    return instance;
}

}  // namespace

TEST_CASE("a VMAC is called PREFIX.VRID, and the next free alternative when that is taken") {
    conf::Model model;
    model.instances = {vmac_instance(51, net::Family::ipv4), vmac_instance(51, net::Family::ipv6),
                       vmac_instance(51, net::Family::ipv4), vmac_instance(51, net::Family::ipv6)};
    CHECK(vrrp::vmac_name(model, 0) == "vrrp.51");
    CHECK(vrrp::vmac_name(model, 1) == "vrrp6.51");
    CHECK(vrrp::vmac_name(model, 2) == "vrrp1.51");
    CHECK(vrrp::vmac_name(model, 3) == "vrrp2.51");
}

TEST_CASE("a configured name is used as it is, and kept from the others") {
    conf::Model model;
    model.instances = {vmac_instance(51, net::Family::ipv4), vmac_instance(51, net::Family::ipv6)};
    model.instances[1].vmac.ifname = "vrrp.51";
    CHECK(vrrp::vmac_name(model, 0) == "vrrp1.51");
    CHECK(vrrp::vmac_name(model, 1) == "vrrp.51");
}

TEST_CASE("a long prefix is cut so that the name fits an interface") {
    conf::Model model;
    model.global.vmac_prefix = "averylongprefix";
    model.instances = {vmac_instance(200, net::Family::ipv4)};
    CHECK(vrrp::vmac_name(model, 0) == "averylongpr.200");
}

TEST_CASE("an address on another interface gets a VMAC there only when it is asked for") {
    conf::Model model;
    auto instance = vmac_instance(53, net::Family::ipv4);
    conf::Address address;
    address.prefix = {*net::IpAddress::parse("10.1.0.1"), 24};
    address.dev = "eth1";
    instance.vips = {address};
    model.instances = {instance};
    CHECK(vrrp::address_vmac_name(model, model.instances[0], model.instances[0].vips[0]).empty());
    model.instances[0].vmac.use_vmac_addr = true;
    model.global.vmac_addr_prefix = "va";
    CHECK(vrrp::address_vmac_name(model, model.instances[0], model.instances[0].vips[0]) == "va.53");
}
