#!/usr/bin/python3
"""Measures the daemon against Debian's keepalived in one run, alternated; prints medians, ratios and what was promised."""
import argparse
import json
import os
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


class Measurement:
    """What one run of a make yields, and what is promised of it."""

    def __init__(self, name, take, *promises):
        """take(flavour) -> {what is measured: value or values}; promises: keyword arguments of Board.judge."""
        self.name, self.take, self.promises = name, take, promises

    def run(self, board, flavours, runs):
        for _ in range(runs):
            for flavour in flavours:
                for measured, values in self.take(flavour).items():
                    board.add(measured, flavour.name, values)
        for promise in self.promises:
            board.judge(**promise)


def take_over(interval, count, cycles):
    name = f"take-over at {interval:g} s"
    promises = []
    for kind in ("advert", "arp"):
        promises += [
            {"measurement": f"{name}: {kind}", "unit": "ms", "promise": within_of_reference(0.1), "label": ", median", "scale": 1e3},
            {"measurement": f"{name}: {kind}", "unit": "ms", "promise": at_most_ratio(1.25), "statistic": p99, "label": ", p99", "scale": 1e3}]
    promises += [
        {"measurement": f"{name}: address", "unit": "ms", "promise": at_most(1), "label": ", median", "scale": 1e3},
        {"measurement": f"{name}: address", "unit": "ms", "promise": at_most(3), "statistic": p99, "label": ", p99", "scale": 1e3}]
    return Measurement(name, lambda flavour: {f"{name}: {kind}": values for kind, values in
                                              takeover.measure(flavour, interval, count, cycles).items()}, *promises)


def many_masters(count):
    processor, dirty, resident = (f"{count} masters, {what}" for what in
                                  ("processor", "private dirty of the VRRP child", "resident without board"))

    def take(flavour):
        used, (own, all_pages) = load.masters(flavour, count)
        return {processor: used, dirty: own, resident: all_pages}
    return Measurement(f"{count} masters", take,
                       {"measurement": processor, "unit": "%", "promise": at_most_ratio(0.5), "scale": 100},
                       {"measurement": dirty, "unit": "KiB", "promise": at_most(1024 + 2 * count), "scale": 1 / 1024},
                       {"measurement": resident, "unit": "KiB", "promise": at_most(6 * 1024), "scale": 1 / 1024})


def many_backups(count):
    name = f"{count} backups, processor"
    return Measurement(name, lambda flavour: {name: load.backups(flavour, count)},
                       {"measurement": name, "unit": "%", "promise": at_most_ratio(0.8), "scale": 100})


def stop_of_many():
    taken, gone = ("1000 instances: TERM until the backup holds all", "1000 instances: TERM until all processes are gone")
    return Measurement("1000 instances: TERM", lambda flavour: dict(zip((taken, gone), lifecycle.stop_of_many(flavour))),
                       {"measurement": taken, "unit": "s", "promise": at_most(0.8)},
                       {"measurement": gone, "unit": "s", "promise": at_most(0.2)})


def seconds_of(name, action, promise):
    return Measurement(name, lambda flavour: {name: action(flavour)}, {"measurement": name, "unit": "s", "promise": promise})


def crash():
    late, lost = ("child killed: next advertisement later than due", "child killed: packets lost")
    return Measurement("child killed", lambda flavour: dict(zip((late, lost), lifecycle.crash_of_the_child(flavour))),
                       {"measurement": late, "unit": "ms", "promise": at_most(20), "statistic": max, "label": ", worst", "scale": 1e3},
                       {"measurement": lost, "unit": "", "promise": at_most(0), "statistic": max, "label": ", worst"})


def reload():
    lost = "reload: packets lost"
    return Measurement(lost, lambda flavour: {lost: lifecycle.reload_of_a_change(flavour)},
                       {"measurement": lost, "unit": "", "promise": at_most(0), "statistic": max, "label": ", worst"})


LARGE = ("2,277 services, 16 servers each", "100,000 lines by ~SEQ")


class Configurations:
    """Reading alone: all cases share a laboratory, and growth is measured on ours only."""
    name = "-t on configurations"

    def run(self, board, flavours, runs):
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


class Balancing:
    """All figures of one boot of a guest."""
    name = "load balancing"

    def run(self, board, flavours, runs):
        lvs.bench(board, flavours, runs)


PARTS = {
    "conf": [Configurations()],
    "takeover": [take_over(1, 20, 3), take_over(0.1, 10, 5)],
    "load": [many_masters(255), many_masters(1000), many_backups(255), many_backups(1000)],
    "lifecycle": [
        stop_of_many(),
        seconds_of("255 owners, 20 addresses each: start until all advertise", lifecycle.start_of_owners, at_most_ratio(0.5)),
        seconds_of("-t on 255 instances, 20 addresses each", lifecycle.check_of_configuration, at_most_ratio(0.8))],
    "hitless": [crash(), reload()],
    "lvs": [Balancing()],
}
SAMPLES = TOP / "build" / "bench" / "samples.json"


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"only these of: {' '.join(PARTS)}")
    # A bench that is told to end takes its laboratory down, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser.add_argument("--runs", type=int, default=5, help="runs of each make (default 5)")
    parser.add_argument("--match", default="", metavar="TEXT", help="only measurements with TEXT in their name")
    parser.add_argument("--more", action="store_true", help=f"add to the samples of the last time ({SAMPLES.relative_to(TOP)})")
    parser.add_argument("--only", choices=("ours", "debian"), help="measure one make alone")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {' '.join(unknown)}")
    flavours = [flavour for flavour in (OURS, DEBIAN) if options.only in (None, flavour.name)]
    if reason := privileged() or next(filter(None, (flavour.available() for flavour in flavours)), None):
        sys.exit(f"bench: {reason}")
    os.sync()  # a binary that was just linked is dirty, and its pages would count as the child's own
    board = Board()
    if options.more and SAMPLES.exists():
        board.samples = json.loads(SAMPLES.read_text())
    chosen = [measurement for part in options.parts or PARTS for measurement in PARTS[part] if options.match in measurement.name]
    if not chosen:
        parser.error(f"no measurement has {options.match!r} in its name")
    board.header()
    for measurement in chosen:
        measurement.run(board, flavours, options.runs)
        SAMPLES.parent.mkdir(parents=True, exist_ok=True)
        SAMPLES.write_text(json.dumps(board.samples, indent=1))
    print(f"all samples: {SAMPLES}")
    missed = [row[0] for row in board.rows if row[5] is False]
    if missed:
        sys.exit(f"{len(missed)} of {len(board.rows)} promises missed")


if __name__ == "__main__":
    main()
