"""The files written on request: what their readers rely on (state-files.md §9), names and modes, and the same text as Debian's."""
import json
import os
import re
import signal
import stat
import subprocess
import time

import pytest

from lab import Lab, OURS, eventually, instance, keepalived_conf
from lab.daemon import BINARY, SIGJSON, SIGSTATS_CLEAR, children_of

SECRET = "s3cretPW"
CONF = keepalived_conf(
    """vrrp_script chk_ok {
    script "/usr/bin/true arg"
    interval 1
    rise 2
    fall 3
}
track_file tf {
    file /dev/null
    weight 0
}
vrrp_sync_group SG {
    group {
        VI_1
        VI_2
    }
    track_script {
        chk_ok
    }
    track_file {
        tf weight 0
    }
}
static_ipaddress {
    10.9.9.9/32 dev eth0
}
""",
    instance("VI_1", 51, 250, ["10.0.0.100/24 label eth0:v", "10.0.0.101/24"], extra=f"""    authentication {{
        auth_type PASS
        auth_pass {SECRET}
    }}
    notify_master "/usr/bin/true vi1 master"
    virtual_ipaddress_excluded {{
        2001:db8::100/64
    }}
    virtual_routes {{
        198.51.100.0/24 via 10.0.0.253 dev eth0
        203.0.113.0/24 dev eth0 table 88
    }}
    virtual_rules {{
        from 10.0.0.100 table 88 priority 1000
    }}"""),
    instance("VI_2", 52, 240, ["fe80::100", "2001:db8::101/64"], extra="    version 3"),
    instance("VI_3", 53, 230, ["10.0.0.103/24"], extra="""    version 3
    nopreempt
    unicast_peer {
        10.0.0.2
    }
    unicast_src_ip 10.0.0.1"""),
    globals="    script_user root\n    enable_script_security")
INSTANCES = ["VI_1", "VI_2", "VI_3"]


@pytest.fixture(scope="module")
def master():
    """One router which is master of everything; the tests only read from it."""
    if OURS.available():
        pytest.skip(OURS.available())
    with Lab() as lab:
        yield started(lab, OURS)


def started(lab, flavour, configuration=CONF, name="a", network="lan", options=()):
    node = lab.node(name, network, number=1)
    daemon = node.keepalived(configuration, flavour, options)
    daemon.node = node
    eventually(lambda: all("MASTER" in daemon.transitions(one) for one in INSTANCES), 10, lab.logs)
    eventually(lambda: node.holds("10.0.0.101") and node.holds("2001:db8::101"), 5, lab.logs)
    return daemon


def alone(lab, ours, globals="", options=(), environment=None):
    """A single quick instance: for tests which change what the dumps are."""
    daemon = lab.node("a").keepalived(keepalived_conf(instance(), globals=globals), ours, options)
    daemon.wait_for_log("Startup complete")
    return daemon


def blocks(text, start):
    """[(name, lines)] of the blocks which begin with `start`, up to the next heading."""
    found, current = [], None
    for line in text.splitlines():
        if line.startswith("------<"):
            current = None
        if match := re.match(start, line):
            current = []
            found.append((match[1], current))
        if current is not None:
            current.append(line)
    return found


# ------------------------------------------------------------------------------------------------ the consumers' patterns

def test_the_first_state_stands_within_six_lines_of_the_topology_heading(master):
    lines = master.data().splitlines()
    at = lines.index("------< VRRP Topology >------")
    assert any(re.match(r"   State = \w+$", line) for line in lines[at + 1:at + 7])


