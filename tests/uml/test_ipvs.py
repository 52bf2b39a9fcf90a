"""Our balancer on a kernel with IPVS: the golden tables, quorum, weights, reload, stop, crash, and traffic through a VIP."""
import os
import pathlib
import re
import signal
import sys
import urllib.request

import pytest
from lab import eventually, never
from lab.balancer import becomes, checker_of, ipvsadm, table
from lab.daemon import children_of

MODULES = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_lc", "ip_vs_wlc", "ip_vs_lblc", "ip_vs_lblcr", "ip_vs_sh", "ip_vs_mh", "ip_vs_dh",
           "ip_vs_fo", "ip_vs_ovf", "ip_vs_sed", "ip_vs_nq", "nf_conntrack", "nf_conntrack_sip", "ip_vs_pe_sip", "dummy"]

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "unit" / "check_table" / "golden"
CASES = sorted(path.stem for path in GOLDEN.glob("*.conf"))
FOREIGN = ["-A -t 10.77.77.77:99 -s rr"]


@pytest.mark.parametrize("case", CASES)
def test_the_table_is_the_golden_one_and_empty_after_the_stop(director, case):
    if case == "G17":
        director.ip("link add dummy0 type dummy", "address add 10.55.0.1/24 dev dummy0", "link set dummy0 up")
        ipvsadm(director, *FOREIGN[0].split())
    timeouts = ipvsadm(director, "-L", "-n", "--timeout")
    daemon = director.start((GOLDEN / f"{case}.conf").read_text())
    becomes(director, daemon, [line for line in (GOLDEN / f"{case}.table").read_text().splitlines() if line])
    if case == "G01":
        assert "1000 100 200" in ipvsadm(director, "-L", "-n", "--timeout")
    if case == "G17":
        told = ipvsadm(director, "-L", "-n", "--daemon")
        for state in ("master", "backup"):
            assert f"{state} sync daemon (mcast=dummy0, syncid=51, maxlen=1400, group=224.0.0.99, port=8849, ttl=4)" in told
    assert daemon.stop() == 0
    assert table(director) == []
    assert ipvsadm(director, "-L", "-n", "--timeout") == timeouts
    assert "sync daemon" not in ipvsadm(director, "-L", "-n", "--daemon")
    if case != "G15":  # its scheduler twos is in no kernel
        assert "error:" not in daemon.log(), daemon.log()


SCRIPTS_ALLOWED = "global_defs {\n router_id T\n script_user root\n %s\n}\n"


def rows(**weights):
    """The table of D1, D2, D9: {last number of the address: weight}."""
    return ["-A -t 10.0.0.1:80 -s rr", *(f"-a -t 10.0.0.1:80 -r 192.168.{where}:80 -m -w {weight}" for where, weight in weights.items())]


def pool(weights):
    return rows(**{f"1.{n}" if n != "sorry" else "9.9": weight for n, weight in weights.items()})


def quorum_configuration(checked, fifo, weights=(3, 2, 2)):
    return SCRIPTS_ALLOWED % f"lvs_notify_fifo {fifo.path}" + f"""
virtual_server 10.0.0.1 80 {{
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    quorum 4
    hysteresis 2
    sorry_server 192.168.9.9 80
""" + "".join(f"    real_server 192.168.1.{n} 80 {{\n weight {weight}\n {checked.misc(n)}\n }}\n"
              for n, weight in enumerate(weights, 1)) + "}\n"


VS = "[10.0.0.1]:tcp:80"


def rs(n):
    return f"RS [192.168.1.{n}]:tcp:80 {VS}"


