"""The balancing table of a box, watched: who is in it, and since when."""
import collections
import re
import threading
import time

EVERY = 0.005

Change = collections.namedtuple("Change", "time servers")  # monotonic; frozenset of addresses


def servers_in(table):
    """The real servers of /proc/net/ip_vs which get connections (weight above 0)."""
    found = re.findall(r"->\s+([0-9A-F]{8}):[0-9A-F]{4}\s+\S+\s+(\d+)", table)
    return frozenset(".".join(str(byte) for byte in bytes.fromhex(address)) for address, weight in found if int(weight) > 0)


class BalancingTable:
    """A thread which looks at the table every few milliseconds and notes each change."""

    def __init__(self, namespace):
        self._namespace = namespace
        self.changes = [Change(time.monotonic(), self._look(namespace))]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self):
        self._ending.set()
        self._thread.join()

    @staticmethod
    def _look(namespace):
        return servers_in(namespace.read("ip_vs"))

    def _work(self):
        with self._namespace.entered():
            while not self._ending.wait(EVERY):
                with open("/proc/thread-self/net/ip_vs") as file:
                    servers = servers_in(file.read())
                if servers != self.servers:
                    self.changes.append(Change(time.monotonic(), servers))

    @property
    def servers(self):
        return self.changes[-1].servers

    def since(self, moment):
        """The changes after a moment (monotonic)."""
        return [change for change in list(self.changes) if change.time >= moment]