def test_each_key_that_exporters_match_stands_once_in_each_instance(master):
    found = blocks(master.data(), r" VRRP Instance = (\S+)$")
    assert [name for name, _ in found] == INSTANCES
    for name, lines in found:
        for key in ("State", "Wantstate", "Interface", "Virtual Router ID", "Last transition", "Gratuitous ARP delay"):
            values = [match[1] for line in lines if (match := re.match(rf"^ {{3}}{key} = (.*)$", line))]
            assert len(values) == 1, (name, key)
        values = dict(match.groups() for line in lines if (match := re.match(r"^ {3}([^=]+?) = (.*)$", line)))
        assert values["State"] == values["Wantstate"] == "MASTER"
        assert float(values["Last transition"].split()[0]) == pytest.approx(time.time(), abs=120)
        assert int(values["Virtual Router ID"]) and int(values["Gratuitous ARP delay"]) == 5


def test_addresses_stand_under_their_heading_with_address_and_interface_in_their_places(master):
    """The exporter's way: a heading, then lines of five blanks, split on single blanks: words 0 and 2."""
    vips = {}
    for name, lines in blocks(master.data(), r" VRRP Instance = (\S+)$"):
        inside = False
        for line in lines:
            if re.match(r"^ {3}Virtual IP( \(\d+\))? ?:", line):
                inside = True
            elif not re.match(r"^ {5}\S", line):
                inside = False
            elif inside:
                words = line[5:].split(" ")
                vips.setdefault(name, []).append((words[0], words[1], words[2], words[-1]))
    assert vips == {"VI_1": [("10.0.0.100/24", "dev", "eth0", "set"), ("10.0.0.101/24", "dev", "eth0", "set")],
                    "VI_2": [("fe80::100", "dev", "eth0", "set"), ("2001:db8::101/64", "dev", "eth0", "set")],
                    "VI_3": [("10.0.0.103/24", "dev", "eth0", "set")]}


def test_scripts_say_their_status_and_state_in_the_words_exporters_know(master):
    (name, lines), = blocks(master.data(), r" VRRP Script = (\S+)$")
    assert name == "chk_ok"
    assert "   Status = GOOD" in lines
    assert any(re.match(r"   State = (idle|running|requested termination|forcing termination)$", line) for line in lines)


def test_an_instance_has_no_line_of_three_blanks_without_a_separator_before_its_keys(master):
    """gen2brain's exporter ends an instance at the first line of three blanks without '=': its keys must stand before."""
    for _, lines in blocks(master.data(), r" VRRP Instance = (\S+)$"):
        seen = set()
        for line in lines[1:]:
            if line.startswith("   ") and "=" not in line and not line.startswith(("   Flags", "   Using Native IPv6", "     ")):
                break
            seen.add(line.split("=")[0].strip())
        assert {"State", "Wantstate", "Last transition", "Interface"} <= seen


def test_the_statistics_parse_as_sections_and_integers(master):
    text = master.stats_text()
    assert [line.split(": ")[1] for line in text.splitlines() if line.startswith("VRRP Instance: ")] == INSTANCES
    for line in text.splitlines():
        assert re.fullmatch(r"VRRP Instance: \S+|  [A-Z][\w ]*:( \d+)?|    [A-Z][\w ]*: \d+", line), line
    stats = master.stats()["VI_1"]
    assert stats["Became master"] == 1 and stats["Advertisements/Sent"] > 0 and stats["Authentication Errors/Failure"] == 0
    became = subprocess.run("grep 'Became master' | awk '{print $3}'", shell=True, input=text, text=True, capture_output=True).stdout
    assert became.split() == ["1", "1", "1"]


INTEGERS = ("dont_track_primary skip_check_adv_addr strict_mode master_priority garp_refresh garp_rep garp_refresh_rep "
            "garp_lower_prio_delay garp_lower_prio_rep lower_prio_no_advert higher_prio_send_advert vrid base_priority "
            "effective_priority accept preempt_delay state wantstate version auth_type garp_delay").split()
BOOLEANS = "vipset promote_secondaries nopreempt smtp_alert notify_deleted".split()
COUNTERS = ("advert_rcvd advert_sent become_master release_master packet_len_err advert_interval_err ip_ttl_err invalid_type_rcvd "
            "addr_list_err invalid_authtype authtype_mismatch auth_failure pri_zero_rcvd pri_zero_sent").split()


