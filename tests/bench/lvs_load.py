"""Configurations of many virtual servers, real servers that answer them, and what a daemon's checker child costs."""
import mmap
import os
import pathlib
import subprocess
import sys
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
    """Listeners on count addresses from `first` on, in one process (bench_real_servers); one on 0.0.0.0 answers for all."""

    def __init__(self, node, kind="tcp", first="0.0.0.0", count=1, port=CHECK_PORT, processor=None):
        pin = ["taskset", "-c", str(processor)] if processor is not None else []
        self._process = subprocess.Popen(node.command(*pin, BUILD / "tests" / "bench" / "bench_real_servers", kind, first, count, port),
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


HOG = """
import mmap, os, sys
os.nice(19)
count = mmap.mmap(os.open(sys.argv[1], os.O_RDWR), 8)
done = 0
while True:
    for _ in range(2000):
        pass
    done += 1
    count[:8] = done.to_bytes(8, "little")
"""


class Hog:
    """What of a guest's one processor nobody else uses, counted by a program that takes all of it. A guest accounts
    processor time by ticks of 10 ms, and our checks start with the ticks: most of what they use is never seen there."""

    def __init__(self, node):
        path = node.folder / "hog"
        path.write_bytes(bytes(8))
        self._count = mmap.mmap(os.open(path, os.O_RDWR), 8)
        self._process = subprocess.Popen([sys.executable, "-c", HOG, path])
        eventually(lambda: self._now() > 10, 10, "the hog runs")
        self._alone = self.rate(3)

    def _now(self):
        return int.from_bytes(self._count[:8], "little")

    def rate(self, window):
        begin, done = time.monotonic(), self._now()
        time.sleep(window)
        return (self._now() - done) / (time.monotonic() - begin)

    def used_by_others(self, window):
        """Processor seconds of everybody else in the window."""
        return max(0.0, 1 - self.rate(window) / self._alone) * window

    def close(self):
        self._process.kill()
        self._process.wait()


def checks_and_use(hog, servers, window):
    """Processor seconds of the whole guest for 1,000 checks: checker and servers."""
    checks = servers.count()
    used = hog.used_by_others(window)
    return used * 1000 / max(servers.count() - checks, 1)


def checks_and_cpu(pid, servers, window):
    """(checks a second, processor seconds of the checking process for 1,000 checks) over a window."""
    begin, used, checks = time.monotonic(), cpu_seconds(pid), servers.count()
    eventually(lambda: time.monotonic() >= begin + window, window + 30, every=window / 4)
    checked, spent, taken = servers.count() - checks, cpu_seconds(pid) - used, time.monotonic() - begin
    return checked / taken, spent * 1000 / max(checked, 1)
