"""What somebody reads who has just begun: each failed start says on the terminal what is wrong, and with what."""
import re
import subprocess

import pytest

from lab import eventually, instance, keepalived_conf
from lab.daemon import BUILD

CTL = BUILD / "bin" / "keepalivedctl"


@pytest.fixture
def box(lab, ours):
    node = lab.node("a")
    lab.folder.chmod(0o755)
    return node


def start(box, ours, folder, text, *options, before=()):
    """A start as one types it: in the background, log to syslog (here: nowhere)."""
    file = folder / "keepalived.conf"
    if text is not None:
        file.write_text(text)
    pids = [word for letter in "prcb" for word in (f"-{letter}", str(folder / f"{letter}.pid"))]
    return subprocess.run(box.command(*before, *ours.command, "-G", "-f", str(file), *pids, *options), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20)


def test_a_second_start_names_the_first(box, ours):
    first = box.keepalived(keepalived_conf(instance(priority=150)))
    pid = eventually(lambda: first.pid_file.exists() and first.pid_file.read_text().strip(), 5)
    second = subprocess.run(box.command(*[word for word in first.arguments() if word != "-l"]), stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=20)
    assert second.returncode == 1
    assert second.stderr == f"keepalived: already running: {first.pid_file} is locked by process {pid}\n"


def test_a_start_by_another_user_says_that_root_is_needed(box, ours, lab):
    folder = box.folder
    folder.chmod(0o755)
    done = start(box, ours, folder, keepalived_conf(instance(priority=150)), before=("setpriv", "--reuid=65534", "--clear-groups"))
    assert done.returncode == 1
    assert done.stderr == f"keepalived: create pid file {folder}/p.pid: Permission denied; it has to be started by root\n"


def test_a_start_without_a_file_names_it(box, ours, tmp_path):
    done = start(box, ours, tmp_path, None)
    assert done.returncode == 6
    assert done.stderr == f"error: Config files missing '{tmp_path}/keepalived.conf'.\n"


def test_a_start_in_a_namespace_which_is_not_there_names_it(box, ours, tmp_path):
    done = start(box, ours, tmp_path, keepalived_conf(instance(priority=150)), "-s", "nowhere")
    assert re.fullmatch(r"keepalived: .*nowhere: No such file or directory\n", done.stderr)


@pytest.mark.parametrize("words, told", [
    (["status-of-what"], "keepalivedctl: there is no command status-of-what; --help lists them\n"),
    (["chek"], "keepalivedctl: there is no command chek, did you mean `check`?; --help lists them\n"),
    ([], "A subcommand is required\nRun with --help for more information.\n"),
    (["explain"], "KEYWORD is required\nRun with --help for more information.\n"),
    (["fmt", "/nowhere"], "/nowhere: cannot be read\n"),
])
def test_keepalivedctl_says_what_it_misses(under_test, words, told):
    done = subprocess.run([CTL, *words], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (1 if "/nowhere" in words else 2, told)


MISTAKES = """vrrp_instance a {
    interface eth7
    virtual_router_id 300
    prioritty 150
    virtual_ipaddress {
        10.0.0.300/24
    }
}
"""


def test_each_mistake_has_its_place_and_what_was_expected(box, ours, tmp_path):
    file = tmp_path / "k.conf"
    file.write_text(MISTAKES)
    done = subprocess.run(box.command(*ours.command, "-t", "-f", file), capture_output=True, text=True, timeout=20)
    assert done.returncode == 5
    for place, words in (("2:15", "eth7"), ("3:23", r"outside range \[1, 255\]"), ("4:5", "Unknown keyword 'prioritty'"), ("6:9", "10.0.0.300")):
        assert re.search(rf"^{re.escape(str(file))}:{place}: (?:error|warning): .*{words}", done.stderr, re.MULTILINE), done.stderr
    assert "did you mean `priority`?" in done.stderr
