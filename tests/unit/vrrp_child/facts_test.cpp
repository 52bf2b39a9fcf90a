#include "vrrp/child/facts.hpp"

#include <linux/if_addr.h>
#include <net/if.h>

#include <catch2/catch.hpp>

#include "vrrp/protocol/state.hpp"

namespace {

using vrrp::protocol::Fault;

std::uint32_t bit(Fault fault) { return static_cast<std::uint32_t>(fault); }

/// One instance on eth0 (ifindex 2), up, with 10.0.0.1/24 and fe80::1.
struct Scene {
    conf::Model model;
    vrrp::KernelView kernel;

    Scene() {
        model.instances.resize(1);
        model.instances[0].name = "VI_1";
        model.instances[0].interface = "eth0";
        model.instances[0].vrid = 51;
        kernel.model = &model;
        link("eth0", 2);
        address("10.0.0.1", 24);
        address("fe80::1", 64);
    }
    void link(const char* name, std::uint32_t ifindex) {
        netlink::Link made;
        made.name = name;
        made.ifindex = ifindex;
        made.flags = IFF_UP | IFF_RUNNING;
        kernel.interfaces.update(made);
        kernel.interfaces.find(ifindex)->up = true;
    }
    void address(const char* text, std::uint8_t length, std::uint32_t flags = 0, std::uint32_t ifindex = 2) {
        netlink::InterfaceAddress made;
        made.ifindex = ifindex;
        made.prefix = {*net::IpAddress::parse(text), length};
        made.flags = flags;
        kernel.interfaces.add_address(made);
    }
    conf::VrrpInstance& instance() { return model.instances[0]; }
    vrrp::Facts facts() {
        kernel.place();
        return vrrp::facts_of(kernel, 0);
    }
};

}  // namespace

TEST_CASE("an instance sends from the primary address of its interface") {
    Scene scene;
    scene.address("10.0.0.2", 24);
    CHECK(scene.facts().faults == 0);
    CHECK(scene.facts().source.to_string() == "10.0.0.1");
}

TEST_CASE("adverts of a macvlan are on the segment of the interface below it") {
    Scene scene;
    CHECK(scene.facts().segment == 2);
    scene.link("eth1", 3);
    netlink::Link stacked;
    stacked.name = "mv0";
    stacked.ifindex = 4;
    stacked.kind = netlink::LinkKind::macvlan;
    stacked.base = 2;
    scene.kernel.interfaces.update(stacked);
    scene.instance().interface = "mv0";
    CHECK(scene.facts().segment == 2);
    stacked.base = 3;  // it came back over another interface
    scene.kernel.interfaces.update(stacked);
    CHECK(scene.facts().segment == 3);
    stacked.base_elsewhere = true;  // in another namespace, where numbers mean something else
    scene.kernel.interfaces.update(stacked);
    CHECK(scene.facts().segment == 4);
    scene.instance().interface = "gone";
    CHECK(scene.facts().segment == 0);
}

TEST_CASE("an IPv6 instance sends from a link-local address that is not tentative") {
    Scene scene;
    scene.instance().family = net::Family::ipv6;
    scene.kernel.interfaces.forget_addresses();
    scene.address("2001:db8::1", 64);
    scene.address("fe80::1", 64, IFA_F_TENTATIVE);
    CHECK(scene.facts().faults == bit(Fault::no_source_address));
    CHECK(scene.facts().source_text == "no IPv6 address for interface");
    scene.address("fe80::2", 64);
    CHECK(scene.facts().source.to_string() == "fe80::2");
}

TEST_CASE("the last address gone is a fault which names the family") {
    Scene scene;
    scene.kernel.interfaces.forget_addresses();
    CHECK(scene.facts().faults == bit(Fault::no_source_address));
    CHECK(scene.facts().source_text == "no IPv4 address for interface");
}

TEST_CASE("an interface that is down is a fault unless dont_track_primary says otherwise") {
    Scene scene;
    scene.kernel.interfaces.find(2)->up = false;
    CHECK(scene.facts().faults == bit(Fault::interface_down));
    CHECK(scene.facts().interface_text == "interface eth0 down");
    scene.instance().dont_track_primary = true;
    CHECK(scene.facts().faults == 0);
    scene.kernel.interfaces.remove(2);
    CHECK((scene.facts().faults & bit(Fault::interface_down)) != 0);
}

TEST_CASE("a configured source address counts whether it is there or not, unless it is tracked") {
    Scene scene;
    scene.instance().source = *net::IpAddress::parse("10.0.0.9");
    CHECK(scene.facts().faults == 0);
    CHECK(scene.facts().source.to_string() == "10.0.0.9");
    scene.instance().track_src_ip = true;
    CHECK(scene.facts().faults == bit(Fault::no_source_address));
    scene.address("10.0.0.9", 24);  // beside another one: the reference misses this
    CHECK(scene.facts().faults == 0);
}

TEST_CASE(
    "a VMAC instance sends from the parent's address, and is faulty without its VMAC or with its parent "
    "down") {
    Scene scene;
    scene.instance().vmac.kind = conf::VmacKind::macvlan;
    CHECK((scene.facts().faults & bit(Fault::interface_down)) != 0);
    scene.link("vrrp.51", 3);
    CHECK(scene.facts().faults == 0);
    CHECK(scene.facts().source.to_string() == "10.0.0.1");
    scene.kernel.interfaces.find(2)->up = false;
    CHECK(scene.facts().faults == bit(Fault::base_interface_down));
}

TEST_CASE("a unicast instance without an interface needs none") {
    Scene scene;
    scene.instance().interface.clear();
    scene.instance().unicast = true;
    scene.instance().source = *net::IpAddress::parse("10.0.0.1");
    CHECK(scene.facts().faults == 0);
}
