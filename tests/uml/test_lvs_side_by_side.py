"""Our balancer and Debian's, each on a box of its own, go through the same stories at the same time: the same table after
each chapter, the same lines in the log in the same order, the same FIFO, the same mails, the same scripts.

Where the two differ on purpose (2.2.7 against 2.4.3, or a fault of both which we do not have), the story says so in
`differs`: pairs of a pattern for lines of one side and why.
"""
import os
import re
import threading

import pytest
from lab import DEBIAN, OURS, Lab, eventually
from lab.balancer import Checked, Fifo, ipvsadm, real_server, table, virtual_server
from lab.mail import MailServer

MODULES = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_wlc", "nf_conntrack"]

pytestmark = pytest.mark.skipif(DEBIAN.available() is not None, reason=DEBIAN.available() or "")

# Lines that say nothing of the balancer.
NOISE = re.compile(r"Registering|Starting [A-Z]|Running on|Command line|file '|Startup complete|Stopp|\(C\)|NOTICE|built|version|Configuration|CPU usage|"
                   r"^\s*$|Reload|Initializing|initializing|SIGHUP|SECURITY|default user|Netlink reflector|BFD|SMTP|pid|process group")

# What 2.4.3 and we do otherwise than 2.2.7, everywhere.
ALWAYS = [
    (r"^Activating healthchecker", "2.2.7 says it for all checkers at each reload, 2.4.3 for new ones"),
]


def spoken(log):
    """The lines of a log that count, without times and paths."""
    lines = (re.sub(r"^\w{3} \w{3} +\d+ [\d:.]+ \d{4}: ", "", line) for line in log.splitlines())
    return [re.sub(r"/\S*/(ours|debian)/\S*/", "/", line) for line in lines if not NOISE.search(line)]


class Actor:
    """One daemon on its box, and what the world hears of it."""

    def __init__(self, lab, flavour):
        self.node, self.flavour = lab.node(flavour.name), flavour
        self.mail = MailServer(self.node.namespace)
        self.daemon = None

    def begin(self, story):
        folder = self.node.folder / story.name
        self.checked = Checked(folder)
        self.fifo = Fifo(folder / "fifo")
        self.mail.mails.clear()
        for name in range(1, 6):
            self.checked.set(name, 0)
        for name, content in story.files.items():
            (folder / name).write_text(content)
        self.read = 0
        self.chapters = []

    def fill(self, configuration):
        folder = self.checked.folder
        head = (f"global_defs {{\n router_id T\n enable_script_security\n script_user root\n lvs_notify_fifo {self.fifo.path}\n"
                f" notification_email {{\n  a@b.c\n }}\n notification_email_from k@l.m\n smtp_server 127.0.0.1 {self.mail.port}\n"
                f" EXTRA\n}}\n")
        extra, _, rest = configuration.rpartition("%%\n")
        return (head.replace("EXTRA", extra) + rest).replace("<check>", str(self.checked.script)).replace(
            "<note>", str(self.checked.note)).replace("<folder>", str(folder))

    def chapter(self, until):
        """Waits until all these lines have been spoken since the last chapter, then looks at everything."""
        def all_spoken():
            new = spoken(self.daemon.log())[self.read:]
            return all(any(re.search(one, line) for line in new) for one in until)
        eventually(all_spoken, 20, lambda: f"{self.flavour.name}: {until} in\n" + "\n".join(spoken(self.daemon.log())[self.read:]), every=0.05)
        eventually(lambda: self.look() == self.look(), 10)  # until nothing moves any more
        self.read = len(spoken(self.daemon.log()))
        self.chapters.append((table(self.node), list(self.fifo.lines())))

    def look(self):
        return spoken(self.daemon.log()), table(self.node)

    def play(self, story):
        self.begin(story)
        self.daemon = self.node.keepalived(self.fill(story.configuration), self.flavour, name=story.name, options=story.options)
        try:
            for step in story.steps:
                step(self)
            self.daemon.stop()
            self.chapter([])
        finally:
            if self.daemon.is_running():
                self.daemon.kill()
            ipvsadm(self.node, "-C")

    def mails(self):
        """But for the first success of a MISC_CHECK, which 2.2.7 and 2.4.3 mail without a change (trap 24)."""
        mails = (re.sub(r"(Date|From): .*\r\n", "", mail.data) for mail in self.mail.mails)
        return sorted(mail for mail in mails if "MISC CHECK succeeded" not in mail)


