"""A keepalived, ours or another, running in a namespace: its configuration, log, dumps, signals."""
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from .eventually import eventually

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KEEPALIVED_BUILD", TOP / "build" / "release"))
PEERS = TOP / "tests" / "peers"

SIGJSON = signal.SIGRTMIN + 2
SIGSTATS_CLEAR = signal.SIGRTMAX - 1

# name: for people. command: its first words. available(): None, or the reason why not.
Flavour = collections.namedtuple("Flavour", "name command available")

# Another program may stand in for ours: KEEPALIVED_BINARY=tests/peers/keepalived runs the tests on Debian's.
BINARY = pathlib.Path(os.environ.get("KEEPALIVED_BINARY", BUILD / "bin" / "keepalived")).absolute()
OURS = Flavour("ours", [str(BINARY)], lambda: None if BINARY.exists() else "our daemon is not built")
DEBIAN = Flavour("debian", [str(PEERS / "enter"), "keepalived"],
                 lambda: None if (TOP / "build/peers/root/usr/sbin/keepalived").exists() else
                 "Debian's keepalived is not unpacked (tests/peers/fetch)")


def children_of(pid):
    """The process ids of a process's children."""
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Daemon:
    """Started in the foreground with its own temporary directory and pid files; ended by stop() or kill()."""

    def __init__(self, node, flavour, configuration, folder, options=(), name="keepalived"):
        self.node, self.flavour, self.folder = node, flavour, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.configuration_file = folder / f"{name}.conf"
        self.log_file = folder / f"{name}.log"
        self.pid_file, self.vrrp_pid_file = folder / "parent.pid", folder / "vrrp.pid"
        self._options = list(options)
        self.write(configuration)
        self.process = None
        self.start()

    def write(self, configuration):
        """A new configuration in place, as an editor does it: complete or not at all."""
        fresh = self.configuration_file.with_suffix(".new")
        fresh.write_text(configuration)
        fresh.rename(self.configuration_file)

    def arguments(self):
        return [*self.flavour.command, "-n", "-l", "-G", "-D", "-f", str(self.configuration_file),
                "-p", str(self.pid_file), "-r", str(self.vrrp_pid_file), "-c", str(self.folder / "checkers.pid"),
                "-b", str(self.folder / "bfd.pid"), *self._options]

    def start(self):
        for path in (self.pid_file, self.vrrp_pid_file):
            path.unlink(missing_ok=True)
        environment = {**os.environ, "TMPDIR": str(self.folder), "LC_ALL": "C"}
        with open(self.log_file, "ab") as log:
            self.started = time.time()
            self.process = subprocess.Popen(self.node.command(*self.arguments()), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment, cwd=self.folder, start_new_session=True)
        return self

    # What it is doing

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def vrrp_pid(self):
        """The VRRP child, from its pid file; None while there is none."""
        try:
            pid = int(self.vrrp_pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if is_alive(pid) else None

    def family(self):
        """The parent and all it has started."""
        pids, index = [self.pid], 0
        while index < len(pids):
            pids += children_of(pids[index])
            index += 1
        return pids

    def log(self):
        return self.log_file.read_text(errors="replace")

    def logged(self, pattern):
        return re.search(pattern, self.log(), re.MULTILINE)

    def count(self, pattern):
        return len(re.findall(pattern, self.log(), re.MULTILINE))

    def wait_for_log(self, pattern, within=10.0, times=1):
        return eventually(lambda: self.count(pattern) >= times, within,
                          lambda: f"log line /{pattern}/ of {self.node.name} ({self.flavour.name}); its log:\n{self.log()}")

    def transitions(self, instance=r"[^)]*"):
        """The states entered, from the log: ['BACKUP', 'MASTER', …]."""
        return re.findall(rf"\({instance}\) Entering (\w+) STATE", self.log())

    # What it is told

    def signal(self, number):
        os.kill(self.pid, number)

    def reload(self, configuration=None, within=10.0):
        """HUP with a new configuration; returns when the daemon says that the reload is complete."""
        done = self.count("Reload complete")
        if configuration is not None:
            self.write(configuration)
        self.signal(signal.SIGHUP)
        self.wait_for_log("Reload complete", within, done + 1)

    def stop(self, within=10.0):
        """TERM, and wait for the end; the exit status."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        return self.process.wait(within)

    def kill(self):
        """The whole family, at once, with nothing tidied up (parents last: a child would notice and clean up)."""
        family = self.family()
        for pid in family:
            try:
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass
        for pid in reversed(family):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(10)

    # What it writes on a signal

    def _dump(self, number, name, within=5.0):
        path = self.folder / name
        path.unlink(missing_ok=True)
        self.signal(number)

        looks = [None]

        def complete():
            # The reference writes in place: until two looks agree.
            looks.append(path.read_text(errors="replace") if path.exists() else None)
            return looks[-1] if looks[-1] and looks[-1] == looks[-2] else None
        return eventually(complete, within, f"{name} after signal {number}", every=0.02)

    def data(self):
        return self._dump(signal.SIGUSR1, "keepalived.data")

    def stats_text(self):
        return self._dump(signal.SIGUSR2, "keepalived.stats")

    def json(self):
        text = self._dump(SIGJSON, "keepalived.json")
        return json.loads(text)

    def stats(self):
        """{instance: {field: number}} of keepalived.stats; a field of a section is 'Section/Field'."""
        instances, section = {}, None
        current = None
        for line in self.stats_text().splitlines():
            if match := re.match(r"VRRP Instance: (\S+)", line):
                current, section = instances.setdefault(match[1], {}), None
            elif match := re.match(r"  (\w[\w ]*):\s*$", line):
                section = match[1]
            elif (match := re.match(r"( +)(\w[^:]*): (-?\d+)\s*$", line)) and current is not None:
                indented = len(match[1]) > 2
                current[f"{section}/{match[2]}" if indented else match[2]] = int(match[3])
        return instances
