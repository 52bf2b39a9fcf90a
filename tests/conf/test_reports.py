"""What `keepalived -t` and `keepalivedctl check` write where: a terminal gets colours, everything else does not; the JSON form
keeps its schema for every kind of problem."""
import json
import os
import pathlib
import pty
import re
import subprocess

import jsonschema
import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("KEEPALIVED_BUILD", TOP / "build/release"))
KEEPALIVED, CONTROL = BUILD / "bin/keepalived", BUILD / "bin/keepalivedctl"
COLOUR = re.compile(r"\033\[[0-9;]*m")
SCHEMA = json.loads((TOP / "doc/keepalivedctl-check.schema.json").read_text())

# One file with a problem of each kind which a text can have.
PROBLEMS = """global_defs {
    routerid me
    router_id
    vrrp_version 7
    lint_ignore nothing
}
vrrp_instance A {
    interface eth77
    virtual_router_id 300
    priority high
    smtp_alert maybe
    virtual_ipaddress {
        10.0.0.1/99
    }
}
vrrp_instance A {
}
virtual_ipaddress {
    10.0.0.2
}
include nowhere.conf
include loops/*.conf
notify "/bin/true
}
"""


@pytest.fixture
def broken(tmp_path):
    file = tmp_path / "k.conf"
    file.write_text(PROBLEMS)
    return file


def on_a_terminal(stream, *command, environment=None):
    """What the command writes to `stream` when that is a terminal."""
    ours, its = pty.openpty()
    environment = environment or {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: its}
    with subprocess.Popen([str(word) for word in command], **streams, env=environment) as process:
        os.close(its)
        text = b""
        try:
            while piece := os.read(ours, 65536):
                text += piece
        except OSError:  # EIO: the other end is closed
            pass
        os.close(ours)
        process.wait(10)
    return text.decode(errors="replace").replace("\r\n", "\n")


def piped(*command):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=20)


def test_a_configuration_test_is_coloured_on_a_terminal_and_nowhere_else(broken, tmp_path):
    command = [KEEPALIVED, "-t", "-f", broken]
    shown, plain = on_a_terminal("stderr", *command), piped(*command)
    assert COLOUR.search(shown) and not COLOUR.search(plain.stderr)
    assert COLOUR.sub("", shown) == plain.stderr
    assert plain.stdout == ""
    report = tmp_path / "report"
    nothing = on_a_terminal("stderr", *command, f"--config-test={report}")
    assert nothing == "" and report.read_text() == plain.stderr


def test_check_is_coloured_on_a_terminal_unless_the_user_wants_no_colour(broken):
    command = [CONTROL, "check", broken]
    shown, plain = on_a_terminal("stdout", *command), piped(*command)
    assert COLOUR.search(shown) and not COLOUR.search(plain.stdout)
    assert COLOUR.sub("", shown) == plain.stdout
    assert on_a_terminal("stdout", *command, environment={**os.environ, "NO_COLOR": "1"}) == plain.stdout


@pytest.mark.parametrize("text", [PROBLEMS, "", "global_defs {\n}\n", "\u00e9{{{{", "\0\n", "$A=$A\n$A\n"])
def test_the_json_form_keeps_its_schema(tmp_path, text):
    file = tmp_path / "k.conf"
    file.write_text(text)
    done = piped(CONTROL, "check", "--json", file)
    jsonschema.validate(json.loads(done.stdout), SCHEMA)


def test_an_interface_which_is_not_there_is_named_with_its_place(broken):
    said = piped(KEEPALIVED, "-t", "-f", broken).stderr
    assert re.search(r"k\.conf:8:15: warning: WARNING - interface eth77 for vrrp_instance A doesn't exist\n"
                     r" +interface eth77\n +\^~~~~", said), said
