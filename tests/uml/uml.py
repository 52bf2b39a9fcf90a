#!/usr/bin/python3
"""User Mode Linux as a test machine: a kernel with ip_vs, bonding, vlan, vrf, netem on this very root file system.

    guest = uml.boot(modules=["ip_vs", "ip_vs_rr"], command=["/usr/bin/python3", "-m", "pytest", "test_ipvs.py"])
    guest.status, guest.output

    machine = uml.Machine(modules=["ip_vs"], command=[...])   # the same, while something else is done
    machine.output()                                          # what the command has written so far (synced by it)
    machine.end()

As a program: uml.py TEST_FILE [pytest options] runs pytest on that file inside a guest with the modules which the file
names in MODULES = [...] (and MEMORY = "512M"), and ends with pytest's exit status; 77: cannot run here, with the reason.

The root is the host's, read only; /tmp, /run, /mnt, /dev are the guest's own (a checkout below them is shown all the same);
/mnt/results is a folder of the host.
Nothing loads itself in the guest: name every module, also the schedulers (ip_vs_rr, …).
"""
import ast
import collections
import contextlib
import itertools
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
PEERS = TOP / "build" / "peers" / "root"
NOT_RUN = 77
LAB_MODULES = ("af_packet", "ipv6", "bridge", "veth", "macvlan")  # what the laboratory and the daemon want anywhere
_numbers = itertools.count()
FAILED = 99  # the guest's status until its command has ended

Guest = collections.namedtuple("Guest", "status output console")

INIT = """#!/bin/bash
exec </dev/null
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/tmp
mount -t proc proc /proc
echo {failed} >/proc/exitcode
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /mnt
mount -t tmpfs tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
ln -s /proc/self/fd /dev/fd 2>/dev/null
mount -t tmpfs -o size=0 none /sys/fs/cgroup 2>/dev/null
mkdir -p /mnt/lib /mnt/results /run/lock
ln -s {modules} /mnt/lib/modules
mount -t hostfs -o {results} hostfs /mnt/results
{shown}
{load}
ip link set lo up
cd {folder}
{environment}
{command} >/mnt/results/output 2>&1
status=$?
echo $status >/proc/exitcode
echo $status >/mnt/results/status
sync
{halt}
"""


def linux():
    """The path of the UML kernel, or None."""
    if (PEERS / "usr/bin/linux.uml").exists():
        return PEERS / "usr/bin/linux.uml"
    found = shutil.which("linux.uml")
    return pathlib.Path(found) if found else None


def unavailable():
    """None, or the reason why no guest can be booted here."""
    if linux() is None:
        return "User Mode Linux is not unpacked (tests/peers/fetch)"
    if os.geteuid() != 0:
        return "needs root: the guest's files are the host's"
    return None


def _modules_folder():
    unpacked = PEERS / "usr/lib/uml/modules"
    return unpacked if unpacked.exists() else pathlib.Path("/usr/lib/uml/modules")


def _loading(modules):
    """Shell lines which load them. modprobe may be an unpacked kmod, which goes by the name it is called."""
    kmod = PEERS / "bin/kmod"
    modprobe = f"(exec -a modprobe {kmod}" if kmod.exists() else "(modprobe"
    return "\n".join(f'{modprobe} -d /mnt {shlex.quote(name)}) || echo "no module {name}"' for name in modules)


def _showing(folders):
    """Shell lines which show what the guest's own /tmp, /run, /mnt would hide: a checkout below /tmp is one, too."""
    hidden = sorted({pathlib.Path(folder).absolute() for folder in folders if pathlib.Path(folder).absolute().parts[1] in ("tmp", "run", "mnt")})
    outer = [folder for folder in hidden if not any(other in folder.parents for other in hidden)]
    return "\n".join(f"mkdir -p {name} && mount -r -t hostfs -o {name} hostfs {name}" for name in map(shlex.quote, map(str, outer)))


