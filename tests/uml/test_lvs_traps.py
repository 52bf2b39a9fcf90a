"""Faults of the reference which we do not have (lvs-behaviour.md §17), and the keywords that steer the table: one test each."""
import os
import re
import signal

from lab import eventually
from lab.balancer import becomes, checker_of, ipvsadm, new_checker, real_server, table, virtual_server
from lab.mail import MailServer

MODULES = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_wlc", "nf_conntrack", "dummy"]
ALLOWED = "global_defs {\n router_id T\n script_user root\n enable_script_security\n %s\n}\n"
VS = "10.0.0.1 80"


def served(daemon):
    """The checker has a generation in force: it answers with a dump."""
    dump = daemon.folder / "keepalived_check.data"
    dump.unlink(missing_ok=True)
    os.kill(checker_of(daemon), signal.SIGUSR1)
    return eventually(dump.exists, 10, daemon.log)


def destination(address, weight=1, service="-t 10.0.0.1:80", port=80):
    return f"-a {service} -r {address}:{port} -m -w {weight}"


SERVICE = "-A -t 10.0.0.1:80 -s rr"


def test_trap_5_a_suspended_group_is_checked_once_an_address_of_it_is_here(director):
    group = "virtual_server_group GG {\n 10.0.0.50-52 80\n}\n"
    check = director.checked.misc(1)
    director.checked.set(1, 1)
    daemon = director.start(ALLOWED % "" + group + virtual_server("group GG", real_server("192.168.1.1", 80, check), more="ha_suspend"))
    daemon.wait_for_log("Deactivating healthchecker for service \\[192.168.1.1\\]:tcp:80 for VS \\[GG\\]:0")
    assert not daemon.logged("^.*: Activating")
    director.ip("address add 10.0.0.51/24 dev eth0")
    daemon.wait_for_log("Activating healthchecker for service \\[192.168.1.1\\]:tcp:80 for VS \\[GG\\]:0")
    daemon.wait_for_log("Removing service")
    director.ip("address del 10.0.0.51/24 dev eth0")
    daemon.wait_for_log("Suspending healthchecker")


def test_a_reload_without_ha_suspend_lets_the_checks_run(director):
    check = director.checked.misc(1)
    director.checked.set(1, 1)
    service = virtual_server("10.0.0.50 80", real_server("192.168.1.1", 80, check), more="%s")
    daemon = director.start(ALLOWED % "" + service % "ha_suspend")
    daemon.wait_for_log("Deactivating")
    daemon.reload(ALLOWED % "" + service % "")
    daemon.wait_for_log("Removing service")


def test_trap_6_changed_thresholds_reach_the_kernel(director):
    limits = "uthreshold {}\n lthreshold {}"
    daemon = director.start(virtual_server(VS, real_server("192.168.1.1", 80, limits.format(100, 50))))
    becomes(director, daemon, [SERVICE, destination("192.168.1.1")])
    daemon.reload(virtual_server(VS, real_server("192.168.1.1", 80, limits.format(70, 30))))
    eventually(lambda: re.search(r"192.168.1.1:80 +70 +30 ", ipvsadm(director, "-L", "-n", "--thresholds")), 5,
               lambda: ipvsadm(director, "-L", "-n", "--thresholds"))


FOUND = [["-A", "-t", "10.0.0.1:80", "-s", "wlc"], ["-a", "-t", "10.0.0.1:80", "-r", "1.2.3.4:80", "-m"],
         ["-a", "-t", "10.0.0.1:80", "-r", "192.168.1.1:80", "-m", "-w", "9"]]


def test_trap_7_what_stands_there_at_a_start_is_put_right(director):
    for words in FOUND:
        ipvsadm(director, *words)
    daemon = director.start(virtual_server(VS, real_server("192.168.1.1", 80)))
    becomes(director, daemon, [SERVICE, destination("192.168.1.1")])


def test_a_service_that_is_new_at_a_reload_is_put_right_if_it_stands_there(director):
    other = virtual_server("10.0.0.2 80", real_server("192.168.1.1", 80))
    daemon = director.start(other)
    eventually(lambda: len(table(director)) == 2)
    for words in FOUND:
        ipvsadm(director, *words)
    daemon.reload(other + virtual_server(VS, real_server("192.168.1.1", 80)))
    becomes(director, daemon, ["-A -t 10.0.0.2:80 -s rr", destination("192.168.1.1", service="-t 10.0.0.2:80"), SERVICE, destination("192.168.1.1")])
    assert not daemon.logged("error:")


