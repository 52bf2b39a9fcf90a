"""Files which are no configuration: one clear message, the exit status of the specification, never a crash or a hang."""
import os
import random
import re
import signal
import subprocess

import pytest

from lab import eventually, instance, keepalived_conf

GOOD = keepalived_conf(instance(priority=150))


def write(text):
    def make(folder):
        (folder / "bad.conf").write_bytes(text if isinstance(text, bytes) else text.encode())
    return make


def directory(folder):
    (folder / "bad.conf").mkdir()


def fifo(folder):
    os.mkfifo(folder / "bad.conf")


def missing(folder):
    pass


def include_loop(folder):
    (folder / "bad.conf").write_text(f"include {folder}/other.conf\n")
    (folder / "other.conf").write_text(f"include {folder}/bad.conf\n")


def rubbish(seed, size):
    return write(random.Random(seed).randbytes(size))


def changed(old, new):
    assert old in GOOD
    return write(GOOD.replace(old, new, 1))


# name: (maker, exit statuses of -t, a word of the message)
CASES = {
    "a missing file": (missing, {4}, r"bad\.conf"),
    "a directory": (directory, {4}, r"bad\.conf"),
    "a fifo": (fifo, {4}, r"bad\.conf"),
    "an include loop": (include_loop, {0, 4, 5, 6}, r"other\.conf|bad\.conf"),
    "binary rubbish": (rubbish(1, 4096), {2, 4, 5, 6}, r"."),
    "a megabyte of rubbish": (rubbish(2, 1 << 20), {2, 4, 5, 6}, r"."),
    "only zero bytes": (write(bytes(5000)), {0, 2, 4, 5, 6}, r""),
    "a line of ten megabytes": (write("x" * (10 << 20) + "\n" + GOOD), {5}, r"too long|[Uu]nknown"),
    "a comment of ten megabytes": (write("# " + "x" * (10 << 20) + "\n" + GOOD), {0, 5}, r""),
    "a brace too few": (write(GOOD.rstrip()[:-1]), {5}, r"\}|brace|block"),
    "a brace too many": (write(GOOD + "}\n"), {5}, r"\}|brace"),
    "a hundred thousand open braces": (write("a {\n" * 100000), {5}, r"."),
    "a quote without its partner": (changed("router_id lab", 'router_id "lab'), {5}, r"[Qq]uote"),
    "a virtual router id of 400": (changed("virtual_router_id 51", "virtual_router_id 400"), {4, 5}, r"400"),
    "a virtual router id of -1": (changed("virtual_router_id 51", "virtual_router_id -1"), {4, 5}, r"-1"),
    "a number with forty digits": (changed("priority 150", "priority " + "9" * 40), {4, 5}, r"999"),
    "a priority in words": (changed("priority 150", "priority high"), {4, 5}, r"high"),
    "an interval of nothing": (changed("advert_int 1", "advert_int 0"), {4, 5}, r"0"),
    "an address which is none": (changed("10.0.0.100/24", "10.0.0.300/24"), {4, 5}, r"10\.0\.0\.300"),
    "a prefix of 99": (changed("10.0.0.100/24", "10.0.0.100/99"), {4, 5}, r"99"),
    "an interface which does not exist": (changed("interface eth0", "interface eth77"), {4, 5}, r"eth77"),
    "an interface name of 300 characters": (changed("interface eth0", "interface " + "e" * 300), {4, 5}, r"eee"),
    "an unknown keyword": (changed("priority 150", "prioritty 150"), {5}, r"prioritty"),
    "a keyword without its parameter": (changed("interface eth0", "interface"), {2, 5}, r"interface"),
    "a definition which uses itself": (write("$A=$A\n" + GOOD.replace("150", "$A")), {2, 4, 5, 6}, r"."),
    "a sequence without end": (write("~SEQ(X,1,9223372036854775807,9223372036854775807) # $X\n~SEQ(Y,1,100000000) # $Y\n" + GOOD), {0, 4, 5}, r""),
}


@pytest.fixture
def box(lab, ours):
    return lab.node("a"), ours


def check(node, flavour, path, within=20):
    """(status, output) of -t; a status below zero is a crash."""
    done = subprocess.run(node.command(*flavour.command, "-t", "-f", path), stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=within, cwd=node.folder)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize("what", CASES)
def test_the_check_tells_and_ends_with_the_right_status(box, what):
    node, flavour = box
    make, statuses, words = CASES[what]
    make(node.folder)
    status, output = check(node, flavour, node.folder / "bad.conf")
    assert status in statuses, output[-3000:]
    assert re.search(words, output), output[-3000:]
    assert status == 0 or output.strip(), "a status without a message"
    assert len(output) < 2_000_000
    assert "Sanitizer" not in output


