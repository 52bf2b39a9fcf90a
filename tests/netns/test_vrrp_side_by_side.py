"""Stories which our daemon and Debian's live through at the same time, each on a network of its own: the lines of the log,
the calls of scripts, the lines of the FIFO, the addresses, routes and rules must be the same. What differs by design is named
below."""
import re
import signal
import threading

import pytest

from lab import eventually, instance, keepalived_conf
from lab.daemon import SIGSTATS_CLEAR
from lab.told import FifoReader

VIP = "10.0.0.100"
QUICK = "    version 3\n    garp_master_delay 0\n"

# Lines of one make alone: versions, processes, sockets, what is said about the file (with a place here), dumps.
OWN_LINES = re.compile(
    r"Starting|Running on|Command line|Configuration file|Keepalived v|Built with|NOTICE|Copyright|Opening|Registering|VRRP sockpool|"
    r"Startup complete|Stopp|Gained quorum|Assigned address|CPU usage|Netlink refl|Interface .* added|Reload|SECURITY|Remove|\s|"
    r"A timer was \d+ ms late|\(VI_\d\): send advert error|"  # of who was faster, or loaded
    r"pid \d+|Printing VRRP as json|Processing queued|Delayed start|New route doesn't have i/f|Netlink: error|"
    r".*: kernel|\(VI_\d\) (removing|setting) (E-)?(VIPs|Virtual)|\(VI_\d\) master set to|\(VI_\d\) .* lies in no subnet")
# 2.4.3 names the cause of a FAULT in its own words, 2.2.7 in others (vrrp-behaviour.md §12).
FAULT_CAUSE = re.compile(r"entering FAULT state|tracked file \w+ (now|leaving) FAULT|sent 0 priority|FAULT STATE \(init\)")


def told(log):
    """The lines for people, without time; which of two comes first is not promised (bursts before routes)."""
    lines = (re.sub(r"^\w{3} \w{3} +\d+ [\d:]+ \d{4}: (\(\S+: Line \d+\) )?", "", line) for line in log.splitlines())
    return sorted(re.sub(r"process\(\d+\)", "", line) for line in lines
                  if not OWN_LINES.match(line) and not FAULT_CAUSE.search(line))


class Actor:
    """One daemon on its box, what its scripts and its FIFO were told."""

    def __init__(self, lab, flavour, name, network):
        self.node, self.flavour = lab.node(name, network, number=1), flavour
        self.folder = self.node.folder / "told"
        self.folder.mkdir()
        self.write("script.sh", f"#!/bin/sh\necho \"$@\" >> {self.folder}/calls\n")
        self.write("switch.sh", f"#!/bin/sh\ntest -e {self.folder}/up\n")
        self.write("up")
        self.fifo = FifoReader(self.folder / "fifo")
        self.stats = []

    def write(self, name, text=""):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)

    def start(self, text):
        self.daemon = self.node.keepalived(self.fill(text), self.flavour, options=("-D",))

    def fill(self, text):
        return text.replace("@", f"{self.folder}/")

    def wait(self, pattern, times=1):
        self.daemon.wait_for_log(pattern, 12, times)

    def told(self):
        calls = self.folder / "calls"
        kernel = self.kernel()
        self.daemon.stop(15)
        self.left = self.kernel()
        lines = told(self.daemon.log())
        asked = [line for line in lines if line.startswith("Printing VRRP stats")]  # until they are what is waited for
        log = sorted([line for line in lines if line not in asked] + asked[:1])
        return {"log": log, "calls": sorted(calls.read_text().splitlines()) if calls.exists() else [],
                "fifo": self.fifo.lines(), "kernel": kernel, "left behind": self.left, "statistics": self.stats}

    def kernel(self):
        """Addresses, routes and rules as iproute2 prints them."""
        shown = [self.node.run("ip", "-o", *what.split()) for what in (
            "address", "-details route show table all", "-6 -details route show table all", "-details rule", "-6 -details rule")]
        lines = (re.sub(r"^\d+: |@if\d+|\s*expires \S+| valid_lft.*|\\\\", "", line) for text in shown for line in text.splitlines())
        return sorted(" ".join(line.split()) for line in lines if "table local" not in line)

    def keep_statistics(self):
        """The statistics as written, but for what depends on when they were, and what 2.2.7 does not have."""
        text = re.sub(r"Sent: \d+", "Sent", self.daemon.stats_text())
        self.stats.append(re.sub(r"  Authentication Extension Errors:\n(    .*\n)*", "", text))