def test_trap_8_the_pool_is_back_when_the_sorry_server_is_configured_away(director):
    checked = director.checked
    service = virtual_server(VS, real_server("192.168.1.1", 80, "weight 2\n" + checked.misc(1)), real_server("192.168.1.2", 80),
                             more="quorum 3\n%s")
    daemon = director.start(ALLOWED % "" + service % "sorry_server 192.168.9.9 80")
    becomes(director, daemon, [SERVICE, destination("192.168.1.1", 2), destination("192.168.1.2")])
    checked.set(1, 1)
    becomes(director, daemon, [SERVICE, destination("192.168.9.9")])
    daemon.reload(ALLOWED % "" + service % "")
    becomes(director, daemon, [SERVICE, destination("192.168.1.2")])


def test_trap_19_two_blocks_of_one_identity_share_their_service(director):
    checked = director.checked
    daemon = director.start(ALLOWED % "" + virtual_server(VS, real_server("192.168.1.1", 80, checked.misc(1)))
                   + virtual_server(VS, real_server("192.168.1.2", 80)))
    both = [SERVICE, destination("192.168.1.1"), destination("192.168.1.2")]
    becomes(director, daemon, both)
    checked.set(1, 1)
    becomes(director, daemon, [SERVICE, destination("192.168.1.2")])
    checked.set(1, 0)
    becomes(director, daemon, both)
    assert daemon.stop() == 0
    assert table(director) == [] and "error:" not in daemon.log(), daemon.log()


def test_groups_of_two_protocols_with_a_mark_share_the_marks_service(director):
    checked = director.checked
    group = "virtual_server_group GG {\n 10.1.0.1 80\n fwmark 5\n}\n"
    daemon = director.start(ALLOWED % "" + group + virtual_server("group GG", real_server("192.168.1.1", 80, checked.misc(1)))
                   + virtual_server("group GG", real_server("192.168.1.2", 80), protocol="UDP"))
    services = ["-A -t 10.1.0.1:80 -s rr", "-A -u 10.1.0.1:80 -s rr", "-A -f 5 -s rr", destination("192.168.1.2", service="-u 10.1.0.1:80"),
                destination("192.168.1.2", service="-f 5")]
    first = [destination("192.168.1.1", service="-t 10.1.0.1:80"), destination("192.168.1.1", service="-f 5")]
    becomes(director, daemon, services + first)
    checked.set(1, 1)
    becomes(director, daemon, services)
    checked.set(1, 0)
    becomes(director, daemon, services + first)


def test_trap_20_a_check_that_is_dropped_does_not_keep_its_server_down(director):
    daemon = director.start(ALLOWED % "" + virtual_server(VS, real_server("192.168.1.1", 80, "alpha\nMISC_CHECK {\n misc_path /no/such/script\n}")))
    becomes(director, daemon, [SERVICE, destination("192.168.1.1")])


def test_trap_23_a_killed_script_contributes_nothing(director):
    """w 10, two dynamic checks with 22 and 32: 40; the first is killed, then exits 12: 10 + 0 + 20."""
    checked = director.checked
    daemon = director.start(ALLOWED % "" + virtual_server(VS, real_server("192.168.1.1", 80, "weight 10\n" + checked.misc(1, "misc_dynamic")
                                                                           + checked.misc(2, "misc_dynamic"))))
    checked.set(1, 22)
    checked.set(2, 32)
    becomes(director, daemon, [SERVICE, destination("192.168.1.1", 40)])
    checked.set(1, "kill")
    becomes(director, daemon, [SERVICE])
    checked.set(1, 12)
    becomes(director, daemon, [SERVICE, destination("192.168.1.1", 30)])


def test_traps_2_and_24_no_zero_byte_in_a_fifo_and_no_mail_without_a_change(director):
    fifo, mail = director.fifo(), MailServer(director.namespace)
    checked = director.checked
    daemon = director.start(ALLOWED % (f"lvs_notify_fifo {fifo.path}\n notification_email {{\n a@b.c\n }}\n notification_email_from k@l.m\n"
                                        f" smtp_server 127.0.0.1 {mail.port}") + virtual_server(VS, real_server("192.168.1.1", 80, checked.misc(1))))
    daemon.wait_for_log("succeeded")
    checked.set(1, 1)
    eventually(lambda: mail.mails, 10, daemon.log)
    assert [re.search("Subject: (.*)\r", one.data)[1] for one in mail.mails] == [
        "[T] Realserver [192.168.1.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN"]
    fifo.says(["VS [10.0.0.1]:tcp:80 UP", "RS [192.168.1.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN", "VS [10.0.0.1]:tcp:80 DOWN"], daemon)
    assert b"\0" not in fifo.text


