"""Virtual routers on links of every kind: VLANs, VRFs, ipvlan, and routes through lightweight tunnels. Where Debian's
keepalived knows the same words, the kernel must hold the same after both."""
import re

import pytest

from lab import DEBIAN, OURS, Lab, eventually, instance, keepalived_conf
from lab.packets import adverts

MODULES = ["vrf", "8021q", "ipvlan", "dummy", "ip_tunnel", "ipip", "ip6_tunnel", "mpls_router", "mpls_gso", "mpls_iptunnel"]
QUICK = "    version 3\n    garp_master_delay 0\n"
VIP = "10.0.0.100"


@pytest.fixture
def lab():
    if OURS.available():
        pytest.skip(OURS.available())
    with Lab() as made:
        yield made
        print(made.logs())


def start(node, *blocks, held=VIP, flavour=OURS, globals=""):
    daemon = node.keepalived(keepalived_conf(*blocks, globals=globals), flavour, name=flavour.name)
    eventually(lambda: node.holds(held), 30, daemon.log, every=0.1)
    return daemon


def quick(extra="", **settings):
    return instance(**{"priority": 200, "advert_int": 0.2, "extra": QUICK + extra, **settings})


def link(node, name):
    return node.run("ip", "-d", "-o", "link", "show", "dev", name, check=False)


def test_a_vmac_on_a_vlan_speaks_with_its_own_address_inside_the_vlan(lab):
    node = lab.node("a")
    node.ip("link add link eth0 name eth0.7 type vlan id 7", "address add 10.0.0.77/24 dev eth0.7", "address del 10.0.0.1/24 dev eth0",
            "link set eth0.7 up")
    capture = node.capture("eth0")
    daemon = start(node, quick("    use_vmac", interface="eth0.7"))
    # The guest has no netfilter: that is told, and everything else works.
    assert daemon.count("need nfnetlink, which the kernel does not have: not applied") == 1
    assert "macvlan mode private" in link(node, "vrrp.51") and "vrrp.51@eth0.7" in link(node, "vrrp.51")

    def tagged():
        # The kernel takes the tag out of the captured bytes: what tells the VLAN is that eth0 sent it and not eth0.7 alone.
        return [advert for _, advert in adverts(capture, 51) if advert.source == "10.0.0.77"]
    eventually(lambda: len(tagged()) >= 2, 20, daemon.log, every=0.1)
    assert {advert.source_mac for advert in tagged()} == {"00:00:5e:00:01:33"}
    node.ip("link set eth0 down")
    daemon.wait_for_log(r"\(VI_1\) Entering FAULT STATE", 20)
    node.ip("link set eth0 up", "link set eth0.7 up")
    daemon.wait_for_log(r"\(VI_1\) Entering MASTER STATE", 30, 2)
    assert daemon.stop(20) == 0
    assert link(node, "vrrp.51") == ""


def test_an_ipvlan_carries_its_own_address_and_the_adverts_alone(lab):
    node = lab.node("a")
    capture = node.capture("eth0")
    daemon = start(node, quick("    use_ipvlan ipv51 10.0.0.61/24 private"))
    assert re.search(r"ipv51@eth0: .* ipvlan +mode l2 private", link(node, "ipv51")), link(node, "ipv51")
    assert "10.0.0.61/24" in node.addresses("ipv51") and f"{VIP}/24" in node.addresses("eth0")  # as 2.2.7
    eventually(lambda: [one for _, one in adverts(capture, 51) if one.source == "10.0.0.61"], 20, daemon.log, every=0.1)
    assert daemon.stop(20) == 0
    assert link(node, "ipv51") == ""


def in_vrf(lab, name, number):
    node = lab.node(name, "lan", number=number)
    node.ip("link add red type vrf table 70", "link set red up", "link set eth0 master red",
            f"address replace 10.0.0.{number}/24 dev eth0")
    return node


