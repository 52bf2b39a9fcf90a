"""Thirty configurations which people published, run by ours and by Debian's keepalived at once: the data of the VRRP process, section
by section. What differs for a reason is listed once, in test_dumps.py and here."""
import difflib
import json
import os
import pathlib
import re
import signal

import pytest

from lab import DEBIAN, OURS, eventually
from lab.daemon import TOP, Daemon
from lab.namespace import Namespace
from test_dumps import comparable

CORPUS = pathlib.Path(os.environ.get("KEEPALIVED_CORPUS", TOP / "../shared/corpus"))
HOW_MANY = 30
# What 2.2.7 shows otherwise: a script which does not exist is not shown, D-Bus is not in its build, the state of the
# ARP sysctls after it has changed them, no user for scripts where script_user names nobody, a
# mail timeout without a server; 0 as the down timer of an instance which was never out of FAULT (2.4.3 shows the time); "[installed
# ifindex 0]" behind a route whose notification it did not recognise: an IPv6 one without metric, or one of two equal ones.
KNOWN = re.compile(r"   (Generic|Backup|Master|Fault|Stop) state transition script = | DBus (en|dis)abled|   Original (arp_|promote_)| Default script uid:gid|"
                   r" Smtp server connection timeout = |   Master down timer = ")
PASSWORD = re.compile(r"(   Password = ).*")
ROUTE = re.compile(r"(     prepend )(.*?)( \[installed.*)?$")
LEAST_LINES = 1_500


def suitable(entry):
    """Read alike by both, has instances, and can run in a namespace of its own."""
    text = (CORPUS / "files" / entry["file"]).read_text(errors="replace")
    return (entry["exit"] == entry["exit_2_2_7"] and entry["exit"] in (0, 5) and "vrrp_instance" in text and len(text) < 10_000 and
            0 < len(entry["interfaces"]) <= 4 and "net_namespace" not in text and "process_name" not in text and
            "vrrp_iptables" not in text and  # Debian's has no iptables
            all(re.fullmatch(r"[\w-]{1,15}", name) for name in entry["interfaces"]))


def chosen():
    oracle = CORPUS / "oracle.jsonl"
    if not oracle.exists():
        return []
    entries = [entry for entry in map(json.loads, oracle.read_text().splitlines()) if suitable(entry)]
    step = max(1, len(entries) // HOW_MANY)
    return entries[::step][:HOW_MANY]


def sections(lines):
    """{heading: lines}; what stands before the first heading under "". """
    found, heading = {"": []}, ""
    for line in lines:
        if line.startswith("------<"):
            heading = line
        found.setdefault(heading, []).append(line)
    return found


def normal(line):
    """A line of 2.2.7 as 2.4.3 has it."""
    return ROUTE.sub(r"\1\2", PASSWORD.sub(r"\1********", line))


def differences(mine, theirs):
    """Unified differences, a section at a time, without the lines that are known to differ."""
    ours, others = sections(comparable(mine)), sections([normal(line) for line in comparable(theirs)])
    told = []
    for heading in {**ours, **others}:
        left = [line for line in others.get(heading, []) if not KNOWN.match(line)]
        right = [line for line in ours.get(heading, []) if not KNOWN.match(line)]
        told += list(difflib.unified_diff(left, right, f"2.2.7 {heading}", f"ours {heading}", lineterm="", n=1))
    return told


class Run:
    """One configuration and one program in a namespace of its own."""

    def __init__(self, entry, flavour, folder):
        self.box = Namespace(f"kalab-{os.getpid()}-{flavour.name}{entry['file'].split('.')[0]}")
        self.box.ip("link set lo up")
        for number, name in enumerate(sorted(set(entry["interfaces"]) - {"lo"}), 1):
            self.box.ip(f"link add {name} address 02:00:00:00:00:0{number} type veth peer name peer{number} address 02:00:00:00:01:0{number}",
                        f"addr add 10.250.{number}.1/24 dev {name}", f"link set {name} up", f"link set peer{number} up")
        text = (CORPUS / "files" / entry["file"]).read_text(errors="replace")
        # 2.2.7 is in FAULT while its source address is absent; 2.4.3 is not.
        for address in set(re.findall(r"^\s*(?:unicast|mcast)_src_ip\s+(\d+(?:\.\d+){3})", text, re.MULTILINE)):
            self.box.ip(f"addr add {address}/24 dev {min(set(entry['interfaces']) - {'lo'})}", check=False)
        self.daemon = Daemon(self.box, flavour, text, folder / entry["file"] / flavour.name, ("-P",))

    def data(self):
        return self.daemon._dump(signal.SIGUSR1, "keepalived.data")

    def end(self):
        self.daemon.process.wait(20)
        self.box.delete()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    for flavour in (OURS, DEBIAN):
        if flavour.available():
            pytest.skip(flavour.available())
    if not chosen():
        pytest.skip("no corpus here")
    folder = tmp_path_factory.mktemp("dumps")
    made = {}
    try:
        for entry in chosen():
            made[entry["file"]] = [Run(entry, OURS, folder), Run(entry, DEBIAN, folder)]
        yield made
    finally:
        every = [run for pair in made.values() for run in pair]
        for run in every:  # all at once: each takes a second to end
            run.daemon.signal(signal.SIGTERM)
        for run in every:
            run.end()


@pytest.mark.parametrize("file", [entry["file"] for entry in chosen()] or ["none"])
def test_the_data_of_a_published_configuration_is_that_of_debians(runs, file):
    mine, theirs = runs[file]
    assert mine.daemon.is_running() == theirs.daemon.is_running(), mine.daemon.log() + theirs.daemon.log()
    if not mine.daemon.is_running():
        return
    told = []

    def same():
        told[:] = differences(mine.data(), theirs.data())
        return not told
    eventually(same, 12, lambda: "\n".join(told), every=0.5)


def test_the_comparison_is_not_of_nothing(runs):
    lines = sum(mine.data().count("\n") for mine, _ in runs.values() if mine.daemon.is_running())
    assert lines > LEAST_LINES and len(runs) == HOW_MANY
