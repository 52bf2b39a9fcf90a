"""Real traffic through real servers: NAT, DR and TUN, IPv4 and IPv6, TCP and UDP, marks and persistence; and none of a
thousand connections is lost at a reload or a crash of the checker.

    client ── lan ──┬── director ──┬── inside ── three servers
                    └── router ────┘   (the way back of what is not NAT)
"""
import collections
import os
import re
import resource
import selectors
import signal
import socket
import threading
import time

import pytest
from lab import Lab, eventually
from lab import servers as real
from lab.balancer import becomes, checker_of, ipvsadm, new_checker, real_server, table, virtual_server

MODULES = ["ip_vs", "ip_vs_rr", "ip_vs_wlc", "nf_conntrack", "ipip", "ip6_tunnel", "ip_tables", "iptable_mangle", "xt_mark", "xt_multiport",
           "xt_tcpudp"]
MEMORY = "700M"

pytestmark = pytest.mark.skipif(real.unavailable() is not None, reason=real.unavailable() or "")

NUMBERS = (11, 12, 13)
NAMES = [f"server{number}" for number in NUMBERS]
NAT, DR, TUN = "10.9.0.100", "10.9.0.101", "10.9.0.102"
NAT6, DR6, TUN6 = "fd09::100", "fd09::101", "fd09::102"


class Site:
    def __init__(self, lab):
        self.client, self.director = lab.node("client", number=9), lab.node("director", "lan", "inside", number=1)
        self.router = lab.node("router", "lan", "inside", number=2)
        self.servers = [lab.node(name, "inside", number=number) for name, number in zip(NAMES, NUMBERS)]
        self.client.ip("address flush dev eth0 scope global", "address add 10.9.0.9/24 dev eth0", "address add fd09::9/64 dev eth0 nodad")
        for box in (self.director, self.router):
            n = box.number
            box.ip("address flush dev eth0 scope global", "address flush dev eth1 scope global", f"address add 10.9.0.{n}/24 dev eth0", f"address add 10.0.0.{n}/24 dev eth1",
                   f"address add fd09::{n}/64 dev eth0 nodad", f"address add fd77::{n}/64 dev eth1 nodad")
            box.namespace.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1, net__ipv4__conf__all__rp_filter=0)
        self.director.ip(*(f"address add {vip}/32 dev eth0" for vip in (NAT, DR, TUN)),
                         *(f"address add {vip}/128 dev eth0 nodad" for vip in (NAT6, DR6, TUN6)))
        for box in self.servers:
            box.namespace.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__default__rp_filter=0, net__ipv4__conf__tunl0__rp_filter=0)
            box.ip(f"address add fd77::{box.number}/64 dev eth0 nodad", "route add default via 10.0.0.1", "route add default via fd77::1",
                   f"address add {DR}/32 dev lo", f"address add {DR6}/128 dev lo", "link set tunl0 up", f"address add {TUN}/32 dev tunl0",
                   "link set ip6tnl0 up", f"address add {TUN6}/128 dev ip6tnl0 nodad",
                   *(f"rule add from {vip} table 100" for vip in (DR, TUN)),
                   "route add default via 10.0.0.2 table 100", "route add default via fd77::2 table 100")
            for vip in (DR6, TUN6):
                box.run("ip", "-6", "rule", "add", "from", vip, "table", "100")
            real.nginx(box)
            real.dnsmasq(box)
            box.echo = real.Echo(box)

    def balance(self, *blocks):
        return self.director.keepalived("".join(blocks), name=f"daemon{len(self.director.daemons)}")


@pytest.fixture(scope="module")
def site():
    with Lab() as lab:
        yield Site(lab)


@pytest.fixture
def director(site):
    yield site.director
    for daemon in site.director.daemons:
        if daemon.is_running():
            daemon.kill()
    ipvsadm(site.director, "-C")


def service(vip, method, protocol="TCP", port=80, real_port=None, more="", check="TCP_CHECK"):
    prefix = "fd77::" if ":" in vip else "10.0.0."
    return virtual_server(f"{vip} {port}", *(real_server(f"{prefix}{n}", real_port or port,
                                                         f"{check} {{\n connect_timeout 2\n warmup 0\n delay_loop 5\n}}" if check else "")
                                             for n in NUMBERS), more=more, protocol=protocol, method=method)


