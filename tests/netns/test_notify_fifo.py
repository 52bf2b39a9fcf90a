"""The notify FIFOs: every line, in order, whatever happens to the children."""
import os
import signal

import pytest

from lab import eventually, never
from lab.told import FifoReader, ToldBox


@pytest.fixture
def box(lab, ours):
    return ToldBox(lab, ours)


def test_both_fifos_get_every_line(box):
    paths = [box.folder / "all", box.folder / "vrrp"]
    globals = f"    notify_fifo {paths[0]}\n    vrrp_notify_fifo {paths[1]}\n    vrrp_notify_priority_changes true\n"
    script = box.script("chk", f"test -e {box.folder}/good || exit 1")
    check = f"vrrp_script chk {{\n    script {script}\n    interval 0.1\n    weight 10\n}}\n"
    readers = [FifoReader(path) for path in paths]
    daemon = box.start(check, box.block(more="    track_script {\n        chk\n    }\n"), globals=globals)
    for reader in readers:
        reader.wait_for('INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_1" MASTER 100')
        assert oct(reader.path.stat().st_mode & 0o777) == "0o600"
    (box.folder / "good").touch()
    for reader in readers:
        reader.wait_for('INSTANCE "VI_1" MASTER_PRIORITY 110')
    daemon.stop()
    for reader in readers:
        reader.wait_for('INSTANCE "VI_1" STOP 110')
        assert not reader.path.exists()


def test_a_reader_sees_no_end_when_the_child_dies_or_the_file_is_read_again(box):
    path = box.folder / "fifo"
    globals = f"    notify_fifo {path}\n"
    reader = FifoReader(path)
    daemon = box.start(box.block(), globals=globals)
    reader.wait_for('INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_1" MASTER 100')
    child = daemon.vrrp_pid()
    os.kill(child, signal.SIGKILL)
    eventually(lambda: daemon.vrrp_pid() not in (None, child), 5)
    daemon.reload(box.conf(box.block(), globals=globals))
    never(lambda: len(reader.lines()) != 2 or reader.ended, 0.5)
    daemon.stop()
    reader.wait_for('INSTANCE "VI_1" STOP 100')


def test_all_states_are_written_again_after_a_reload_when_asked_for(box):
    path = box.folder / "fifo"
    globals = f"    notify_fifo {path}\n    fifo_write_vrrp_states_on_reload\n"
    reader = FifoReader(path)
    daemon = box.start(box.block(), globals=globals)
    reader.wait_for('INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_1" MASTER 100')
    daemon.reload(box.conf(box.block(), globals=globals))
    reader.wait_for('INSTANCE "VI_1" MASTER 100', 'INSTANCE "VI_1" MASTER 100')


def test_the_fifo_script_gets_the_path_last_and_ends_with_the_daemon(box):
    path = box.folder / "fifo"
    script = box.folder / "reader"
    script.write_text(f"#!/bin/sh\necho \"$@\" > {box.folder}/arguments\nexec cat \"$2\" > {box.folder}/lines\n")
    script.chmod(0o755)
    daemon = box.start(box.block(), globals=f"    notify_fifo {path}\n    notify_fifo_script \"{script} word\"\n")
    lines = box.folder / "lines"
    eventually(lambda: lines.exists() and lines.read_text() == 'INSTANCE "VI_1" BACKUP 100\nINSTANCE "VI_1" MASTER 100\n', 10)
    assert (box.folder / "arguments").read_text() == f"word {path}\n"
    daemon.stop()
    eventually(lambda: not box.node.namespace.processes(), 5)


def test_what_is_no_fifo_of_ours_is_left_alone(box):
    path = box.folder / "fifo"
    path.write_text("precious")
    daemon = box.start(box.block(), globals=f"    notify_fifo {path}\n")
    daemon.wait_for_log(f"notify fifo {path} is not a fifo we own - not using")
    daemon.wait_for_log("Entering MASTER")
    daemon.stop()
    assert path.read_text() == "precious"
