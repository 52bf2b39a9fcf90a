"""What a newcomer runs first: the sample configurations and the demo."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from lab import eventually

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


def test_the_demo_tells_its_story_in_a_minute_and_leaves_nothing(under_test):
    begin = time.monotonic()
    done = subprocess.run(DEMO, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90,
                          env={**os.environ, "KEEPALIVED_LAB_PREFIX": f"demo{os.getpid()}"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - begin < 60
    assert "\x1b" not in done.stdout, "colours are for terminals"
    table = {line[:31].strip(): line for line in done.stdout[done.stdout.index("event "):].splitlines()}
    assert table["the master's box dies"].split()[-1] == "router-a"
    for event in ("reload with an added address", "the VRRP child is killed", "reload of a broken file"):
        assert "router-a" in table[event] and table[event][31:].split()[:2] == ["0", "0"], done.stdout
    assert not [name for name in namespaces() if name.startswith(f"demo{os.getpid()}")]


def test_an_interrupted_demo_cleans_up(under_test):
    prefix = f"intr{os.getpid()}"
    demo = subprocess.Popen(DEMO, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                            env={**os.environ, "KEEPALIVED_LAB_PREFIX": prefix})
    eventually(lambda: len([name for name in namespaces() if name.startswith(prefix)]) == 4, 10)
    demo.send_signal(signal.SIGINT)
    assert demo.wait(15) == 130
    assert not [name for name in namespaces() if name.startswith(prefix)]