def test_a_vmac_follows_its_parent_into_a_vrf_and_routes_go_into_its_table(lab):
    a, b = in_vrf(lab, "a", 1), in_vrf(lab, "b", 2)
    routed = "    use_vmac\n    virtual_routes {\n        192.0.2.0/24 via 10.0.0.2 dev vrrp.51 vrf red\n    }\n"
    first = start(a, quick(routed), globals="    dynamic_interfaces")
    assert "master red" in link(a, "vrrp.51")
    eventually(lambda: "192.0.2.0/24" in a.run("ip", "route", "show", "table", "70"), 10, first.log, every=0.1)
    second = b.keepalived(keepalived_conf(quick(priority=100)), OURS)
    second.wait_for_log(r"Entering BACKUP STATE", 20)
    eventually(lambda: second.logged(r"master set to 10\.0\.0\.1"), 20, second.log, every=0.1)
    assert not b.holds(VIP)
    assert first.stop(20) == 0
    eventually(lambda: b.holds(VIP), 20, second.log, every=0.1)


def test_unicast_in_a_vrf_without_an_interface_elects_one_master(lab):
    a, b = in_vrf(lab, "a", 1), in_vrf(lab, "b", 2)

    def conf(mine, theirs, priority):
        return quick(f"    vrf red\n    unicast_src_ip {mine}\n    unicast_peer {{\n        {theirs}\n    }}\n", priority=priority,
                     vips=(f"{VIP}/24 dev eth0",)).replace("    interface eth0\n", "")
    worse = b.keepalived(keepalived_conf(conf("10.0.0.2", "10.0.0.1", 100)), OURS)
    better = start(a, conf("10.0.0.1", "10.0.0.2", 200))
    eventually(lambda: not b.holds(VIP) and worse.transitions()[-1:] == ["BACKUP"], 20, lambda: worse.log() + better.log(), every=0.1)
    assert better.stop(20) == 0
    eventually(lambda: b.holds(VIP), 20, worse.log, every=0.1)


ROUTES = """    virtual_routes {
        192.0.2.0/24 encap ip id 7 dst 10.0.0.9 ttl 64 via 10.0.0.2 dev eth0
        198.51.100.0/24 encap ip6 id 9 dst fd00::9 hoplimit 12 via 10.0.0.2 dev eth0
        203.0.113.0/24 encap mpls 100/200 via 10.0.0.2 dev eth0
        192.168.9.0/24 nexthop via 10.0.0.2 dev eth0 encap mpls 300 weight 2 nexthop via 10.0.0.3 dev eth0 encap ip id 5 dst 10.0.0.8
    }
"""


@pytest.mark.parametrize("flavour", [OURS, DEBIAN], ids=lambda flavour: flavour.name)
def test_routes_through_lightweight_tunnels_are_as_written(lab, flavour):
    if flavour.available():
        pytest.skip(flavour.available())
    node = lab.node("a")
    daemon = start(node, quick(ROUTES), flavour=flavour)
    eventually(lambda: "192.168.9.0" in node.run("ip", "route"), 20, daemon.log, every=0.1)
    shown = re.sub(r" +", " ", node.run("ip", "route", "show", "proto", "18"))
    for line in (r"192\.0\.2\.0/24 encap ip id 7 src 0\.0\.0\.0 dst 10\.0\.0\.9 ttl 64 tos 0 via 10\.0\.0\.2 dev eth0",
                 r"198\.51\.100\.0/24 encap ip6 id 9 src :: dst fd00::9 hoplimit 12 tc 0 via 10\.0\.0\.2 dev eth0",
                 r"203\.0\.113\.0/24 encap mpls 100/200 via 10\.0\.0\.2 dev eth0",
                 # 2.2.7 forgets the tunnels of next hops.
                 r"nexthop encap mpls 300 via 10\.0\.0\.2 dev eth0 weight 2" if flavour is OURS else "nexthop via"):
        assert re.search(line, shown), f"{line}\n{shown}\n{daemon.log()}"
    assert daemon.stop(20) == 0
    assert node.run("ip", "route", "show", "proto", "18") == ""
