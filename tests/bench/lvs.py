"""Load balancing: what runs in a guest of User Mode Linux (lvs_guest.py), where the kernel has IPVS, and what can be measured
outside. Figures of the guest compare only with each other: the promises about it are ratios where the reference has the
measurement too."""
import contextlib
import json
import os
import pathlib
import statistics
import sys
import time

from lab import Lab, eventually

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "uml"))

import uml  # noqa: E402
from lvs_load import BUILD, CHECK_PORT, RealServers, checks_and_cpu  # noqa: E402

MODULES = ("ip_vs", "ip_vs_rr", "nlmon")
FLOOD_SERVICES = 2000  # × 16 servers, each to be checked once a second: more than one core can


def processor_seconds(session):
    """Of all processes of a session so far: a guest's kernel and what it runs its programs in."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                total += int((stat.parent / "schedstat").read_text().split()[0])
    return total / 1e9


def run_guest(command, timeout):
    """(guest, {mark: (time, processor seconds of the guest)}): marks are what lvs_load.window makes in the guest."""
    machine = uml.Machine(MODULES, command, memory="2048M", folder=pathlib.Path(__file__).parent)
    try:
        marks, end = {}, time.monotonic() + timeout
        while machine.is_running() and time.monotonic() < end:
            for path in machine.results.glob("window-*"):
                if path.name not in marks:
                    marks[path.name] = time.monotonic(), processor_seconds(machine.pid)
            time.sleep(0.01)
        return uml.Guest(machine.wait(0), machine.output(), machine.console()), marks
    finally:
        machine.end()


def for_1000_checks(value, marks):
    """Processor seconds, without what the guest uses when nothing is checked."""
    def used(number):
        (begin, before), (end, after) = (marks[f"window-{number}-{which}"] for which in ("begin", "end"))
        return end - begin, after - before
    taken, busy = used(value["window"])
    idle_taken, idle = used(value["idle"])
    return (busy - idle / idle_taken * taken) * 1000 / value["checks"]


def guest_samples(runs, only):
    """[(measurement, make, value)] of one boot: both makes in it, alternated."""
    guest, marks = run_guest(["/usr/bin/python3", "-B", "lvs_guest.py", "--runs", runs, *(["--only", only] if only else [])], 1500)
    if guest.status != 0:
        sys.exit(f"bench: the guest ended with status {guest.status}\n{guest.output[-3000:]}\n{guest.console[-1000:]}")
    samples = [json.loads(line) for line in guest.output.splitlines() if line.startswith("{")]
    return [(sample["name"], sample["make"], for_1000_checks(sample["value"], marks) if isinstance(sample["value"], dict) else sample["value"])
            for sample in samples]


def flood(window=5):
    """(TCP_CHECKs a second, processor seconds for 1,000 of them): 32,000 servers to be checked every second on one core, their
    answers on another. bench_checks is the checker child without the writes to the kernel's table: without IPVS the
    daemon checks nothing, and the reference does not even run, so this has no other side."""
    cores = sorted(os.sched_getaffinity(0))
    with Lab() as lab:
        node = lab.node("director")
        servers = RealServers(node, "tcp", processor=cores[-1], paced=True)
        checks = node.popen("taskset", "-c", cores[0], BUILD / "tests" / "bench" / "bench_checks", FLOOD_SERVICES, 16, 1000, CHECK_PORT)
        # Every server has been checked: the warm-up is over.
        eventually(lambda: servers.count() >= FLOOD_SERVICES * 16 * 2, 60, "all servers checked", every=0.2)
        measured = checks_and_cpu(checks.pid, servers, window)
        servers.close()
        return measured


def samples(flavours, runs):
    """All of it, as (measurement, make, value)."""
    only = flavours[0].name if len(flavours) == 1 else None
    yield from guest_samples(min(runs, 3), only)
    for _ in range(runs if any(flavour.name == "ours" for flavour in flavours) else 0):
        rate, cost = flood()
        yield "32,000 servers, one core, no IPVS: TCP_CHECKs a second", "ours", rate
        yield "32,000 servers, one core, no IPVS: processor time for 1,000", "ours", cost


DEATH = "a real server's death until it is out (delay_loop 1, no retry)"
T4000, T37205 = "1,000 services × 4 servers: ", "2,277 services, 37,205 checks: "
# measurement, unit, kind of promise, its limit, scale; medians, but where a death falls in the delay_loop is chance, so that
# of many the mean counts. Kinds: "at most", "at least", "ratio", "slower by" (seconds), None.
PROMISES = (
    (T4000 + "start until the table is full", "s", "ratio", 0.4, 1),
    (T4000 + "TERM until the table is empty", "s", "ratio", 0.3, 1),
    (T4000 + "reload with one change in it", "s", "at most", 0.03, 1),
    (T4000 + "netlink writes of that reload", "", "exactly", 1, 1),
    (T4000 + "resident, checker child", "MiB", None, None, 1 / 1048576),
    (T4000 + "resident, all processes", "MiB", None, None, 1 / 1048576),
    ("processor time for 1,000 TCP_CHECKs at 500 a second, servers included", "ms", "ratio", 0.8, 1e3),
    ("processor time for 1,000 HTTP_GETs at 500 a second, servers included", "ms", "ratio", 0.8, 1e3),
    ("1,000 servers, delay_loop 1: TCP_CHECKs a second", "1/s", "at least", 990, 1),
    (DEATH, "s", "slower by", 0.1, 1),
    ("500 deaths at once until all are out", "s", "slower by", 0.1, 1),
    (T37205 + "start until the table is full", "s", None, None, 1),
    (T37205 + "reload without a change", "s", "at most", 0.15, 1),
    (T37205 + "netlink writes of that reload", "", "exactly", 0, 1),
    (T37205 + "resident, checker child", "MiB", None, None, 1 / 1048576),
    (T37205 + "TERM until the table is empty", "s", None, None, 1),
    *((f"40,000 real servers: {what}, × that of 10,000", "", "at most", 5, 1) for what in ("-t", "start", "reload", "stop")),
    *((f"40,000 real servers: {what}", "s", None, None, 1) for what in ("-t", "start", "reload", "stop")),
    *((f"{servers} real servers: stop, the kernel alone (a flush)", "s", None, None, 1) for servers in ("10,000", "40,000")),
    ("32,000 servers, one core, no IPVS: TCP_CHECKs a second", "1/s", "at least", 25000, 1),
    ("32,000 servers, one core, no IPVS: processor time for 1,000", "ms", None, None, 1e3),
)
KINDS = {
    "at most": lambda limit: (f"≤ {limit:g}", lambda ours, reference: ours <= limit),
    "at least": lambda limit: (f"≥ {limit:g}", lambda ours, reference: ours >= limit),
    "exactly": lambda limit: (f"= {limit:g}", lambda ours, reference: ours == limit),
    "ratio": lambda limit: (f"× ≤ {limit:g}", lambda ours, reference: ours <= limit * reference),
    "slower by": lambda limit: (f"× reference + {limit:g}", lambda ours, reference: ours <= reference + limit),
    None: lambda limit: ("", lambda ours, reference: None),
}


def bench(board, flavours, runs):
    """The part `lvs` of the bench."""
    for measurement, make, value in samples(flavours, runs):
        board.add(measurement, make, value)
    for measurement, unit, kind, limit, scale in PROMISES:
        board.judge(measurement, unit, KINDS[kind](limit), scale=scale, statistic=statistics.mean if measurement == DEATH else statistics.median)
