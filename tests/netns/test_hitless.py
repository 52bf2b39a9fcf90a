"""What must not be noticed: reloads, broken reloads, crashes of a child, addresses deleted by hand."""
import os
import signal
import time

import pytest

from lab import DEBIAN, eventually, instance, keepalived_conf, never
from lab.packets import adverts, gratuitous_arps

VIP, OTHER, ADDED = "10.0.0.100", "10.0.0.101", "10.0.0.102"
FAST = "    version 3\n    garp_master_delay 1"
INTERVAL = 0.3


def conf(priority, first=(VIP,), second=(OTHER,), second_priority=None, globals=""):
    """Two virtual routers; the tests change one of them."""
    return keepalived_conf(
        instance("VI_1", 51, priority, [f"{vip}/24" for vip in first], advert_int=INTERVAL, extra=FAST),
        instance("VI_2", 52, second_priority or priority, [f"{vip}/24" for vip in second], advert_int=INTERVAL, extra=FAST),
        globals=globals)


class Pair:
    """Our master, a backup of either make, a client which pings the first address."""

    def __init__(self, lab, ours, backup):
        self.lab = lab
        self.a, self.b, self.client = lab.node("a"), lab.node("b"), lab.node("c", number=9)
        self.master = self.a.keepalived(conf(150), ours)
        self.backup = self.b.keepalived(conf(100), backup)
        eventually(lambda: self.a.holds(VIP) and self.a.holds(OTHER), 6, lab.logs)
        # The second burst of gratuitous ARP is over, and the backup has heard the master.
        self.capture = lab.capture()
        eventually(lambda: len(self.heard(51)) >= 5 and len(self.heard(52)) >= 5, 5)
        self.probe = self.client.probe(VIP)
        eventually(lambda: self.probe.is_answered_since(0), 3)
        self.events = self.a.address_events()
        self.transitions = len(self.master.transitions()), len(self.backup.transitions())
        self.capture.forget()
        self.begin = time.monotonic()

    def heard(self, vrid):
        return adverts(self.capture, vrid, self.a.address)

    def quiet_for(self, count):
        """A further `count` advertisements of both virtual routers."""
        marks = {vrid: len(self.heard(vrid)) for vrid in (51, 52)}
        eventually(lambda: all(len(self.heard(vrid)) >= mark + count for vrid, mark in marks.items()), 5 + count, self.lab.logs)

    def gaps(self, vrid):
        times = [when for when, _ in self.heard(vrid)]
        return [later - earlier for earlier, later in zip(times, times[1:])]

    def assert_unnoticed(self, vrids=(51, 52), tolerance=0.06):
        """No packet of the client lost, no transition, no advertisement early, late or of another priority."""
        assert self.probe.outage(self.begin, time.monotonic() - 0.1)[0] == 0, self.lab.logs()
        assert (len(self.master.transitions()), len(self.backup.transitions())) == self.transitions, self.lab.logs()
        for vrid in vrids:
            assert {advert.priority for _, advert in self.heard(vrid)} == {150}
            assert all(abs(gap - INTERVAL) < tolerance for gap in self.gaps(vrid)), self.gaps(vrid)

    def assert_untouched(self, address):
        assert [event for event in self.events.of(address) if not event.added] == []
        assert not gratuitous_arps(self.capture, address)


@pytest.fixture(params=["debian", "ours"])
def pair(lab, ours, request):
    backup = DEBIAN if request.param == "debian" else ours
    if backup.available():
        pytest.skip(backup.available())
    return Pair(lab, ours, backup)


def test_a_reload_of_the_same_file_sends_nothing(pair):
    pair.quiet_for(2)
    pair.master.reload()
    pair.quiet_for(3)
    pair.assert_unnoticed()
    pair.assert_untouched(VIP)
    pair.assert_untouched(OTHER)


def test_a_reload_which_changes_one_instance_leaves_the_other_alone(pair):
    sent = pair.master.stats()["VI_1"]["Advertisements/Sent"]
    pair.backup.reload(conf(100, second=(OTHER, ADDED)))
    pair.master.reload(conf(150, second=(OTHER, ADDED)))
    eventually(lambda: pair.a.holds(ADDED), 2, pair.master.log)
    pair.quiet_for(4)
    pair.assert_unnoticed(vrids=(51,))
    pair.assert_untouched(VIP)
    assert pair.heard(52)[-1][1].addresses == [OTHER, ADDED]
    assert gratuitous_arps(pair.capture, ADDED)
    assert pair.master.stats()["VI_1"]["Advertisements/Sent"] > sent
    assert pair.master.stats()["VI_1"]["Became master"] == 1


def test_a_removed_address_goes_and_the_rest_stays(pair):
    pair.backup.reload(conf(100, second=(ADDED,)))
    pair.master.reload(conf(150, second=(ADDED,)))
    eventually(lambda: pair.a.holds(ADDED) and not pair.a.holds(OTHER), 2, pair.master.log)
    pair.quiet_for(2)
    pair.assert_unnoticed(vrids=(51,))
    pair.assert_untouched(VIP)


def test_a_lower_priority_after_a_reload_hands_over_one_instance_only(pair):
    pair.master.reload(conf(150, second_priority=50))
    eventually(lambda: pair.b.holds(OTHER) and not pair.a.holds(OTHER), 5, pair.lab.logs)
    assert pair.probe.outage(pair.begin, time.monotonic() - 0.1)[0] == 0
    pair.assert_untouched(VIP)


