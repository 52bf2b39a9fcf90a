#!/usr/bin/python3
"""Measures the daemon against Debian's keepalived in one run, alternated; prints medians, ratios and what was promised."""
import argparse
import json
import pathlib
import signal
import statistics
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests"), str(TOP / "tests" / "bench")]

import conf  # noqa: E402
import lifecycle  # noqa: E402
import load  # noqa: E402
import lvs  # noqa: E402
import takeover  # noqa: E402
from lab import DEBIAN, OURS, privileged  # noqa: E402


def percentile(values, share):
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Board:
    """Samples by measurement and make, and the promises about them."""

    def __init__(self):
        self.samples = {}  # measurement -> make -> [values]
        self.rows = []

    def add(self, measurement, make, values):
        self.samples.setdefault(measurement, {}).setdefault(make, []).extend(values if isinstance(values, list) else [values])

    def judge(self, measurement, unit, promise, statistic=statistics.median, label="", scale=1.0):
        """promise(ours, reference) -> bool, with its words as docstring-like name: ('≤ 0.5', function)."""
        values = self.samples.get(measurement, {})
        of = {make: statistic(list(numbers)) * scale for make, numbers in values.items() if numbers}
        ours, reference = of.get("ours"), of.get("debian")
        words, holds = promise
        kept = holds(ours, reference) if ours is not None and (reference is not None or not words.startswith("×")) else None
        self.rows.append((f"{measurement}{label}", unit, ours, reference, words, kept, len(values.get("ours", ())), len(values.get("debian", ()))))
        print(self.form(self.rows[-1]), flush=True)

    @staticmethod
    def form(row):
        name, unit, ours, reference, words, kept, *counts = row

        def number(value):
            return "-" if value is None else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
        ratio = f"{ours / reference:.2f}" if ours is not None and reference else "-"
        verdict = {True: "kept", False: "MISSED", None: ""}[kept]
        return f"{name:<58}{unit:>6}{number(ours):>10}{number(reference):>10}{ratio:>8}  {words:<26}{verdict:<7} n={counts[0]}/{counts[1]}"

    def header(self):
        print(f"{'measurement':<58}{'unit':>6}{'ours':>10}{'debian':>10}{'ratio':>8}  {'promise':<26}", flush=True)


def at_most(limit):
    return f"≤ {limit:g}", lambda ours, reference: ours <= limit


def at_most_ratio(limit):
    return f"× ≤ {limit:g}", lambda ours, reference: ours <= limit * reference


def within_of_reference(slack):
    return f"× reference + {slack:g}", lambda ours, reference: ours <= reference + slack


NO_PROMISE = ("", lambda ours, reference: None)


def p99(values):
    return percentile(values, 0.99)


def bench_takeover(board, flavours, runs):
    for interval, count, cycles in ((1, 20, 1), (0.1, 10, 5)):
        for _ in range(runs):
            for flavour in flavours:
                for kind, values in takeover.measure(flavour, interval, count, cycles).items():
                    board.add(f"take-over at {interval:g} s: {kind}", flavour.name, values)
        for kind in ("advert", "arp"):
            name = f"take-over at {interval:g} s: {kind}"
            board.judge(name, "ms", within_of_reference(0.1), label=", median", scale=1e3)
            board.judge(name, "ms", at_most_ratio(1.25), p99, ", p99", 1e3)
        name = f"take-over at {interval:g} s: address"
        board.judge(name, "ms", at_most(1), label=", median", scale=1e3)
        board.judge(name, "ms", at_most(3), p99, ", p99", 1e3)


def bench_load(board, flavours, runs):
    for count in (255, 1000):
        for _ in range(runs):
            for flavour in flavours:
                used, (dirty, resident) = load.masters(flavour, count)
                board.add(f"{count} masters, processor", flavour.name, used)
                board.add(f"{count} masters, private dirty of the VRRP child", flavour.name, dirty)
                board.add(f"{count} masters, resident without board", flavour.name, resident)
        board.judge(f"{count} masters, processor", "%", at_most_ratio(0.5), scale=100)
        board.judge(f"{count} masters, private dirty of the VRRP child", "KiB", at_most(1024 + 2 * count), scale=1 / 1024)
        board.judge(f"{count} masters, resident without board", "KiB", at_most(6 * 1024), scale=1 / 1024)
    for count in (255, 1000):
        for _ in range(runs):
            for flavour in flavours:
                board.add(f"{count} backups, processor", flavour.name, load.backups(flavour, count))
        board.judge(f"{count} backups, processor", "%", at_most_ratio(0.8), scale=100)


