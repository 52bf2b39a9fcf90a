"""Keywords of global_defs which say how the processes run: each must do what it says (conf-global.md §2.4, §2.5, §4.6)."""
import ctypes
import os
import pathlib
import re
import signal
import struct
import subprocess

import pytest

from lab import eventually, instance, keepalived_conf, never
from lab.daemon import children_of

VIP = "10.0.0.100"
QUICK = "    version 3\n    garp_master_delay 0\n"


def conf(globals="", blocks="", extra=""):
    return keepalived_conf(instance(priority=200, advert_int=0.1, extra=QUICK + extra), blocks, globals=globals)


def master(lab, ours, configuration):
    node = lab.node("a")
    daemon = node.keepalived(configuration, ours)
    eventually(lambda: node.holds(VIP), 8, daemon.log)
    return node, daemon


def stall(daemon, pid, pattern, times):
    """The process sleeps until its timers are far too late, and wakes up."""
    asleep = 0.4
    os.kill(pid, signal.SIGSTOP)
    never(lambda: False, asleep)
    os.kill(pid, signal.SIGCONT)
    daemon.wait_for_log(pattern, 5, times)


def test_a_process_that_is_late_raises_itself_to_the_limit_and_no_further(lab, ours):
    _, daemon = master(lab, ours, conf("    max_auto_priority 2\n    min_auto_priority_delay 200000"))
    pid = daemon.vrrp_pid()
    assert os.sched_getscheduler(pid) & 3 == os.SCHED_OTHER
    for priority in (1, 2):
        stall(daemon, pid, rf"Set realtime priority {priority}$", 1)
        assert os.sched_getscheduler(pid) == os.SCHED_RR | os.SCHED_RESET_ON_FORK
        assert os.sched_getparam(pid).sched_priority == priority
    stall(daemon, pid, r"A timer was \d+ ms late", 1)
    assert os.sched_getparam(pid).sched_priority == 2
    assert re.search(r"A thread timer expired 0\.\d{6} seconds ago", daemon.log())
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    assert re.search(r"Max realtime timeout +5000 +10000 +us", limits), limits
    daemon.reload(conf("    max_auto_priority -1"))
    eventually(lambda: os.sched_getscheduler(pid) & 3 == os.SCHED_OTHER, 3)


def wished_slice(pid):
    """Nanoseconds a process asked the scheduler for; 0 where it did not, or where the kernel does not know (sched_getattr(2))."""
    SYS_sched_getattr, attributes = 315, ctypes.create_string_buffer(48)
    assert ctypes.CDLL(None).syscall(SYS_sched_getattr, pid, attributes, 48, 0) == 0
    return struct.unpack_from("Q", attributes, 24)[0]


@pytest.mark.skipif(tuple(map(int, os.uname().release.split(".")[:2])) < (6, 12), reason="slices can be asked for from Linux 6.12 on")
def test_vrrp_asks_for_short_slices_and_its_scripts_do_not_inherit_the_wish(lab, ours, tmp_path):
    script = tmp_path / "notify"
    script.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 60\n")
    script.chmod(0o700)
    _, daemon = master(lab, ours, conf("    script_user root", extra=f"    notify_master {script}\n"))
    eventually((tmp_path / "pid").exists, 5, daemon.log)
    asked, of_the_script = wished_slice(daemon.vrrp_pid()), wished_slice(int((tmp_path / "pid").read_text()))
    assert asked == 100_000 and of_the_script != asked, (asked, of_the_script)


@pytest.mark.skipif(tuple(map(int, os.uname().release.split(".")[:2])) < (6, 12), reason="slices can be asked for from Linux 6.12 on")
def test_the_wish_for_short_slices_outlives_other_classes_and_the_process(lab, ours):
    node, daemon = master(lab, ours, conf("    vrrp_priority -5"))
    pid = daemon.vrrp_pid()
    eventually(lambda: os.getpriority(os.PRIO_PROCESS, pid) == -5, 3)
    assert wished_slice(pid) == 100_000
    for keywords, policy in (("    vrrp_rt_priority 10\n    vrrp_no_swap", os.SCHED_RR), ("    vrrp_priority 3", os.SCHED_OTHER)):
        daemon.reload(conf(keywords))
        eventually(lambda: os.sched_getscheduler(pid) & 3 == policy, 3)
    assert os.getpriority(os.PRIO_PROCESS, pid) == 3
    assert wished_slice(pid) == 100_000
    daemon.reload(conf("    max_auto_priority 1\n    min_auto_priority_delay 200000"))
    stall(daemon, pid, r"Set realtime priority 1$", 1)
    daemon.reload(conf("    max_auto_priority -1"))
    eventually(lambda: os.sched_getscheduler(pid) & 3 == os.SCHED_OTHER, 3)
    assert wished_slice(pid) == 100_000
    os.kill(pid, signal.SIGKILL)
    successor = eventually(lambda: daemon.vrrp_pid() not in (None, pid) and daemon.vrrp_pid(), 5, daemon.log)
    assert wished_slice(successor) == 100_000


