"""The guest has IPVS and every capability: proved with Debian's ipvsadm and keepalived, the tools our tests of the balancer lean on."""
import subprocess

from lab import DEBIAN, Lab, eventually
from lab.daemon import BUILD, PEERS

MODULES = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "dummy"]

SERVICE = """
virtual_server 10.0.0.1 80 {
    lb_algo wrr
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.2 8080 {
        weight 3
    }
}
"""


def ipvsadm(node, *arguments):
    return node.run(PEERS / "enter", "ipvsadm", *arguments)


def test_a_service_added_by_hand_is_listed():
    with Lab() as lab:
        node = lab.node("director")
        ipvsadm(node, "-A", "-t", "10.0.0.1:80", "-s", "rr")
        ipvsadm(node, "-a", "-t", "10.0.0.1:80", "-r", "10.0.0.2:8080", "-m", "-w", "5")
        listed = ipvsadm(node, "-S", "-n").split("\n")
        assert listed[0].split() == "-A -t 10.0.0.1:80 -s rr".split()
        assert listed[1].split() == "-a -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 5".split()


def test_the_reference_fills_the_table():
    with Lab() as lab:
        node = lab.node("director")
        daemon = node.keepalived(SERVICE, DEBIAN)
        eventually(lambda: "10.0.0.2:8080" in ipvsadm(node, "-S", "-n"), 20, daemon.log, every=0.2)
        assert daemon.stop() == 0
        assert ipvsadm(node, "-S", "-n") == ""


def test_other_modules_are_there():
    with Lab() as lab:
        node = lab.node("box")
        node.ip("link add d0 type dummy")
        assert "d0" in subprocess.run(node.command("ip", "-br", "link"), capture_output=True, text=True, check=True).stdout


def test_limits_of_real_time_are_lifted_and_set_again_by_who_may():
    """On the host CAP_SYS_RESOURCE may be missing; then another way is taken there."""
    ran = subprocess.run([BUILD / "tests" / "unit_process", "*real-time*"], capture_output=True, text=True)
    assert ran.returncode == 0 and "not checked" not in ran.stdout, ran.stdout