# Steps of a story

def until(*patterns):
    return lambda actor: actor.chapter(patterns)


def check(name, status):
    return lambda actor: actor.checked.set(name, status)


def write(name, content):
    def step(actor):
        fresh = actor.checked.folder / (name + ".new")
        fresh.write_text(content)
        fresh.rename(actor.checked.folder / name)
    return step


def reload(configuration):
    def step(actor):
        actor.daemon.write(actor.fill(configuration))
        actor.daemon.signal(1)
    return step


def address(command):
    return lambda actor: actor.node.ip(f"address {command} 10.0.0.50/24 dev eth0")


class Story:
    def __init__(self, name, configuration, *steps, files=None, differs=(), tables_differ="", unsent=None, seldom=False, options=()):
        self.name, self.configuration, self.steps = name, configuration, steps
        self.files, self.differs, self.tables_differ, self.seldom = files or {}, differs, tables_differ, seldom
        self.options = options
        self.unsent = unsent  # a pattern of mails which the reference sends and we do not, as nothing changed


# Blocks of configuration

VIP = "10.0.0.1 80"


def misc(name, more=""):
    return f"MISC_CHECK {{\n misc_path \"<check> {name}\"\n delay_loop 1\n warmup 0\n misc_timeout 20\n {more}\n}}\n"


def notes(name):
    return f'notify_up "<note> up {name}"\n notify_down "<note> down {name}"\n'


def quorum_notes(name):
    return f'quorum_up "<note> gained {name}"\n quorum_down "<note> lost {name}"\n'


def pair(head, more="", first="", second="", weights=(3, 2)):
    """A virtual server with two checked servers."""
    return virtual_server(head, real_server("192.168.1.1", 80, f"weight {weights[0]}\n{misc(1)}{notes(1)}{first}"),
                          real_server("192.168.1.2", 80, f"weight {weights[1]}\n{misc(2)}{notes(2)}{second}"),
                          more=f"smtp_alert\n{quorum_notes('A')}{more}")


GROUPS = "virtual_server_group GG {{\n{}\n}}\nvirtual_server_group G6 {{\n{}\n}}\n"
GROUP_USERS = (virtual_server("group GG", real_server("192.168.1.1", 80)) + virtual_server("group GG", real_server("192.168.1.2", 80), protocol="UDP")
               + virtual_server("group G6", real_server("fd00::9", 80)))
FIRST_OF_TWO = (r"Misc check .* succeeded", "two scripts that start together end in any order")
DEBIAN_ONLY_EEXIST = (r"SO_SET_ADD\(1154\) error: Service already exists", "ours changes what exists instead of adding it again")


def d4(new):
    first = virtual_server(VIP, *([real_server("192.168.1.1", 80, f"weight {5 if new else 3}\n{notes(1)}"),
                                             real_server("192.168.1.2", 80, f"weight 2\n{misc(2)}{notes(2)}")]
                                            + ([real_server("192.168.1.4", 80, f"weight 2\n{notes(4)}"),
                                                real_server("192.168.1.5", 80, f"weight 2\nalpha\n{misc(5)}{notes(5)}")] if new else
                                               [real_server("192.168.1.3", 80, f"weight 2\n{notes(3)}")])),
                           more=f"{'lvs_sched wrr' if new else ''}\n{'persistence_timeout 100' if new else ''}\n"
                                f"sorry_server 192.168.9.{8 if new else 9} 80\n{quorum_notes('A')}")
    second = virtual_server(f"10.0.0.{3 if new else 2} 80", real_server("192.168.1.1", 80, notes("B")), more=quorum_notes("C" if new else "B"))
    group = "virtual_server_group GG {\n 10.1.0.1-3 80\n " + ("10.1.0.9 80\n fwmark 6" if new else "fwmark 5") + "\n}\n"
    return group + first + second + virtual_server("group GG", real_server("192.168.1.1", 80))