def test_the_json_has_the_types_that_typed_readers_unmarshal_into(master):
    text = master._dump(SIGJSON, "keepalived.json")
    assert text.count("\n") == 1 and text.endswith("\n")
    assert not re.search(r"\d\.0\b", re.sub(r'"[^"]*"', '""', text)), "Go cannot read 5.0 into an int"
    assert re.search(r'"last_transition":\d+\.\d{6},', text)
    for one, name in zip(json.loads(text), INSTANCES, strict=True):
        data, stats = one["data"], one["stats"]
        assert data["iname"] == name and data["ifp_ifname"] == "eth0" and data["vmac_ifname"] == ""
        assert all(type(data[key]) is int for key in INTEGERS)
        assert all(type(data[key]) is bool for key in BOOLEANS)
        assert all(type(data[key]) in (int, float) for key in ("adver_int", "master_adver_int", "last_transition"))
        assert all(type(stats[key]) is int for key in COUNTERS)
        assert data["state"] == data["wantstate"] == 2 and data["vipset"] is True
    first = json.loads(text)[0]["data"]
    assert first["vips"] == ["10.0.0.100/24 dev eth0 scope global label eth0:v set", "10.0.0.101/24 dev eth0 scope global set"]
    assert first["script_master"].endswith("true' 'vi1' 'master'")


def test_no_file_holds_a_secret(master):
    assert "********" in master.data()
    for text in (master.data(), master.stats_text(), master._dump(SIGJSON, "keepalived.json"), master.log(),
                 master._dump(signal.SIGUSR1, "keepalived_parent.data")):
        assert SECRET not in text


def test_the_version_is_the_second_word_on_stderr():
    if OURS.available():
        pytest.skip(OURS.available())
    first = subprocess.run([str(BINARY), "-v"], capture_output=True, text=True).stderr.splitlines()[0]
    assert re.fullmatch(r"v\d+\.\d+\.\d+", first.split()[1])


# ------------------------------------------------------------------------------------------------ names, modes, who writes

def test_a_dump_is_there_at_once_complete_and_for_root_alone(master):
    for number, name in ((signal.SIGUSR1, "keepalived.data"), (signal.SIGUSR2, "keepalived.stats"), (SIGJSON, "keepalived.json")):
        path = master.folder / name
        delays = []
        for _ in range(5):
            path.unlink(missing_ok=True)
            before = time.monotonic()
            master.signal(number)
            eventually(path.exists, 5, every=0.0005)
            delays.append(time.monotonic() - before)
            assert path.stat().st_size > 0, "a reader never sees an empty or half-written file"
        # 10 ms on an idle machine is what the quickest consumer waits; other tests may run beside this one.
        assert min(delays) < 0.010, delays
        status = path.stat()
        assert stat.S_IMODE(status.st_mode) == 0o600 and (status.st_uid, status.st_gid) == (0, 0)


def test_a_signal_to_the_vrrp_process_alone_writes_its_file_alone(master):
    parents = master.folder / "keepalived_parent.data"
    parents.unlink(missing_ok=True)
    data = master.folder / "keepalived.data"
    data.unlink(missing_ok=True)
    os.kill(master.vrrp_pid(), signal.SIGUSR1)
    eventually(data.exists, 5)
    assert not parents.exists()
    assert master.logged(rf"Printing VRRP data for process\({master.vrrp_pid()}\) on signal")


def test_a_signal_to_the_parent_writes_both_files(master):
    parents = master._dump(signal.SIGUSR1, "keepalived_parent.data")
    assert parents.startswith("------< Global definitions >------\n") and "VRRP Topology" not in parents
    assert master.logged(rf"Printing parent data for process\({master.pid}\) on signal")


