"""What systemd is told: cli-signals.md §10."""
import json
import os
import socket
import subprocess
import sys

import pytest

from lab import instance, keepalived_conf
from lab.daemon import OURS

CONFIGURATION = keepalived_conf(instance("VI_1", 51, 150, ["10.0.0.100/24"], advert_int=0.3, extra="    version 3"))


@pytest.fixture
def box(lab, ours):
    return lab.node("a")


def test_without_systemd_as_starter_nothing_is_notified(box, ours, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.setblocking(False)
        os.environ["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        try:
            daemon = box.keepalived(CONFIGURATION, ours)
        finally:
            del os.environ["NOTIFY_SOCKET"]
        daemon.wait_for_log("Startup complete")
        with pytest.raises(BlockingIOError):
            notify.recv(100)


# A stand-in for systemd: process 1 of a pid namespace, with its name, a notify socket, and a keepalived it has started.
AS_SYSTEMD = r"""
import ctypes, json, os, signal, socket, subprocess, sys, time
ctypes.CDLL(None).prctl(15, b"systemd", 0, 0, 0)
path, broken, *command = sys.argv[1:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(path)
notify.settimeout(10)
daemon = subprocess.Popen(command, env={**os.environ, "NOTIFY_SOCKET": path})
heard = []
def hear(*words):
    while True:
        heard.append(notify.recv(500).decode())
        if any(word in heard[-1] for word in words):
            return
hear("READY=1")
daemon.send_signal(signal.SIGHUP)
hear("READY=1")
file = sys.argv[sys.argv.index("-f") + 1]
good = open(file).read()
os.rename(broken, file)
daemon.send_signal(signal.SIGHUP)
hear("READY=1")
open(file, "w").write(good)
daemon.send_signal(signal.SIGHUP)
hear("READY=1")
daemon.terminate()
hear("STOPPING=1")
daemon.wait(10)
print(json.dumps([text.replace(str(daemon.pid), "PID") for text in heard]))
"""


def test_systemd_is_told_of_start_reload_refusal_and_stop(box, ours, tmp_path):
    file, broken = tmp_path / "k.conf", tmp_path / "broken.conf"
    file.write_text(CONFIGURATION)
    broken.write_text("vrrp_instance VI_1 {\n")
    done = subprocess.run(box.command("unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", AS_SYSTEMD, tmp_path / "notify",
                                      broken, *OURS.command, "-n", "-G", "-f", file, "-p", tmp_path / "p", "-r", tmp_path / "r",
                                      "-c", tmp_path / "c", "-b", tmp_path / "b"),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout)
    assert heard[:4] == ["", "READY=1\nMAINPID=PID", "RELOADING=1", "READY=1\nMAINPID=PID"]
    assert heard[4] == "RELOADING=1" and heard[5].startswith("READY=1\nMAINPID=PID\nSTATUS=Reload refused: ")
    assert heard[6:8] == ["RELOADING=1", "READY=1\nMAINPID=PID\nSTATUS="], "a good reload takes the complaint back"
    assert heard[8:] == ["STOPPING=1"]
