"""lvs_sync_daemon bound to a virtual router: it sends while that router is master, receives otherwise, and goes with it."""
import re

import pytest

from lab import Lab, OURS, eventually, instance, keepalived_conf
from lab.daemon import PEERS

MODULES = ["ip_vs", "dummy"]
VIP = "10.0.0.100"


def conf(more="", priority=200, sync="eth0 inst VI_1"):
    return keepalived_conf(instance(priority=priority, advert_int=0.2, extra="    version 3\n    garp_master_delay 0" + more),
                           globals=f"    lvs_sync_daemon {sync}" if sync else "")


@pytest.fixture
def box():
    if OURS.available():
        pytest.skip(OURS.available())
    with Lab() as lab:
        node = lab.node("a")
        yield node
        print(lab.logs())


def daemons(node):
    """{'master': ('eth0', 51), …} as ipvsadm lists them."""
    listed = node.run(PEERS / "enter", "ipvsadm", "-L", "--daemon", "-n", check=False)
    return {role: (device, int(number)) for role, device, number in
            re.findall(r"(master|backup) sync daemon \(mcast=(\w+), syncid=(\d+)", listed)}


def becomes(node, daemon, wanted, within=20):
    eventually(lambda: daemons(node) == wanted, within, lambda: f"{daemons(node)} is not {wanted}\n{daemon.log()}", every=0.1)


def test_it_follows_its_router_through_states_reload_crash_and_stop(box):
    daemon = box.keepalived(conf("\n    preempt_delay 0", priority=200))
    becomes(box, daemon, {"master": ("eth0", 51)})
    assert daemon.logged(r"Entering BACKUP STATE \(init\)")

    box.unplug()
    daemon.wait_for_log("Entering FAULT STATE", 20)
    becomes(box, daemon, {"backup": ("eth0", 51)})
    box.plug()
    becomes(box, daemon, {"master": ("eth0", 51)})

    daemon.reload(conf(sync="eth0 inst VI_1 id 34"), within=30)
    becomes(box, daemon, {"master": ("eth0", 34)})
    daemon.reload(conf(sync="eth0 inst VI_1 id 34", more="\n    garp_master_repeat 2"), within=30)
    assert daemons(box) == {"master": ("eth0", 34)}
    assert not daemon.logged("IP_VS_SO_SET"), daemon.log()

    import os, signal
    os.kill(daemon.vrrp_pid(), signal.SIGKILL)
    daemon.wait_for_log("Respawning", 10)
    eventually(lambda: daemon.vrrp_pid() and daemon.count("Starting VRRP child") == 2, 20, daemon.log)
    assert daemons(box) == {"master": ("eth0", 34)}

    daemon.reload(conf(sync=""), within=30)
    becomes(box, daemon, {})
    daemon.reload(conf(sync="eth0 VI_1 7"), within=30)
    becomes(box, daemon, {"master": ("eth0", 7)})
    assert daemon.stop(20) == 0
    assert daemons(box) == {}


def test_a_backup_only_receives(box):
    daemon = box.keepalived(conf(priority=10, more="\n    nopreempt\n    down_timer_adverts 100"))
    becomes(box, daemon, {"backup": ("eth0", 51)})
    assert daemon.stop(20) == 0


def test_a_router_that_does_not_exist_is_named(box):
    daemon = box.keepalived(conf(sync="eth0 inst NOBODY"))
    eventually(lambda: box.holds(VIP), 20, daemon.log)
    assert daemon.logged(r"lvs_sync_daemon: there is no vrrp_instance NOBODY - not started")
    assert daemons(box) == {}
