"""What `cmake --install` puts where, and that it runs from there."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from lab import eventually
from lab.daemon import BUILD, TOP, Flavour

SAMPLES = sorted(path.name for path in (TOP / "conf/samples").glob("*.conf"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory, under_test):
    """The root of an installation in a folder of its own."""
    root = tmp_path_factory.mktemp("installed")
    root.chmod(0o755)
    subprocess.run(["cmake", "--install", str(BUILD)], env={**os.environ, "DESTDIR": str(root)}, check=True, capture_output=True, text=True)
    return root


@pytest.fixture(scope="module")
def prefix(installed):
    """…/usr, or what this build tree was configured with."""
    cache = (BUILD / "CMakeCache.txt").read_text()
    return installed / re.search(r"^CMAKE_INSTALL_PREFIX:\w+=/(.*)$", cache, re.MULTILINE)[1]


def test_everything_is_where_debian_has_it(installed, prefix):
    wanted = ["sbin/keepalived", "bin/keepalivedctl", "bin/genhash", "lib/systemd/system/keepalived.service", "share/man/man8/keepalived.8",
              *(f"libexec/keepalived/keepalived_{child}" for child in ("vrrp", "healthcheckers", "report")),
              *(f"share/doc/keepalived/samples/{sample}" for sample in SAMPLES), "share/doc/keepalived/README.md"]
    assert [name for name in wanted if not (prefix / name).is_file()] == []
    assert "DAEMON_ARGS" in (installed / "etc/default/keepalived").read_text()
    for page in (TOP / "doc").glob("*.[158]"):
        assert (prefix / "share/man" / f"man{page.suffix[1:]}" / page.name).is_file()
    built = {path.name for path in (BUILD / "bin").iterdir() if os.access(path, os.X_OK)}
    assert built <= {path.name for folder in ("bin", "sbin") for path in (prefix / folder).iterdir()}


def test_it_runs_from_there(lab, prefix):
    program = prefix / "sbin/keepalived"
    told = subprocess.run([program, "-v"], capture_output=True, text=True).stderr
    assert told.startswith("Keepalived v2.4.3 (")
    node = lab.node("a")
    sample = prefix / "share/doc/keepalived/samples/router-a.conf"
    checked = subprocess.run(node.command(program, "-t", "-f", sample), capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    daemon = node.keepalived(sample.read_text(), Flavour("installed", [str(program)], lambda: None))
    eventually(lambda: node.holds("10.0.0.100"), 12, daemon.log)
    children = {os.readlink(f"/proc/{pid}/exe") for pid in daemon.family()}
    assert children <= {str(path) for path in (program, *(prefix / "libexec/keepalived").iterdir())}
    assert daemon.stop() == 0


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
@pytest.mark.parametrize("unit", ["lib/systemd/system/keepalived.service", "share/doc/keepalived/examples/keepalived-non-root.service"])
def test_systemd_finds_no_fault_with_the_unit(installed, prefix, unit, tmp_path):
    """The unit names the final paths; here they are those of the installation in the folder."""
    text = (prefix / unit).read_text()
    program = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)[1]
    assert installed / program[1:] == prefix / "sbin/keepalived"
    copy = tmp_path / pathlib.Path(unit).name
    copy.write_text(text.replace(program, str(prefix / "sbin/keepalived")))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True)
    assert done.returncode == 0 and copy.name not in done.stdout + done.stderr, done.stdout + done.stderr


def test_the_unit_reloads_by_the_number_which_the_program_tells(prefix):
    text = (prefix / "lib/systemd/system/keepalived.service").read_text()
    reload = re.search(r"^ExecReload=/bin/sh -c '(.*)'$", text, re.MULTILINE)[1].replace("$$", "$")
    program = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)[1]
    script = reload.replace(program, str(prefix / "sbin/keepalived")).replace("kill ", "echo ")
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, env={**os.environ, "MAINPID": "4711"})
    assert done.stdout == "-s 1 4711\n"


@pytest.mark.skipif(not shutil.which("dpkg-shlibdeps"), reason="no dpkg-shlibdeps")
def test_a_debian_package_stands_in_for_debians_own(under_test, tmp_path):
    subprocess.run(["cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", tmp_path], check=True, capture_output=True)
    package, = tmp_path.glob("*.deb")

    def field(name):
        return subprocess.run(["dpkg-deb", "-f", package, name], check=True, capture_output=True, text=True).stdout
    assert field("Provides") == field("Conflicts") == field("Replaces") == "keepalived\n"
    for library in ("libssl3", "libnftables1", "libc6", "libseccomp2"):  # the first two are loaded on first use, libnl and others compiled in
        assert library in field("Depends")
    subprocess.run(["dpkg-deb", "-x", package, tmp_path / "root"], check=True)
    program, = (tmp_path / "root").rglob("sbin/keepalived")
    assert subprocess.run([program, "-v"], capture_output=True, text=True).stderr.startswith("Keepalived v2.4.3 (")