def test_trap_27_an_alpha_web_server_that_fails_at_first_says_so(director):
    fifo = director.fifo()
    daemon = director.start(ALLOWED % f"lvs_notify_fifo {fifo.path}" + virtual_server(VS, real_server(
        "127.0.0.1", 9, "alpha\nHTTP_GET {\n warmup 0\n delay_loop 5\n url {\n path /\n }\n}")))
    daemon.wait_for_log(r"HTTP_CHECK on service \[127.0.0.1\]:tcp:9 failed\.")
    fifo.says(["RS [127.0.0.1]:tcp:9 [10.0.0.1]:tcp:80 DOWN"], daemon)


def test_timeouts_follow_reloads_and_are_given_back(director):
    def timeouts():
        return re.search(r"(\d+ \d+ \d+)", ipvsadm(director, "-L", "-n", "--timeout"))[1]
    before = timeouts()
    service = virtual_server(VS, real_server("192.168.1.1", 80))
    daemon = director.start("global_defs {\n lvs_timeouts tcp 1000 udp 200\n}\n" + service)
    eventually(lambda: timeouts() == f"1000 {before.split()[1]} 200", 5, timeouts)
    daemon.reload("global_defs {\n lvs_timeouts tcpfin 77\n}\n" + service)
    eventually(lambda: timeouts() == f"{before.split()[0]} 77 {before.split()[2]}", 5, timeouts)
    daemon.reload(service)
    eventually(lambda: timeouts() == before, 5, timeouts)
    daemon.reload("global_defs {\n lvs_timeouts tcp 500\n}\n" + service)
    eventually(lambda: timeouts().startswith("500 "), 5, timeouts)
    assert daemon.stop() == 0
    assert timeouts() == before


def test_flush_at_a_start_takes_foreign_services_but_not_at_a_reload_or_after_a_crash(director):
    service = virtual_server(VS, real_server("192.168.1.1", 80))
    flushing = "global_defs {\n lvs_flush\n}\n" + service
    foreign = "-A -t 10.77.77.77:99 -s rr"
    ours = [SERVICE, destination("192.168.1.1")]
    ipvsadm(director, *foreign.split())
    daemon = director.start(flushing)
    becomes(director, daemon, ours)
    ipvsadm(director, *foreign.split())
    daemon.reload()
    becomes(director, daemon, [*ours, foreign])
    before = checker_of(daemon)
    os.kill(before, signal.SIGKILL)
    new_checker(daemon, before)
    becomes(director, daemon, [*ours, foreign])


def test_the_table_may_be_in_another_namespace(lab, director):
    other = lab.node("other")
    daemon = director.start(f"net_namespace_ipvs {other.namespace.name}\n" + virtual_server(VS, real_server("192.168.1.1", 80)))
    becomes(other, daemon, [SERVICE, destination("192.168.1.1")])
    assert table(director) == []
    assert daemon.stop() == 0
    assert table(other) == []


def test_ping_checks_get_their_group_range_and_give_it_back(director):
    def allowed():
        return director.run("cat", "/proc/sys/net/ipv4/ping_group_range").split()
    director.namespace.sysctl(net__ipv4__ping_group_range="1 0")
    daemon = director.start(virtual_server(VS, real_server("127.0.0.1", 80, "alpha\nPING_CHECK {\n warmup 0\n delay_loop 1\n}")))
    becomes(director, daemon, [SERVICE, destination("127.0.0.1")])
    assert allowed() == ["0", "0"]
    before = checker_of(daemon)
    os.kill(before, signal.SIGKILL)
    new_checker(daemon, before)
    assert allowed() == ["0", "0"]
    served(daemon)
    assert daemon.stop() == 0
    assert allowed() == ["1", "0"]


