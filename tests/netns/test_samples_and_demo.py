"""What a newcomer runs first: the sample configurations and the demo."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from lab import eventually

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "demo"))
import stage  # noqa: E402
import view  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = sorted((TOP / "conf/samples").glob("*.conf"))
DEMO = [sys.executable, "-B", str(TOP / "tests/demo/demo.py")]


def namespaces():
    return set(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else set()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_good(lab, under_test, sample):
    node = lab.node("a", "lan0", "lan1")
    done = subprocess.run(node.command(*under_test.command, "-t", "-f", sample), capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_configuration_of_the_readme_is_good(lab, under_test, tmp_path):
    node = lab.node("a", "lan0", "lan1")
    blocks = re.findall(r"^```\n(# /etc/keepalived/keepalived.conf.*?)^```", (TOP / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    (tmp_path / "keepalived.conf").write_text(blocks[0])
    done = subprocess.run(node.command(*under_test.command, "-t", "-f", tmp_path / "keepalived.conf"), capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def environment(prefix):
    """All that the demo starts has this prefix in its environment, also a guest."""
    return {**os.environ, "KEEPALIVED_LAB_PREFIX": prefix}


def processes(prefix):
    """{pid: command line} of what a demo with this prefix has started, and of itself."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"KEEPALIVED_LAB_PREFIX={prefix}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has just ended
    return found


def begin(prefix, *options, stdout=subprocess.DEVNULL, **more):
    return subprocess.Popen([*DEMO, *options], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL,
                            start_new_session=True, env=environment(prefix), **more)


def left(prefix):
    """Namespaces, and processes (a guest is one of them)."""
    return [name for name in namespaces() if name.startswith(prefix)], processes(prefix)


def tables(text):
    """[{event: {title: cell}}, …] of the tables at the end; columns are two blanks apart."""
    found, header = [], None
    for line in text.splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if cells[0] == "event":
            header = cells
            found.append({})
        elif header and len(cells) == len(header):
            found[-1][cells[0]] = dict(zip(header, cells))
        else:
            header = None
    return found


@pytest.fixture(scope="module")
def played(under_test):
    """The demo, played once: (output, seconds)."""
    prefix, began = f"demo{os.getpid()}", time.monotonic()
    done = subprocess.run(DEMO, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150, env=environment(prefix))
    assert done.returncode == 0, done.stdout + done.stderr
    assert left(prefix) == ([], {})
    return done.stdout, time.monotonic() - began


def test_the_demo_tells_its_story_in_a_minute(played):
    text, seconds = played
    assert seconds < 60
    assert "\x1b" not in text, "colours are for terminals"


def test_the_demo_shows_that_the_address_survives(played):
    rows = tables(played[0])[0]
    assert list(rows) == ["the master's box dies", "the box comes back", "reload with an added address", "the VRRP child is killed",
                          "the address is deleted by hand", "reload of a broken file"]
    assert rows["the master's box dies"]["master"] == "router-b"
    for event in ("reload with an added address", "the VRRP child is killed", "reload of a broken file"):
        assert (rows[event]["lost"], rows[event]["ms silent"], rows[event]["master"]) == ("0", "0", "router-a"), played[0]


def test_the_demo_shows_that_a_dead_server_gets_no_requests(played):
    if reason := stage.choose()[1]:
        assert f"The web servers are left out: {reason}." in played[0]
        pytest.skip(reason)
    assert re.search("in User Mode Linux|on this kernel, which has ip_vs", played[0])
    rows = tables(played[0])[1]
    killed, crash, back = (rows[event] for event in ("a web server is killed", "the checker child is killed", "the server comes back"))
    # It is checked every second, and gets every third request until it is found dead.
    assert 0 < int(killed["ms to change"]) < 2500
    assert 0 < int(killed["lost"]) <= int(killed["ms to change"]) / 20 / 3 + 2
    assert killed["answering"] == crash["answering"] == "web-1 web-3"
    assert (crash["lost"], crash["ms to change"]) == ("0", "-"), "the new child knows that the server is dead"
    assert (back["lost"], back["answering"]) == ("0", "web-1 web-2 web-3")


def test_the_live_line_fits_the_terminal():
    assert view.fitted("a \x1b[1;32mMASTER\x1b[0m  b \x1b[36mbackup\x1b[0m", 12) == "a \x1b[1;32mMASTER\x1b[0m  b \x1b[36m\x1b[0m"
    assert view.fitted("short", 80) == "short"


def test_an_interrupted_demo_cleans_up(under_test):
    prefix = f"intr{os.getpid()}"
    demo = begin(prefix)
    eventually(lambda: len(left(prefix)[0]) == 4, 10)
    demo.send_signal(signal.SIGINT)
    assert demo.wait(15) == 130
    assert left(prefix) == ([], {})


def test_a_demo_interrupted_among_the_web_servers_takes_the_guest_along(under_test):
    if reason := stage.choose()[1]:
        pytest.skip(reason)
    prefix = f"midst{os.getpid()}"
    demo = begin(prefix, "--act", "web", stdout=subprocess.PIPE, text=True)
    assert next(line for line in demo.stdout if "web-2 gone" in line)
    demo.send_signal(signal.SIGINT)
    assert demo.wait(20) == 130
    assert left(prefix) == ([], {})


@pytest.mark.parametrize("number, status", [(signal.SIGTERM, 1), (signal.SIGKILL, -signal.SIGKILL)], ids=["TERM", "KILL"])
def test_a_demo_which_is_killed_takes_the_guest_along(under_test, number, status):
    if reason := stage.choose()[1]:
        pytest.skip(reason)
    prefix = f"web{number}{os.getpid()}"
    demo = begin(prefix, "--act", "web")
    eventually(lambda: any("linux.uml" in line or "web.py" in line for pid, line in processes(prefix).items() if pid != demo.pid), 15)
    demo.send_signal(number)
    assert demo.wait(20) == status
    eventually(lambda: left(prefix) == ([], {}), 10, lambda: str(left(prefix)))


def test_where_there_is_no_ip_vs_at_all_the_demo_says_so_and_plays_the_rest(under_test):
    if stage.kernel_has_ipvs():
        pytest.skip("this kernel has ip_vs")
    blind = f"""import runpy, sys
sys.path[:0] = {[str(TOP / 'tests/uml'), str(TOP / 'tests')]}
import uml
uml.linux = lambda: None
sys.argv = ["demo", "--act", "web"]
runpy.run_path({DEMO[-1]!r}, run_name="__main__")"""
    done = subprocess.run([sys.executable, "-B", "-c", blind], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().splitlines() == ["The web servers are left out: this kernel has no ip_vs, and User Mode Linux is not unpacked "
                                                "(tests/peers/fetch)."]
