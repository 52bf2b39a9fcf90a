"""Boxes and switches."""
import atexit
import contextlib
import itertools
import ipaddress
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from . import namespace as namespaces
from .capture import Capture
from .daemon import OURS, Daemon, is_alive
from .events import AddressEvents
from .namespace import Namespace, run
from .probe import Probe

PREFIX = os.environ.get("KEEPALIVED_LAB_PREFIX", "kalab")
_numbers = itertools.count(1)


def privileged():
    """None, or the reason why namespaces cannot be made here."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    for tool in ("ip", "nsenter"):
        if not shutil.which(tool):
            return f"needs {tool}"
    probe = f"{PREFIX}-{os.getpid()}-probe"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
        return "cannot make network namespaces here"
    subprocess.run(["ip", "netns", "delete", probe], capture_output=True)
    return None


def sweep(mine=False):
    """Remove what labs of dead processes have left behind; at the end of this process also its own (an interrupt may come
    while a lab is being built)."""
    def is_left(name):
        match = re.fullmatch(rf"{PREFIX}-(\d+)-.*", name)
        return match and (int(match[1]) == os.getpid() if mine else not is_alive(int(match[1])))
    for name in filter(is_left, os.listdir(namespaces.FOLDER) if os.path.isdir(namespaces.FOLDER) else ()):
        for pid in run("ip", "netns", "pids", name, check=False).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        run("ip", "netns", "delete", name, check=False)
    for name in filter(is_left, os.listdir(tempfile.gettempdir())):
        shutil.rmtree(pathlib.Path(tempfile.gettempdir()) / name, ignore_errors=True)


atexit.register(sweep, mine=True)


class Lab:
    """A switch namespace with one bridge a network, and a namespace for each box."""

    def __init__(self, keep=False, folder=None, stem=None):
        sweep()
        self._stem = stem or f"{PREFIX}-{os.getpid()}-{next(_numbers)}"
        self.keep = keep
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix=f"{self._stem}-"))
        self.folder.chmod(0o755)
        self.nodes, self.networks = {}, []
        self._captures = []
        self.switch = Namespace(f"{self._stem}-switch")
        self.switch.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1)
        self._ports = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.keep:
            self.close()

    def network(self, name):
        """A switch without spanning tree and snooping: every multicast goes everywhere at once."""
        if name not in self.networks:
            self.switch.ip(f"link add {name} type bridge stp_state 0 mcast_snooping 0 forward_delay 0", f"link set {name} up")
            self.networks.append(name)
        return name

    def node(self, name, *attachments, number=None):
        """The box of that name; made at first. attachments: networks, one interface each (default: one called lan).

        Box number n has eth0 with 10.0.0.n/24, fd00::n/64 and MAC 02:00:00:00:00:nn; eth1 10.0.1.n and so on."""
        if name in self.nodes:
            return self.nodes[name]
        number = number or len(self.nodes) + 1
        node = Node(self, name, Namespace(f"{self._stem}-{name}"), number)
        self.nodes[name] = node
        for network in attachments or ("lan",):
            node.attach(network)
        return node

    def capture(self):
        """Every frame once, where it enters a switch."""
        capture = Capture(self.switch, entering="port")
        self._captures.append(capture)
        return capture

    def close(self):
        for capture in self._captures:
            capture.close()
        for node in self.nodes.values():
            node.close()
        self.switch.delete()
        shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        """All logs, for the report of a failed test."""
        return "\n".join(f"--- {path.relative_to(self.folder)}\n{path.read_text(errors='replace')}"
                         for path in sorted(self.folder.rglob("*.log")))

    def _port(self):
        self._ports += 1
        return f"port{self._ports}"


class Node:
    """One box: a namespace with interfaces eth0, eth1 … and the daemons on it."""

    def __init__(self, lab, name, namespace, number):
        self.lab, self.name, self.namespace, self.number = lab, name, namespace, number
        self.folder = lab.folder / name
        self.folder.mkdir()
        self.interfaces, self.ports, self.daemons, self._processes, self._captures = [], [], [], [], []
        namespace.sysctl(net__ipv6__conf__all__accept_dad=0, net__ipv6__conf__default__accept_dad=0)
        namespace.ip("link set lo up")
        self.run, self.ip, self.command = namespace.run, namespace.ip, namespace.command

    def attach(self, network):
        index = len(self.interfaces)
        device, port = f"eth{index}", self.lab._port()
        self.lab.network(network)
        high, low = divmod(self.number, 256)
        run("ip", "link", "add", device, "address", f"02:00:00:{index:02x}:{high:02x}:{low:02x}", "netns", self.namespace.name,
            "type", "veth", "peer", "name", port, "netns", self.lab.switch.name)
        self.lab.switch.ip(f"link set {port} master {network} up")
        self.ip(f"address add 10.0.{index}.{self.number}/24 dev {device}",
                f"address add fd00:{index}::{self.number:x}/64 dev {device} nodad", f"link set {device} up")
        self.interfaces.append(device)
        self.ports.append(port)
        return device

    @property
    def address(self):
        return f"10.0.0.{self.number}"

    def link_local(self, device="eth0"):
        return next(one["local"] for one in self._address_info(device) if one["local"].startswith("fe80"))

    def port(self, device="eth0"):
        return self.ports[self.interfaces.index(device)]

    # Daemons and other programs

    def keepalived(self, configuration, flavour=OURS, options=(), name="keepalived"):
        daemon = Daemon(self, flavour, configuration, self.folder / name, options, name)
        self.daemons.append(daemon)
        return daemon

    def popen(self, *arguments, log=None, **options):
        """Any program on this box, ended with it."""
        output = open(self.folder / log, "ab") if log else subprocess.DEVNULL
        process = subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=options.pop("stdout", output),
                                   stderr=options.pop("stderr", output), start_new_session=True, **options)
        self._processes.append(process)
        return process

    # What the kernel of this box holds

    def _address_info(self, device=None):
        links = json.loads(run("ip", "-n", self.namespace.name, "-j", "address", "show", *(["dev", device] if device else [])) or "[]")
        return [dict(info, dev=link["ifname"]) for link in links for info in link.get("addr_info", [])]

    def addresses(self, device=None):
        """{'10.0.0.1/24', 'fd00::1/64', …}"""
        return {f"{info['local']}/{info['prefixlen']}" for info in self._address_info(device)}

    def holds(self, address):
        """Read from /proc: a look costs no process."""
        wanted = ipaddress.ip_address(address.split("/")[0])
        if wanted.version == 6:
            return wanted.packed.hex() in self.namespace.read("if_inet6")
        return re.search(rf"-- {re.escape(str(wanted))}\n\s+/32 host LOCAL", self.namespace.read("fib_trie")) is not None

    # Cables and power

    def unplug(self, device="eth0"):
        """The cable is cut: both ends lose their carrier."""
        self.lab.switch.ip(f"link set {self.port(device)} down")

    def plug(self, device="eth0"):
        self.lab.switch.ip(f"link set {self.port(device)} up")

    def isolate(self, device="eth0"):
        """Frames are lost, but the link stays up (a switch in between fails)."""
        self.lab.switch.ip(f"link set {self.port(device)} nomaster")

    def join(self, network="lan", device="eth0"):
        self.lab.switch.ip(f"link set {self.port(device)} master {network}")

    def power_off(self):
        """The box is gone, with all that ran on it and all it had in its kernel."""
        for port in self.ports:
            self.lab.switch.ip(f"link set {port} down")
        for daemon in self.daemons:
            if daemon.is_running():
                daemon.kill()
        for device in self.interfaces:
            self.ip(f"address flush dev {device}", check=False)

    def power_on(self):
        """The box as it was made, with nothing running."""
        for index, device in enumerate(self.interfaces):
            self.ip(f"address replace 10.0.{index}.{self.number}/24 dev {device}",
                    f"address replace fd00:{index}::{self.number:x}/64 dev {device} nodad", f"link set {device} up")
        for port in self.ports:
            self.lab.switch.ip(f"link set {port} up")

    def capture(self, device="eth0"):
        capture = Capture(self.namespace, device)
        self._captures.append(capture)
        return capture

    def address_events(self):
        events = AddressEvents(self.namespace)
        self._captures.append(events)
        return events

    def probe(self, target):
        """Pings from this box, started."""
        probe = Probe(self.namespace, target, next(_numbers))
        self._captures.append(probe)
        probe.start()
        return probe

    def send(self, frame, device="eth0"):
        """One raw frame out of an interface."""
        import socket
        with self.namespace.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as raw:
            raw.bind((device, 0))
            raw.send(frame)

    def close(self):
        for capture in self._captures:
            capture.close()
        for daemon in self.daemons:
            if daemon.is_running():
                daemon.kill()
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        # Whatever a daemon has left behind in this namespace is ours too.
        for pid in self.namespace.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.namespace.delete()