def test_clearing_the_statistics_shows_them_and_counts_from_zero(lab, ours):
    daemon = alone(lab, ours)
    daemon.wait_for_log("Entering MASTER STATE")
    eventually(lambda: daemon.stats()["VI_1"]["Advertisements/Sent"] >= 2, 5)
    path = daemon.folder / "keepalived.stats"
    path.unlink()
    daemon.signal(SIGSTATS_CLEAR)
    eventually(path.exists, 5)
    assert re.search(r"Became master: 1", path.read_text())
    daemon.wait_for_log(r"Printing and clearing VRRP stats for process\(\d+\) on signal")
    eventually(lambda: daemon.stats()["VI_1"]["Became master"] == 0, 2)
    assert daemon.stats()["VI_1"]["Advertisements/Sent"] <= 3


def test_a_link_at_the_final_name_is_replaced_and_its_target_left_alone(lab, ours):
    daemon = alone(lab, ours)
    victim = daemon.folder / "victim"
    victim.write_text("precious")
    data = daemon.folder / "keepalived.data"
    data.symlink_to(victim)
    daemon.signal(signal.SIGUSR1)
    eventually(lambda: not data.is_symlink() and "VRRP Topology" in data.read_text(), 5)
    assert victim.read_text() == "precious"


def test_a_foreign_file_passes_neither_its_mode_nor_its_owner_on(lab, ours):
    daemon = alone(lab, ours)
    data = daemon.folder / "keepalived.data"
    data.write_text("planted")
    data.chmod(0o666)
    os.chown(data, 65534, 65534)
    daemon.signal(signal.SIGUSR1)
    eventually(lambda: "VRRP Topology" in data.read_text(), 5)
    assert stat.S_IMODE(data.stat().st_mode) == 0o600 and data.stat().st_uid == 0


def test_a_directory_at_the_final_name_is_reported_and_nothing_is_left_behind(lab, ours):
    daemon = alone(lab, ours)
    (daemon.folder / "keepalived.data").mkdir()
    daemon.signal(signal.SIGUSR1)
    daemon.wait_for_log(r"Failed to rename \S*keepalived\.data\S{6} to \S*/keepalived\.data - errno 21 \(Is a directory\)")
    daemon.wait_for_log(r"Can't open \S*/keepalived\.data \(21: Is a directory\)")
    assert [path.name for path in daemon.folder.glob("keepalived.data*")] == ["keepalived.data"]
    assert daemon.is_running()


def test_names_and_modes_follow_the_configuration(lab, ours):
    folder = lab.folder / "elsewhere"
    folder.mkdir()
    daemon = alone(lab, ours, globals=f"    umask 022\n    state_dump_file {folder}/my.txt\n    stats_dump_file {folder}/my.stats\n"
                                      f"    json_dump_file {folder}/my.json\n    json_version 2")
    for number in (signal.SIGUSR1, signal.SIGUSR2, SIGJSON):
        daemon.signal(number)
    eventually(lambda: {path.name for path in folder.iterdir()} == {"my.txt", "my_parent.txt", "my.stats", "my.json"}, 5)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "my.txt": 0o644, "my_parent.txt": 0o644, "my.stats": 0o644, "my.json": 0o600}
    whole = json.loads((folder / "my.json").read_text())
    assert list(whole) == ["vrrp"] and whole["vrrp"][0]["data"]["iname"] == "VI_1"


# ------------------------------------------------------------------------------------------------ the child which renders

def executable_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except FileNotFoundError:
        return ""  # it ended between being listed and being looked at


def report_child(daemon):
    return next((pid for pid in children_of(daemon.pid) if executable_of(pid).endswith("/keepalived_report")), None)


def test_the_child_which_renders_has_no_rights(lab, ours):
    daemon = alone(lab, ours)
    status = open(f"/proc/{report_child(daemon)}/status").read()
    assert not re.search(r"^Uid:.*\b0\b", status, re.MULTILINE)
    for field in ("CapPrm", "CapEff", "CapBnd"):
        assert f"{field}:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status


