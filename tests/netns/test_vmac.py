"""VMACs beside the rest of the system: the firewall's idea of them, and the settings of the namespace."""
import os
import re
import signal

from lab import eventually, instance, keepalived_conf

VIP = "10.0.0.100"
QUICK = "    version 3\n    garp_master_delay 0\n    use_vmac\n"


def master(lab, ours, extra="", blocks=(), prepare=None):
    node = lab.node("a", "lan", "other")
    if prepare:
        prepare(node)
    daemon = node.keepalived(keepalived_conf(instance(priority=200, advert_int=0.1, extra=QUICK + extra), *blocks), ours)
    eventually(lambda: node.holds(VIP), 8, daemon.log)
    return node, daemon


def vmac_map(node):
    text = node.run("nft", "list", "map", "ip", "keepalived", "vmac_map", check=False)
    return dict(re.findall(r'"([^"]+)" : "([^"]+)"', text))


def test_a_vmac_made_anew_is_where_the_firewall_expects_it(lab, ours):
    node, daemon = master(lab, ours, "    no_accept\n")
    assert vmac_map(node) == {"vrrp.51": "eth0"}
    node.ip("link del vrrp.51")
    daemon.wait_for_log(r"\(VI_1\) Entering FAULT STATE", 5)
    daemon.wait_for_log(r"\(VI_1\) Entering MASTER STATE", 8, 2)
    assert vmac_map(node) == {"vrrp.51": "eth0"}
    eventually(lambda: VIP in node.run("nft", "list", "set", "ip", "keepalived", "vips"), 3, daemon.log)


def test_reports_of_every_vmac_leave_from_its_parent(lab, ours):
    """Also of those which send adverts over the parent, and of those which carry single addresses."""
    second = instance("VI_2", 52, 200, ("10.0.0.102/24", "10.0.1.102/24 dev eth1"), advert_int=0.1,
                      extra=QUICK + "    vmac_xmit_base\n    use_vmac_addr\n")
    node, _ = master(lab, ours, blocks=(second,))
    assert vmac_map(node) == {"vrrp.51": "eth0", "vrrp.52": "eth0", "vrrp1.52": "eth1"}


def test_what_was_changed_in_the_namespace_is_put_back_even_after_a_crash(lab, ours):
    def filters(node):
        return [node.run("cat", f"/proc/sys/net/ipv4/conf/{name}/rp_filter").strip() for name in ("all", "default")]
    node, daemon = master(lab, ours, prepare=lambda node: node.namespace.sysctl(net__ipv4__conf__all__rp_filter=1))
    assert filters(node) == ["0", "1"]
    assert daemon.logged(r"NOTICE: setting sysctl net\.ipv4\.conf\.all\.rp_filter from 1 to 0")
    os.kill(daemon.vrrp_pid(), signal.SIGKILL)
    eventually(lambda: daemon.vrrp_pid() and daemon.count("Starting VRRP child") == 2, 5, daemon.log)
    assert daemon.stop() == 0
    assert filters(node) == ["1", "0"]
    assert daemon.logged(r"NOTICE: resetting sysctl net\.ipv4\.conf\.all\.rp_filter to 1")


def test_with_allow_if_changes_instances_that_meet_on_a_segment_take_turns(lab, ours):
    """A macvlan over the first instance's interface: FAULT; made anew over another one: it works."""
    node = lab.node("a", "lan", "other")
    node.ip("link add mv0 link eth0 type macvlan")
    node.ip("address add 10.0.0.51/24 dev mv0")
    node.ip("link set mv0 up")
    quick = "    version 3\n    garp_master_delay 0\n"
    blocks = [instance("VI_1", 51, 200, (VIP,), advert_int=0.1, extra=quick),
              instance("VI_2", 51, 200, ("10.0.0.102",), interface="mv0", advert_int=0.1, extra=quick)]
    daemon = node.keepalived(keepalived_conf(*blocks, globals="    dynamic_interfaces allow_if_changes"), ours)
    eventually(lambda: node.holds(VIP), 8, daemon.log)
    assert daemon.logged(r"\(VI_2\): entering FAULT state \(duplicate VRID\)")
    assert not node.holds("10.0.0.102")
    node.ip("link del mv0")
    node.ip("link add mv0 link eth1 type macvlan")
    node.ip("address add 10.0.0.51/24 dev mv0")
    node.ip("link set mv0 up")
    eventually(lambda: node.holds("10.0.0.102"), 8, daemon.log)
    assert daemon.transitions("VI_1") == ["BACKUP", "MASTER"]
