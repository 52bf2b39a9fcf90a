#!/usr/bin/python3 -B
"""Holds our reader against Debian's keepalived 2.2.7: exit codes and complaints, line by line, of the same files on the
same host.

usage: differential.py [--mutants N] [--seed S] [--keywords TSV [--mixtures N]] [--save FOLDER] [--verbose] [FILE|FOLDER…]

Without files: tests/conf/cases and, when it is there, the corpus, as they are or as N mutants each. 2.4.3 is
the contract; where 2.2.7 is known to differ from it (NEWER_WORDS, OLD_ONLY) nothing is compared. Every file is read twice: with the
interfaces of INTERFACES (bridges) and with lo alone. Skipped (77) without the peer or without root.
"""
import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile

import keyword_variants

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
PEER = TOP / "tests/peers/keepalived"
BUILD = pathlib.Path(os.environ.get("KEEPALIVED_BUILD", TOP / "build/release"))
CORPUS = pathlib.Path(os.environ.get("KEEPALIVED_CORPUS", TOP / "../shared/corpus"))
CASES = HERE / "cases"
SKIPPED = 77
HANGS = -99
# What may be left over: complaints behind a place where one of the two ends, of which few come to another status.
MOST_STATUSES, MOST_FILES = 3, 90
# With every test run: one mutant of each published case, always the same ones, and no other status.
QUICK = ["--mutants", "1", "--seed", "7", str(CASES / "published.txt"), str(CASES / "samples.txt")]

INTERFACES = ["eth0", "eth1", "eth2", "eth3", "bond0", "br0", "ens3", "ens192", "enp1s0"]


# ---- one run ------------------------------------------------------------------------------------------------------

def inside(interfaces):
    """A prefix which runs a command in a network namespace of its own with these interfaces up."""
    script = "".join(f"ip link add {name} type bridge; ip link set {name} up; " for name in interfaces)
    return ["unshare", "--net", "sh", "-c", f"ip link set lo up; {script} exec \"$@\"", "sh"]


