"""Network namespaces by name, and doing things inside them."""
import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
FOLDER = "/run/netns"
_libc = ctypes.CDLL(None, use_errno=True)


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


def run(*arguments, check=True, text=None):
    """A command's standard output. Failure: an exception which quotes its standard error."""
    done = subprocess.run([str(word) for word in arguments], input=text, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stderr.strip() or done.returncode}")
    return done.stdout


class Namespace:
    """One network namespace, removed by delete()."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        self.path = f"{FOLDER}/{name}"

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is inside; sockets opened here stay here."""
        with open("/proc/thread-self/ns/net") as home, open(self.path) as there:
            _setns(there.fileno())
            try:
                yield
            finally:
                _setns(home.fileno())

    def command(self, *arguments):
        """The argument list which runs a command inside; it keeps its process id (nsenter execs)."""
        return ["nsenter", f"--net={self.path}", "--", *map(str, arguments)]

    def run(self, *arguments, **options):
        return run(*self.command(*arguments), **options)

    def ip(self, *lines, check=True):
        """Lines of the ip command, as one batch."""
        return run("ip", "-n", self.name, *([] if check else ["-force"]), "-batch", "-", text="\n".join(lines) + "\n", check=check)

    def sysctl(self, **values):
        """sysctl(net__ipv4__ip_forward=1): dots are double underscores. Written from inside."""
        with self.entered():
            for name, value in values.items():
                with open("/proc/sys/" + name.replace("__", "/"), "w") as file:
                    file.write(str(value))

    def read(self, name):
        """A file of /proc/net as seen from inside."""
        with self.entered(), open(f"/proc/thread-self/net/{name}") as file:
            return file.read()

    def processes(self):
        return [int(pid) for pid in run("ip", "netns", "pids", self.name, check=False).split()]

    def delete(self):
        run("ip", "netns", "delete", self.name, check=False)