def test_quorum_brings_the_sorry_server_and_ends_it(director):
    checked, fifo = director.checked, director.fifo()
    daemon = director.start(quorum_configuration(checked, fifo))
    sorry = pool({"sorry": 1})
    steps = [(None, None, pool({1: 3, 2: 2, 3: 2}), "Gained quorum 4\\+2=6 <= 7"),
             (2, 1, pool({1: 3, 3: 2}), "Removing service"),
             (3, 1, pool({1: 3}), "Removing service"),
             (1, 1, sorry, "Lost quorum 4-2=2 > 0"),
             (1, 0, sorry, "Adding service \\[192.168.1.1"),
             (2, 0, sorry, "Adding service \\[192.168.1.2"),
             (3, 0, pool({1: 3, 2: 2, 3: 2}), "Removing sorry server")]
    for server, status, wanted, line in steps:
        if server:
            checked.set(server, status)
        daemon.wait_for_log(line)
        becomes(director, daemon, wanted)
    fifo.says([f"VS {VS} UP", f"{rs(2)} DOWN", f"{rs(3)} DOWN", f"{rs(1)} DOWN", f"VS {VS} DOWN", f"{rs(1)} UP", f"{rs(2)} UP",
               f"{rs(3)} UP", f"VS {VS} UP"], daemon)


def test_weights_follow_scripts_and_files(director):
    checked = director.checked
    number = checked.folder / "number"
    number.write_text("0\n")
    daemon = director.start(SCRIPTS_ALLOWED % "" + f"""
track_file tf {{
    file {number}
}}
virtual_server 10.0.0.1 80 {{
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.168.1.1 80 {{
        weight 10
        {checked.misc(1, "misc_dynamic")}
    }}
    real_server 192.168.1.2 80 {{
        weight 10
        inhibit_on_failure
        {checked.misc(2)}
    }}
    real_server 192.168.1.3 80 {{
        weight 100
        FILE_CHECK {{
            track_file tf
            weight 2
        }}
    }}
    real_server 192.168.1.4 80 {{
        weight 5
        FILE_CHECK {{
            track_file tf
            weight 0
        }}
    }}
    real_server 192.168.1.5 80 {{
        weight 1
        alpha
        {checked.misc(5, "retry 2" + chr(10) + "delay_before_retry 1")}
    }}
}}
""")
    checked.set(5, 1)
    steps = [({}, "10 10 100 5 -"), ({1: 22}, "20 10 100 5 -"), ({1: 255}, "253 10 100 5 -"), ({1: 2}, "0 10 100 5 -"),
             ({1: 0, 2: 1}, "10 0 100 5 -"), ({1: 1}, "- 0 100 5 -"), ({1: 7, 2: 0, 5: 0}, "5 10 100 5 1"), ("20", "5 10 140 - 1"),
             ("-60", "5 10 0 - 1"), ("-2147483648", "5 10 - - 1"), ({5: 1}, "5 10 - - -"), ("0", "5 10 100 5 -")]
    for change, wanted in steps:
        if isinstance(change, str):
            number.write_text(change + "\n")
        else:
            for name, status in change.items():
                checked.set(name, status)
        becomes(director, daemon, pool({n: weight for n, weight in enumerate(wanted.split(), 1) if weight != "-"}))


RELOADED = """
virtual_server 10.0.0.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.168.1.1 80 {
        weight %d
    }
    real_server 192.168.1.2 80 {
    }
}
"""


def test_a_weight_change_is_one_edit_and_a_reload_without_change_none(director):
    daemon = director.start(RELOADED % 3)
    becomes(director, daemon, pool({1: 3, 2: 1}))
    ipvsadm(director, *FOREIGN[0].split())
    checker = checker_of(daemon)
    trace = director.folder / "reload.strace"
    watcher = director.popen("strace", "-f", "-qq", "-e", "trace=sendto,sendmsg,write", "-o", trace, "-p", checker)
    eventually(lambda: int(re.search(r"TracerPid:\s*(\d+)", pathlib.Path(f"/proc/{checker}/status").read_text())[1]) > 0, 10)
    daemon.reload(RELOADED % 5)
    becomes(director, daemon, [*pool({1: 5, 2: 1}), *FOREIGN])
    assert daemon.logged(r"Changing weight from 3 to 5 for active service \[192.168.1.1\]:tcp:80 of VS \[10.0.0.1\]:tcp:80")
    daemon.reload()
    watcher.send_signal(signal.SIGINT)
    watcher.wait(10)
    sent = [line for line in trace.read_text().splitlines() if "nlmsg_len" in line]
    assert len(sent) == 1, trace.read_text()


