"""A kernel without ip_vs: one message that names the module, and VRRP goes on."""
import pathlib

import pytest
from lab import Lab, eventually, instance
from lab.lab import privileged

BALANCED = """
virtual_server 10.0.0.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.168.1.1 80 {
    }
}
"""

pytestmark = [
    pytest.mark.skipif(privileged() is not None, reason=privileged() or ""),
    pytest.mark.skipif(pathlib.Path("/proc/net/ip_vs").exists(), reason="this kernel has ip_vs"),
]


def test_the_missing_module_is_named_once_and_vrrp_goes_on():
    with Lab() as lab:
        node = lab.node("director")
        daemon = node.keepalived(instance(priority=150) + BALANCED)
        daemon.wait_for_log(r"Can't initialize ipvs: .*ip_vs")
        eventually(lambda: daemon.transitions()[-1:] == ["MASTER"], 15, daemon.log)
        assert daemon.is_running()
        assert daemon.count("IPVS: ") == daemon.count("load the module ip_vs") == 1, daemon.log()
        assert not daemon.logged("died|Respawning"), daemon.log()
        assert daemon.stop() == 0