def destinations(director):
    return sum(1 for line in table(director) if line.startswith("-a"))


METHODS = [("NAT", NAT, NAT6), ("DR", DR, DR6), ("TUN", TUN, TUN6)]


@pytest.mark.parametrize("method, vip, vip6", METHODS, ids=[one[0] for one in METHODS])
def test_requests_are_spread_over_all_three(site, director, method, vip, vip6):
    site.balance(service(vip, method), service(vip6, method), service(vip, method, "UDP", 53, check=None))
    eventually(lambda: destinations(director) == 9, 10)
    for address in (vip, vip6):
        assert collections.Counter(real.get(site.client, address) for _ in range(9)) == dict.fromkeys(NAMES, 3), address
    assert collections.Counter(real.ask_txt(site.client, vip) for _ in range(9)) == dict.fromkeys(NAMES, 3)


def test_nat_translates_the_port(site, director):
    site.balance(service(NAT, "NAT", port=8000, real_port=8080))
    eventually(lambda: destinations(director) == 3, 10)
    assert collections.Counter(real.get(site.client, NAT, 8000) for _ in range(6)) == dict.fromkeys(NAMES, 2)


def test_a_persistent_client_stays_with_its_server(site, director):
    site.balance(service(NAT, "NAT", more="persistence_timeout 60"))
    eventually(lambda: destinations(director) == 3, 10)
    assert len({real.get(site.client, NAT) for _ in range(6)}) == 1


def test_a_mark_joins_two_ports_into_one_sticky_service(site, director):
    os.environ["XTABLES_LIBDIR"] = str(real.ROOT / "usr/lib/x86_64-linux-gnu/xtables")
    rule = ["-p", "tcp", "-d", NAT, "-m", "multiport", "--dports", "80,8080", "-j", "MARK", "--set-mark", "7"]
    mangle = [real.PEERS / "enter", "iptables-legacy", "-t", "mangle"]
    director.run(*mangle, "-A", "PREROUTING", *rule)
    try:
        site.balance(virtual_server("fwmark 7", *(real_server(f"10.0.0.{n}", 0) for n in NUMBERS), more="persistence_timeout 60"))
        eventually(lambda: destinations(director) == 3, 10)
        assert len({real.get(site.client, NAT, port) for port in (80, 8080, 80, 8080)}) == 1
    finally:
        director.run(*mangle, "-D", "PREROUTING", *rule)


def test_every_kind_of_check_sees_a_real_server_live_and_die(site, director):
    """One server, all checks; each of its programs dies and comes back in turn."""
    box = site.servers[0]
    pair = real.certificate(box.folder)
    started = {"smtp": real.smtp(box), "tls": real.s_server(box, pair)}
    common = "connect_timeout 2\n warmup 0\n delay_loop 1\n retry 0\n"
    kinds = {"HTTP_GET": (80, "url {\n path /\n status_code 200\n regex ^server11$\n}"), "SSL_GET": (443, "url {\n path /\n status_code 200\n}"),
             "SMTP_CHECK": (25, ""), "DNS_CHECK": (53, "type TXT\n name who.test"), "PING_CHECK": (7, ""), "UDP_CHECK": (7777, "require_reply"),
             "TCP_CHECK": (7777, "")}
    daemon = site.balance(*(virtual_server(f"10.9.0.1 {port + 20000 + n}", real_server(box.address, port, f"alpha\n{kind} {{\n {common}{more}\n}}"))
                            for n, (kind, (port, more)) in enumerate(kinds.items())))
    whole = len(kinds)
    eventually(lambda: destinations(director) == whole, 15, lambda: "\n".join([*table(director), daemon.log()]))
    for name, again in (("smtp", lambda: real.smtp(box)), ("tls", lambda: real.s_server(box, pair))):
        started[name].kill()
        started[name].wait()
        eventually(lambda: destinations(director) == whole - 1, 15, daemon.log)
        again()
        eventually(lambda: destinations(director) == whole, 15, daemon.log)
    box.isolate()
    eventually(lambda: destinations(director) == 0, 20, lambda: "\n".join([*table(director), daemon.log()]))
    box.join("inside")
    eventually(lambda: destinations(director) == whole, 20, lambda: "\n".join([*table(director), daemon.log()]))


