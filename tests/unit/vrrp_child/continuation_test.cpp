// How the instances of a new generation continue the old ones (decisions.md §3, conf-vrrp.md §7).
#include <catch2/catch.hpp>
#include <functional>

#include "vrrp/core_config.hpp"

namespace {

conf::VrrpInstance instance(const char* name, std::uint8_t vrid, const char* interface = "eth0") {
    conf::VrrpInstance made;
    made.name = name;
    made.vrid = vrid;
    made.interface = interface;
    made.mcast_dst = *net::IpAddress::parse("224.0.0.18");
    return made;
}

vrrp::protocol::Continuation compare(const conf::Model& before, const conf::Model& after) {
    const auto old_core = vrrp::core_config(before, false), new_core = vrrp::core_config(after, false);
    return vrrp::continuation({before, old_core, old_core.router}, {after, new_core, new_core.router});
}

constexpr auto kNone = vrrp::protocol::kNone;

}  // namespace

TEST_CASE("order in the file plays no part, and neither does the name") {
    conf::Model before, after;
    before.instances = {instance("A", 1), instance("B", 2)};
    after.instances = {instance("B", 2), instance("renamed", 1), instance("new", 3)};
    CHECK(compare(before, after).instance_of == std::vector<std::uint32_t>{1, 0, kNone});
}

TEST_CASE("two instances that swap their names keep what they are") {
    conf::Model before, after;
    before.instances = {instance("A", 1), instance("B", 2)};
    after.instances = {instance("B", 1), instance("A", 2)};
    CHECK(compare(before, after).instance_of == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("another interface, VRID, family, unicast or VMAC makes a new instance") {
    const std::vector<std::function<void(conf::VrrpInstance&)>> changes = {
        [](auto& one) { one.interface = "eth1"; }, [](auto& one) { one.vrid = 2; },
        [](auto& one) { one.family = net::Family::ipv6; }, [](auto& one) { one.unicast = true; },
        [](auto& one) { one.vmac.kind = conf::VmacKind::macvlan; }};
    for (const auto& change : changes) {
        conf::Model before, after;
        before.instances = after.instances = {instance("A", 1)};
        change(after.instances[0]);
        CHECK(compare(before, after).instance_of == std::vector<std::uint32_t>{kNone});
    }
}

TEST_CASE("a script keeps its result while command and user are the same") {
    conf::Model before, after;
    before.scripts.resize(1);
    before.scripts[0].name = "chk";
    before.scripts[0].script.argv = {"/bin/true"};
    after = before;
    after.scripts[0].interval = Seconds{9};
    CHECK(compare(before, after).tracker_of == std::vector<std::uint32_t>{0});
    after.scripts[0].script.argv = {"/bin/false"};
    CHECK(compare(before, after).tracker_of == std::vector<std::uint32_t>{kNone});
}

TEST_CASE("what a group tracks is tracked by each member, once") {
    conf::Model model;
    model.instances = {instance("A", 1), instance("B", 2)};
    model.scripts.resize(1);
    model.scripts[0].name = "chk";
    model.sync_groups.resize(1);
    model.sync_groups[0].name = "G";
    model.sync_groups[0].members = {"A", "B"};
    model.sync_groups[0].tracks.scripts = {{"chk", 5, false, {}}};
    model.instances[0].tracks.scripts = {{"chk", 7, false, {}}};
    const auto core = vrrp::core_config(model, false);
    REQUIRE(core.router.trackers.size() == 1);
    const auto& uses = core.router.trackers[0].uses;
    REQUIRE(uses.size() == 2);
    CHECK(uses[0].weight == 5);  // the group's weight wins
    CHECK(uses[1].instance == 1);
}

TEST_CASE("an address on another interface makes the instance depend on it, unless it is not tracked") {
    conf::Model model;
    model.instances = {instance("A", 1)};
    conf::Address address;
    address.prefix = {*net::IpAddress::parse("10.1.0.1"), 24};
    address.dev = "eth1";
    model.instances[0].vips = {address};
    CHECK(vrrp::core_config(model, false).tracked_interfaces == std::vector<std::string>{"eth1"});
    model.instances[0].vips[0].no_track = true;
    CHECK(vrrp::core_config(model, false).tracked_interfaces.empty());
}
