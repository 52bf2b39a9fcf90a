"""FRR's vrrpd (version 3) on a box: a virtual router is a macvlan with the virtual MAC and a line of configuration."""
import signal

from .daemon import PEERS, TOP
from .eventually import eventually


def available():
    """None, or the reason why not."""
    return None if (TOP / "build/peers/root/usr/lib/frr/vrrpd").exists() else "FRR is not unpacked (tests/peers/fetch)"


class FrrRouter:
    """One virtual router of FRR on eth0 of a node, IPv4 or IPv6 by its address."""

    def __init__(self, node, vrid, priority, vip, interval_ms):
        self.node, self.folder = node, node.folder / "frr"
        self.folder.mkdir()
        family = 6 if ":" in vip else 4
        device = f"vrrp{family}-{vrid}"
        node.ip(f"link add {device} link eth0 type macvlan mode bridge",
                f"link set {device} address 00:00:5e:00:0{2 if family == 6 else 1}:{vrid:02x}",
                f"address add {vip} dev {device} {'nodad' if family == 6 else ''}", f"link set {device} up")
        keyword = "ipv6" if family == 6 else "ip"
        (self.folder / "frr.conf").write_text(
            f"hostname frr\nlog file {self.folder}/frr.log\ninterface eth0\n vrrp {vrid} version 3\n vrrp {vrid} priority {priority}\n"
            f" vrrp {vrid} advertisement-interval {interval_ms}\n vrrp {vrid} {keyword} {vip.split('/')[0]}\nexit\n")
        self.zebra = node.popen(PEERS / "frr", "zebra", self.folder, log="zebra.log")
        eventually((self.folder / "zserv.api").exists, 10, "zebra listens")
        self.vrrpd = node.popen(PEERS / "frr", "vrrpd", self.folder, log="vrrpd.log")

    def stop(self):
        self.vrrpd.send_signal(signal.SIGTERM)
        self.vrrpd.wait(10)