def conf(extra="", globals="", blocks=(), more=(), **settings):
    settings = {"priority": 200, "advert_int": 0.1, **settings}
    own = instance(extra=QUICK + "    notify @script.sh\n" + extra, **settings)
    return keepalived_conf(*blocks, own, *more, globals=f"    script_user root\n    vrrp_notify_fifo @fifo\n{globals}")


def is_master(actor, times=1):
    actor.wait(r"Entering MASTER STATE", times)
    actor.wait(rf"Sending gratuitous ARP on eth0 for {VIP}", 5 * times)


def switch_goes_off_and_on(actor, members=1):
    is_master(actor)
    (actor.folder / "up").unlink()
    actor.wait(r"Entering FAULT STATE", members)
    actor.write("up")
    actor.wait(r"Entering MASTER STATE", 2 * members)
    is_master(actor, 2)


def file_takes_values(actor):
    is_master(actor)
    for value, line in (("-3", "from 210 to 194"), ("-254", "Entering FAULT STATE"), ("0", "Entering BACKUP STATE$")):
        actor.write("f1", f"{value}\n")
        actor.wait(line)
    is_master(actor, 2)


def dumps(actor):
    is_master(actor)
    for number, line in ((signal.SIGUSR1, "Printing VRRP data"), (signal.SIGUSR2, "Printing VRRP stats")):
        actor.daemon.signal(number)
        actor.wait(line)
    actor.keep_statistics()
    actor.daemon.signal(SIGSTATS_CLEAR)
    actor.wait("Printing and clearing VRRP stats")
    eventually(lambda: "Became master: 0" in actor.daemon.stats_text(), 5, actor.daemon.log)
    actor.keep_statistics()


def three_reloads(actor):
    is_master(actor)
    for times in (1, 2, 3):
        actor.daemon.signal(signal.SIGHUP)
        actor.wait(r"Reload complete", times)


def an_instance_goes(actor):
    is_master(actor)
    actor.wait(r"\(VI_2\) Entering MASTER STATE")
    actor.daemon.write(actor.fill(conf()))
    actor.daemon.signal(signal.SIGHUP)
    actor.wait(r"Reload complete")
    eventually(lambda: not actor.node.holds("10.0.0.102"), 5, actor.daemon.log)


def static_objects_are_taken(actor):
    is_master(actor)
    actor.node.ip("address del 10.9.0.1/24 dev eth0", "route del 192.168.77.0/24", "rule del priority 101")
    actor.wait(r"Restoring deleted static", 3)


def objects_change_at_reloads(actor):
    is_master(actor)
    for times, objects in enumerate((OBJECTS, OTHER_OBJECTS, ""), 1):
        actor.daemon.write(actor.fill(conf(objects)))
        actor.daemon.signal(signal.SIGHUP)
        actor.wait(r"Reload complete", times)


def holds_objects(actor):
    is_master(actor)
    actor.wait(r"setting Virtual Rules")
    eventually(lambda: "10.18.0.0/24" in actor.node.run("ip", "rule"), 5, actor.daemon.log)
    data = actor.daemon.json()[0]["data"]
    actor.stats.append([data[kind] for kind in ("vips", "vroutes", "vrules")])


def links_and_addresses_change(actor):
    is_master(actor)
    actor.node.ip("link add x0 type veth peer name x1", "link set x0 up", "link set x1 up", "address add 10.8.8.8/24 dev x0",
                  "link set x1 down", "link set x0 down", "link set x0 name x2", "link del x2")
    actor.wait(r"Interface x2 deleted")
    actor.node.ip("address add 10.8.8.8/24 dev eth0", "address del 10.8.8.8/24 dev eth0", "link set eth0 address 02:00:00:00:00:77",
                  "link set eth0 down")
    actor.wait(r"Entering FAULT STATE")
    actor.wait(r"Deassigned address fe80")
    actor.node.ip("link set eth0 up")
    is_master(actor, 2)


