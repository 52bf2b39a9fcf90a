"""What the VRRP child does with the kernel: objects put back, interfaces that come and go, VMACs, static objects."""
import json
import re

import pytest

from lab import eventually, instance, keepalived_conf, never
from lab.packets import adverts, gratuitous_arps, neighbour_advertisements

VIP = "10.0.0.100"
QUICK = "    version 3\n    garp_master_delay 0\n"


def conf(extra="", globals="", blocks="", **settings):
    settings = {"priority": 200, "advert_int": 0.1, "vips": (f"{VIP}/24",), **settings}
    return keepalived_conf(instance(extra=QUICK + extra, **settings), blocks, globals=globals)


def master(lab, ours, configuration, held=VIP, networks=("lan",), prepare=None):
    node = lab.node("a", *networks)
    if prepare:
        prepare(node)
    daemon = node.keepalived(configuration, ours, options=("-D",))
    eventually(lambda: node.holds(held), 8, lab.logs)
    return node, daemon


def routes(node, *more):
    return node.run("ip", "route", "show", *more)


def rules(node):
    return node.run("ip", "rule", "show")


ROUTES = """    virtual_routes {
        192.0.2.0/24 via 10.0.0.2 src 10.0.0.100
        198.51.100.0/24 dev eth0 table 77 metric 5
        203.0.113.0/24 via 10.0.0.2 no_track
        2001:db8:1::/48 dev eth0
    }
    virtual_rules {
        from 10.0.0.100 table 77 priority 1000
    }"""


def test_routes_and_rules_deleted_by_hand_are_back_without_a_transition(lab, ours):
    a, daemon = master(lab, ours, conf(ROUTES))
    eventually(lambda: "192.0.2.0/24" in routes(a) and "1000:" in rules(a), 3, lab.logs)
    mark = len(daemon.transitions())
    for command, there in (
            ("route del 192.0.2.0/24", lambda: "192.0.2.0/24" in routes(a)),
            ("route del 198.51.100.0/24 table 77", lambda: "198.51.100.0/24" in routes(a, "table", "77")),
            ("route del 2001:db8:1::/48", lambda: "2001:db8:1::/48" in a.run("ip", "-6", "route")),
            ("rule del priority 1000", lambda: "1000:" in rules(a)),
            (f"address del {VIP}/24 dev eth0", lambda: a.holds(VIP) and "192.0.2.0/24" in routes(a))):
        a.ip(command)
        eventually(there, 1, f"{command}\n{lab.logs()}")
    assert len(daemon.transitions()) == mark


def test_what_is_not_tracked_stays_away_until_the_next_transition(lab, ours):
    a, daemon = master(lab, ours, conf(ROUTES))
    eventually(lambda: "203.0.113.0/24" in routes(a), 3, lab.logs)
    a.ip("route del 203.0.113.0/24")
    never(lambda: "203.0.113.0/24" in routes(a), 0.5, lab.logs)
    a.unplug()
    daemon.wait_for_log(r"Entering FAULT STATE")
    a.plug()
    eventually(lambda: "203.0.113.0/24" in routes(a), 5, lab.logs)


def test_all_objects_are_gone_after_a_stop(lab, ours):
    a, daemon = master(lab, ours, conf(ROUTES))
    eventually(lambda: "1000:" in rules(a), 3, lab.logs)
    assert daemon.stop() == 0
    assert not a.holds(VIP)
    assert "1000:" not in rules(a)
    assert "proto keepalived" not in routes(a, "table", "all") + a.run("ip", "-6", "route", "show", "table", "all")


def test_residues_of_a_dead_predecessor_go_at_a_start(lab, ours):
    def leave(node):
        node.ip(f"address add {VIP}/24 dev eth0", "route add 192.0.2.0/24 via 10.0.0.2 proto 18 src 10.0.0.100",
                "rule add from 10.0.0.100 table 77 priority 1000 protocol 18")
    a = lab.node("a")
    leave(a)
    a.keepalived(conf(ROUTES, priority=10, advert_int=1), ours, options=("-D",))
    eventually(lambda: not a.holds(VIP) and "1000:" not in rules(a) and "192.0.2.0" not in routes(a), 3, lab.logs)


def test_an_address_of_another_prefix_length_is_reported_and_left_alone(lab, ours):
    a, daemon = master(lab, ours, conf())
    a.ip(f"address add {VIP}/32 dev eth0")
    daemon.wait_for_log(r"somebody added 10\.0\.0\.100/32 on eth0")
    assert f"{VIP}/32" in a.addresses("eth0") and f"{VIP}/24" in a.addresses("eth0")


def test_the_master_becomes_faulty_with_its_cable_and_comes_back_as_backup(lab, ours):
    a, daemon = master(lab, ours, conf())
    a.unplug()
    daemon.wait_for_log(r"Netlink reports eth0 down")
    daemon.wait_for_log(r"\(VI_1\) Entering FAULT STATE")
    eventually(lambda: not a.holds(VIP), 1)
    a.plug()
    daemon.wait_for_log(r"Netlink reports eth0 up")
    eventually(lambda: a.holds(VIP), 3, lab.logs)
    assert daemon.count(r"\(VI_1\) Entering BACKUP STATE") == 2


