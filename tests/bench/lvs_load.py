"""Configurations of many virtual servers, real servers that answer them, and what a daemon's checker child costs."""
import itertools
import pathlib
import subprocess
import time

from lab import eventually
from lab.daemon import BUILD, children_of

CHECK_PORT = 8080


def numbered(base, number):
    """The address `number` after a base like 10.20.0.0."""
    a, b, *_ = base.split(".")
    return f"{a}.{int(b) + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def service_address(number):
    return numbered("10.20.0.0", number)


def server_address(number):
    return numbered("127.1.0.1", number + 1)


def configuration(services, servers_each, check="TCP_CHECK", delay=60, timing="", check_timing="", weight_of=None, extra=0, port=CHECK_PORT):
    """`services` virtual servers with `servers_each` real servers each, numbered through; one check a real server, the
    first `extra` have two. weight_of: {number of a real server: weight}."""
    url = "url {\n path /\n status_code 200\n }\n" if check == "HTTP_GET" else ""
    checker = f"  {check} {{\n   connect_port {port}\n   connect_timeout 3\n   {check_timing}\n{url}  }}\n" if check else ""
    other = f"  TCP_CHECK {{\n   connect_port {port + 1}\n   connect_timeout 3\n  }}\n"
    weight_of = weight_of or {}
    blocks = ["global_defs {\n router_id bench\n}\n"]
    for service in range(services):
        blocks.append(f"virtual_server {service_address(service)} 80 {{\n delay_loop {delay}\n {timing}\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n")
        for server in range(service * servers_each, (service + 1) * servers_each):
            blocks.append(f" real_server {server_address(server)} 80 {{\n  weight {weight_of.get(server, 1)}\n{checker}{other if server < extra else ''} }}\n")
        blocks.append("}\n")
    return "".join(blocks)


def shape(services, servers_each):
    """[(address, number of destinations), …], what Table.holds wants."""
    return [(service_address(number), servers_each) for number in range(services)]


class RealServers:
    """Listeners on count addresses from `first` on, in one process (bench_real_servers); one on 0.0.0.0 answers for all. Nobody has to
    wake a paced one."""

    def __init__(self, node, kind="tcp", first="0.0.0.0", count=1, port=CHECK_PORT, processor=None, paced=False):
        pin = ["taskset", "-c", str(processor)] if processor is not None else []
        self._process = subprocess.Popen(node.command(*pin, BUILD / "tests" / "bench" / "bench_real_servers", kind, first, count, port, *(["paced"] if paced else [])),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "all listen\n"

    def _tell(self, words):
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def count(self):
        return int(self._tell("count"))

    def die(self, count):
        """The first `count` of them refuse connections from now on."""
        self._tell(f"close {count}")

    def revive(self):
        self._tell("open")

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)


def checker_pid(daemon):
    """The checker child, once its pid file names a living one."""
    def pid():
        try:
            number = int((daemon.folder / "checkers.pid").read_text())
        except (OSError, ValueError):
            return None
        return number if number in children_of(daemon.pid) else None
    return eventually(pid, 20, daemon.log, every=0.01)


def cpu_seconds(pid):
    """The processor time of a process so far, to the nanosecond: its CPU clock (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def cpu_of_family(daemon):
    return sum(cpu_seconds(pid) for pid in daemon.family())


def resident(pid):
    """RSS in bytes, files and shared memory included, as ps shows it."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


RESULTS = pathlib.Path("/mnt/results")  # a folder of the host, where it looks for our marks
_windows = itertools.count()


def window(seconds):
    """A time over which the host is to measure what this guest uses of its processor: (its number, seconds). A guest
    accounts processor time by ticks of 10 ms, and checks start with the ticks: most of what they use is never seen there."""
    number = next(_windows)
    begin = time.monotonic()
    (RESULTS / f"window-{number}-begin").touch()
    time.sleep(seconds)
    (RESULTS / f"window-{number}-end").touch()
    return number, time.monotonic() - begin


def checks_in_window(servers, seconds):
    """(number of the window, checks in it)"""
    checks = servers.count()
    number, _ = window(seconds)
    return number, servers.count() - checks


def checks_and_cpu(pid, servers, window):
    """(checks a second, processor seconds of the checking process for 1,000 checks) over a window."""
    begin, used, checks = time.monotonic(), cpu_seconds(pid), servers.count()
    eventually(lambda: time.monotonic() >= begin + window, window + 30, every=window / 4)
    checked, spent, taken = servers.count() - checks, cpu_seconds(pid) - used, time.monotonic() - begin
    return checked / taken, spent * 1000 / max(checked, 1)
