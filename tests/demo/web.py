#!/usr/bin/python3
"""The second act: three web servers behind the shared address, balanced by IPVS, and what happens to them.

Runs where IPVS is: on this machine, or in a guest (stage.py). Tells what happens as lines of JSON on standard output:
{"states": [["web-1", "in"], …], "answers": true}, {"row": {…}}, {"up": {…}} (with --keep) and, last, {"end": true}.
"""
import argparse
import json
import os
import pathlib
import re
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import DEBIAN, OURS, BalancingTable, Lab, Requests, eventually  # noqa: E402
from lab.daemon import children_of  # noqa: E402

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "conf" / "samples"
SERVER = pathlib.Path(__file__).resolve().parent / "web_server.py"
VIP, INSIDE = "10.0.0.100", "10.0.1.100"
SETTLED = 0.7  # seconds of good answers after which an event counts as over
CHECKED_AGAIN = 1.3  # a bit more than the interval of the checks (delay_loop)


class WebScene:
    """Two balancers, three servers behind them, a client which asks for the page all the time."""

    def __init__(self, flavour, keep=False):
        self.flavour = flavour
        self.lab = Lab(keep=keep, stem=f"web-{os.getpid()}-{flavour.name}" if keep else None)
        self.client = self.lab.node("client", number=9)
        self.servers = [self._server(number) for number in (1, 2, 3)]
        self.a, self.b = (self.lab.node(f"router-{letter}", "lan", "inside", number=number) for number, letter in ((1, "a"), (2, "b")))
        for node in (self.a, self.b):
            node.namespace.sysctl(net__ipv4__ip_forward=1)
            node.keepalived((SAMPLES / f"web-{node.name[-1]}.conf").read_text(), flavour)
        self.table = BalancingTable(self.a.namespace)
        self.requests = Requests(self.client.namespace, VIP)
        self.running = {}
        for server in self.servers:
            self.switch_on(server)

    def close(self):
        self.requests.stop()
        self.table.close()
        if not self.lab.keep:
            self.lab.close()

    def _server(self, number):
        node = self.lab.node(f"web-{number}", "inside", number=10 + number)
        node.ip("address flush dev eth0", f"address add {self.address_of(node)}/24 dev eth0", f"route add default via {INSIDE}")
        return node

    @staticmethod
    def address_of(server):
        return f"10.0.1.{server.number}"

    def switch_on(self, server):
        self.running[server] = server.popen(sys.executable, "-B", SERVER, server.name)

    def switch_off(self, server):
        self.running[server].kill()
        self.running[server].wait()

    # What can be seen at any moment

    def states(self):
        """[('web-1', 'in'), …]: who gets requests, who is out of the table, who is gone."""
        there = self.table.servers
        return [(node.name, "gone" if self.running[node].poll() is not None else "in" if self.address_of(node) in there else "out")
                for node in self.servers]

    def answers(self):
        return self.requests.all_answered_since(time.monotonic() - 0.3)

    def everybody(self):
        return frozenset(map(self.address_of, self.servers))

    def checker_pid(self):
        """The checker child which runs now; None between two."""
        daemon = self.a.daemons[-1]
        try:
            pid = int((daemon.folder / "checkers.pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if pid in children_of(daemon.pid) else None

    # The script

    def start(self):
        eventually(lambda: self.a.holds(VIP) and self.table.servers == self.everybody(), 30,
                   lambda: f"{self.flavour.name}: no service\n{self.lab.logs()}")
        self.requests.start()
        self.calm()

    def calm(self, seconds=SETTLED, within=10.0):
        """All requests of some time on end are answered."""
        begin = time.monotonic()
        eventually(lambda: time.monotonic() - begin >= seconds and self.requests.all_answered_since(time.monotonic() - seconds), within,
                   lambda: f"{self.flavour.name}: requests are lost\n{self.lab.logs()}")

    def play(self, title, happen, expect, calm=SETTLED):
        """happen() does it; expect(servers in the table) comes true; then calm. A row of the table."""
        begin, log, before = time.monotonic(), len(self.a.daemons[-1].log()), self.table.servers
        happen()
        eventually(lambda: expect(self.table.servers), 15, lambda: f"{self.flavour.name}: {title}\n{self.lab.logs()}")
        self.calm(calm)
        changes = self.table.since(begin)
        asked = self.requests.between(begin, time.monotonic())
        answered = {}
        for request in asked:
            if request.answer:
                answered[request.answer] = answered.get(request.answer, 0) + 1
        return {"event": title, "asked": len(asked), "lost": sum(not request.answer for request in asked),
                "after": round((changes[0].time - begin) * 1000) if changes else None,
                "servers": [node.name for node in self.servers if self.address_of(node) in self.table.servers],
                "answered": answered, "reason": self._reason(before, changes, self.a.daemons[-1].log()[log:])}

    def server_dies(self):
        victim = self.servers[1]
        return self.play("a web server is killed", lambda: self.switch_off(victim),
                         lambda servers: servers == self.everybody() - {self.address_of(victim)})

    def checker_dies(self):
        """While a server is down: what its predecessor knew of it is not forgotten."""
        before, victim = self.table.servers, self.checker_pid()

        def is_replaced(servers):
            return self.checker_pid() not in (None, victim) and servers == before
        return self.play("the checker child is killed", lambda: os.kill(victim, signal.SIGKILL), is_replaced, calm=CHECKED_AGAIN)

    def server_returns(self):
        return self.play("the server comes back", lambda: self.switch_on(self.servers[1]), lambda servers: servers == self.everybody())

    EVENTS = (server_dies, checker_dies, server_returns)

    # Why

    def _reason(self, before, changes, fresh):
        """What the log says of it, or what was seen in the table."""
        if not changes:
            return "a new child carried on, the table was not touched"
        after = changes[-1].servers
        strangers = {address for change in changes for address in change.servers} - before - after
        if strangers:
            names = " ".join(node.name for node in self.servers if self.address_of(node) in strangers)
            return f"dead {names} was in the table until a check failed"
        if after < before:
            check = re.search(r"(\w+_CHECK) on service \S+ failed", fresh)
            return f"taken out: {check[1]} failed" if check else "taken out"
        return "put back: its check succeeded" if before < after else "the table changed for a while"


class Teller:
    """Lines of JSON, each on its way at once: in a guest standard output is a file of the host."""

    def __init__(self, scene):
        self._scene, self._last = scene, None
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self):
        self._ending.set()
        self._thread.join()

    def tell(self, **what):
        with self._lock:
            sys.stdout.write(json.dumps(what) + "\n")
            sys.stdout.flush()
            try:
                os.fsync(sys.stdout.fileno())
            except OSError:
                pass  # a pipe

    def _work(self):
        while not self._ending.wait(0.1):
            seen = {"states": self._scene.states(), "answers": self._scene.answers()}
            if seen != self._last:
                self.tell(**seen)
            self._last = seen


def commands(scene):
    """What one may try in a lab that is left up, and what ends it."""
    daemon = scene.a.daemons[-1]
    names = [node.namespace.name for node in scene.lab.nodes.values()] + [scene.lab.switch.name]
    pids = [str(process.pid) for process in [*scene.running.values(), *(node.daemons[-1].process for node in (scene.a, scene.b))]]
    return {"play": [(f"ip netns exec {scene.client.namespace.name} curl -s http://{VIP}/", "who answers"),
                     (f"ip netns exec {scene.a.namespace.name} cat /proc/net/ip_vs", "the balancing table"),
                     (f"kill {scene.running[scene.servers[0]].pid}", "web-1"),
                     (f"tail {daemon.log_file}", ""),
                     (f"kill -HUP {daemon.pid}", f"after a change of {daemon.configuration_file}")],
            "end": f"kill {' '.join(pids)}; for n in {' '.join(names)}; do ip netns delete $n; done; rm -r {scene.lab.folder}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debian", action="store_true", help="with Debian's keepalived")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    scene = WebScene(DEBIAN if options.debian else OURS, options.keep)
    try:
        teller = Teller(scene)
        scene.start()
        for event in scene.EVENTS:
            teller.tell(row=event(scene))
        if options.keep:
            teller.tell(up=commands(scene))
        teller.close()
        teller.tell(end=True)
    except BaseException:
        scene.lab.keep = False
        raise
    finally:
        scene.close()


if __name__ == "__main__":
    main()
