"""The parent process: command line, start and stop, signals, reloads, deaths of children. cli-signals.md is the contract."""
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from lab import eventually, instance, keepalived_conf
from lab.daemon import OURS, SIGSTATS_CLEAR, children_of, is_alive

VIP = "10.0.0.100"


def conf(priority=150, vip=VIP, globals=""):
    return keepalived_conf(instance("VI_1", 51, priority, [f"{vip}/24"], advert_int=0.3, extra="    version 3"), globals=globals)


def run(*arguments, **options):
    return subprocess.run([*OURS.command, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=20, **options)


@pytest.fixture
def box(lab, ours):
    return lab.node("a")


@pytest.fixture
def master(box, ours):
    daemon = box.keepalived(conf(), ours)
    daemon.wait_for_log("Startup complete")
    eventually(lambda: box.holds(VIP), 5, daemon.log)
    return daemon


# ------------------------------------------------------------------------------------------------ the command line

@pytest.mark.parametrize("words, text", [
    (["--bogus"], "Unknown option --bogus\n"),
    (["-Z"], "Unknown option -Z\n"),
    (["-f"], "Missing parameter for option -f\n"),
    (["--use-file="], "Missing parameter for option --use-file\n"),
    (["--use-file"], "Missing parameter for option --use-file\n"),
    (["-Z", "--bogus"], "Unknown option -Z\nUnknown option --bogus\n"),
    (["-g"], "-g requires configure option --enable-log-file\n"),
    (["--signum=NONSENSE"], "Unknown sigfunc NONSENSE\n"),
    (["-t/nodir/x"], "Unable to open config-test log file /nodir/x 2 - No such file or directory\n"),
])
def test_bad_usage_is_named_and_ends_with_1(under_test, words, text):
    done = run(*words)
    assert (done.returncode, done.stderr, done.stdout) == (1, text, "")


@pytest.mark.parametrize("words, stdout, stderr, status", [
    (["extra", "args"], "Unexpected argument(s): extra args \n", "", 0),
    (["-S", "9"], "", "Invalid log facility '9'\n", 5),
    (["-u", "0999"], "", "Invalid --umask option 0999", 0),
])
def test_lesser_mistakes_are_named_and_the_run_goes_on(under_test, tmp_path, words, stdout, stderr, status):
    file = tmp_path / "k.conf"
    file.write_text("")
    done = run("-t", "-f", file, *words)
    assert (done.returncode, done.stderr, done.stdout) == (status, stderr, stdout)


def test_the_version_is_on_stderr_and_begins_as_tools_expect(under_test):
    done = run("-v")
    assert done.returncode == 0 and done.stdout == ""
    assert re.match(r"Keepalived v2\.4\.3 \(\d\d/\d\d,\d{4}\)\n", done.stderr)
    assert re.search(r"^Config options: .* VRRP .* JSON", done.stderr, re.MULTILINE)
    assert run("-vh").stderr == done.stderr


@pytest.mark.parametrize("name, number", [("STOP", 15), ("RELOAD", 1), ("DATA", 10), ("STATS", 12), ("STATS_CLEAR", 63), ("JSON", 36)])
def test_signum_prints_the_number(under_test, name, number):
    done = run(f"--signum={name}")
    assert (done.returncode, done.stdout) == (0, f"{number}\n")


def test_a_configuration_is_validated_by_anybody(under_test, tmp_path):
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if folder.name.startswith("pytest"):
            folder.chmod(0o755)
    file = tmp_path / "k.conf"
    file.write_text("global_defs {\n}\n")
    done = run("-t", "-f", file, user=65534, group=65534, extra_groups=[])
    assert (done.returncode, done.stderr) == (0, "")


def test_the_report_of_a_configuration_test_goes_to_its_file_with_mode_0600(under_test, tmp_path):
    file, report = tmp_path / "k.conf", tmp_path / "report"
    file.write_text("nonsense 3\n")
    done = run("-t", f"--config-test={report}", "-f", file)
    assert done.returncode == 5 and done.stderr == ""
    assert "nonsense" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["missing", "directory", "fifo"])
