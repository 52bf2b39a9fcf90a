"""The play: two routers and a client, and the six things that happen to them."""
import os
import pathlib
import re
import signal
import time

from lab import Lab, eventually
from lab.eventually import TimedOut
from lab.probe import Probe

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "conf" / "samples"
VIP, ADDED = "10.0.0.100", "10.0.0.101"
SETTLED = 1.3  # seconds of calm after which an event counts as over


class Row:
    """One line of the table."""

    def __init__(self, event, lost, silent, master, reason):
        self.event, self.lost, self.silent, self.master, self.reason = event, lost, silent, master, reason


class Scene:
    """One lab with routers of one make. play(event) makes something happen, waits until it is calm, returns a Row."""

    def __init__(self, flavour, mark, keep=False):
        self.flavour, self._left = flavour, False
        self.lab = Lab(keep=keep, stem=f"demo-{os.getpid()}-{flavour.name}" if keep else None)
        self.a, self.b = self.lab.node("router-a"), self.lab.node("router-b")
        self.client = self.lab.node("client", number=9)
        self.texts = {node: (SAMPLES / f"{node.name}.conf").read_text() for node in (self.a, self.b)}
        for node in (self.b, self.a):
            node.keepalived(self.texts[node], flavour)
        self.probe = Probe(self.client.namespace, VIP, mark)

    def close(self):
        self.probe.stop()
        if not self._left:
            self.lab.close()

    def leave(self):
        """The lab outlives the play, with a good file to begin with."""
        self._left = True
        for node in (self.a, self.b):
            node.daemons[-1].write(self.texts[node])

    # What can be seen at any moment

    def master(self):
        holders = [node for node in (self.a, self.b) if node.holds(VIP)]
        return holders[0] if len(holders) == 1 else None

    def states(self):
        """[('router-a', 'MASTER'), …]: who holds the address, who runs, who is gone."""
        return [(node.name, "MASTER" if node.holds(VIP) else "backup" if node.daemons[-1].is_running() else "gone")
                for node in (self.a, self.b)]

    def answers(self):
        return self.probe.is_answered_since(time.monotonic() - 0.1)

    # The script

    def start(self):
        eventually(lambda: self.a.holds(VIP), 12, lambda: f"{self.flavour.name}: no master\n{self.lab.logs()}")
        self.probe.start()
        eventually(lambda: self.probe.is_answered_since(0), 5, "the address answers the client")
        self.calm(0.5)

    def calm(self, seconds=SETTLED, within=8.0):
        """One master, answering, for some time on end; False if that does not come."""
        state = {"since": time.monotonic(), "who": self.master()}

        def quiet():
            now, who = time.monotonic(), self.master()
            answered = self.probe.is_answered_since(now - 0.2)
            if who is None or who is not state["who"] or not answered:
                state.update(since=now, who=who)
            return now - state["since"] >= seconds
        try:
            return eventually(quiet, within)
        except TimedOut:
            return False

    def play(self, title, happen, expect=None, settled=SETTLED, unmoved="no transition"):
        """happen() does it; expect() (if any) comes true; then calm. The reason is read from the logs."""
        marks = {node: len(node.daemons[-1].log()) for node in (self.a, self.b)}
        begin = time.monotonic()
        happen()
        if expect:
            eventually(expect, 15, lambda: f"{self.flavour.name}: {title}\n{self.lab.logs()}")
        self.calm(settled)
        lost, silent = self.probe.outage(begin, time.monotonic() - 0.1)
        fresh = {node: node.daemons[-1].log()[marks[node]:] for node in (self.a, self.b)}
        return Row(title, lost, silent, self.masters(), self._reason(fresh, self.master(), unmoved))

    def masters(self):
        """Who holds the address, in words."""
        return {0: "nobody", 1: "router-a", 2: "router-b", 3: "both"}[self.a.holds(VIP) + 2 * self.b.holds(VIP)]

    def kill_box(self):
        return self.play("the master's box dies", self.a.power_off, lambda: self.b.holds(VIP))

    def bring_back(self):
        def boot():
            self.a.power_on()
            self.a.daemons[-1].start()
        return self.play("the box comes back", boot, lambda: self.a.holds(VIP))

    def reload(self):
        def grow():
            for node in (self.b, self.a):
                self.texts[node] = self.texts[node].replace(f"{VIP}/24\n", f"{VIP}/24\n        {ADDED}/24\n")
                node.daemons[-1].write(self.texts[node])
                node.daemons[-1].signal(signal.SIGHUP)
        return self.play("reload with an added address", grow, lambda: self.a.holds(ADDED))

    def kill_child(self):
        victim = self.a.daemons[-1].vrrp_pid()
        return self.play("the VRRP child is killed", lambda: os.kill(victim, signal.SIGKILL),
                         lambda: self.a.daemons[-1].vrrp_pid() not in (None, victim),
                         unmoved="a new child carried on, no transition")

    def delete_address(self):
        seen = {}

        def delete():
            self.a.ip(f"address delete {VIP}/24 dev eth0")
            seen["at"] = time.monotonic()

        def back():
            return any(node.holds(VIP) for node in (self.a, self.b))
        return self.play("the address is deleted by hand", delete, back, unmoved="put back, no transition")

    def break_configuration(self):
        def wreck():
            daemon = self.a.daemons[-1]
            daemon.write(self.texts[self.a].replace("virtual_router_id 51", "virtual_router_id 551"))
            daemon.signal(signal.SIGHUP)
        # Long enough for a partner which hears nothing any more to take over.
        row = self.play("reload of a broken file", wreck, settled=4.2)
        if not self.a.daemons[-1].is_running():
            row.reason = "the daemon ended with " + _exit_words(self.a.daemons[-1].process.returncode)
        return row

    EVENTS = (kill_box, bring_back, reload, kill_child, delete_address, break_configuration)

    # Why

    def _reason(self, fresh, master, unmoved):
        """The sentence of the logs which explains the outcome best."""
        for node in (self.a, self.b):
            if "Reload refused" in fresh[node]:
                told = re.search(r"\.conf: (Line \d+)\) (.*)", fresh[node])
                return f"refused, {told[1].lower()}: {told[2][:60]}" if told else "refused"
        other = self.b if master is self.a else self.a
        mine = fresh.get(master, "")
        for text, pattern, words in (
            (mine, r"received lower priority \((\d+)\) advert", "preempted a lower priority ({0})"),
            (mine, r"Backup received priority 0", f"{other.name} resigned (priority 0)"),
            (mine, r"Receive advertisement timeout", f"no advertisement from {other.name}"),
        ):
            if match := re.search(pattern, text):
                return words.format(*match.groups())
        return unmoved


def _exit_words(status):
    return f"exit status {status}" if status is not None and status >= 0 else f"signal {-status if status else '?'}"
