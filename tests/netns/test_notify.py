"""What the world is told by scripts and mails; in order, and when the daemon reloads, crashes or stops."""
import os
import signal
import time

import pytest

from lab import eventually, never
from lab.mail import MailServer
from lab.told import ToldBox


@pytest.fixture
def box(lab, ours):
    return ToldBox(lab, ours)


# ------------------------------------------------------------------------------------------------ scripts

def test_each_state_runs_its_own_script_and_the_generic_one_with_four_arguments(box):
    more = "".join(f"    notify_{state} {box.script(state)}\n" for state in ("master", "backup", "fault", "stop"))
    daemon = box.start(box.block(more=f"{more}    notify \"{box.script('any')} 'my own'\"\n"))
    box.called("any my own INSTANCE VI_1 BACKUP 100")
    box.called("any my own INSTANCE VI_1 MASTER 100")
    box.node.unplug()
    box.called("any my own INSTANCE VI_1 FAULT 100")
    assert daemon.stop() == 0
    box.called("any my own INSTANCE VI_1 STOP 100")
    assert [call for call in box.calls() if not call.startswith("any")] == ["backup", "master", "fault", "stop"]


def test_a_slow_script_does_not_let_the_next_one_overtake(box):
    slow = box.script("backup", "sleep 1")
    box.start(box.block(more=f"    notify_backup {slow}\n    notify_master {box.script('master')}\n"))
    box.called("master")
    assert box.calls() == ["backup", "master"]


def test_a_script_runs_as_its_user_with_a_clean_environment(box):
    out = box.folder / "open"
    out.mkdir()
    out.chmod(0o777)
    script = box.folder / "who"
    script.write_text(f"#!/bin/sh\n(id -u; id -g; umask; ls -l /proc/self/fd | grep -c socket) > {out}/facts\n")
    script.chmod(0o755)
    box.start(box.block(more=f"    notify_backup {script} nobody nogroup\n"))
    facts = eventually(lambda: (out / "facts").exists() and len((out / "facts").read_text().split()) == 4 and (out / "facts").read_text().split(), 5)
    assert facts[:2] == ["65534", "65534"]
    assert facts[2] == "0177"
    assert facts[3] == "0"


def test_a_group_tells_its_own_state(box):
    group = (f"vrrp_sync_group G {{\n    group {{\n        VI_1\n        VI_2\n    }}\n"
             f"    notify_master {box.script('gmaster')}\n    notify {box.script('gany')}\n}}\n")
    daemon = box.start(group, box.block("VI_1", 51), box.block("VI_2", 52, vip="10.0.0.101/24"))
    box.called("gmaster")
    box.called("gany GROUP G BACKUP 0")
    box.called("gany GROUP G MASTER 0")
    daemon.stop()
    box.called("gany GROUP G STOP 0")


def test_an_instance_removed_by_a_reload_is_told(box):
    any_script, deleted = box.script("any"), box.script("deleted")
    first = box.block("VI_1", 51, f"    notify {any_script}\n    notify_fault {box.script('fault')}\n")
    second = box.block("VI_2", 52, f"    notify {any_script}\n    notify_deleted {deleted}\n", "10.0.0.101/24")
    third = box.block("VI_3", 53, vip="10.0.0.102/24")
    daemon = box.start(first, second, third)
    box.called("any INSTANCE VI_1 MASTER 100")
    box.called("any INSTANCE VI_2 MASTER 100")
    daemon.reload(box.conf(third))
    box.called("any INSTANCE VI_1 FAULT 100")
    box.called("any INSTANCE VI_2 DELETED 100")
    box.called("deleted")
    assert "fault" not in box.calls()


def test_a_reload_without_a_change_and_a_crash_of_the_child_tell_nothing(box):
    block = box.block(more=f"    notify {box.script('any')}\n")
    daemon = box.start(block)
    box.called("any INSTANCE VI_1 MASTER 100")
    before = box.calls()
    daemon.reload(box.conf(block))
    child = daemon.vrrp_pid()
    os.kill(child, signal.SIGKILL)
    eventually(lambda: daemon.vrrp_pid() not in (None, child), 5)
    never(lambda: box.calls() != before, 1.0)


def test_a_notification_which_a_crash_interrupts_is_told_again(box):
    script = box.script("master", f"[ -e {box.folder}/second ] || {{ touch {box.folder}/second; sleep 600; }}")
    daemon = box.start(box.block(more=f"    notify_master {script}\n"))
    eventually(lambda: (box.folder / "second").exists(), 5)
    os.kill(daemon.vrrp_pid(), signal.SIGKILL)
    box.called("master")


def test_a_stop_ends_at_once_with_nothing_to_wait_for_and_after_a_second_otherwise(box):
    daemon = box.start(box.block())
    daemon.wait_for_log("Entering MASTER")
    began = time.monotonic()
    daemon.stop()
    assert time.monotonic() - began < 0.7
    slow = box.script("stop", "sleep 600")
    daemon = box.start(box.block(more=f"    notify_stop {slow}\n"))
    daemon.wait_for_log("Entering MASTER", times=2)
    began = time.monotonic()
    daemon.stop()
    assert 0.9 < time.monotonic() - began < 2.5


# ------------------------------------------------------------------------------------------------ mail

MAIL = """    notification_email {{
        admin@example.com
        "My, Admin <a2@example.com>"
    }}
    notification_email_from "Ka <ka@example.com>"
    smtp_server 127.0.0.1 {port}
    smtp_helo_name box
    smtp_connect_timeout 2
    smtp_alert
"""


def test_a_mail_for_each_change_in_exactly_this_form(box):
    with MailServer(box.node.namespace) as server:
        daemon = box.start(box.block(), globals=MAIL.format(port=server.port))
        mails = eventually(lambda: len(server.mails) == 2 and server.mails, 10, lambda: f"{server.mails}")
        backup = next(mail for mail in mails if "BACKUP" in mail.data)
        assert backup.commands == ["HELO box", "MAIL FROM:<ka@example.com>", "RCPT TO:<admin@example.com>",
                                   "RCPT TO:<a2@example.com>", "DATA", "QUIT"]
        head, body = backup.data.split("\r\n\r\n", 1)
        date, *others = head.split("\r\n")
        time.strptime(date, "Date: %a, %d %b %Y %H:%M:%S %z")
        assert others == ["From: Ka <ka@example.com>", "Subject: [lab] VRRP Instance VI_1 - Entering BACKUP state",
                          "X-Mailer: Keepalived", "To: admin@example.com,", ' "My, Admin" <a2@example.com>']
        assert body == "=> VRRP Instance is no longer owning VRRP VIPs <=\r\n\r\n"
        daemon.wait_for_log("SMTP alert successfully sent.", times=2)


def test_a_dead_mail_server_costs_nothing_but_a_line(box):
    daemon = box.start(box.block(), globals=MAIL.format(port=1))
    daemon.wait_for_log(r"smtp fd \d+ returned write error")
    daemon.wait_for_log("Entering MASTER")
