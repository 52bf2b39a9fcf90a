"""Packets which must not be believed. One virtual router a case: it is master with priority 100, and hears an
advertisement of priority 200 with one thing wrong. Believed, it would step down; so staying master means dropped."""
import dataclasses
import re

import pytest

from lab import Lab, eventually, instance, keepalived_conf
from lab.packets import adverts, build_advert, with_ah

ATTACKER = "10.0.0.99"
PASS = "    authentication {\n        auth_type PASS\n        auth_pass s3cr3t\n    }"
KEY = b"s3cr3t\0\0"
AH = PASS.replace("PASS", "AH")
RIGHT_AH = dict(auth_type=2, ah=dict(sequence=1000))


@dataclasses.dataclass
class Case:
    """wrong: what differs from a right advertisement. counter: the field of keepalived.stats which grows, if any does."""
    wrong: dict
    counter: str = None
    log: str = None
    extra: str = ""
    right: dict = dataclasses.field(default_factory=dict)


CASES = {
    "a TTL below 255": Case(dict(ttl=254), "Packet Errors/TTL", r"invalid TTL/HL"),
    "a wrong checksum": Case(dict(wrong_checksum=True), None, r"Invalid VRRPv2 checksum"),
    "a wrong checksum in version 3": Case(dict(version=3, wrong_checksum=True), None, r"Invalid VRRPv3 checksum", "    version 3",
                                          dict(version=3)),
    "the other version": Case(dict(version=3), None, r"wrong VRRP version"),
    "an unknown type": Case(dict(kind=2), "Packet Errors/Invalid Type", r"Invalid packet type"),
    "too few bytes": Case(dict(cut=4), "Packet Errors/Length", r"too short"),
    "too many bytes": Case(dict(trailing=bytes(40)), "Packet Errors/Length", r"too long"),
    "more addresses announced than sent": Case(dict(count=3), "Packet Errors/Length", r"too short"),
    "another interval": Case(dict(interval=200), "Packet Errors/Advertisement Interval", r"advertisement interval mismatch"),
    "an unknown authentication type": Case(dict(auth_type=9), "Authentication Errors/Invalid Type", r"Invalid auth type"),
    "a password where none is expected": Case(dict(auth_type=1, auth=KEY), "Authentication Errors/Type Mismatch", r"received a 1 auth"),
    "no password where one is expected": Case(dict(), "Authentication Errors/Type Mismatch", r"received a 0 auth", PASS,
                                              dict(auth_type=1, auth=KEY)),
    "a wrong password": Case(dict(auth_type=1, auth=b"secret\0\0"), "Authentication Errors/Failure", r"received an invalid passwd", PASS,
                             dict(auth_type=1, auth=KEY)),
    "a wrong integrity code": Case(dict(auth_type=2, ah=dict(sequence=1000, wrong_code=True)), "Authentication Errors/Failure",
                                   r"IPSEC-AH : invalid IPSEC HMAC-MD5 value\. Due to fields mutation or bad password !", AH, RIGHT_AH),
    "a code made with another password": Case(dict(auth_type=2, ah=dict(sequence=1000, key="wrong")), "Authentication Errors/Failure",
                                              r"IPSEC-AH : invalid IPSEC HMAC-MD5 value", AH, RIGHT_AH),
    "a replayed sequence number": Case(dict(auth_type=2, ah=dict(sequence=0)), "Authentication Errors/Failure",
                                       r"IPSEC-AH : sequence number 0 already processed\. Packet dropped\. Local\(\d+\)", AH, RIGHT_AH),
    "a sender's index which is not its address": Case(dict(auth_type=2, ah=dict(sequence=1000, spi="10.0.0.98")),
                                                      "Authentication Errors/Failure", r"IPSEC.AH : invalid IPSEC SPI value", AH, RIGHT_AH),
}
NAMES = {name: f"VI_{number}" for number, name in enumerate(CASES, 1)}


