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

TEST_CASE(
    "VMACs of single addresses take the first free name, one an interface and family, in the order of the "
    "file") {
    conf::Model model;
    auto instance = vmac_instance(51, net::Family::ipv4);
    const auto address = [](const char* text, const char* dev, bool use_vmac = true) {
        conf::Address made;
        made.prefix = {*net::IpAddress::parse(text), 24};
        made.dev = dev;
        made.use_vmac = use_vmac;
        return made;
    };
    const auto names = [&] {
        model.instances = {instance};
        std::vector<std::string> all;
        for (const auto& one : model.instances[0].evips)
            all.push_back(vrrp::address_vmac_name(model, model.instances[0], one));
        return all;
    };
    using Names = std::vector<std::string>;
    SECTION("on the instance's own interface only what is not of its VMAC's family (run: 2.2.7)") {
        instance.evips = {address("fd00::77", ""),       address("10.0.0.77", ""),
                          address("fd00:1::78", "eth1"), address("10.0.1.79", "eth1"),
                          address("fd00::78", "eth0"),   address("fd00::79", "eth0", false)};
        CHECK(names() == Names{"vrrp6.51", "", "vrrp1.51", "vrrp2.51", "vrrp6.51", ""});
    }
    SECTION("use_vmac_addr of an instance with a VMAC means all of them") {
        instance.vmac.use_vmac_addr = true;
        instance.evips = {address("fd00::77", "", false), address("10.0.1.79", "eth1", false)};
        CHECK(names() == Names{"vrrp6.51", "vrrp1.51"});
    }
    SECTION("without a VMAC of the instance the first name is theirs") {
        instance.vmac = {};
        instance.evips = {address("10.0.1.79", "eth1"),  address("10.0.2.79", "eth2"),
                          address("fd00:1::78", "eth1"), address("fd00:2::78", "eth2"),
                          address("10.0.1.80", "eth1"),  address("10.0.0.80", "")};
        CHECK(names() == Names{"vrrp.51", "vrrp1.51", "vrrp6.51", "vrrp2.51", "vrrp.51", "vrrp3.51"});
        instance.vmac.use_vmac_addr = true;
        instance.evips = {address("10.0.0.80", "", false)};
        CHECK(names() == Names{""});
    }
}