OLD = """
virtual_server_group GG {
    10.1.0.1-3 80
    fwmark 5
}
virtual_server 10.0.0.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    sorry_server 192.168.9.9 80
    real_server 192.168.1.1 80 {
        weight 3
    }
    real_server 192.168.1.2 80 {
        weight 2
        CHECK2
    }
    real_server 192.168.1.3 80 {
        weight 2
    }
}
virtual_server 10.0.0.2 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.168.1.1 80 {
    }
}
virtual_server group GG {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.168.1.1 80 {
    }
}
"""
NEW = """
virtual_server_group GG {
    10.1.0.1-3 80
    10.1.0.9 80
    fwmark 6
}
virtual_server 10.0.0.1 80 {
    lvs_sched wrr
    lvs_method NAT
    protocol TCP
    persistence_timeout 100
    sorry_server 192.168.9.8 80
    real_server 192.168.1.1 80 {
        weight 5
    }
    real_server 192.168.1.2 80 {
        weight 2
        lvs_method DR
        CHECK2
    }
    real_server 192.168.1.4 80 {
        weight 2
    }
}
virtual_server 10.0.0.3 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.168.1.1 80 {
    }
}
virtual_server group GG {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.168.1.1 80 {
    }
}
"""


def test_a_reload_changes_what_changed(director):
    checked = director.checked
    check = checked.misc(2)
    head = SCRIPTS_ALLOWED % ""
    daemon = director.start(head + OLD.replace("CHECK2", check))
    checked.set(2, 1)
    daemon.wait_for_log(r"Removing service \[192.168.1.2\]:tcp:80 from VS \[10.0.0.1\]:tcp:80")
    daemon.reload(head + NEW.replace("CHECK2", check))
    service = "-a {} -r 192.168.1.1:80 -m -w 1".format
    entries = ["-t 10.0.0.3:80", *(f"-t 10.1.0.{n}:80" for n in (1, 2, 3, 9))]
    becomes(director, daemon, ["-A -t 10.0.0.1:80 -s wrr -p 100", "-a -t 10.0.0.1:80 -r 192.168.1.1:80 -m -w 5",
                               "-a -t 10.0.0.1:80 -r 192.168.1.4:80 -m -w 2", *(f"-A {entry} -s rr" for entry in entries),
                               *map(service, entries), "-A -f 6 -s rr", "-a -f 6 -r 192.168.1.1:80 -m -w 1"])
    for line in ("service [192.168.1.3]:tcp:80 no longer exist", "Removing service [192.168.1.3]:tcp:80 from VS [10.0.0.1]:tcp:80",
                 "Removing Virtual Server [10.0.0.2]:tcp:80", "Removing service [192.168.1.1]:tcp:80 from VS [10.0.0.2]:tcp:80",
                 "Changing weight from 3 to 5 for active service [192.168.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80",
                 "Gained quorum 1+0=1 <= 1 for VS [10.0.0.3]:tcp:80"):
        assert line in daemon.log(), f"{line}\n{daemon.log()}"
    assert daemon.stop() == 0
    assert table(director) == []


@pytest.mark.parametrize("keyword, options, left", [
    ("", [], FOREIGN),
    ("lvs_flush_on_stop VS", [], FOREIGN),
    ("lvs_flush_on_stop", [], []),
    ("", ["-I"], [*pool({1: 3, 2: 1}), *FOREIGN]),
], ids=["plain", "flush-VS", "flush-all", "dont-release"])
def test_a_stop_leaves_what_it_must(director, keyword, options, left):
    ipvsadm(director, *FOREIGN[0].split())
    daemon = director.start(f"global_defs {{\n router_id T\n {keyword}\n}}\n" + RELOADED % 3, options=options)
    becomes(director, daemon, [*pool({1: 3, 2: 1}), *FOREIGN])
    assert daemon.stop() == 0
    assert table(director) == sorted(left)
    assert bool(daemon.logged("Shutting down service")) == (not keyword and not options)