def test_marks_stand_for_the_addresses_of_groups(director):
    """Without nf_tables in the kernel the rules are refused: told once a generation, and the services stay."""
    group = "virtual_server_group G {\n 10.1.0.1-3 80\n fd00::1 80\n}\n"
    head = "global_defs {\n nftables_ipvs\n nftables_ipvs_start_fwmark 2000\n}\n"
    servers = [real_server("192.168.1.1", 80), real_server("fd77::1", 80)]
    user = virtual_server("group G", *servers, method="TUN")
    daemon = director.start(head + group + user)
    tunnels = "-a -f 2000{} -r {}:0 -i -w 1 --tun-type ipip"
    wanted = ["-A -f 2000 -s rr", "-A -f 2000 -6 -s rr", *(tunnels.format(family, server) for family in ("", " -6")
                                                           for server in ("192.168.1.1", "[fd77::1]"))]
    becomes(director, daemon, wanted)
    assert daemon.count("nftables_ipvs: ") == 1, daemon.log()
    daemon.reload(head + group.replace("10.1.0.1-3", "10.1.0.7") + user)
    becomes(director, daemon, wanted)
    daemon.write(group + user)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("Cannot change IPVS nftables table name at a reload")
    becomes(director, daemon, wanted)
    assert daemon.stop() == 0
    assert table(director) == []


def test_the_dump_shows_what_checks_have_seen(director):
    checked = director.checked
    number = checked.folder / "tf"
    number.write_text("3\n")
    daemon = director.start(ALLOWED % "" + f"track_file tf {{\n file {number}\n}}\n" + virtual_server(
        VS, real_server("192.168.1.1", 80, "weight 10\n" + checked.misc(1, "misc_dynamic") + "FILE_CHECK {\n track_file tf\n weight 2\n}"),
        real_server("127.0.0.1", 9, "TCP_CHECK {\n warmup 0\n delay_loop 1\n}\nPING_CHECK {\n warmup 0\n delay_loop 1\n}")))
    checked.set(1, 7)
    becomes(director, daemon, [SERVICE, destination("192.168.1.1", 11)])
    daemon.wait_for_log("TCP_CHECK on service")
    served(daemon)
    text = (daemon.folder / "keepalived_check.data").read_text()
    for line in ("   Last status = 7", "   Current weight = -5", "   Current weight = 6", "     Last errno = 111", "   Status = 3"):
        assert line in text.splitlines(), f"{line}\n{text}"
    assert re.search(r"ICMP seq no = [1-9]", text)


def test_a_reload_of_the_same_text_goes_on_where_it_was_and_checks_all_the_same(director):
    up, down = "127.1.0.1", "127.1.0.2"
    check = "TCP_CHECK {\n connect_port 8080\n connect_timeout 1\n delay_loop 1\n warmup 0\n retry 0\n}"
    http = "HTTP_GET {\n connect_port 8080\n delay_loop 1\n warmup 0\n retry 0\n url {\n path /\n status_code 200\n }\n}"
    text = "global_defs {\n router_id T\n}\n" + virtual_server(VS, real_server(up, 80, check), real_server(down, 80, check + http))
    one, both = [SERVICE, destination(up)], [SERVICE, destination(up), destination(down)]
    servers = {up: director.popen("/usr/bin/python3", "-m", "http.server", "8080", "--bind", up)}
    daemon = director.start(text)
    becomes(director, daemon, one)
    before, said = checker_of(daemon), len(daemon.log())
    for _ in range(2):
        daemon.reload()
    assert table(director) == sorted(one) and checker_of(daemon) == before
    assert re.search("Keepalived_healthcheckers: Reloading$", daemon.log()[said:], re.MULTILINE) or daemon.logged("Reloading$")
    assert not re.search("Adding|Removing|Activating|quorum", daemon.log()[said:])
    servers[down] = director.popen("/usr/bin/python3", "-m", "http.server", "8080", "--bind", down)
    becomes(director, daemon, both)
    servers[up].kill()
    becomes(director, daemon, [SERVICE, destination(down)])
    # What a successor finds is of the present generation, though it was read as an earlier one.
    os.kill(before, signal.SIGKILL)
    after = new_checker(daemon, before)
    daemon.reload()
    assert table(director) == sorted([SERVICE, destination(down)])
    # And what comes next is compared with it.
    daemon.reload(text.replace("lvs_sched rr", "lvs_sched wrr"))
    becomes(director, daemon, [SERVICE.replace("rr", "wrr"), destination(down)])
    assert checker_of(daemon) == after
    for server in servers.values():
        server.kill()
        server.wait()