def test_a_dump_asked_for_while_the_child_is_down_is_written_when_it_is_back(lab, ours):
    daemon = alone(lab, ours)
    old = report_child(daemon)
    os.kill(old, signal.SIGKILL)
    assert "VRRP Topology" in daemon.data()
    assert report_child(daemon) not in (None, old)


def test_a_child_which_hangs_stops_no_advertisement(lab, ours):
    daemon = alone(lab, ours)
    daemon.wait_for_log("Entering MASTER STATE")
    sent = daemon.stats()["VI_1"]["Advertisements/Sent"]
    hanging = report_child(daemon)
    os.kill(hanging, signal.SIGSTOP)
    daemon.signal(signal.SIGUSR2)
    try:
        # The watchdog replaces it; the request it held is answered by its successor.
        eventually(lambda: report_child(daemon) not in (None, hanging), 30, lab.logs)
    finally:
        try:
            os.kill(hanging, signal.SIGCONT)
        except ProcessLookupError:
            pass
    assert daemon.stats()["VI_1"]["Advertisements/Sent"] > sent


def test_dumping_the_configuration_logs_it_without_running_state(lab, ours):
    daemon = lab.node("a").keepalived(CONF, ours, ("-d",))
    daemon.wait_for_log("Notify priority changes = false", times=3)
    assert daemon.logged(r"VRRP Instance = VI_1$") and daemon.logged(r"   Priority = 250$")
    assert not daemon.logged(r"   (State = (INIT|BACKUP|MASTER|FAULT)|(Wantstate|Last transition|Effective priority) = )")
    assert not daemon.logged("lines were lost")
    assert SECRET not in daemon.log()


# ------------------------------------------------------------------------------------------------ side by side with Debian's

# Lines of 2.4.3 which 2.2.7 does not have, and the other way round; values which differ for a reason.
ONLY_NEW = re.compile(r" +(Number of tracker faults|Flags of interface faults|Last advert sent|VRRPv3 uses VRRPv2 checksum|Highest other priority|Group) |"
                      r" (Replace symlinks|Don't set supplementary|Use VRRPv2 checksum|SNMP [VR]S stats|DBus no interface|json_version|iproute)| +(Not )?IPv6 forwarding")
ONLY_OLD = re.compile(r" +(Number of interface and track script faults) ")


def comparable(text):
    lines = []
    for line in text.splitlines():
        if ONLY_NEW.match(line) or ONLY_OLD.match(line):
            continue
        line = re.sub(r"\d{9,}\.\d{6} \(\w{3} \w{3} .*?\)", "TIME", line)
        line = re.sub(r"(fd_in|fd_out)( =)? -?\d+", r"\1\2 N", line)
        line = re.sub(r"(index =|ifindex|libnftnl version|Max auto priority =|uid:gid) ?.*", r"\1", line)
        line = line.replace(SECRET, "********")
        lines.append(line)
    return lines


def test_the_dump_is_line_for_line_that_of_debians(lab, ours, debian):
    mine, theirs = started(lab, ours, name="a", network="one"), started(lab, debian, name="b", network="two")
    assert comparable(mine.data()) == comparable(theirs.data())


def test_the_json_is_that_of_debians(lab, ours, debian):
    mine, theirs = started(lab, ours, name="a", network="one"), started(lab, debian, name="b", network="two")

    def settled(daemon):
        every = daemon.json()
        for one in every:
            del one["data"]["last_transition"]
            one["data"].pop("auth_data", None)
            one["data"].pop("track_script", None)  # 2.4.3 has the command, 2.2.7 the name
            one["stats"] = {key: value for key, value in one["stats"].items() if not key.startswith("auth_ext_") and key != "advert_sent"}
        return every
    assert settled(mine) == settled(theirs)