def bench_lifecycle(board, flavours, runs):
    for _ in range(runs):
        for flavour in flavours:
            taken, gone = lifecycle.stop_of_many(flavour)
            board.add("1000 instances: TERM until the backup holds all", flavour.name, taken)
            board.add("1000 instances: TERM until all processes are gone", flavour.name, gone)
    board.judge("1000 instances: TERM until the backup holds all", "s", at_most(0.8))
    board.judge("1000 instances: TERM until all processes are gone", "s", at_most(0.2))
    for name, action, promise in (
        ("255 owners, 20 addresses each: start until all advertise", lifecycle.start_of_owners, at_most_ratio(0.5)),
        ("-t on 255 instances, 20 addresses each", lifecycle.check_of_configuration, at_most_ratio(0.8)),
    ):
        for _ in range(runs):
            for flavour in flavours:
                board.add(name, flavour.name, action(flavour))
        board.judge(name, "s", promise)


def bench_hitless(board, flavours, runs):
    for _ in range(runs):
        for flavour in flavours:
            late, lost = lifecycle.crash_of_the_child(flavour)
            board.add("child killed: next advertisement later than due", flavour.name, late)
            board.add("child killed: packets lost", flavour.name, lost)
            board.add("reload: packets lost", flavour.name, lifecycle.reload_of_a_change(flavour))
    board.judge("child killed: next advertisement later than due", "ms", at_most(20), max, ", worst", 1e3)
    board.judge("child killed: packets lost", "", at_most(0), max, ", worst")
    board.judge("reload: packets lost", "", at_most(0), max, ", worst")


LARGE = ("2,277 services, 16 servers each", "100,000 lines by ~SEQ")


def bench_conf(board, flavours, runs):
    for case, flavour, seconds, size in conf.measure(flavours, runs):
        board.add(f"-t, {case}", flavour.name, seconds)
        board.add(f"-t, {case}: memory", flavour.name, size)
    for case in conf.CASES:
        board.judge(f"-t, {case}", "s", at_most_ratio(0.3 if case in LARGE else 0.8))
        board.judge(f"-t, {case}: memory", "MiB", at_most(40), scale=2**-20)
    ours = [flavour for flavour in flavours if flavour.name == "ours"]
    if not ours:
        return
    counts = [125_000 << n for n in range(4)]
    found = conf.growth(ours[0], counts, min(runs, 3))
    for less, more in zip(counts, counts[1:]):
        board.add(f"-t, {less:,} to {more:,} lines: time", "ours", found[more][0] / found[less][0])
        board.judge(f"-t, {less:,} to {more:,} lines: time", "×", at_most(2.3))
        board.add(f"-t, {less:,} to {more:,} lines: memory", "ours", found[more][1] / found[less][1])
        board.judge(f"-t, {less:,} to {more:,} lines: memory", "×", at_most(2.3))


PARTS = {"conf": bench_conf, "takeover": bench_takeover, "load": bench_load, "lifecycle": bench_lifecycle, "hitless": bench_hitless,
         "lvs": lvs.bench}


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"only these of: {' '.join(PARTS)}")
    # A bench that is told to end takes its laboratory down, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser.add_argument("--runs", type=int, default=5, help="runs of each make (default 5)")
    parser.add_argument("--only", choices=("ours", "debian"), help="measure one make alone")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {' '.join(unknown)}")
    flavours = [flavour for flavour in (OURS, DEBIAN) if options.only in (None, flavour.name)]
    if reason := privileged() or next(filter(None, (flavour.available() for flavour in flavours)), None):
        sys.exit(f"bench: {reason}")
    board = Board()
    board.header()
    for name in options.parts or PARTS:
        PARTS[name](board, flavours, options.runs)
    folder = TOP / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "samples.json").write_text(json.dumps(board.samples, indent=1))
    print(f"all samples: {folder / 'samples.json'}")
    missed = [row[0] for row in board.rows if row[5] is False]
    if missed:
        sys.exit(f"{len(missed)} of {len(board.rows)} promises missed")


if __name__ == "__main__":
    main()
