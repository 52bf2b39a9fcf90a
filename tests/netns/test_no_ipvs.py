"""A kernel without ip_vs: one message that names the module; nothing is checked and nothing told as if it were served; VRRP
goes on."""
import pathlib

import pytest
from lab import OURS, Flavour, Lab, eventually, instance
from lab.balancer import Checked, Fifo, real_server, virtual_server
from lab.lab import privileged

pytestmark = [
    pytest.mark.skipif(privileged() is not None, reason=privileged() or ""),
    pytest.mark.skipif(pathlib.Path("/proc/net/ip_vs").exists(), reason="this kernel has ip_vs"),
]

BALANCED = virtual_server("10.0.0.1 80", real_server("192.168.1.1", 80))


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


def test_nothing_is_checked_or_told_while_nothing_can_be_served():
    with Lab() as lab:
        node = lab.node("director")
        checked, fifo = Checked(node.folder / "checks"), Fifo(node.folder / "fifo")
        checked.set(1, 0)
        ran = node.folder / "checks" / "ran"
        script = node.folder / "checks" / "noting"
        script.write_text(f"#!/bin/sh\necho >>{ran}\n")
        script.chmod(0o755)
        told = f'quorum_up "{checked.note} up"'
        head = f"global_defs {{\n script_user root\n enable_script_security\n lvs_notify_fifo {fifo.path}\n}}\n"
        check = f"MISC_CHECK {{\n misc_path {script}\n delay_loop 1\n warmup 0\n}}"
        daemon = node.keepalived(head + instance(priority=150) + virtual_server("10.0.0.1 80", real_server("192.168.1.1", 80, check), more=told))
        # Becoming master takes longer than a check's first second.
        eventually(lambda: daemon.transitions()[-1:] == ["MASTER"], 15, daemon.log)
        daemon.reload()
        assert daemon.count("load the module ip_vs") == 2  # each generation tries again, and says so
        assert not daemon.logged("Gained quorum|Activating healthchecker"), daemon.log()
        assert daemon.stop() == 0
        assert not daemon.logged("Shutting down service"), daemon.log()
        assert (fifo.lines(), checked.notes(), ran.exists()) == ([], [], False)


# A private /usr/sbin: the real one's programs by links, and another modprobe among them.
INSIDE = """
mount --bind /usr/sbin {here}/real && ln -s {here}/real/* {here}/sbin/ && ln -sf {here}/modprobe {here}/sbin/modprobe &&
mount --bind {here}/sbin /usr/sbin && exec "$@"
"""


def test_a_modprobe_that_hangs_does_not_hold_up_vrrp():
    with Lab() as lab:
        node = lab.node("director")
        for name in ("real", "sbin"):
            (node.folder / name).mkdir()
        hanging = node.folder / "modprobe"
        hanging.write_text("#!/bin/sh\nexec sleep 600\n")
        hanging.chmod(0o755)
        inside = Flavour("ours", ["unshare", "--mount", "sh", "-c", INSIDE.format(here=node.folder), "sh", *OURS.command], OURS.available)
        daemon = node.keepalived(instance(priority=150) + BALANCED, inside)
        daemon.wait_for_log(r"modprobe ip_vs has not ended after 5 s", 15)
        eventually(lambda: daemon.transitions()[-1:] == ["MASTER"], 15, daemon.log)
        assert daemon.stop() == 0