def test_with_dont_track_primary_the_master_stays_and_its_set_is_complete_again(lab, ours):
    a, daemon = master(lab, ours, conf("    dont_track_primary"))
    a.ip("link set eth0 down")
    daemon.wait_for_log(r"Netlink reports eth0 down")
    a.ip(f"address del {VIP}/24 dev eth0", "link set eth0 up")
    eventually(lambda: a.holds(VIP), 3, lab.logs)
    assert daemon.count(r"Entering FAULT STATE") == 0


def test_a_debounced_flap_is_not_seen(lab, ours):
    a, daemon = master(lab, ours, conf(advert_int=1, blocks="interface_up_down_delays { eth0 1 }\n", priority=254))
    a.unplug()
    a.plug()
    never(lambda: daemon.count(r"Netlink reports eth0 down"), 1.3)
    assert a.holds(VIP)


def test_an_interface_deleted_and_made_again_is_used_again(lab, ours):
    a = lab.node("a", "lan", "second")
    daemon = a.keepalived(conf(interface="eth1", vips=("10.0.1.100/24",), globals="    dynamic_interfaces"), ours,
                          options=("-D",))
    eventually(lambda: a.holds("10.0.1.100"), 5, lab.logs)
    port = a.port("eth1")
    a.ip("link del eth1")
    daemon.wait_for_log(r"Interface eth1 deleted")
    daemon.wait_for_log(r"Entering FAULT STATE")
    lab.switch.run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth1", "netns", a.namespace.name)
    lab.switch.ip(f"link set {port} master second up")
    a.ip("address add 10.0.1.1/24 dev eth1", "link set eth1 up")
    eventually(lambda: a.holds("10.0.1.100"), 5, lab.logs)


def test_an_interface_renamed_away_is_gone_and_back_when_it_has_its_name_again(lab, ours):
    a, daemon = master(lab, ours, conf())
    a.ip("link set eth0 down", "link set eth0 name ethx", "link set ethx up")
    daemon.wait_for_log(r"Interface name has changed from eth0 to ethx")
    daemon.wait_for_log(r"Entering FAULT STATE")
    a.ip("link set ethx down", "link set ethx name eth0", "link set eth0 up")
    eventually(lambda: a.holds(VIP), 5, lab.logs)


def test_the_source_address_follows_the_interface(lab, ours):
    a, daemon = master(lab, ours, conf(vips=("192.168.7.7/32",)), held="192.168.7.7")
    capture = lab.capture()
    a.ip("address add 10.0.0.7/24 dev eth0", "address del 10.0.0.1/24 dev eth0", "address replace 10.0.0.7/24 dev eth0")
    eventually(lambda: adverts(capture, source="10.0.0.7"), 5, lab.logs)
    a.ip("address del 10.0.0.7/24 dev eth0")
    daemon.wait_for_log(r"\(VI_1\) [Ee]ntering FAULT")
    eventually(lambda: not a.holds("192.168.7.7"), 2)
    a.ip("address add 10.0.0.8/24 dev eth0")
    eventually(lambda: adverts(capture, source="10.0.0.8"), 5, lab.logs)


def test_static_objects_are_there_from_the_start_restored_and_removed_at_the_end(lab, ours):
    blocks = ("static_ipaddress {\n 10.9.9.9/32 dev eth0\n}\nstatic_routes {\n 192.0.2.0/24 via 10.0.0.2 dev eth0\n}\n"
              "static_rules {\n from 192.0.2.0/24 table 77 priority 500\n}\n")
    a = lab.node("a")
    daemon = a.keepalived(conf(priority=1, advert_int=1, blocks=blocks), ours, options=("-D",))

    def all_there():
        return a.holds("10.9.9.9") and "192.0.2.0/24" in routes(a) and "500:" in rules(a)
    eventually(all_there, 4, lab.logs)
    a.ip("address del 10.9.9.9/32 dev eth0", "route del 192.0.2.0/24", "rule del priority 500")
    eventually(all_there, 2, lab.logs)
    for line in ("address 10.9.9.9 dev eth0 scope global set", "route prepend 192.0.2.0/24 via inet 10.0.0.2 dev eth0 proto 18",
                 "rule from 192.0.2.0/24 priority 500 tos 0x0 protocol 18 lookup 77"):
        assert f"Restoring deleted static {line}\n" in daemon.log(), daemon.log()
    assert daemon.stop() == 0
    assert not a.holds("10.9.9.9") and "192.0.2.0/24" not in routes(a) and "500:" not in rules(a)


