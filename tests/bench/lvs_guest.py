#!/usr/bin/python3
"""The part of the LVS bench that runs in the guest: both makes, one after the other; each line of output is one sample
as JSON: {"name": measurement, "make": "ours" or "debian", "value": number}; a value that only the host can measure is
{"window": number, "checks": number, "idle": number of a window in which nothing was checked} (lvs_load.window)."""
import argparse
import json
import pathlib
import signal
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests"), str(TOP / "tests" / "bench")]

from lab import DEBIAN, Lab, OURS, eventually  # noqa: E402
from lvs_kernel import Table, Writes  # noqa: E402
from lvs_load import (CHECK_PORT, RealServers, checker_pid, checks_and_cpu, checks_in_window, configuration, cpu_of_family,  # noqa: E402
                      cpu_seconds, resident, server_address, service_address, shape, window)

PEER_ROOT = TOP / "build" / "peers" / "root"
LOOK = 0.002  # seconds between two looks at the table
PATIENCE = 40


def without_shell(flavour):
    """tests/peers/enter is a shell script, and a fork costs 9 ms here: both makes are started by env(1) instead."""
    if flavour.name == "ours":
        return flavour._replace(command=["env", "BENCH=1", *flavour.command])
    paths = ":".join(str(PEER_ROOT / folder) for folder in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"))
    return flavour._replace(command=["env", f"LD_LIBRARY_PATH={paths}", str(PEER_ROOT / "usr/sbin/keepalived")])


class Director:
    """One box with an empty table, for one daemon after the other."""

    def __init__(self, lab):
        self.node = lab.node("director")
        self.table = Table(self.node)
        self.node.ip("link add nlmon0 type nlmon", "link set nlmon0 up")
        self._daemons = 0

    def start(self, flavour, text):
        self._daemons += 1
        return self.node.keepalived(text, flavour, name=f"{flavour.name}-{self._daemons}")

    def wait(self, condition, daemon):
        eventually(lambda: condition() or not daemon.is_running(), PATIENCE, lambda: daemon.log()[-3000:], every=LOOK)
        if not daemon.is_running() and not condition():
            raise AssertionError(f"{daemon.flavour.name} has ended: {daemon.log()[-3000:]}")

    def stop(self, daemon):
        """Seconds from TERM until the table is empty."""
        begin = time.monotonic()
        daemon.signal(signal.SIGTERM)
        self.wait(lambda: self.table.services() == 0, daemon)
        gone = time.monotonic() - begin
        daemon.process.wait(60)
        return gone

    def full(self, flavour, services, each, **how):
        """(daemon, seconds from its exec to the last destination)."""
        text = configuration(services, each, **how)
        wanted = shape(services, each)
        daemon = self.start(flavour, text)
        # Without what nsenter and env(1) take before it: 40 ms of a guest, for either make.
        name = pathlib.Path(f"/proc/{daemon.pid}/comm")
        self.wait(lambda: name.read_text() == "keepalived\n", daemon)
        begin = time.monotonic()
        self.wait(lambda: self.table.ends_with(wanted), daemon)
        full = time.monotonic() - begin
        holds = self.table.holds(wanted)
        if not holds():
            self.wait(holds, daemon)
            full = time.monotonic() - begin
        return daemon, full


def settled(daemon):
    """What the start leaves to do (pid files, the first generation's end) is done."""
    daemon.wait_for_log("Startup complete", PATIENCE)
    return daemon


def table_of_4000(director, flavour):
    servers = RealServers(director.node)
    daemon, full = director.full(flavour, 1000, 4, delay=600)
    yield "1,000 services × 4 servers: start until the table is full", full
    settled(daemon)
    pid = checker_pid(daemon)
    yield "1,000 services × 4 servers: resident, checker child", resident(pid)
    yield "1,000 services × 4 servers: resident, all processes", sum(resident(each) for each in daemon.family())

    writes = Writes(director.node)
    changed = 17 * 4 + 2
    for weight in (7, 8, 9):
        writes.count()
        daemon.write(configuration(1000, 4, delay=600, weight_of={changed: weight}))
        mark, begin = log_size(daemon), time.monotonic()
        daemon.signal(signal.SIGHUP)
        director.wait(lambda: director.table.weights(service_address(17)).get(server_address(changed)) == weight, daemon)
        yield "1,000 services × 4 servers: reload with one change in it", time.monotonic() - begin
        reload_over(daemon, mark, begin)
        yield "1,000 services × 4 servers: netlink writes of that reload", writes.count()
    writes.close()
    yield "1,000 services × 4 servers: TERM until the table is empty", director.stop(daemon)
    servers.close()


def log_size(daemon):
    return daemon.log_file.stat().st_size


def reload_over(daemon, mark, begin):
    """Waits until a reload is over; seconds since `begin`. Ours says so, behind `mark` of its log (which is long: it is not
    read from its beginning). The reference does not: it is over when its checker child has used no processor for a while,
    and took until the last time it did."""
    if daemon.flavour.name == "ours":
        with open(daemon.log_file, "rb") as log:
            log.seek(mark)
            said = bytearray()

            def complete():
                said.extend(log.read())
                return b"Reload complete" in said
            eventually(complete, PATIENCE, "the end of the reload", every=LOOK)
        return time.monotonic() - begin
    pid = checker_pid(daemon)
    return at_rest(lambda: cpu_seconds(pid)) - begin


def at_rest(processor):
    """Waits until whoever `processor` tells the processor seconds of has used none for a while; the time of its last."""
    used, last = processor(), time.monotonic()

    def idle():
        nonlocal used, last
        now, spent = time.monotonic(), processor()
        if spent - used > 0.015:  # a tick of the guest, and some
            used, last = spent, now
        return now - last > 0.4
    eventually(idle, PATIENCE, "a daemon at rest", every=0.01)
    return last


def cost_of_checks(director, flavour):
    for check, kind in (("TCP_CHECK", "tcp"), ("HTTP_GET", "http")):
        servers = RealServers(director.node, kind)
        idle, _ = window(3)
        daemon, _ = director.full(flavour, 50, 10, check=check, delay=1)
        eventually(lambda: servers.count() >= 1500, 60, daemon.log, every=0.2)
        number, checks = checks_in_window(servers, 8)
        yield f"processor time for 1,000 {check}s at 500 a second, servers included", {"window": number, "checks": checks, "idle": idle}
        director.stop(daemon)
        servers.close()
    servers = RealServers(director.node, "tcp")
    daemon, _ = director.full(flavour, 100, 10, delay=1)
    eventually(lambda: servers.count() >= 3000, 60, daemon.log, every=0.2)
    rate, _ = checks_and_cpu(checker_pid(daemon), servers, 8)
    yield "1,000 servers, delay_loop 1: TCP_CHECKs a second", rate
    director.stop(daemon)
    servers.close()


DEATHS = 40
BETWEEN_DEATHS = 0.23  # seconds: no part of a delay_loop, so that they fall everywhere in it


def deaths(director, flavour):
    servers = RealServers(director.node, "tcp", first=server_address(0), count=500)
    daemon, _ = director.full(flavour, 50, 10, delay=1, check_timing="retry 0")

    def all_checked():
        eventually(lambda: director.table.holds(shape(50, 10))(), 60, daemon.log, every=0.05)
        checked = servers.count()
        eventually(lambda: servers.count() >= checked + 1000, 60, daemon.log, every=0.05)

    all_checked()
    for taken in one_by_one(director, daemon, servers):
        yield "a real server's death until it is out (delay_loop 1, no retry)", taken
    servers.revive()
    all_checked()
    begin = time.monotonic()
    servers.die(500)
    director.wait(director.table.holds(shape(50, 0)), daemon)
    yield "500 deaths at once until all are out", time.monotonic() - begin
    director.stop(daemon)
    servers.close()


def one_by_one(director, daemon, servers):
    """Seconds from each death to the removal; the next one dies meanwhile."""
    died, taken = {}, []

    def all_out():
        now = time.monotonic()
        count = len(died) + len(taken)
        if count < DEATHS and now >= begin + count * BETWEEN_DEATHS:
            died[count] = time.monotonic()
            servers.die(count + 1)
        for service in {number // 10 for number in died}:
            present = director.table.weights(service_address(service))
            for number in [number for number in died if number // 10 == service and server_address(number) not in present]:
                taken.append(time.monotonic() - died.pop(number))
        return len(taken) == DEATHS

    begin = time.monotonic()
    director.wait(all_out, daemon)
    return taken


def large_reload(director, flavour):
    """2,277 services, 36,432 servers, 37,205 checks, every one of which has run; nothing changed."""
    servers, more = RealServers(director.node), RealServers(director.node, port=CHECK_PORT + 1)
    how = {"extra": 773, "delay": 600, "timing": "warmup 20"}
    daemon, full = director.full(flavour, 2277, 16, **how)
    yield "2,277 services, 37,205 checks: start until the table is full", full
    settled(daemon)
    eventually(lambda: servers.count() + more.count() >= 37205, 3 * PATIENCE, daemon.log, every=0.2)
    # The reference starts all its checks anew, and is busy with them for longer than with the reload: nothing tells when
    # that was over, and there is no promise about it.
    if flavour.name == "ours":
        writes = Writes(director.node)
        writes.count()
        daemon.write(configuration(2277, 16, **how))
        mark, begin = log_size(daemon), time.monotonic()
        daemon.signal(signal.SIGHUP)
        yield "2,277 services, 37,205 checks: reload without a change", reload_over(daemon, mark, begin)
        yield "2,277 services, 37,205 checks: netlink writes of that reload", writes.count()
        writes.close()
    yield "2,277 services, 37,205 checks: resident, checker child", resident(checker_pid(daemon))
    yield "2,277 services, 37,205 checks: TERM until the table is empty", director.stop(daemon)
    servers.close()
    more.close()


STOPS = 3  # of each size: one is a few ticks of the guest


def stops(director, flavour, services):
    """(seconds of each stop from TERM until the table is empty, seconds in which the kernel alone empties a table like it)"""
    def started():
        daemon, _ = director.full(flavour, services, 16, delay=600)
        # What a start or a reload leaves to do for the observers is no part of the stop.
        at_rest(lambda daemon=settled(daemon): cpu_of_family(daemon))
        return daemon

    gone = [director.stop(started()) for _ in range(STOPS)]
    left = started()
    left.kill()
    begin = time.monotonic()
    director.table.flush()
    return gone, time.monotonic() - begin


def growth(director, flavour):
    """The same shape with 10,000 and 40,000 real servers: four times the work may cost at most five times the time. Ours
    alone: 2.2.7 reads so many again in more than 40 s, and at its stop kills the checker with the table half full."""
    if flavour.name != "ours":
        return
    taken = {}
    answering = RealServers(director.node)
    for servers in (10_000, 40_000):
        services = servers // 16
        text = configuration(services, 16, delay=600)
        path = director.node.folder / f"{flavour.name}-{servers}.conf"
        path.write_text(text)
        begin = time.monotonic()
        subprocess.run([*flavour.command, "-t", "-f", str(path)], check=True, capture_output=True)
        check = time.monotonic() - begin
        daemon, full = director.full(flavour, services, 16, delay=600)
        settled(daemon)
        pid = checker_pid(daemon)
        daemon.write(configuration(services, 16, delay=600, weight_of={3: 5}))
        mark, begin = log_size(daemon), time.monotonic()
        daemon.signal(signal.SIGHUP)
        director.wait(lambda: director.table.weights(service_address(0)).get(server_address(3)) == 5, daemon)
        reload = time.monotonic() - begin
        reload_over(daemon, mark, begin)
        assert pid == checker_pid(daemon), daemon.log()[-2000:]
        director.stop(daemon)
        gone, flushed = stops(director, flavour, services)
        yield f"{servers:,} real servers: stop, the kernel alone (a flush)", flushed
        taken[servers] = {"-t": check, "start": full, "reload": reload, "stop": statistics.median(gone)}
    answering.close()
    for name, value in taken[40_000].items():
        yield f"40,000 real servers: {name}", value
        yield f"40,000 real servers: {name}, × that of 10,000", value / taken[10_000][name]


PARTS = {"table": table_of_4000, "checks": cost_of_checks, "deaths": deaths, "reload": large_reload, "growth": growth}
LONG = ("reload", "growth")  # once: they take a minute


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only")
    options = parser.parse_args()
    flavours = [without_shell(flavour) for flavour in (OURS, DEBIAN) if options.only in (None, flavour.name)]
    for name in options.parts or PARTS:
        for run in range(1 if name in LONG else options.runs):
            for flavour in flavours[::-1 if run % 2 else 1]:
                with Lab() as lab:
                    for measurement, value in PARTS[name](Director(lab), flavour):
                        print(json.dumps({"name": measurement, "make": flavour.name, "value": value}), flush=True)


if __name__ == "__main__":
    main()