def test_the_good_file_is_good(box):
    node, flavour = box
    write(GOOD)(node.folder)
    assert check(node, flavour, node.folder / "bad.conf") == (0, "")


def test_all_errors_are_told_in_one_run_with_their_places(box):
    node, flavour = box
    text = GOOD.replace("priority 150", "prioritty 150").replace("10.0.0.100/24", "10.0.0.300/24").replace("advert_int 1", "advert_int 99999")
    write(text)(node.folder)
    status, output = check(node, flavour, node.folder / "bad.conf")
    assert status == 5
    lines = {number for number, line in enumerate(text.splitlines(), 1) if any(word in line for word in ("prioritty", "10.0.0.300", "99999"))}
    for number in lines:
        assert f"bad.conf:{number}:" in output or f"Line {number}" in output, output


@pytest.mark.parametrize("what", ["a missing file", "a directory", "binary rubbish", "a brace too few", "an include loop",
                                  "an interface which does not exist", "a hundred thousand open braces"])
def test_a_start_on_it_ends_or_runs_but_holds_nothing_half(box, what):
    node, flavour = box
    CASES[what][0](node.folder)
    process = node.popen(*flavour.command, "-n", "-l", "-G", "-f", node.folder / "bad.conf", "-p", node.folder / "p.pid",
                         "-r", node.folder / "v.pid", log="start.log")
    log = node.folder / "start.log"
    eventually(lambda: process.poll() is not None or "Startup complete" in log.read_text(errors="replace") or
               "no configuration to run" in log.read_text(errors="replace"), 10, lambda: log.read_text(errors="replace")[-2000:])
    if process.poll() is None:
        process.terminate()
        assert process.wait(10) == 0
    else:
        assert process.returncode in (1, 2, 4, 6), log.read_text(errors="replace")[-2000:]
    assert log.read_text(errors="replace").strip()


@pytest.mark.parametrize("what, why", [("an interface which does not exist", r"Non-existent interface specified"),
                                       ("a virtual router id of 400", r"the virtual router id must be set")])
def test_a_start_on_an_instance_that_cannot_run_ends_with_2(box, what, why):
    """As a reload on it is refused: nothing is served half."""
    node, flavour = box
    CASES[what][0](node.folder)
    process = node.popen(*flavour.command, "-n", "-l", "-G", "-f", node.folder / "bad.conf", "-p", node.folder / "p.pid",
                         "-r", node.folder / "v.pid", log="start.log")
    assert process.wait(10) == 2
    log = (node.folder / "start.log").read_text(errors="replace")
    assert re.search(why, log) and re.search(r"pid \d+ exited with permanent error CONFIG\. Terminating", log), log[-2000:]
    assert not node.holds("10.0.0.100")


def test_wrong_options_are_told(box):
    node, flavour = box

    def run(*options):
        done = subprocess.run(node.command(*flavour.command, *options), stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
        return done.returncode, done.stderr.decode()
    assert run("--bogus") == (1, "Unknown option --bogus\n")
    assert run("-Z") == (1, "Unknown option -Z\n")
    assert run("-f") == (1, "Missing parameter for option -f\n")
    assert run("--signum=NOSUCH") == (1, "Unknown sigfunc NOSUCH\n")
    status, text = run("-v")
    assert status == 0 and text.startswith("Keepalived v2.4.3 (")
    assert run("-h")[0] == 0


def test_a_file_which_may_not_be_read_is_named(box):
    """Root may read everything: the check is run by somebody else, who may look into the folder."""
    node, flavour = box
    write(GOOD)(node.folder)
    path = node.folder / "bad.conf"
    path.chmod(0o000)
    node.folder.chmod(0o755)
    done = subprocess.run([*flavour.command, "-t", "-f", path], stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                          user=65534, group=65534, extra_groups=[])
    assert done.returncode == 4
    assert str(path) in done.stderr.decode()


@pytest.mark.parametrize("what", ["a brace too few", "binary rubbish", "a virtual router id of 400", "an interface which does not exist"])
def test_a_reload_on_it_leaves_a_running_master_alone_or_applies_all_of_it(box, what):
    node, flavour = box
    daemon = node.keepalived(GOOD.replace("advert_int 1", "advert_int 0.1").replace("state BACKUP", "version 3"), flavour)
    eventually(lambda: node.holds("10.0.0.100"), 8, daemon.log)
    CASES[what][0](node.folder)
    daemon.configuration_file.write_bytes((node.folder / "bad.conf").read_bytes())
    before = daemon.log()
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "Reload complete" in daemon.log()[len(before):] or "refused" in daemon.log()[len(before):], 10, daemon.log)
    assert daemon.is_running() and daemon.vrrp_pid()
    assert node.holds("10.0.0.100") == ("Reload refused" in daemon.log())
    assert daemon.stop() == 0