def test_a_file_that_cannot_be_read_ends_a_test_with_4_and_a_start_with_6(box, tmp_path, kind):
    file = tmp_path / "k.conf"
    {"missing": lambda: None, "directory": file.mkdir, "fifo": lambda: os.mkfifo(file)}[kind]()
    assert run("-t", "-f", file).returncode == 4
    done = subprocess.run(box.command(*OURS.command, "-n", "-l", "-G", "-f", file, "-p", tmp_path / "p", "-r", tmp_path / "r",
                                      "-c", tmp_path / "c", "-b", tmp_path / "b"),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert done.returncode == 6, done.stderr


# ------------------------------------------------------------------------------------------------ start and stop

def test_a_start_says_what_is_started(master):
    log = master.log()
    for line in (r"Starting Keepalived v2\.4\.3 \(", r"Running on Linux |WARNING - keepalived was built for newer Linux",
                 r"Command line: '.*keepalived' '-n'", rf"Configuration file {re.escape(str(master.configuration_file))}$",
                 r"NOTICE: setting config option max_auto_priority should result in better keepalived performance",
                 r"Starting VRRP child process, pid=\d+", r"Startup complete"):
        assert re.search(rf"^.{{24}}: (?:{line})", log, re.MULTILINE), line


def test_pid_files_hold_the_pids_are_0644_and_go_with_the_daemon(master):
    assert int(master.pid_file.read_text()) == master.pid
    assert master.pid_file.read_text().endswith("\n")
    assert master.vrrp_pid() in master.family()
    assert {path.stat().st_mode & 0o777 for path in (master.pid_file, master.vrrp_pid_file)} == {0o644}
    assert not (master.folder / "checkers.pid").exists()
    assert master.stop() == 0
    assert not master.pid_file.exists() and not master.vrrp_pid_file.exists()


def test_every_process_is_called_keepalived_and_shows_the_command_line_of_the_parent(master):
    lines = {pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() for pid in master.family()}
    assert len(lines) == 1
    assert {pathlib.Path(f"/proc/{pid}/comm").read_text() for pid in master.family()} == {"keepalived\n"}


def test_a_stop_is_over_at_once_when_nothing_is_pending(master, box):
    family = master.family()
    begin = time.monotonic()
    assert master.stop() == 0
    took = time.monotonic() - begin
    assert took <= 0.2, f"{took:.3f} s"
    assert not any(is_alive(pid) for pid in family)
    assert not box.holds(VIP)
    assert re.search(r": Stopping$.*: Stopped\b.*: Stopped Keepalived v2\.4\.3", master.log(), re.MULTILINE | re.DOTALL)


def test_a_second_start_ends_with_1_and_says_why(master, box):
    second = subprocess.run(box.command(*master.arguments()), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert second.returncode == 1
    assert f"Another process has pid file {master.pid_file} locked" in second.stderr
    assert "daemon is already running" in second.stderr
    allowed = subprocess.run(box.command(*master.arguments(), "--already-running-ok"), stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=20)
    assert allowed.returncode == 0
    assert master.is_running() and box.holds(VIP)


def test_the_launcher_leaves_a_daemon_in_a_session_of_its_own(box, ours, tmp_path):
    file = tmp_path / "k.conf"
    file.write_text(conf())
    pid_file = tmp_path / "p"
    done = subprocess.run(box.command(*OURS.command, "-G", "-f", file, "-p", pid_file, "-r", tmp_path / "r", "-c", tmp_path / "c",
                                      "-b", tmp_path / "b"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    pid = int(eventually(lambda: pid_file.exists() and pid_file.read_text().strip(), 5))
    try:
        assert os.getsid(pid) == pid
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        assert {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)} == {"/dev/null"}
        eventually(lambda: box.holds(VIP), 5)
    finally:
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: not is_alive(pid), 5)
    assert not box.holds(VIP) and not pid_file.exists()


def test_children_stop_cleanly_when_the_parent_is_killed(master, box):
    children = children_of(master.pid)
    os.kill(master.pid, signal.SIGKILL)
    eventually(lambda: not any(is_alive(pid) for pid in children), 3)
    assert not box.holds(VIP)
    assert not master.vrrp_pid_file.exists()
    assert master.pid_file.exists()
    master.process.wait(5)
    master.start()
    eventually(lambda: box.holds(VIP), 5, master.log)
    assert int(master.pid_file.read_text()) == master.pid


def test_with_nothing_configured_the_parent_says_so_and_stays(box, ours):
    daemon = box.keepalived("global_defs {\n}\n", ours)
    daemon.wait_for_log("Warning - keepalived has no configuration to run")
    assert daemon.is_running()
    assert daemon.stop() == 0


@pytest.mark.parametrize("options, children", [([], True), (["-P"], True), (["-C"], False), (["-C", "-B"], False)])
def test_the_options_choose_the_children(box, ours, options, children):
    daemon = box.keepalived(conf(), ours, options)
    daemon.wait_for_log("Startup complete")
    assert (daemon.vrrp_pid() is not None) == children
    assert daemon.stop() == 0


@pytest.mark.parametrize("word, expected", [(None, "0177"), ("022", "0022"), ("0", "0000")])
def test_the_umask_is_the_one_asked_for(box, ours, word, expected):
    daemon = box.keepalived(conf(), ours, ["-u", word] if word else [])
    daemon.wait_for_log("Startup complete")
    masks = {re.search(r"^Umask:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1] for pid in daemon.family()}
    assert masks == {expected}


def test_a_tmpdir_that_is_no_directory_is_named_and_tmp_is_used(under_test, tmp_path):
    done = run("-n", "-l", "-G", "-f", tmp_path / "missing", env={**os.environ, "TMPDIR": "/nonexistent"})
    assert "Environment TMPDIR=/nonexistent not a directory" in done.stderr


# ------------------------------------------------------------------------------------------------ signals

def test_usr1_writes_the_data_of_parent_and_child(master):
    assert "VRRP" in master.data()
    eventually(lambda: (master.folder / "keepalived_parent.data").exists(), 2)
    assert master.logged(rf"Printing parent data for process\({master.pid}\) on signal")
    assert master.logged(rf"Printing VRRP data for process\({master.vrrp_pid()}\) on signal")
    assert (master.folder / "keepalived.data").stat().st_mode & 0o777 == 0o600
    assert not list(master.folder.glob("*.data??????"))


def test_a_child_that_is_sent_usr1_writes_its_file_alone(master):
    os.kill(master.vrrp_pid(), signal.SIGUSR1)
    eventually(lambda: (master.folder / "keepalived.data").exists(), 2)
    assert not (master.folder / "keepalived_parent.data").exists()


def test_usr2_writes_statistics_and_63_clears_them_after(master):
    eventually(lambda: master.stats()["VI_1"]["Advertisements/Sent"] >= 2, 5)
    master._dump(SIGSTATS_CLEAR, "keepalived.stats")
    assert master.logged(rf"Printing and clearing VRRP stats for process\({master.vrrp_pid()}\) on signal")
    assert master.stats()["VI_1"]["Advertisements/Sent"] < 2


def test_json_is_written_0600_whatever_the_umask(box, ours):
    daemon = box.keepalived(conf(), ours, ["-u", "022"])
    daemon.wait_for_log("Startup complete")
    assert daemon.json()[0]["data"]["iname"] == "VI_1"
    assert (daemon.folder / "keepalived.json").stat().st_mode & 0o777 == 0o600
    daemon.stats_text()
    assert (daemon.folder / "keepalived.stats").stat().st_mode & 0o777 == 0o644


def test_a_link_planted_at_the_name_of_a_dump_is_replaced_not_followed(master):
    victim = master.folder / "victim"
    victim.write_text("precious")
    (master.folder / "keepalived.data").symlink_to(victim)
    os.kill(master.pid, signal.SIGUSR1)
    eventually(lambda: not (master.folder / "keepalived.data").is_symlink(), 3)
    assert victim.read_text() == "precious"


def test_a_directory_at_the_name_of_a_dump_is_named_in_the_log(master):
    (master.folder / "keepalived.data").mkdir()
    master.signal(signal.SIGUSR1)
    master.wait_for_log(r"Failed to rename \S+keepalived\.data\S{6} to \S+keepalived\.data - errno 21 \(Is a directory\)")
    master.wait_for_log(r"Can't open \S+keepalived\.data \(21: Is a directory\)")
    assert not list(master.folder.glob("keepalived.data??????"))


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGALRM, signal.SIGTSTP, signal.SIGWINCH, signal.SIGPIPE, signal.SIGXCPU])
def test_other_signals_do_nothing(master, number):
    for pid in (master.pid, master.vrrp_pid()):
        os.kill(pid, number)
    master.data()
    assert master.is_running() and not master.logged("Respawning")


def test_int_stops_unless_it_is_to_be_ignored(box, ours):
    daemon = box.keepalived(conf(), ours, ["--ignore-sigint"])
    daemon.wait_for_log("Startup complete")
    for pid in daemon.family():
        os.kill(pid, signal.SIGINT)
    daemon.data()
    assert daemon.is_running() and not daemon.logged("Stopping")
    assert daemon.stop() == 0
    plain = box.keepalived(conf(), ours, name="plain")
    plain.wait_for_log("Startup complete")
    plain.signal(signal.SIGINT)
    assert plain.process.wait(5) == 0


# ------------------------------------------------------------------------------------------------ reload

def test_a_good_reload_says_so_in_order_and_keeps_the_processes(master, box):
    family = set(master.family())
    master.reload(conf(vip="10.0.0.101"))
    eventually(lambda: box.holds("10.0.0.101") and not box.holds(VIP), 3, master.log)
    assert set(master.family()) == family
    assert re.search(r"Reloading \.\.\.$.*Configuration file .*$.*: Reloading$.*: Reload complete$", master.log(),
                     re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", ["vrrp_instance VI_1 {\n", "vrrp_instance VI_1 {\n  priority\n}\n", None],
                         ids=["unbalanced braces", "missing parameter", "no file"])
def test_a_broken_reload_changes_nothing_and_says_why(master, box, text):
    family, transitions = set(master.family()), master.transitions()
    if text is None:
        master.configuration_file.unlink()
    else:
        master.write(text)
    master.signal(signal.SIGHUP)
    master.wait_for_log("the running configuration stays")
    master.data()
    assert set(master.family()) == family and master.transitions() == transitions and box.holds(VIP)
    assert not master.logged("Reload complete")
    master.reload(conf(vip="10.0.0.101"))
    eventually(lambda: box.holds("10.0.0.101"), 3, master.log)


def test_what_cannot_change_at_a_reload_is_named(master, box):
    master.write("instance other\n" + conf())
    master.signal(signal.SIGHUP)
    master.wait_for_log("Cannot change instance name at a reload - please restart keepalived")
    assert master.is_running() and box.holds(VIP)


def test_reloads_in_quick_succession_all_end_well(master, box):
    for priority in range(100, 110):
        master.write(conf(priority))
        master.signal(signal.SIGHUP)
    master.reload(conf(vip="10.0.0.102"))
    eventually(lambda: box.holds("10.0.0.102"), 5, master.log)
    assert not master.logged("Respawning")


def test_a_section_that_appears_starts_its_child_and_one_that_vanishes_leaves_it_idle(box, ours):
    daemon = box.keepalived("global_defs {\n}\n", ours)
    daemon.wait_for_log("Startup complete|has no configuration to run")
    daemon.write(conf())
    daemon.signal(signal.SIGHUP)
    eventually(lambda: box.holds(VIP), 5, daemon.log)
    pid = daemon.vrrp_pid()
    daemon.reload("global_defs {\n}\n")
    eventually(lambda: not box.holds(VIP), 3, daemon.log)
    assert daemon.vrrp_pid() == pid
    daemon.reload(conf())
    eventually(lambda: box.holds(VIP), 5, daemon.log)
    assert daemon.vrrp_pid() == pid


# ------------------------------------------------------------------------------------------------ deaths of children

def test_a_killed_child_is_back_at_once_with_its_addresses_and_its_pid_file(master, box):
    old, transitions = master.vrrp_pid(), master.transitions()
    os.kill(old, signal.SIGKILL)
    eventually(lambda: (master.vrrp_pid() or old) != old, 3, master.log)
    assert box.holds(VIP)
    assert master.logged(rf"pid {old} exited due to signal 9 \(Killed\) - has rlimit_rttime been exceeded\?")
    assert master.logged(rf"VRRP child process\({old}\) died: Respawning")
    assert master.logged(r"Restart of VRRP process delayed 0 seconds to limit respawn rate")
    master.data()
    assert box.holds(VIP) and master.transitions() == transitions


def test_a_child_that_dies_again_soon_waits_for_a_second(master):
    for _ in range(2):
        old = master.vrrp_pid()
        os.kill(old, signal.SIGKILL)
        eventually(lambda: (master.vrrp_pid() or old) != old, 5, master.log)
    assert master.logged(r"Restart of VRRP process delayed 1 seconds to limit respawn rate")


def test_a_killed_report_child_is_back_and_answers(master):
    report = [pid for pid in children_of(master.pid) if pid != master.vrrp_pid()]
    for pid in report:
        os.kill(pid, signal.SIGKILL)
    assert "VRRP" in master.data()
    assert not master.logged("Respawning")


def test_dont_respawn_makes_the_death_of_a_child_a_normal_end(box, ours):
    daemon = box.keepalived(conf(), ours, ["-R"])
    eventually(lambda: box.holds(VIP), 5, daemon.log)
    child = daemon.vrrp_pid()
    os.kill(child, signal.SIGKILL)
    assert daemon.process.wait(5) == 0
    assert daemon.logged(rf"VRRP child process\({child}\) died: Exiting")
    assert not box.holds(VIP) and not daemon.vrrp_pid_file.exists()


def test_a_child_told_to_stop_stops_cleanly_and_is_started_from_nothing(master, box):
    old = master.vrrp_pid()
    os.kill(old, signal.SIGTERM)
    eventually(lambda: (master.vrrp_pid() or old) != old, 3, master.log)
    eventually(lambda: master.count(r"\(VI_1\) Entering MASTER STATE") == 2, 5, master.log)
    assert master.logged(r"\(VI_1\) sent 0 priority")