def weighted(first, second, more=""):
    return virtual_server(VIP, real_server("192.168.1.1", 80, f"weight {first}\n{notes(1)}"), real_server("192.168.1.2", 80, f"weight {second}\n{notes(2)}"),
                          more=f"smtp_alert\n{quorum_notes('A')}{more}")


def dynamic(first, second):
    return virtual_server(VIP, real_server("192.168.1.1", 80, f"weight {first}\n" + misc(1, "misc_dynamic\nretry 1\ndelay_before_retry 1") + notes(1)),
                          real_server("192.168.1.2", 80, f"weight {second}"),
                          more="quorum 8\nhysteresis 2\nsorry_server 192.168.9.9 80\n" + quorum_notes("A"))


IDLE_SORRY = "sorry_server 192.168.9.{} 80\nsorry_server_inhibit"


STORIES = [
    Story("weights-gone-and-back", weighted(3, 2), until("Gained"), reload(weighted(0, 0)), until("Starting with quorum down"),
          reload(weighted(3, 2, IDLE_SORRY.format(9))), until("Gained"), reload(weighted(3, 1, IDLE_SORRY.format(8))),
          until("Removing sorry", "Changing weight"), differs=[(r"Warning - quorum|above the sum|hysteresis", "ours says where in the file, and has a note")]),
    Story("table-left", weighted(3, 2, "omega"), until("Gained"), options=["-I"]),
    Story("omega-below-quorum", virtual_server(VIP, real_server("192.168.1.1", 80, misc(1) + notes(1)), more="omega\n" + quorum_notes("A")),
          until("succeeded"), check(1, 1), until("Lost"), seldom=True),
    Story("d4-reload", d4(False), check(2, 1), until(r"Removing service \[192.168.1.2\]"), reload(d4(True)), until(r"Adding service \[192.168.1.5\]"),
          tables_differ="2.2.7 puts a dead server into service when its method changes (trap 3)"),
    Story("d3-two-checkers", virtual_server(VIP, real_server("192.168.1.1", 80, misc(1) + misc(2) + notes(1)),
                                            real_server("192.168.1.2", 80), more=quorum_notes("A")),
          until("succeeded", "Gained"), check(1, 1), until("failed", "Removing"), check(2, 1), until("failed"), check(1, 0), until("succeeded"),
          check(2, 0), until("succeeded", "Adding")),
    Story("no-checker-emails", "no_checker_emails\n%%\n" + virtual_server(
        VIP, real_server("192.168.1.1", 80, misc(1) + misc(2) + notes(1)), real_server("192.168.1.2", 80)),
          until("succeeded"), check(1, 1), until("Removing"), check(2, 1), until("failed"), check(1, 0), until("succeeded"), check(2, 0),
          until("Adding"), seldom=True),
    Story("ha-suspend", virtual_server("10.0.0.50 80", real_server("192.168.1.1", 80, misc(1)), more="ha_suspend"),
          until("Deactivating"), check(1, 1), address("add"), until("Activating", "Removing"), address("del"), until("Suspending"), check(1, 0),
          address("add"), until("Activating", "Adding"), seldom=True),
    Story("ha-suspend-reload", virtual_server("10.0.0.60 80", real_server("192.168.1.1", 80, misc(1)), more="ha_suspend"),
          until("Deactivating"), reload(virtual_server("10.0.0.60 80", real_server("192.168.1.1", 80, misc(1)), real_server("192.168.1.2", 80, misc(2)),
                                                       more="ha_suspend")), until(r"Deactivating.*1\.2")),
    Story("sorry-servers", pair(VIP, "sorry_server 192.168.9.9 80"),
          until("succeeded"), check(1, 1), until(r"Removing service \[192.168.1.1\]"), check(2, 1), until("Removing alive servers"),
          reload(pair(VIP, "sorry_server 192.168.9.8 80")), until(r"Adding sorry server \[192.168.9.8\]", "Removing alive"),
          reload(pair(VIP, "sorry_server 192.168.9.8 80\nsorry_server_inhibit")), until(),
          reload(pair(VIP, "sorry_server 192.168.9.8 80", "inhibit_on_failure")), until(),
          check(1, 0), until("Gained quorum", "Adding alive servers"), differs=[FIRST_OF_TWO]),
    Story("inhibited", virtual_server(VIP, real_server("192.168.1.1", 80, f"weight 2\n{misc(1)}"),
                                      real_server("192.168.1.2", 80, f"weight 1\ninhibit_on_failure\n{misc(2)}"), real_server("192.168.1.3", 80, "weight 0"),
                                      more="quorum 2\nhysteresis 1\nsorry_server 192.168.1.99 80\nsorry_server_inhibit"),
          until("Gained"), check(1, 1), until("Removing service"), check(2, 1), until("Removing alive"), check(2, 0), until("Enabling service"),
          check(1, 0), until("Adding alive"), differs=[FIRST_OF_TWO], seldom=True),
    Story("alpha-and-init-notifies", "rs_init_notifies\n%%\n" + virtual_server(
        VIP, real_server("192.168.1.1", 80, "alpha\n" + misc(1) + notes(1)), real_server("192.168.1.2", 80, notes(2)),
        more="quorum 2\nsorry_server 192.168.9.9 80\n" + quorum_notes("A")),
          check(1, 1), until("failed"), check(1, 0), until("Adding alive"), unsent="MISC CHECK failed", seldom=True),
    Story("groups", GROUPS.format("10.1.0.1 80\n fwmark 5", "fwmark 7 inet6\n fd00::1-2 80") + GROUP_USERS, until(r"Gained.*G6"),
          reload(GROUPS.format("10.1.0.3-4 80\n 10.2.0.0/30 80\n fwmark 6", "fwmark 8 inet6\n fd00::1 80") + GROUP_USERS),
          until(r"FWM 8.*added"),
          differs=[DEBIAN_ONLY_EEXIST], tables_differ="2.2.7 leaves services of entries that are gone (trap 4)"),
    Story("file-checks", "track_file tf {\n file <folder>/tf\n}\n" + virtual_server(
        VIP, real_server("192.168.1.3", 80, "weight 100\nFILE_CHECK {\n track_file tf\n weight 2\n}\n" + notes(3)),
        real_server("192.168.1.4", 80, "weight 5\nFILE_CHECK {\n track_file tf\n weight 0\n}\n")),
          until("Gained"), write("tf", "20\n"), until("Removing"), write("tf", "-60\n"), until("Lost"), write("tf", "-2147483648\n"),
          until(r"Removing.*1\.3"), write("tf", "0\n"), until(r"Adding.*1\.4"), write("tf", "99999999999\n"), until("Invalid number"), files={"tf": "0\n"}, seldom=True),
    Story("dynamic-weights", dynamic(10, 3), until("succeeded"), check(1, 22), until("Changing"), reload(dynamic(15, 4)), until("Changing weight from 3 to 4"),
          check(1, 2), until("Removing alive"), check(1, 1), until("Removing service"), check(1, 7), until("Adding service"), check(1, 0),
          until("Adding alive")),
]