@pytest.mark.parametrize("keyword, told", [("", 1), ("    max_auto_priority 0", 1), ("    max_auto_priority -1", 0), ("    max_auto_priority 5", 0)])
def test_without_it_the_parent_tells_about_it(lab, ours, keyword, told):
    _, daemon = master(lab, ours, conf(keyword))
    assert daemon.count("NOTICE: setting config option max_auto_priority should result in better keepalived performance") == told


def test_a_process_that_uses_too_much_cpu_time_says_which_keyword_to_raise(lab, ours):
    _, daemon = master(lab, ours, conf())
    os.kill(daemon.vrrp_pid(), signal.SIGXCPU)
    daemon.wait_for_log(r"process has used too much CPU time, vrrp_rlimit_rttime may need to be increased", 3)


def test_the_configuration_lies_on_the_file_system_that_was_asked_for(lab, ours, tmp_path):
    tmp_path.chmod(0o700)
    keyword = f"    tmp_config_directory {tmp_path}"
    _, daemon = master(lab, ours, conf(keyword))
    held = [os.readlink(f"/proc/{daemon.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{daemon.pid}/fd")]
    assert [path for path in held if path.startswith(f"{tmp_path}/") and path.endswith("(deleted)")], held
    assert not [path for path in held if "keepalived-generation" in path]
    assert list(tmp_path.iterdir()) == []
    daemon.reload(conf(keyword, extra="    garp_master_repeat 2"))
    assert daemon.is_running() and len(children_of(daemon.pid)) >= 2


def test_a_polled_link_is_what_the_driver_says_not_what_the_kernel_tells(lab, ours):
    """A dormant interface is not RUNNING, but its driver has a link."""
    node, daemon = master(lab, ours, conf(blocks="linkbeat_interfaces {\n    eth0 ETHTOOL\n}\n"))
    node.ip("link set eth0 mode dormant state dormant")
    never(lambda: daemon.logged("Entering FAULT STATE"), 0.5)
    node.unplug()
    daemon.wait_for_log(r"\(VI_1\) Entering FAULT STATE", 4)
    node.plug()
    daemon.wait_for_log(r"\(VI_1\) Entering MASTER STATE", 6, 2)


def test_a_link_which_is_not_polled_is_what_the_kernel_tells(lab, ours):
    node, daemon = master(lab, ours, conf())
    node.ip("link set eth0 mode dormant state dormant")
    daemon.wait_for_log(r"\(VI_1\) Entering FAULT STATE", 4)
    daemon.reload(conf(blocks="linkbeat_interfaces {\n    eth0\n}\n"))
    daemon.wait_for_log(r"\(VI_1\) Entering MASTER STATE", 6, 2)


def test_a_backup_waits_for_the_moment_of_its_takeover_as_the_first_to_run(lab, ours, tmp_path):
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pytest.skip("no real-time priority for anybody here")
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    node = lab.node("a")
    daemon = node.keepalived(keepalived_conf(instance(priority=100, advert_int=1, extra=QUICK)), ours)
    daemon.wait_for_log(r"Entering BACKUP STATE")
    pid, calls = daemon.vrrp_pid(), tmp_path / "calls"
    strace = subprocess.Popen(["strace", "-p", str(pid), "-e", "trace=sched_setattr,epoll_wait,sendto,sendmsg,sendmmsg", "-o", calls],
                              stderr=subprocess.DEVNULL)
    eventually(lambda: node.holds(VIP), 8, daemon.log)
    daemon.wait_for_log(r"Entering MASTER STATE")
    eventually(lambda: os.sched_getscheduler(pid) & 3 == os.SCHED_OTHER, 3)
    strace.terminate()
    strace.wait()
    told = re.findall(r"SCHED_FIFO|SCHED_OTHER|epoll_wait|224\.0\.0\.18", calls.read_text())
    advert = told.index("224.0.0.18")
    before, after = told[:advert], told[advert:]
    assert before.count("SCHED_FIFO") == 1 and "SCHED_OTHER" not in before, told
    assert "epoll_wait" in before[before.index("SCHED_FIFO"):], told
    assert "SCHED_OTHER" in after[:after.index("epoll_wait")], told


def test_a_real_time_process_outlives_a_thousand_instances(lab, ours):
    """Reload, take-over and stop of them take longer than the 10 ms after which the kernel kills a process that runs away."""
    def file(count):
        blocks = [instance(f"VI_{n}", n % 250 + 1, 200, (f"10.{n // 250 + 1}.0.{n % 250 + 1}/32",), f"eth{n // 250}", extra=QUICK)
                  for n in range(count)]
        return keepalived_conf(*blocks, globals="    vrrp_rt_priority 10")
    node = lab.node("a", "lan0", "lan1", "lan2", "lan3")
    daemon = node.keepalived(file(1), ours)
    daemon.wait_for_log(r"Entering BACKUP STATE")
    pid = daemon.vrrp_pid()
    eventually(lambda: os.sched_getscheduler(pid) & 3 == os.SCHED_RR, 3)
    daemon.reload(file(1000), 20)
    daemon.wait_for_log(r"Entering MASTER STATE", 20, 1000)
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    assert re.search(r"Max realtime timeout +5000 +10000 +us", limits), limits
    assert daemon.stop(20) == 0
    assert not daemon.logged(r"exited due to signal|too much CPU time"), daemon.log()
