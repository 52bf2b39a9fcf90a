"""The demo where the kernel has ip_vs: its web servers are played on that kernel, in namespaces."""
import os
import pathlib
import subprocess
import sys

MODULES = ["ip_vs", "ip_vs_rr"]

DEMO = pathlib.Path(__file__).resolve().parents[1] / "demo" / "demo.py"


def test_the_second_act_is_played_here_and_leaves_nothing():
    done = subprocess.run([sys.executable, "-B", str(DEMO), "--act", "web"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90,
                          env={**os.environ, "KEEPALIVED_LAB_PREFIX": "here"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on this kernel, which has ip_vs" in done.stdout
    assert "the table was not touched" in done.stdout
    assert [name for name in os.listdir("/run/netns") if name.startswith("here")] == []
