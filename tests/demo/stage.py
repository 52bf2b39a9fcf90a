"""Where the second act is played: on this machine where its kernel has ip_vs, else in a guest of User Mode Linux."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "uml"))

import uml  # noqa: E402
from lab.eventually import eventually  # noqa: E402

MODULES = ("ip_vs", "ip_vs_rr")
ACT = [sys.executable, "-B", str(HERE / "web.py")]
MEMORY = "384M"
LONGEST = 60  # seconds until the next row of the act


class Failed(Exception):
    """The act ended before its end."""


def kernel_has_ipvs():
    """Asks for the modules, as the daemon does; they are left as any program leaves them."""
    if not os.path.exists("/proc/net/ip_vs"):
        for module in MODULES:
            with contextlib.suppress(OSError):
                subprocess.run(["modprobe", "-q", module], stderr=subprocess.DEVNULL, check=False)
    return os.path.exists("/proc/net/ip_vs")


class Here:
    """The act as a process of this machine."""

    place = "on this kernel, which has ip_vs"

    def __init__(self, words, keep):
        self._text = tempfile.TemporaryFile("w+")
        # Told to end also when this process is killed (its main thread starts acts).
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *ACT, *words], stdin=subprocess.DEVNULL, stdout=self._text, start_new_session=True)

    def output(self):
        return os.pread(self._text.fileno(), 1 << 20, 0).decode()

    def is_running(self):
        return self._process.poll() is None

    def trouble(self):
        return f"exit status {self._process.returncode}"

    def end(self):
        """The act takes its lab down itself."""
        if self.is_running():
            self._process.terminate()
        self._process.wait()
        self._text.close()

    def leave(self, up):
        """(commands to play with it, the command which ends it): the lab stays when the process has ended."""
        self.end()
        return up["play"], up["end"]


class Guest:
    """The act in User Mode Linux; the guest ends in any case, unless it is to be kept."""

    place = "in User Mode Linux, because this kernel has no ip_vs"

    def __init__(self, words, keep):
        self._typed, command = None, [*ACT, *words]
        if keep:
            self._typed = pathlib.Path(tempfile.mkdtemp(prefix="demo-guest-")) / "type"
            os.mkfifo(self._typed)
            # What is typed is done after the act; what it says goes to the console.
            command = ["/bin/bash", "-c", '"$@"; exec </dev/console >/dev/console 2>&1; while read -r line; do eval "$line"; echo; done',
                       "act", *command]
        self._fifo = os.open(self._typed, os.O_RDWR) if keep else None
        self._machine = uml.Machine(modules=MODULES, memory=MEMORY, command=command, typed=self._fifo)
        self.output, self.is_running = self._machine.output, self._machine.is_running

    def trouble(self):
        return f"the guest ended\n{self._machine.console()}"

    def end(self):
        self._machine.end()
        if self._typed:
            os.close(self._fifo)
            self._typed.unlink()
            self._typed.parent.rmdir()

    def leave(self, up):
        self._machine.leave_running()
        results = self._machine.results
        return ([(f"tail -f {results}/console", "what the guest says; commands go in like this"),
                 *((f"echo '{command}' >{self._typed}", comment) for command, comment in up["play"])],
                f"kill -KILL -{self._machine.pid}; rm -r {results} {self._typed.parent}")


def choose():
    """(Here or Guest, None), or (None, why the act cannot be played)."""
    if kernel_has_ipvs():
        return Here, None
    reason = uml.unavailable()
    return (None, f"this kernel has no ip_vs, and {reason}") if reason else (Guest, None)


class Act:
    """One run of the act, followed: looks like a Scene to the View."""

    EVENTS = 3

    def __init__(self, kind, flavour, keep):
        self.flavour, self.up, self._left = flavour, None, False
        self._states, self._answers, self._seen, self._rows, self._over = [], False, 0, [], False
        self._following = threading.Lock()
        words = [*(["--debian"] if flavour.name == "debian" else []), *(["--keep"] if keep else [])]
        self.stage = kind(words, keep)

    def end(self):
        if not self._left:
            self.stage.end()

    def leave(self):
        """It outlives the play: (commands with a comment each, the command which ends it)."""
        self._left = True
        return self.stage.leave(self.up)

    def states(self):
        self._follow()
        return self._states

    def answers(self):
        return self._answers

    def start(self):
        """Waits until the client is answered."""
        self._await(lambda: self._answers)

    def row(self, number):
        """Waits for the row of that number."""
        self._await(lambda: len(self._rows) > number)
        return self._rows[number]

    def finish(self):
        self._await(lambda: self._over)

    def _await(self, condition):
        def comes_true():
            running = self.stage.is_running()
            self._follow()
            if not condition() and not running:
                raise Failed(self._trouble())
            return condition()
        eventually(comes_true, LONGEST, self._trouble, every=0.05)

    def _trouble(self):
        return f"{self.flavour.name}: {self.stage.trouble()}\n{self.stage.output()}"

    def _follow(self):
        """Takes what the act has told since."""
        with self._following:
            text = self.stage.output()
            whole = text.rfind("\n") + 1
            for line in text[self._seen:whole].splitlines():
                if line.startswith("{"):
                    self._take(json.loads(line))
            self._seen = max(self._seen, whole)

    def _take(self, told):
        if "states" in told:
            self._states, self._answers = told["states"], told["answers"]
        elif "row" in told:
            self._rows.append(told["row"])
        self.up = told.get("up", self.up)
        self._over = self._over or told.get("end", False)