# ------------------------------------------------------------------------------------------------ nothing is lost

CONNECTIONS = 1000


class Crowd:
    """Established connections through the balancer, and a stream of datagrams beside them."""

    def __init__(self, client, address):
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
        self.sockets, self.lost = [], []
        with client.namespace.entered():
            for _ in range(CONNECTIONS):
                one = socket.create_connection((address, 7777), timeout=10)
                self.sockets.append(one)
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.connect((address, 7777))
        self._udp.settimeout(2)
        self.sent = self.answered = 0
        self._going = True
        self._thread = threading.Thread(target=self._stream, daemon=True)
        self._thread.start()

    def _stream(self):
        while self._going:
            self.sent += 1
            self._udp.send(b"%d" % self.sent)
            try:
                self._udp.recv(2048)
                self.answered += 1
            except OSError as problem:
                self.lost.append(problem)
            time.sleep(0.005)

    def all_answer(self):
        """Every connection carries a message there and back."""
        waiting = selectors.DefaultSelector()
        for one in self.sockets:
            one.sendall(b"x")
            waiting.register(one, selectors.EVENT_READ)
        open_, deadline = len(self.sockets), time.monotonic() + 30
        while open_ and time.monotonic() < deadline:
            for key, _ in waiting.select(1):
                assert key.fileobj.recv(100).endswith(b" x")
                waiting.unregister(key.fileobj)
                open_ -= 1
        assert open_ == 0, f"{open_} of {len(self.sockets)} connections give no answer"

    def end(self):
        self._going = False
        self._thread.join()
        for one in (*self.sockets, self._udp):
            one.close()


class Watch:
    """Looks at the kernel's table all the time: the smallest number of destinations ever seen."""

    def __init__(self, node):
        self._node, self.fewest, self.looks, self._going = node, 99, 0, True
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        with self._node.namespace.entered():
            while self._going:
                with open("/proc/thread-self/net/ip_vs") as file:
                    self.fewest = min(self.fewest, len(re.findall(r"^ +-> [0-9A-F]{8}:", file.read(), re.M)))
                self.looks += 1
                time.sleep(0.002)

    def end(self):
        self._going = False
        self._thread.join()


def crowded(weight=1, more=""):
    """Two services with three servers each; the checks hold the servers all the time."""
    servers = [real_server(f"10.0.0.{n}", 7777, f"weight {weight if n == 11 else 1}\nTCP_CHECK {{\n connect_timeout 2\n warmup 1\n delay_loop 1\n}}")
               for n in NUMBERS]
    return virtual_server(f"{NAT} 7777", *servers) + virtual_server(f"{NAT} 7777", *servers, protocol="UDP") + more


def test_a_thousand_connections_survive_reloads_and_crashes(site, director):
    daemon = site.balance(crowded())
    eventually(lambda: destinations(director) == 6, 10)
    crowd, watch = Crowd(site.client, NAT), Watch(director)
    try:
        crowd.all_answer()
        daemon.reload(crowded(5))
        assert any("-r 10.0.0.11:7777 -m -w 5" in line for line in table(director))
        crowd.all_answer()
        daemon.reload()
        daemon.reload(crowded(5, virtual_server(f"{NAT} 7", real_server("10.0.0.11", 7))))
        eventually(lambda: destinations(director) == 7, 5)
        crowd.all_answer()
        # All of it at once: a reload while the checker is killed. It may be refused then, and is asked for again.
        before = checker_of(daemon)
        daemon.write(crowded(2))
        daemon.signal(signal.SIGHUP)
        os.kill(before, signal.SIGKILL)
        new_checker(daemon, before)
        crowd.all_answer()
        daemon.reload()
        eventually(lambda: any("-r 10.0.0.11:7777 -m -w 2" in line for line in table(director)), 20, daemon.log)
        crowd.all_answer()
    finally:
        watch.end()
        crowd.end()
    assert (crowd.lost, crowd.answered) == ([], crowd.sent)
    assert crowd.sent > 100 and watch.looks > 500
    assert watch.fewest == 6, f"{watch.fewest} destinations at one moment of {watch.looks}"
