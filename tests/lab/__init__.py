"""A laboratory of network namespaces: boxes on virtual switches, daemons on them, captures between them.

    with Lab() as lab:
        a, b = lab.node("a"), lab.node("b")
        daemon = a.keepalived(vrrp(priority=150))
        eventually(lambda: a.holds("10.0.0.100"))

Nothing outside the namespaces made here is touched; everything made is removed when the lab closes, also after a failure.
Needs root, iproute2 and nsenter.
"""
from .balancing import BalancingTable
from .capture import Capture
from .daemon import Daemon, Flavour, OURS, DEBIAN
from .eventually import eventually, never
from .lab import Lab, Node, privileged
from .events import AddressEvents
from .probe import Probe
from .requests import Requests
from .configuration import instance, keepalived_conf

__all__ = ["AddressEvents", "BalancingTable", "Capture", "Daemon", "DEBIAN", "Flavour", "Lab", "Node", "OURS", "Probe", "Requests",
           "eventually", "instance", "keepalived_conf", "never", "privileged"]