class Machine:
    """A running guest. It ends with its command, by end(), and with the process which made it, however that ends."""

    def __init__(self, modules=(), command=("true",), memory="512M", folder=TOP, environment=None, typed=None):
        """typed: a file (a FIFO) from which the guest's console is read; nothing otherwise."""
        self.results = pathlib.Path(tempfile.mkdtemp(prefix="uml-"))
        init = self.results / "init.sh"
        passed = {name: value for name, value in os.environ.items() if name.startswith("KEEPALIVED_")}
        init.write_text(INIT.format(
            failed=FAILED, shown=_showing([TOP, folder, *filter(None, [passed.get("KEEPALIVED_BUILD")])]), modules=_modules_folder(), results=self.results, load=_loading([*LAB_MODULES, *modules]), folder=folder,
            environment="\n".join(f"export {name}={shlex.quote(value)}" for name, value in {**passed, **(environment or {})}.items()),
            command=shlex.join(map(str, command)), halt='/usr/bin/python3 -c \'import ctypes; ctypes.CDLL(None).reboot(0x4321FEDC)\''))
        init.chmod(0o755)
        # The guest is bound to one core: that makes it 2-4 times faster.
        cores = sorted(os.sched_getaffinity(0))
        core = cores[(os.getpid() + next(_numbers)) % len(cores)]
        # Its pipe closes when this process is gone, also by SIGKILL. It is there first, and the guest itself tells it whom to
        # end: a signal may come between any two lines of ours.
        self._guard = subprocess.Popen(["/bin/sh", "-c", 'read -r group; read -r end; [ "$end" ] || { kill -s KILL -- "-$group"; rm -rf "$0"; }', self.results],
                                       stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        with open(self.results / "console", "wb") as log:
            self._process = subprocess.Popen(
                ["taskset", "-c", str(core), str(linux()), f"mem={memory}", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
                 f"init={init}", "con=null", "con0=fd:0,fd:1", "quiet", f"uml_dir={self.results}"],
                stdin=typed or subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=self.results,
                preexec_fn=lambda: os.write(self._guard.stdin.fileno(), b"%d\n" % os.getpid()))
        self.pid = self._process.pid

    def output(self):
        return self._read("output")

    def console(self):
        return self._read("console")

    def _read(self, name):
        path = self.results / name
        return path.read_text(errors="replace") if path.exists() else ""

    def is_running(self):
        return self._process.poll() is None

    def wait(self, timeout):
        """The status of the command, 124 after the time. How the kernel itself ends counts only where it ended before
        the command: now and then it aborts while it halts."""
        try:
            ended = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return 124
        told = self._read("status").strip()
        return int(told) if told else ended

    def leave_running(self):
        """It outlives this process; `kill -KILL -PID` ends it."""
        self._dismiss_guard()

    def end(self):
        """The kernel and its threads: they are one process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._dismiss_guard()
        shutil.rmtree(self.results, ignore_errors=True)

    def _dismiss_guard(self):
        if self._guard.stdin.closed:
            return
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.write(b"dismissed\n")
            self._guard.stdin.close()
        self._guard.wait()


def boot(timeout=600, **options):
    """Boot, run one command, halt. The options are those of Machine."""
    machine = Machine(**options)
    try:
        status = machine.wait(timeout)
        return Guest(status, machine.output(), machine.console())
    finally:
        machine.end()


def _constants(path):
    """NAME = literal at the top of a test file."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if reason := unavailable():
        print(f"skipped: {reason}")
        sys.exit(NOT_RUN)
    path = pathlib.Path(sys.argv[1]).resolve()
    constants = _constants(path)
    guest = boot(modules=constants.get("MODULES", ()), memory=constants.get("MEMORY", "512M"), folder=path.parent,
                 command=["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rs", "--reruns", "1", path.name, *sys.argv[2:]])
    sys.stdout.write(guest.output)
    if guest.status != 0:
        print(f"--- console of the guest (status {guest.status})\n{guest.console}")
    sys.exit(guest.status)


if __name__ == "__main__":
    main()