def reloads_which_may_not_be_and_may(actor):
    is_master(actor)
    actor.daemon.write(actor.fill(conf(globals="    nftables")))
    actor.daemon.signal(signal.SIGHUP)
    actor.wait(r"Cannot change nftables table name at a reload - please restart keepalived")
    actor.daemon.write(actor.fill(conf(TRACKED_FILE, blocks=(FILE,))))
    actor.daemon.signal(signal.SIGHUP)
    actor.wait(r"Changing effective priority from 200 to 210")


def all_lead(actor):
    is_master(actor)
    actor.wait(r"\(VI_2\) Entering MASTER STATE")


def stays_in_fault(actor):
    actor.wait(r"entering FAULT state|Entering FAULT STATE")
    eventually(lambda: actor.fifo.lines(), 5, actor.daemon.log)


OBJECTS = """    virtual_routes {
        192.168.2.0/24 via 10.0.0.9 dev eth0 metric 5
        192.168.4.0/24 dev eth0 src 10.0.0.100 table 77
        192.168.8.0/24 via 10.0.0.9 dev eth0 mtu lock 1400 advmss 1360 initcwnd 20
        192.168.10.0/24 via 10.0.0.9 dev eth0 rtt 200ms rto_min 300ms quickack 1 window 30000
        192.168.11.0/24 via 10.9.9.9 dev eth0 onlink
        192.168.14.0/24 via 10.0.0.9 dev eth0 features ecn hoplimit 33 congctl reno realms 3/4
        192.168.17.0/24 dev eth0 no_track
        192.168.18.7 dev eth0
        default via 10.0.0.9 dev eth0 metric 300
        2001:db8:3::/64 via fd00::9 dev eth0 metric 57 pref high
    }
    virtual_rules {
        from 10.3.0.0/24 to 10.4.0.0/24 fwmark 0x5/0xff table 77 preference 103
        iif eth0 table 77 priority 104
        oif eth0 tos 0x10 table 77 priority 105
        from 10.5.0.1 blackhole priority 106
        from 10.8.0.0/24 goto 200 priority 109
        not from 10.9.0.0/24 table 77 suppress_prefixlength 8 priority 110
        from 10.11.0.0/24 table 77 uidrange 100-200 priority 112
        from 10.12.0.0/24 table 77 ipproto tcp sport 100-200 dport 300-400 priority 113
        from 10.15.0.0/24 table 77 priority 116 no_track
        from 10.18.0.0/24 table 77 priority 200
        from 2001:db8:9::/64 table 77 priority 120
        from all fwmark 9 table 77 priority 121
        from 10.20.0.0/24 l3mdev priority 122
    }
"""
OTHER_OBJECTS = """    virtual_routes {
        192.168.2.0/24 via 10.0.0.8 dev eth0 metric 5
    }
    virtual_rules {
        from 10.5.0.1 table 77 priority 106
    }
"""
SECOND = instance("VI_2", 52, 150, ("10.0.0.102/24",), advert_int=0.1, extra=QUICK)
SWITCH = "vrrp_script c1 {\n    script @switch.sh\n    interval 1\n%s}\n"
GROUP = SWITCH % "" + ("vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n    global_tracking\n"
                       "    track_script {\n        c1\n    }\n    notify @script.sh\n}\n")
PAIR = "vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n    notify @script.sh\n}\n"
LO = "    track_interface {\n        lo weight %d\n    }\n"
FILE = "track_file f1 {\n    file @f1\n    weight 2\n    init_file 5\n}\n"
TRACKED_FILE = "    track_file {\n        f1\n    }\n"
ODD_VIPS = (f"{VIP}/24", "10.0.0.101/24 dev eth0 label eth0:1", "10.1.0.3/24 peer 10.1.0.4/24", "10.0.0.104/24 brd +",
            "10.4.0.1/24 scope 200", "10.0.0.109/24 home no_track")
STATIC = ("static_ipaddress {\n    10.9.0.1/24 dev eth0\n}\nstatic_routes {\n    192.168.77.0/24 via 10.0.0.9 dev eth0\n}\n"
          "static_rules {\n    from 10.78.0.1 table 77 priority 101\n}\n")