BROKEN = {
    "a virtual router id out of range": lambda good: good.replace("virtual_router_id 51", "virtual_router_id 551"),
    "a brace too few": lambda good: good.rstrip()[:-1],
    "a quote without its partner": lambda good: good.replace("router_id lab", 'router_id "lab'),
    "a missing parameter": lambda good: good.replace("interface eth0", "interface", 1),
    "an interface which does not exist": lambda good: good.replace("interface eth0", "interface eth77", 1),
    "another namespace": lambda good: "net_namespace elsewhere\n" + good,
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_reload_changes_nothing_and_says_why(lab, ours, what):
    pair = Pair(lab, ours, ours)
    mark = len(pair.master.log())
    pair.master.write(BROKEN[what](conf(150)))
    pair.master.signal(signal.SIGHUP)
    eventually(lambda: len(pair.master.log()) > mark + 20, 5)
    pair.quiet_for(4)
    pair.assert_unnoticed()
    pair.assert_untouched(VIP)
    assert pair.master.is_running() and pair.master.vrrp_pid()
    # A good file afterwards is taken.
    pair.master.reload(conf(150, second=(OTHER, ADDED)))
    eventually(lambda: pair.a.holds(ADDED), 2, pair.master.log)


def test_a_reload_without_the_file_changes_nothing(lab, ours):
    pair = Pair(lab, ours, ours)
    pair.master.configuration_file.unlink()
    mark = len(pair.master.log())
    pair.master.signal(signal.SIGHUP)
    eventually(lambda: len(pair.master.log()) > mark + 20, 5)
    pair.quiet_for(3)
    pair.assert_unnoticed()


def test_a_killed_child_is_replaced_before_anybody_notices(pair):
    victim = pair.master.vrrp_pid()
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: pair.master.vrrp_pid() not in (None, victim), 3, pair.master.log)
    pair.master.wait_for_log(r"VRRP child process\(\d+\) died: Respawning")
    pair.quiet_for(5)
    pair.assert_unnoticed()
    pair.assert_untouched(VIP)
    assert pair.master.stats()["VI_1"]["Became master"] == 1


def test_a_child_that_crashes_again_and_again_ends_with_one_master(pair):
    """The second crash within ten seconds of an adoption releases: no state that kills may be adopted for ever."""
    for _ in range(2):
        victim = eventually(pair.master.vrrp_pid, 5)
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: pair.master.vrrp_pid() not in (None, victim), 8, pair.master.log)
    eventually(lambda: pair.a.holds(VIP) != pair.b.holds(VIP), 6, pair.lab.logs)
    eventually(lambda: pair.a.holds(VIP) and not pair.b.holds(VIP), 12, pair.lab.logs)


def test_a_dead_parent_takes_the_children_and_the_addresses_with_it(pair):
    child = pair.master.vrrp_pid()
    os.kill(pair.master.pid, signal.SIGKILL)
    pair.master.process.wait(5)
    eventually(lambda: not pair.a.holds(VIP), 3, pair.lab.logs)
    eventually(lambda: pair.b.holds(VIP), 3, pair.lab.logs)
    eventually(lambda: not os.path.exists(f"/proc/{child}"), 3)


def test_an_address_deleted_by_hand_is_back_within_ten_milliseconds(pair):
    pair.a.ip(f"address delete {VIP}/24 dev eth0")
    eventually(lambda: pair.a.holds(VIP), 2, pair.master.log)
    pair.quiet_for(2)
    removed, restored = (next(event.time for event in pair.events.of(VIP) if event.added is added) for added in (False, True))
    assert restored - removed < 0.010
    assert (len(pair.master.transitions()), len(pair.backup.transitions())) == pair.transitions
    assert {advert.priority for _, advert in pair.heard(51)} == {150}


def test_addresses_deleted_all_the_time_do_not_make_a_storm(pair):
    """Five repairs at once, then one a second, and one warning (decisions: repair)."""
    before = len(pair.events.of(VIP))
    deadline = time.monotonic() + 4

    def fight():
        pair.a.ip(f"address delete {VIP}/24 dev eth0", check=False)
        return time.monotonic() > deadline
    eventually(fight, 6)
    restored = [event for event in pair.events.of(VIP)[before:] if event.added]
    assert 5 <= len(restored) <= 12
    eventually(lambda: pair.a.holds(VIP), 2, pair.master.log)


def test_a_clean_stop_resigns_and_leaves_nothing_behind(pair):
    assert pair.master.stop() == 0
    assert not pair.a.holds(VIP) and not pair.a.holds(OTHER)
    eventually(lambda: pair.b.holds(VIP) and pair.b.holds(OTHER), 2, pair.lab.logs)
    assert [advert.priority for _, advert in pair.heard(51)][-1] == 0
    assert not pair.master.pid_file.exists() and not pair.master.vrrp_pid_file.exists()
    never(lambda: pair.a.holds(VIP), 0.3)


def test_a_second_start_is_refused(lab, ours):
    node = lab.node("a")
    first = node.keepalived(conf(150), ours)
    eventually(lambda: node.holds(VIP), 6, first.log)
    second = node.popen(*first.arguments(), log="second.log")
    assert second.wait(5) == 1
    assert "already running" in (node.folder / "second.log").read_text()
    assert first.is_running() and node.holds(VIP)