def test_a_crash_of_the_checker_changes_nothing(director):
    checked, fifo = director.checked, director.fifo()
    daemon = director.start(quorum_configuration(checked, fifo))
    becomes(director, daemon, pool({1: 3, 2: 2, 3: 2}))
    checked.set(3, 1)
    becomes(director, daemon, pool({1: 3, 2: 2}))
    told = [f"VS {VS} UP", f"{rs(3)} DOWN"]
    fifo.says(told, daemon)
    before = checker_of(daemon)
    os.kill(before, signal.SIGKILL)
    assert table(director) == sorted(pool({1: 3, 2: 2}))
    daemon.wait_for_log(r"Healthcheck child process\(\d+\) died: Respawning")
    eventually(lambda: checker_of(daemon) != before and checker_of(daemon) in children_of(daemon.pid), 10, daemon.log)
    never(lambda: table(director) != sorted(pool({1: 3, 2: 2})), 3, daemon.log, every=0.2)
    assert fifo.lines() == told
    checked.set(3, 0)
    becomes(director, daemon, pool({1: 3, 2: 2, 3: 2}))
    fifo.says([*told, f"{rs(3)} UP"], daemon)


SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.server_address[0].encode())
http.server.ThreadingHTTPServer((sys.argv[1], 8080), Answer).serve_forever()
"""


def listens(box):
    return ":1F90 " in box.namespace.read("tcp")


def test_requests_reach_the_servers_that_live(lab, director):
    """NAT: the servers are boxes behind the director, which routes for them; the client is on another network."""
    addresses = []
    servers = []
    for number in (11, 12):
        box = lab.node(f"server{number}", "inside", number=number)
        box.ip("route add default via 10.0.0.1")
        addresses.append(box.address)
        servers.append((box, box.popen(sys.executable, "-c", SERVER, box.address)))
    if "eth1" not in director.interfaces:
        director.attach("inside")
        director.ip("address flush dev eth0", "address flush dev eth1", "address add 10.0.0.1/24 dev eth1",
                    "address add 10.9.0.1/24 dev eth0")
        director.namespace.sysctl(net__ipv4__ip_forward=1)
    client = lab.node("client", "lan", number=9)
    client.ip("address flush dev eth0", "address add 10.9.0.9/24 dev eth0")
    for box, _ in servers:
        eventually(lambda: listens(box), 15, "the servers listen", every=0.1)
    daemon = director.start("virtual_server 10.9.0.1 80 {\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n delay_loop 1\n" + "".join(
        f"real_server {address} 8080 {{\n {kind} {{\n connect_timeout 1\n retry 0\n warmup 0\n delay_loop 1\n {more} }}\n }}\n"
        for address, (kind, more) in zip(addresses, [("TCP_CHECK", ""), ("HTTP_GET", "url {\n path /\n status_code 200\n }\n")])) + "}\n")

    def answers():
        found = set()
        for _ in range(4):
            with client.namespace.entered():
                found.add(urllib.request.urlopen("http://10.9.0.1/", timeout=5).read().decode())
        return found

    def pool_is(wanted):
        lines = [f"-a -t 10.9.0.1:80 -r {address}:8080 -m -w 1" for address in wanted]
        becomes(director, daemon, ["-A -t 10.9.0.1:80 -s rr", *lines])
        assert answers() == set(wanted)

    pool_is(addresses)
    for n in (0, 1):
        box, process = servers[n]
        process.kill()
        process.wait()
        pool_is([addresses[1 - n]])
        servers[n] = (box, box.popen(sys.executable, "-c", SERVER, box.address))
        pool_is(addresses)