STORIES = {
    "strict mode": (conf(globals="    vrrp_strict"), is_master),
    "strict mode which overrides": (conf("    strict_mode\n    preempt_delay 5\n    garp_lower_prio_repeat 3\n"), is_master),
    "skip_check_adv_addr": (conf("    skip_check_adv_addr\n"), is_master),
    "a start-up delay": (conf(globals="    vrrp_startup_delay 1"), is_master),
    "a tracked interface and script with weights":
        (conf("    track_interface {\n        lo weight 5\n    }\n    track_script {\n        c1\n    }\n",
              blocks=(SWITCH % "    weight -30\n",)), is_master),
    "a tracked file": (conf("    track_file {\n        f1\n    }\n",
                            blocks=("track_file f1 {\n    file @f1\n    weight 2\n    init_file 5\n}\n",)), file_takes_values),
    "a script without weight": (conf("    track_script {\n        c1\n    }\n", blocks=(SWITCH % "",)), switch_goes_off_and_on),
    "a sync group with global_tracking": (conf(blocks=(GROUP,), more=(SECOND,)), lambda actor: switch_goes_off_and_on(actor, 2)),
    "dump signals": (conf(), dumps),
    "three reloads": (conf(), three_reloads),
    "an instance goes at a reload": (conf(more=(SECOND,)), an_instance_goes),
    "an owner with a start-up delay": (conf(globals="    vrrp_startup_delay 1", priority=255, state="MASTER"), is_master),
    "a priority which trackers make at the start":
        (conf("    notify_priority_changes\n    track_interface {\n        lo weight 5\n    }\n"), is_master),
    "an interface that does not exist yet": (conf(globals="    dynamic_interfaces", interface="eth7"), stays_in_fault),
    "no_accept": (conf("    no_accept\n    virtual_ipaddress_excluded {\n        fd00::77/64\n    }\n"), is_master),
    "VMACs of single addresses":
        (conf("    virtual_ipaddress_excluded {\n        fd00::77/64 use_vmac\n        10.0.0.77/24\n    }\n",
              vips=(f"{VIP}/24", "10.0.0.101/24 use_vmac")),
         lambda actor: actor.wait(r"Sending gratuitous ARP on \S+ for 10.0.0.77", 5)),
    "addresses, routes and rules of many kinds": (conf(OBJECTS, vips=ODD_VIPS), holds_objects),
    "links and addresses which change": (conf(), links_and_addresses_change),
    "a reload which may not be, and one which makes a file": (conf(), reloads_which_may_not_be_and_may),
    "a sync group of owners": (conf(priority=255, state="MASTER", blocks=(PAIR,), more=(instance(
        "VI_2", 52, 255, ("10.0.0.102/24",), advert_int=0.1, extra=QUICK, state="MASTER"),)), all_lead),
    "weights of a sync group and of its members":
        (conf(LO % 5, blocks=(PAIR.replace("    notify", LO % 9 + "    notify"),),
              more=(SECOND.replace("    virtual_ip", LO % 0 + "    virtual_ip"),)), all_lead),
    "routes and rules which reloads change": (conf(), objects_change_at_reloads),
    "static objects somebody deletes": (conf("    virtual_routes {\n        192.168.78.0/24 via 10.0.0.8 dev eth0\n    }\n"
                                             "    virtual_rules {\n        from 10.77.0.1 table 77 priority 100\n    }\n",
                                             blocks=(STATIC,)), static_objects_are_taken),
}


@pytest.mark.parametrize("story", STORIES)
def test_both_makes_tell_the_same(lab, ours, debian, story):
    text, plot = STORIES[story]
    actors = [Actor(lab, debian, "b", "two"), Actor(lab, ours, "a", "one")]
    for actor in actors:
        actor.start(text)
    failures = []

    def play(actor):
        try:
            plot(actor)
        except Exception as problem:  # noqa: BLE001 - told by the main thread
            failures.append(f"{actor.flavour.name}: {problem}")
    threads = [threading.Thread(target=play, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, "\n".join(failures)
    theirs, mine = (actor.told() for actor in actors)
    assert mine == theirs