class Story:
    """All cases on one router: master, bad packets, a look, a good packet, another look."""

    def __init__(self, lab):
        self.node, self.attacker = lab.node("router"), lab.node("attacker", number=99)
        self.vrids = {name: number for number, name in enumerate(CASES, 1)}
        self.vips = {name: f"10.0.0.{100 + number}" for number, name in enumerate(CASES, 1)}
        blocks = [instance(NAMES[name], self.vrids[name], 100, (self.vips[name] + "/24",), extra=case.extra) for name, case in CASES.items()]
        blocks.append(instance("plain", 200, 100, ("10.0.0.200/24",)))
        self.daemon = self.node.keepalived(keepalived_conf(*blocks, globals="    vrrp_garp_master_delay 1"))
        eventually(lambda: all(map(self.node.holds, self.vips.values())) and self.node.holds("10.0.0.200"), 8, self.daemon.log)
        self.capture = self.node.capture()
        for name, case in CASES.items():
            self.send(name, **{**dict(addresses=(self.vips[name],)), **case.wrong})
        self.send(None, vrid=251, addresses=("10.0.0.251",))
        # A whole interval later everything has been handled: each router sends its next advertisement.
        eventually(lambda: all(self.has_advertised(vrid) for vrid in self.vrids.values()), 5, self.daemon.log)
        self.stats = self.daemon.stats()
        self.held = {name: self.node.holds(self.vips[name]) for name in CASES}
        self.log = self.daemon.log()
        for name, case in CASES.items():
            self.send(name, addresses=(self.vips[name],), **case.right)
        eventually(lambda: not any(map(self.node.holds, self.vips.values())), 3, lambda: f"{self.left()} {self.daemon.log()}")
        self.logs = lab.logs()

    def left(self):
        return [name for name in CASES if self.node.holds(self.vips[name])]

    def send(self, name, vrid=None, ah=None, **fields):
        frame = build_advert(ATTACKER, **{"vrid": vrid or self.vrids[name], "priority": 200, **fields})
        self.attacker.send(with_ah(frame, **{"key": "s3cr3t", **ah}) if ah else frame)

    def has_advertised(self, vrid):
        return adverts(self.capture, vrid, self.node.address)


@pytest.fixture(scope="module")
def story(under_test):
    with Lab() as lab:
        yield Story(lab)


@pytest.mark.parametrize("name", CASES)
def test_is_dropped(story, name):
    assert story.held[name]


@pytest.mark.parametrize("name", CASES)
def test_is_counted_where_it_belongs_and_nowhere_else(story, name):
    errors = {field: value for field, value in story.stats[NAMES[name]].items() if "Errors" in field and value}
    assert errors == ({CASES[name].counter: 1} if CASES[name].counter else {})
    assert story.stats[NAMES[name]]["Advertisements/Received"] == 0


@pytest.mark.parametrize("name", CASES)
def test_is_told_in_the_log(story, name):
    assert re.search(rf"\({NAMES[name]}\) .*{CASES[name].log}", story.log), story.log


def test_an_unknown_router_disturbs_nobody(story):
    assert story.node.holds("10.0.0.200")
    assert not any(value for field, value in story.stats["plain"].items() if "Errors" in field)


def test_a_stream_of_bad_packets_does_not_silence_the_master(lab, under_test):
    """The reference restarts its advertisement timer at each of them."""
    node, attacker = lab.node("router"), lab.node("attacker", number=99)
    daemon = node.keepalived(keepalived_conf(instance(priority=200, extra="    garp_master_delay 1")))
    eventually(lambda: node.holds("10.0.0.100"), 6, daemon.log)
    capture = node.capture()
    eventually(lambda: len(adverts(capture, source=node.address)) >= 1, 3)
    capture.forget()
    bad = build_advert(ATTACKER, ttl=1)

    def flood():
        attacker.send(bad)
        return len(adverts(capture, source=node.address)) >= 2
    eventually(flood, 4, "two advertisements during a flood of bad packets", every=0.05)
    times = [when for when, _ in adverts(capture, source=node.address)]
    assert 0.9 < times[1] - times[0] < 1.1


def test_a_list_of_other_addresses_is_counted_logged_and_believed(lab, under_test):
    """RFC 9568: a mismatch of the address list is no reason to have two masters."""
    node, attacker = lab.node("router"), lab.node("attacker", number=99)
    daemon = node.keepalived(keepalived_conf(instance(priority=200, extra="    garp_master_delay 1")))
    eventually(lambda: node.holds("10.0.0.100"), 6, daemon.log)
    attacker.send(build_advert(ATTACKER, priority=250, addresses=("10.0.0.100", "10.0.0.101")))
    eventually(lambda: not node.holds("10.0.0.100"), 3, daemon.log)
    assert daemon.logged(r"\(VI_1\) expected 1 VIPs but received 2")
    assert daemon.stats()["VI_1"]["Packet Errors/Address List"] == 1