def theirs(file):
    try:
        run = subprocess.run([PEER, "-t", "-f", file], capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return HANGS, []
    return run.returncode, run.stderr.decode(errors="replace").splitlines()


class Remembered:
    """What the peer said of which text: it takes most of the time and does not change."""

    def __init__(self, file):
        self.file = pathlib.Path(file) if file else None
        self.said = json.loads(self.file.read_text()) if file and self.file.exists() else {}

    def save(self):
        if self.file:
            self.file.write_text(json.dumps(self.said))

    def theirs(self, file, interfaces):
        key = hashlib.sha1(pathlib.Path(file).read_bytes() + str(interfaces).encode()).hexdigest()
        if key not in self.said:
            self.said[key] = theirs(file)
        return self.said[key]


def worker(files, cache):
    """Runs inside a namespace: outcomes of both, as JSON lines."""
    remembered = Remembered(cache)
    interfaces = [name for _, name in socket.if_nameindex()]
    ours = subprocess.run([BUILD / "tests/conf_outcomes", *files], capture_output=True, check=True).stdout
    for line in ours.decode(errors="replace").splitlines():
        outcome = json.loads(line)
        status, messages = remembered.theirs(outcome["file"], interfaces)
        print(json.dumps({**outcome, "their_exit": status, "messages": messages}))
    remembered.save()


def outcomes(files, interfaces, cache):
    for start in range(0, len(files), 200):
        batch = [str(file) for file in files[start:start + 200]]
        run = subprocess.run([*inside(interfaces), sys.executable, "-B", __file__, "--worker", "--cache", cache or "", *batch],
                             capture_output=True, check=False)
        if run.returncode != 0:
            sys.exit(f"worker failed: {run.stderr.decode(errors='replace')[-2000:]}")
        for line in run.stdout.decode().splitlines():
            yield json.loads(line)


# ---- comparison ---------------------------------------------------------------------------------------------------

POSITION = re.compile(r"^\((?:(?P<file>.*?): )?Line (?P<line>\d+)\) (?P<text>.*)$")


def split(message):
    found = POSITION.match(message)
    if found:
        return int(found["line"]), found["text"]
    return 0, message


# Words of 2.2.7 which 2.4.3 does not say in this place, or says only there (conf-language.md §14 and others).
NEWER_WORDS = set("""use_symlink_paths set_supplementary_groups v3_checksum_as_v2 snmp_vs_stats_update_interval
    snmp_rs_stats_update_interval dbus_no_interface_name vrrp_delay_after_boot vrrp_owner_ignore_adverts json_version
    iproute_usr_dir iproute_etc_dir state_dump_file stats_dump_file json_dump_file multihop tls_compliant sni_name
    auth_hmac timer_expired_backup thread_timer_expired owner_ignore_adverts no_virtual_ipaddress""".split())
OLD_ONLY = re.compile("|".join([
    r"^Warning - cannot track route .* with no interface specified, not tracking$",
    r"^Invalid hex string for UDP_CHECK (payload|reply)$",  # of a last byte ff
]))
# What 2.4.3 complains of and 2.2.7 does not (the corpus has each).
NEW_ONLY = re.compile("|".join([
    r"VIP duplicates an? e?VIP ", r" - duplicate unicast_peer$", r"^Duplicate (path|url virtualhost|regex specified) - ",
    r"^Static track group .* has no members - removing$", r"^emailfrom - ignoring extra entries ",
    r"^SMTP_CHECK helo name already specified$", r"^Invalid value '.*' for global vrrp_(strict|check_adv_addr) specified$",
    r"Unicast peers are not supported in strict mode$", r"^realpath\(\) error ",
]))


def is_known(line, text):
    unknown = re.match(r"Unknown keyword '(.*)'$", text)
    return bool(unknown and unknown[1] in NEWER_WORDS) or bool(OLD_ONLY.match(text))


def differences(outcome):
    """(kind, line, text) of each difference; kind: exit, silent (we say nothing), alone (only we complain), words."""
    theirs_said = [split(message) for message in dict.fromkeys(outcome["messages"])]
    if any(is_known(*said) for said in theirs_said):
        return
    said_newly = [problem for problem in outcome["problems"] if NEW_ONLY.search(problem["text"])]
    ours = [problem for problem in outcome["problems"] if problem not in said_newly]
    if not said_newly and outcome["their_exit"] != outcome["exit"] and outcome["their_exit"] >= 0:
        yield "exit", 0, f"theirs {outcome['their_exit']}, ours {outcome['exit']}"
    our_lines = {problem["line"] for problem in ours}
    our_texts = {(problem["line"], problem["text"]) for problem in ours}
    our_words = {problem["text"] for problem in ours}
    for line, text in theirs_said:
        if (line and line not in our_lines) or (not line and text not in our_words):
            yield "silent", line, text
        elif line and (line, text) not in our_texts:
            yield "words", line, text + "  |ours|  " + " ; ".join(t for at, t in our_texts if at == line)
    if outcome["their_exit"] not in (0, 4, 5, 6):
        return  # it ended half-way: what we found behind that place is ours alone
    their_lines = {line for line, _ in theirs_said}
    their_words = {text for _, text in theirs_said}
    for problem in ours:
        if problem["counts"] and problem["text"] not in their_words and (
                not problem["line"] or problem["line"] not in their_lines):
            yield "alone", problem["line"], problem["text"]


# ---- inputs -------------------------------------------------------------------------------------------------------

def statement_lines(lines):
    return [at for at, line in enumerate(lines) if line.strip() and not line.strip().startswith(("#", "!"))]


def misspell(word, chance):
    if len(word) < 3:
        return word + word
    at = chance.randrange(1, len(word) - 1)
    return chance.choice([word[:at] + word[at + 1:], word[:at] + word[at] + word[at:], word[:at] + word[at + 1] + word[at] + word[at + 2:],
                          word.upper(), word.capitalize(), word.replace("_", "-"), word.replace("_", ""), word + "s"])


NUMBERS = ["0", "1", "2", "3", "4", "253", "254", "255", "256", "1000", "1001", "4294", "4295", "65535", "65536", "2147483647",
           "2147483648", "4294967295", "4294967296", "99999999999999999999", "-1", "-253", "-254", "-255", "+5", "0.5", "1.5", ".5",
           "5.", "0.01", "0.001", "0.0001", "0.0000001", "40.95", "40.96", "1s", "5x", "abc", "0x10", "010", "1,5", "1e3", "\"\"", "\" 5\"", "--1"]


def mutate(lines, chance):
    lines = list(lines)
    places = statement_lines(lines)
    if not places:
        return lines
    at = chance.choice(places)
    words = lines[at].split()
    kind = chance.randrange(24)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        other = chance.choice(places)
        lines[at], lines[other] = lines[other], lines[at]
    elif kind in (3, 4):
        lines[at] = lines[at].replace(words[0], misspell(words[0], chance), 1)
    elif kind in (5, 6, 7, 8):
        numbered = [p for p in places if re.search(r"\s-?\d+(\.\d+)?\s*$", lines[p])]
        at = chance.choice(numbered) if numbered else at
        lines[at] = re.sub(r"(\s)-?\d+(\.\d+)?\s*$", lambda m: m[1] + chance.choice(NUMBERS), lines[at])
    elif kind == 9:
        lines[at] = " ".join(words[:1])
    elif kind == 10:
        lines[at] += " " + chance.choice(["extra", "1", "\"two words\"", "{", "}", ";", "# note", "! note", "//"])
    elif kind == 11:
        lines[at] = lines[at] + ";"
    elif kind == 12:
        lines[at] = lines[at].replace("{", "", 1)
    elif kind == 13:
        lines[at] = lines[at].replace("}", "", 1)
    elif kind == 14:
        lines[at] = lines[at].replace("{", "\n{")
    elif kind == 15:
        lines[at] = lines[at].replace(" {", "{")
    elif kind == 16:
        lines[at] = lines[at].replace(" ", "\t")
    elif kind == 17:
        lines = [line + "\r" for line in lines]
    elif kind == 18:
        lines[0] = "\ufeff" + lines[0]
    elif kind == 19:
        lines[at] = f"\u201c{lines[at]}\u201d" if len(words) < 2 else lines[at].replace(words[1], f"\u201c{words[1]}\u201d")
    elif kind == 20:
        lines[at] = lines[at].replace(words[-1], chance.choice(["\"\"", f"\"{words[-1]}\"", f"'{words[-1]}'", f"\"{words[-1]}", "= " + words[-1], "10.0.0.300", "10.0.0.1/33", "fe80::1", "10.0.0.0/255.255.255.0", "eth9"]))
    elif kind == 21:
        lines[at] = chance.choice(["#", "!"]) + lines[at]
    elif kind == 22:
        moved = lines.pop(at)
        lines.insert(chance.randrange(len(lines) + 1), moved)
    else:
        lines[at] = chance.choice(["}", "{", "} }", "foo bar", "foo {\n bar 1\n}", "include nosuch.conf"]) + "\n" + lines[at]
    return lines


def mutants(file, count, folder, chance):
    try:
        text = pathlib.Path(file).read_bytes().decode()
    except UnicodeDecodeError:
        return
    if len(text) > 30_000:
        return
    lines = text.split("\n")
    for number in range(count):
        changed = lines
        for _ in range(chance.choice([1, 1, 1, 2])):
            changed = "\n".join(mutate(changed, chance)).split("\n")
        ending = "" if chance.random() < 0.05 else "\n"
        path = folder / f"{pathlib.Path(file).stem}-{number}.conf"
        path.write_text("\n".join(changed).rstrip("\n") + ending, newline="")
        yield path


def corpus_files():
    """Those for which 2.2.7 and 2.4.3 agree, on the host of this test."""
    oracle = CORPUS / "oracle.jsonl"
    if not oracle.exists():
        return []
    entries = [json.loads(line) for line in oracle.read_text().splitlines()]
    return [CORPUS / "files" / entry["file"] for entry in entries if entry["exit"] == entry["exit_2_2_7"]]


def cases(text_file, folder):
    """The configurations of a file of cases: "==== NAME", the text, and what is expected of it behind "----"."""
    for part in re.split(r"^==== ", text_file.read_text(), flags=re.MULTILINE)[1:]:
        name, text = part.split("\n", 1)
        path = folder / f"{text_file.stem}.{name.split()[0]}.conf"
        path.write_text(re.split(r"^---- ", text, flags=re.MULTILINE)[0])
        yield path


def expand(names, folder):
    for name in names:
        path = pathlib.Path(name)
        for file in [*sorted(path.glob("*.conf")), *sorted(path.glob("*.txt"))] if path.is_dir() else [path]:
            if file.suffix == ".txt":
                yield from cases(file, folder)
            else:
                yield file


# ---- the whole ----------------------------------------------------------------------------------------------------

def compare(files, verbose, cache):
    count = collections.Counter()
    for title, interfaces in (("", INTERFACES), (" (lo only)", [])):
        for outcome in outcomes(files, interfaces, cache):
            count["files"] += 1
            found = list(differences(outcome))
            for kind, line, text in found:
                count[kind] += 1
                print(f"{kind:6} {outcome['file']}:{line}{title}: {text}")
            count["differing"] += any(kind in ("exit", "silent", "alone") for kind, _, _ in found)
            if found and verbose:
                print("   theirs", outcome["their_exit"], *outcome["messages"], sep="\n      ")
                print("   ours", outcome["exit"], *[f"{p['line']} {p['text']} {'' if p['counts'] else '(logged)'}" for p in outcome["problems"]],
                      sep="\n      ")
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keywords", metavar="TSV", help="try every keyword of this list instead (spec/keywords.tsv)")
    parser.add_argument("--mixtures", type=int, default=0, help="with --keywords: so many configurations of random statements instead")
    parser.add_argument("--save", help="keep the mutants here")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--cache", metavar="FILE", help="remember what the peer said of which text")
    parser.add_argument("--test", action="store_true", help="fail when more differs than is known to")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    is_quick = options.test and not os.environ.get("KEEPALIVED_TEST_LONG")
    if is_quick:
        options = parser.parse_args(["--test", *QUICK])
    if options.worker:
        return worker(options.files, options.cache)
    if os.geteuid() != 0 or not (TOP / "build/peers/root/usr/sbin/keepalived").exists():
        print("skipped: needs root and Debian's keepalived (tests/peers/fetch)")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="conf_differential_") as scratch:
        folder = pathlib.Path(options.save or scratch)
        folder.mkdir(exist_ok=True)
        sources = list(expand(options.files, folder))
        if not sources and not options.keywords:
            sources = [*expand([CASES], folder), *corpus_files()]
        chance = random.Random(options.seed)
        files = list(sources) if not options.mutants else []
        if options.mixtures:
            files += keyword_variants.mixtures(options.keywords, options.mixtures, folder, chance)
        elif options.keywords:
            files += keyword_variants.variants(options.keywords, folder)
        for source in sources:
            files += mutants(source, options.mutants, folder, chance)
        count = compare([str(f) for f in files], options.verbose, options.cache)
    print(dict(count))
    if is_quick:
        return int(count["exit"] > 0)
    return int(options.test and (count["exit"] > MOST_STATUSES or count["differing"] > MOST_FILES))


if __name__ == "__main__":
    sys.exit(main())
