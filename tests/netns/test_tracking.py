"""Tracked scripts, files and processes, as they move a router that runs."""
import os
import signal

import pytest

from lab import eventually, instance, keepalived_conf, never


class Box:
    """One router with one instance and things to track."""

    def __init__(self, lab, ours):
        self.node = lab.node("a")
        self.ours = ours
        self.folder = self.node.folder / "track"
        self.folder.mkdir()

    def script(self, name, body):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\ncd {self.folder}\n{body}\n")
        path.chmod(0o755)
        return path

    def conf(self, *objects, track, priority=100, globals=""):
        extra = "    version 3\n" + "\n".join(f"    {kind} {{\n        {use}\n    }}" for kind, use in track.items())
        return keepalived_conf(*objects, instance(priority=priority, advert_int=0.1, extra=extra),
                               globals=f"    script_user root\n{globals}")

    def start(self, *objects, **more):
        self.daemon = self.node.keepalived(self.conf(*objects, **more), self.ours)
        return self.daemon

    def enters(self, state, times=1):
        return self.daemon.wait_for_log(rf"\(VI_1\) Entering {state} STATE", times=times)


@pytest.fixture
def box(lab, ours):
    return Box(lab, ours)


def check(script, more="    interval 0.1"):
    return f"vrrp_script chk {{\n    script {script}\n{more}\n}}\n"


def test_a_script_with_weight_0_decides_between_fault_and_service(box):
    script = box.script("chk.sh", "test -e good")
    daemon = box.start(check(script), track={"track_script": "chk"})
    daemon.wait_for_log(r"VRRP_Script\(chk\) failed \(exited with status 1\)")
    daemon.wait_for_log(r"Script `chk` now returning 1")
    never(lambda: daemon.logged(r"Entering (BACKUP|MASTER)"), 0.5)
    (box.folder / "good").touch()
    daemon.wait_for_log(r"VRRP_Script\(chk\) succeeded")
    box.enters("BACKUP")
    box.enters("MASTER")
    assert box.node.holds("10.0.0.100")
    (box.folder / "good").unlink()
    box.enters("FAULT")
    eventually(lambda: not box.node.holds("10.0.0.100"), 2)


def test_a_script_with_weight_changes_the_priority(box):
    script = box.script("chk.sh", "test -e good")
    daemon = box.start(check(script, "    interval 0.1\n    weight 20"), track={"track_script": "chk"})
    box.enters("MASTER")
    (box.folder / "good").touch()
    daemon.wait_for_log(r"\(VI_1\) Changing effective priority from 100 to 120")
    (box.folder / "good").unlink()
    daemon.wait_for_log(r"\(VI_1\) Changing effective priority from 120 to 100")
    assert daemon.transitions() == ["BACKUP", "MASTER"]


def test_fall_and_rise_count_consecutive_results(box):
    script = box.script("chk.sh", "echo >> runs; test $(wc -l < runs) -lt 6 -o -e good")
    daemon = box.start(check(script, "    interval 0.1\n    weight 20\n    fall 4\n    rise 3"), track={"track_script": "chk"})
    daemon.wait_for_log(r"VRRP_Script\(chk\) failed")
    # Five successes, four failures; the next run may have begun.
    assert len((box.folder / "runs").read_text().splitlines()) in (9, 10)


def test_a_script_over_its_time_fails_and_is_ended_with_its_children(box):
    script = box.script("chk.sh", "if [ -e hang ]; then sleep 600 & echo $! > child; wait; fi")
    daemon = box.start(check(script, "    interval 0.2\n    timeout 0.1"), track={"track_script": "chk"})
    box.enters("MASTER")
    (box.folder / "hang").touch()
    daemon.wait_for_log(r"VRRP_Script\(chk\) timed_out")
    box.enters("FAULT")
    (box.folder / "hang").unlink()
    box.enters("BACKUP", times=2)
    child = (box.folder / "child").read_text().strip()
    eventually(lambda: not os.path.exists(f"/proc/{child}") or "State:\tZ" in open(f"/proc/{child}/status").read(), 3)


def test_the_number_in_a_file_moves_the_priority(box):
    value = box.folder / "value"
    value.write_text("10")
    track_file = f"track_file f {{\n    file {value}\n    weight 2\n}}\n"
    daemon = box.start(track_file, track={"track_file": "f"}, priority=110)
    box.enters("MASTER")
    # Its own example of the spec: value, priority after it.
    current = 130
    for text, priority in (("100", 254), ("-20", 70), ("0x10", 142), ("-60", 1)):
        value.write_text(text)
        daemon.wait_for_log(rf"\(VI_1\) Changing effective priority from {current} to {priority}\b")
        current = priority
    value.unlink()
    daemon.wait_for_log(r"\(VI_1\) Changing effective priority from 1 to 110")
    value.write_text("-200")
    box.enters("FAULT")
    value.write_text("0")
    box.enters("BACKUP", times=2)


def test_a_process_which_must_run(box):
    name = f"kt{os.getpid()}"
    track_process = f"vrrp_track_process tp {{\n    process {name}\n}}\n"
    daemon = box.start(track_process, track={"track_process": "tp"})
    daemon.wait_for_log(r"entering FAULT state|Entering FAULT STATE")
    never(lambda: daemon.logged("Entering MASTER"), 0.8)
    program = box.folder / name
    program.symlink_to("/bin/sleep")
    process = box.node.popen(str(program), "600")
    daemon.wait_for_log("Quorum gained for tracked process tp")
    box.enters("MASTER")
    process.kill()
    process.wait()
    daemon.wait_for_log("Quorum lost for tracked process tp")
    box.enters("FAULT")


def test_a_reload_keeps_the_result_of_an_unchanged_script(box):
    script = box.script("chk.sh", "echo >> runs; exit 0")
    daemon = box.start(check(script), track={"track_script": "chk"})
    box.enters("MASTER")
    daemon.reload(box.conf(check(script), track={"track_script": "chk"}, priority=101))
    daemon.wait_for_log(r"VRRP_Script\(chk\) considered successful on reload")
    never(lambda: daemon.count("Entering BACKUP") > 1 or daemon.logged("Entering FAULT"), 0.5)


def test_a_child_that_is_killed_finds_the_verdicts_again(box):
    script = box.script("chk.sh", "exit 0")
    daemon = box.start(check(script, "    interval 30"), track={"track_script": "chk"})
    box.enters("MASTER")
    transitions = daemon.transitions()
    before = daemon.vrrp_pid()
    os.kill(before, signal.SIGKILL)
    eventually(lambda: daemon.vrrp_pid() not in (None, before), 5)
    never(lambda: daemon.transitions() != transitions or not box.node.holds("10.0.0.100"), 1.0)


def test_a_new_script_does_not_disturb_before_its_first_result(box):
    daemon = box.start(track={})
    box.enters("MASTER")
    script = box.script("chk.sh", "sleep 0.5; exit 0")
    daemon.reload(box.conf(check(script, "    interval 5"), track={"track_script": "chk"}))
    daemon.wait_for_log(r"VRRP_Script\(chk\) succeeded")
    assert daemon.transitions() == ["BACKUP", "MASTER"]