@pytest.fixture(scope="module")
def actors():
    with Lab() as lab:
        yield [Actor(lab, OURS), Actor(lab, DEBIAN)]


def together(actors, story):
    """Both at once: they wait most of the time."""
    failures = []

    def one(actor):
        try:
            actor.play(story)
        except BaseException as problem:  # shown by the test's thread
            failures.append(problem)
    threads = [threading.Thread(target=one, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


LONG = bool(os.environ.get("KEEPALIVED_TEST_LONG"))


@pytest.mark.parametrize("story", [story for story in STORIES if LONG or not story.seldom], ids=lambda story: story.name)
def test_both_tell_the_same(actors, story):
    together(actors, story)
    ours, theirs = actors
    known = [pattern for pattern, _ in (*ALWAYS, *story.differs)]

    def told(actor):
        return [line for line in spoken(actor.daemon.log()) if not any(re.search(pattern, line) for pattern in known)]
    assert told(ours) == told(theirs)
    for (our_table, our_fifo), (their_table, their_fifo) in zip(ours.chapters, theirs.chapters):
        assert our_fifo == their_fifo
        if not story.tables_differ:
            assert our_table == their_table
    assert ours.mails() == [mail for mail in theirs.mails() if not (story.unsent and re.search(story.unsent, mail))]
    assert sorted(ours.checked.notes()) == sorted(theirs.checked.notes())  # scripts run side by side, in no order