@pytest.mark.parametrize("vip, mac", [(VIP, "00:00:5e:00:01:33"), ("fe80::51", "00:00:5e:00:02:33")])
def test_a_vmac_carries_adverts_and_addresses_and_leaves_no_trace(lab, ours, vip, mac):
    length = 24 if "." in vip else 64
    a = lab.node("a")
    before = a.run("sysctl", "net.ipv4.conf.eth0.arp_ignore", "net.ipv4.conf.eth0.arp_filter")
    capture = lab.capture()
    a, daemon = master(lab, ours, conf("    use_vmac", vips=(f"{vip}/{length}",)), held=vip)
    link = json.loads(a.run("ip", "-j", "-d", "link", "show", "vrrp.51"))[0]
    assert link["address"] == mac and link["linkinfo"]["info_data"]["mode"] == "private" and link["link"] == "eth0"
    eventually(lambda: adverts(capture, 51), 3, lab.logs)
    assert f"{vip}/{length}" in a.addresses("vrrp.51")
    a.ip("link del vrrp.51")
    daemon.wait_for_log(r"Interface vrrp\.51 deleted")
    eventually(lambda: f"{vip}/{length}" in a.addresses("vrrp.51"), 5, lab.logs)
    assert daemon.stop() == 0
    assert "vrrp.51" not in a.run("ip", "link")
    assert a.run("sysctl", "net.ipv4.conf.eth0.arp_ignore", "net.ipv4.conf.eth0.arp_filter") == before
    assert "keepalived" not in a.run("nft", "list", "ruleset", check=False)


def test_no_accept_drops_packets_to_the_address_only_while_master(lab, ours):
    a, daemon = master(lab, ours, conf("    no_accept"))
    client = lab.node("c", number=9)
    assert VIP in a.run("nft", "list", "set", "ip", "keepalived", "vips")
    probe = client.probe(VIP)
    never(lambda: probe.is_answered_since(0), 0.5)
    daemon.stop()
    assert "keepalived" not in a.run("nft", "list", "ruleset", check=False)


def test_nftables_counters_count_in_every_rule(lab, ours):
    a, _ = master(lab, ours, keepalived_conf(
        instance("V6", 53, 200, ("fe80::53/64",), advert_int=0.1, extra="    version 3\n    no_accept"),
        instance(priority=200, advert_int=0.1, extra="    version 3\n    no_accept"), globals="    nftables_counters"))
    rules = [line for line in a.run("nft", "list", "ruleset").splitlines() if re.search(r"(drop|accept|goto \w+)$", line)]
    assert len(rules) >= 10
    assert [line for line in rules if " counter " not in line] == []


def test_excluded_addresses_of_the_other_family_are_held_and_announced(lab, ours):
    capture = lab.capture()
    a, _ = master(lab, ours, conf("    virtual_ipaddress_excluded {\n        fd00::100/64\n        10.0.0.101/24\n    }"))
    eventually(lambda: a.holds("fd00::100") and a.holds("10.0.0.101"), 2, lab.logs)
    eventually(lambda: gratuitous_arps(capture, "10.0.0.101") and neighbour_advertisements(capture, "fd00::100"), 2, lab.logs)
    assert adverts(capture, 51)[-1][1].addresses == [VIP]


def test_gratuitous_arps_are_paced_round_robin(lab, ours):
    capture = lab.capture()
    a, _ = master(lab, ours, conf("    garp_master_repeat 3", vips=(f"{VIP}/24", "10.0.0.101/24"),
                                  globals="    vrrp_garp_interval 0.1"))
    eventually(lambda: len(gratuitous_arps(capture)) == 6, 3, lambda: f"{gratuitous_arps(capture)}")
    times = [when for when, *_ in gratuitous_arps(capture)]
    assert all(0.08 < later - earlier < 0.2 for earlier, later in zip(times, times[1:])), times


def test_two_unicast_routers_elect_a_master(lab, ours):
    def unicast(mine, peer, priority):
        return conf(f"    unicast_src_ip {mine}\n    unicast_peer {{\n        {peer}\n    }}", priority=priority)
    a, b = lab.node("a"), lab.node("b")
    first = a.keepalived(unicast(a.address, b.address, 200), ours)
    b.keepalived(unicast(b.address, a.address, 100), ours)
    eventually(lambda: a.holds(VIP), 5, lab.logs)
    never(lambda: b.holds(VIP), 0.7)
    first.stop()
    eventually(lambda: b.holds(VIP), 2, lab.logs)


def test_a_refused_address_is_named_with_its_reason(lab, ours):
    a, daemon = master(lab, ours, conf(vips=(f"{VIP}/24", "10.0.0.101/24 scope link")))
    daemon.wait_for_log(r"the kernel refuses address 10\.0\.0\.101/24 on eth0: ")


def test_a_fight_over_an_address_is_slowed_down_with_one_warning(lab, ours):
    a, daemon = master(lab, ours, conf())
    for _ in range(8):
        a.ip(f"address del {VIP}/24 dev eth0", check=False)
    daemon.wait_for_log(r"Somebody keeps removing address 10\.0\.0\.100/24")
    eventually(lambda: a.holds(VIP), 3, lab.logs)
    assert daemon.count(r"Somebody keeps removing") == 1
