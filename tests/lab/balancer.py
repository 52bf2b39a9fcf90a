"""What tests of the balancer share: the kernel's table, checks and scripts that do as a file says, a FIFO's reader, blocks of
configuration."""
import os

from .daemon import PEERS, children_of
from .eventually import eventually


def ipvsadm(node, *arguments):
    return node.run(PEERS / "enter", "ipvsadm", *arguments)


def table(node):
    """What `ipvsadm -Sn` prints, sorted: the kernel's order depends on its hashing."""
    return sorted(" ".join(line.split()) for line in ipvsadm(node, "-S", "-n").splitlines())


def becomes(node, daemon, wanted, within=15):
    eventually(lambda: table(node) == sorted(wanted), within,
               lambda: "\n".join(["wanted", *sorted(wanted), "is", *table(node), "log", daemon.log()]), every=0.1)


def checker_of(daemon):
    """The checker child's process id, from its pid file."""
    return int((daemon.folder / "checkers.pid").read_text())


def new_checker(daemon, before):
    """The id of the one that was started in place of `before`."""
    def there():
        try:
            pid = checker_of(daemon)
        except (OSError, ValueError):
            return None
        return pid if pid != before and pid in children_of(daemon.pid) else None
    return eventually(there, 10, daemon.log)


class Checked:
    """MISC_CHECKs whose exit status is a number in a file, and scripts that note how they were called."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.script, self.note = self.folder / "check", self.folder / "note"
        self.script.write_text(f"#!/bin/bash\nread status <{self.folder}/$1\n[ $status = hang ] && exec sleep 100\n"
                               f"[ $status = kill ] && kill -9 $$\nexit $status\n")
        self.note.write_text(f"#!/bin/bash\necho \"$*\" >>{self.folder}/notes\n")
        self.script.chmod(0o755)
        self.note.chmod(0o755)

    def set(self, name, status):
        fresh = self.folder / f"{name}.new"
        fresh.write_text(f"{status}\n")
        fresh.rename(self.folder / str(name))

    def notes(self):
        path = self.folder / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def misc(self, name, more="", delay=1):
        self.set(name, 0)
        return f"MISC_CHECK {{\n misc_path \"{self.script} {name}\"\n delay_loop {delay}\n warmup 0\n {more}\n}}"


class Fifo:
    """The reader of a notify FIFO."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.text = b""

    def lines(self):
        try:
            while True:
                self.text += os.read(self._fd, 65536)
        except BlockingIOError:
            return self.text.replace(b"\0", b"").decode().splitlines()  # the reference writes NULs

    def says(self, wanted, daemon):
        eventually(lambda: self.lines() == wanted, 10, lambda: f"{self.lines()}, wanted {wanted}\n{daemon.log()}", every=0.05)


def virtual_server(head, *real_servers, more="", protocol="TCP", method="NAT"):
    body = "\n".join(real_servers)
    return (f"virtual_server {head} {{\n lvs_sched rr\n lvs_method {method}\n protocol {protocol}\n delay_loop 3\n{more}\n{body}\n}}\n")


def real_server(address, port=80, more=""):
    return f" real_server {address} {port} {{\n{more}\n }}"
