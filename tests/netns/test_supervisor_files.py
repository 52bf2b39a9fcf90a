"""The parent's files, scripts, names, namespaces and schedule: what surrounds the processes."""
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from lab import eventually, instance, keepalived_conf
from lab.daemon import OURS, children_of, is_alive

VIP = "10.0.0.100"


def conf(globals="", top="", vip=VIP):
    return top + keepalived_conf(instance("VI_1", 51, 150, [f"{vip}/24"], advert_int=0.3, extra="    version 3"), globals=globals)


@pytest.fixture
def box(lab, ours):
    return lab.node("a")


def started(box, ours, *arguments, options=(), **keywords):
    daemon = box.keepalived(conf(*arguments, **keywords), ours, options)
    daemon.wait_for_log("Startup complete")
    return daemon


def status(pid, field):
    return re.search(rf"^{field}:\s+(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1]


def comm(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


# ------------------------------------------------------------------------------------------------ reloads with conditions

def test_a_configuration_that_fails_the_check_is_not_loaded(box, ours, tmp_path):
    log = tmp_path / "check.log"
    keyword = f"    reload_check_config {log}"
    daemon = started(box, ours, keyword)
    daemon.write(conf(keyword + "\n    no_such_keyword"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log(f"New config failed validation, see {log} for details")
    assert "no_such_keyword" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert not daemon.logged("Reloading")
    daemon.reload(conf(keyword, vip="10.0.0.101"))
    assert log.read_text() == ""


def test_without_the_check_an_unknown_keyword_is_logged_and_the_rest_applied(box, ours):
    daemon = started(box, ours)
    daemon.reload(conf("    no_such_keyword", vip="10.0.0.101"))
    eventually(lambda: box.holds("10.0.0.101"), 3, daemon.log)
    assert daemon.logged(r"no_such_keyword")


def test_a_reload_file_exists_while_the_configuration_is_read(box, ours, tmp_path):
    marker = tmp_path / "reading"
    daemon = started(box, ours, f"    reload_file {marker}")
    # How short it lives depends on the machine; that it was made is seen from its being taken away.
    marker.write_text("left over")
    daemon.reload()
    assert not marker.exists()


def test_what_is_read_is_saved_0600_with_the_state_before_and_after(box, ours, tmp_path):
    folder = tmp_path / "saved"
    daemon = started(box, ours, f"    config_save_dir {folder}")
    first = folder / f"keepalived.conf.{daemon.pid}.0"
    assert "VI_1" in first.read_text()
    assert first.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
    child = daemon.vrrp_pid()
    daemon.reload(conf(f"    config_save_dir {folder}", vip="10.0.0.101"))
    assert "10.0.0.101" in (folder / f"keepalived.conf.{daemon.pid}.1").read_text()
    before, after = (folder / f"keepalived_vrrp.{child}.1.{moment}" for moment in ("pre", "post"))
    eventually(lambda: before.exists() and after.exists(), 3)
    assert VIP in before.read_text() and "10.0.0.101" in after.read_text()


# ------------------------------------------------------------------------------------------------ reloads by the clock

def clock(seconds, form="%H:%M:%S"):
    return time.strftime(form, time.localtime(time.time() + seconds))


def test_a_reload_happens_at_its_time_and_the_file_goes(box, ours, tmp_path):
    schedule = tmp_path / "when"
    daemon = started(box, ours, f"    reload_time_file {schedule}")
    schedule.write_text(clock(2, "%Y-%m-%d %H:%M:%S") + "\n")
    daemon.wait_for_log(r"Scheduling reload for \d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
    daemon.wait_for_log("Reload complete")
    assert not schedule.exists()


def test_a_repeated_reload_is_scheduled_for_the_next_day(box, ours, tmp_path):
    schedule = tmp_path / "when"
    daemon = started(box, ours, f"    reload_time_file {schedule}\n    reload_repeat")
    schedule.write_text(clock(2))
    daemon.wait_for_log("Reload complete")
    daemon.wait_for_log("Scheduling reload for " + clock(86400, "%Y-%m-%d"))
    assert schedule.exists()


def test_changes_of_the_schedule_are_told(box, ours, tmp_path):
    schedule = tmp_path / "when"
    schedule.write_text(clock(3600, "%Y-%m-%d %H:%M:%S"))
    daemon = started(box, ours, f"    reload_time_file {schedule}")
    daemon.wait_for_log("Scheduling reload for ")
    schedule.write_text(clock(7200, "%Y-%m-%d %H:%M:%S"))
    daemon.wait_for_log("Reload time updated from .* to ")
    schedule.write_text("junk")
    daemon.wait_for_log("Reload time junk format is incorrect - ignoring")
    daemon.wait_for_log("Invalid reload time 'junk' specified - ignoring")
    daemon.wait_for_log("Cancelling reload scheduled for ")
    schedule.write_text(clock(-3600, "%Y-%m-%d %H:%M:%S"))
    daemon.wait_for_log("Reload date/time is in the past - ignoring")
    schedule.write_text(clock(3600, "%Y-%m-%d %H:%M:%S"))
    daemon.wait_for_log("Scheduling reload for ", times=2)
    schedule.unlink()
    daemon.wait_for_log("Cancelling reload scheduled for ", times=2)


# ------------------------------------------------------------------------------------------------ startup and shutdown scripts

def script(path, body):
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


SECURITY = "    script_user root\n    enable_script_security\n"


def test_the_scripts_run_before_the_first_child_and_after_the_last(box, ours, lab):
    folder = lab.folder / "scripts"
    folder.mkdir(mode=0o755)
    up, down = folder / "up.ran", folder / "down.ran"
    first = script(folder / "up", f"pgrep -P $PPID | grep -v $$ | wc -l > {up}; exit 3")
    last = script(folder / "down", f"ip address show dev eth0 > {down}")
    daemon = started(box, ours, f"{SECURITY}    startup_script {first}\n    shutdown_script {last}")
    assert up.exists()
    assert re.search(r"Running startup script .*startup script script failed, status 3.*Starting VRRP child", daemon.log(), re.DOTALL)
    eventually(lambda: box.holds(VIP), 5, daemon.log)
    assert daemon.stop() == 0
    assert VIP not in down.read_text()
    assert re.search(r"Running shutdown script .*shutdown script script succeeded.*Stopped Keepalived", daemon.log(), re.DOTALL)


def test_a_startup_script_that_hangs_is_ended_and_the_start_goes_on(box, ours, lab):
    folder = lab.folder / "scripts"
    folder.mkdir(mode=0o755)
    slow = script(folder / "slow", "sleep 600")
    daemon = box.keepalived(conf(f"{SECURITY}    startup_script {slow}\n    startup_script_timeout 1"), ours)
    daemon.wait_for_log("startup script timed out")
    daemon.wait_for_log("Startup complete")


# ------------------------------------------------------------------------------------------------ names, limits, scheduling

def test_process_names_are_those_configured_and_change_at_a_reload(box, ours):
    daemon = started(box, ours, "    process_names")
    assert comm(daemon.pid) == "keepalived" and comm(daemon.vrrp_pid()) == "keepalived_vrrp"
    daemon.reload(conf("    process_name parent\n    vrrp_process_name routes"))
    assert (comm(daemon.pid), comm(daemon.vrrp_pid())) == ("parent", "routes")
    daemon.reload(conf())
    assert (comm(daemon.pid), comm(daemon.vrrp_pid())) == ("keepalived", "keepalived")


def test_scheduling_is_set_for_the_child_only_and_undone_at_a_reload(box, ours):
    daemon = started(box, ours, "    vrrp_priority -5\n    vrrp_rt_priority 7\n    vrrp_rlimit_rttime 500000\n"
                     "    vrrp_cpu_affinity 0\n    vrrp_no_swap")
    child = daemon.vrrp_pid()
    assert os.sched_getscheduler(child) & 0xff == os.SCHED_RR
    assert os.sched_getparam(child).sched_priority == 7
    assert os.sched_getaffinity(child) == {0}
    assert os.getpriority(os.PRIO_PROCESS, child) == -5
    assert re.search(r"^Max realtime timeout\s+250000\s+500000", pathlib.Path(f"/proc/{child}/limits").read_text(), re.MULTILINE)
    assert int(status(child, "VmLck").split()[0]) > 1000
    assert os.sched_getscheduler(daemon.pid) & 0xff == os.SCHED_OTHER and os.getpriority(os.PRIO_PROCESS, daemon.pid) == 0
    daemon.reload(conf())
    assert os.sched_getscheduler(child) & 0xff == os.SCHED_OTHER
    assert os.getpriority(os.PRIO_PROCESS, child) == 0
    assert os.sched_getaffinity(child) == os.sched_getaffinity(daemon.pid)
    assert status(child, "VmLck") == "0 kB"


def test_core_dumps_are_unlimited_with_m(box, ours):
    daemon = started(box, ours, options=["-m"])
    for pid in daemon.family():
        assert re.search(r"^Max core file size\s+unlimited\s+unlimited", pathlib.Path(f"/proc/{pid}/limits").read_text(), re.MULTILINE)


def test_the_vrrp_child_keeps_only_the_capabilities_it_needs_and_its_scripts_may_have_all(box, ours):
    daemon = started(box, ours)
    child = daemon.vrrp_pid()
    sys_admin, net_admin = 1 << 21, 1 << 12
    assert int(status(child, "CapEff"), 16) & (sys_admin | net_admin) == net_admin
    assert status(child, "CapBnd") == status(daemon.pid, "CapBnd")
    assert status(child, "NoNewPrivs") == "0"


def test_an_observer_runs_without_any_privilege(box, ours):
    daemon = started(box, ours)
    report, = [pid for pid in children_of(daemon.pid) if pid != daemon.vrrp_pid()]
    assert status(report, "Uid").split()[0] != "0"
    assert int(status(report, "CapEff"), 16) == 0 and status(report, "NoNewPrivs") == "1"


# ------------------------------------------------------------------------------------------------ instances and namespaces

PRIVATE_RUN = 'mkdir -p "$0/netns"; mount --rbind /run/netns "$0/netns"; mount --rbind "$0" /run; exec "$@"'


def in_private_run(box, *arguments):
    """The command which runs keepalived in the box with a /run of its own."""
    return box.command("unshare", "--mount", "sh", "-c",
                       PRIVATE_RUN, *arguments)


def run_here(box, folder, text, *options):
    file = folder / "k.conf"
    file.write_text(text)
    log = open(folder / "log", "w")
    (folder / "run").mkdir()
    process = subprocess.Popen(in_private_run(box, folder / "run", *OURS.command, "-n", "-l", "-G", "-f", file, *options),
                               stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "TMPDIR": str(folder)},
                               start_new_session=True)
    return process, folder / "log"


def test_an_instance_has_its_pid_files_and_ident_by_its_name(box, ours, tmp_path):
    process, log = run_here(box, tmp_path, conf(top="instance one\n"))
    try:
        eventually(lambda: "Startup complete" in log.read_text(), 5, log.read_text)
        assert "Changing syslog ident to Keepalived_one" in log.read_text()
        files = {path.name for path in pathlib.Path(f"/proc/{process.pid}/root/run/keepalived").iterdir()}
        assert files == {"keepalived_one.pid", "vrrp_one.pid"}
    finally:
        process.terminate()
        assert process.wait(5) == 0
    assert not (tmp_path / "run/keepalived").exists()


def test_a_network_namespace_is_entered_and_its_files_are_below_its_name(lab, ours, box, tmp_path):
    # Started outside of the namespace, which the configuration names.
    name = box.namespace.name
    (tmp_path / "run").mkdir()
    file = tmp_path / "k.conf"
    file.write_text(conf(top=f"net_namespace {name}\n"))
    log = open(tmp_path / "log", "w")
    command = ["unshare", "--mount", "sh", "-c", PRIVATE_RUN,
               str(tmp_path / "run"), *OURS.command, "-n", "-l", "-G", "-f", str(file)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                               env={**os.environ, "TMPDIR": str(tmp_path)}, start_new_session=True)
    text = (tmp_path / "log").read_text
    try:
        eventually(lambda: "Startup complete" in text(), 5, text)
        eventually(lambda: box.holds(VIP), 5, text)
        assert f"Changing syslog ident to Keepalived_{name}" in text()
        assert {path.name for path in (tmp_path / "run/keepalived" / name).iterdir()} == {"keepalived.pid", "vrrp.pid"}
        inside = pathlib.Path(f"/proc/{process.pid}/root/run/keepalived/keepalived.pid")
        assert int(inside.read_text()) == process.pid
    finally:
        process.terminate()
        assert process.wait(5) == 0
    assert not box.holds(VIP)
    assert not (tmp_path / "run/keepalived").exists()


def test_a_network_namespace_that_does_not_exist_ends_the_start_with_0_and_a_line(under_test, tmp_path):
    file = tmp_path / "k.conf"
    file.write_text("net_namespace no-such-place\n")
    done = subprocess.run([*OURS.command, "-n", "-l", "-G", "-f", file, "-p", tmp_path / "p"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 0
    assert "Failed to open /run/netns/no-such-place" in done.stderr
    assert "Unable to set network namespace no-such-place - exiting" in done.stderr


def test_started_without_permission_the_daemon_ends_with_4(box, ours, tmp_path):
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents:
        if folder.name.startswith("pytest"):
            folder.chmod(0o755)
    file = tmp_path / "k.conf"
    file.write_text(conf())
    pids = [word for letter in "prcb" for word in (f"-{letter}", str(tmp_path / letter))]
    done = subprocess.run(box.command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *OURS.command, "-n", "-l", "-G",
                                      "-f", file, *pids), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert done.returncode == 4, done.stderr
    assert "exited with permanent error missing permission. Terminating" in done.stderr


def test_children_by_hand_say_where_they_belong(under_test):
    for name in ("keepalived_vrrp", "keepalived_report"):
        child = pathlib.Path(OURS.command[0]).parent / "../libexec/keepalived" / name
        done = subprocess.run([child], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
        assert done.returncode == 1
        assert done.stderr.endswith(" is a part of keepalived and is started by it\n") and done.stderr.count("\n") == 1


def test_nothing_is_left_running_after_a_start_that_failed(box, ours, tmp_path):
    before = set(box.namespace.processes())
    subprocess.run(box.command(*OURS.command, "-n", "-G", "-f", tmp_path / "missing"), stdin=subprocess.DEVNULL, timeout=10)
    assert not {pid for pid in set(box.namespace.processes()) - before if is_alive(pid)}


# ------------------------------------------------------------------------------------------------ notify FIFOs

def test_the_reader_of_a_fifo_sees_no_end_when_the_child_dies(box, ours, lab):
    folder = lab.folder / "fifo"
    folder.mkdir(mode=0o755)
    fifo, seen = folder / "notify", folder / "seen"
    reader = script(folder / "reader", f'echo begin >> {seen}\nwhile read -r line; do echo "$line" >> {seen}; done < "$1"\necho end >> {seen}')
    daemon = started(box, ours, f"{SECURITY}    vrrp_notify_fifo {fifo}\n    vrrp_notify_fifo_script {reader}")
    eventually(lambda: seen.exists() and 'INSTANCE "VI_1" MASTER 150' in seen.read_text(), 5, daemon.log)
    old = daemon.vrrp_pid()
    os.kill(old, signal.SIGKILL)
    eventually(lambda: (daemon.vrrp_pid() or old) != old, 3, daemon.log)
    daemon.data()
    assert seen.read_text().count("begin") == 1 and "end" not in seen.read_text()
    daemon.stop()
    assert not fifo.exists()
