"""A router that tells what happens to it, and those who listen."""
import os

from .configuration import instance, keepalived_conf
from .eventually import eventually


class ToldBox:
    """One router whose scripts write down how they were called."""

    def __init__(self, lab, ours):
        self.lab, self.ours = lab, ours
        self.node = lab.node("a")
        self.folder = self.node.folder / "told"
        self.folder.mkdir()

    def script(self, name, before=""):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{before}\necho {name} \"$@\" >> {self.folder}/calls\n")
        path.chmod(0o755)
        return path

    def calls(self):
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def called(self, line, times=1):
        eventually(lambda: self.calls().count(line) >= times, 10, lambda: f"call {line!r}; there were {self.calls()}\n{self.lab.logs()}")

    def block(self, name="VI_1", vrid=51, more="", vip="10.0.0.100/24"):
        return instance(name, vrid, 100, (vip,), advert_int=0.1, extra=f"    version 3\n{more}")

    def start(self, *blocks, globals=""):
        self.daemon = self.node.keepalived(self.conf(*blocks, globals=globals), self.ours)
        return self.daemon

    @staticmethod
    def conf(*blocks, globals=""):
        return keepalived_conf(*blocks, globals=f"    script_user root\n{globals}")


class FifoReader:
    """Reads a FIFO from the moment it exists; never sees its end."""

    def __init__(self, path):
        self.path, self._text, self._fd = path, "", None
        self.ended = False

    def lines(self):
        if self._fd is None:
            if not self.path.exists():
                return []
            self._fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            data = os.read(self._fd, 65536)
            self.ended = self.ended or data == b""
            self._text += data.decode()
        except BlockingIOError:
            pass
        return self._text.splitlines()

    def wait_for(self, *expected):
        eventually(lambda: self.lines()[-len(expected):] == list(expected), 10, lambda: f"{expected}; there is {self.lines()}")
