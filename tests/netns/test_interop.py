"""Two routers of different makes, every form of VRRP at once, each a virtual router of its own; the life of the pair is
played once a pair, recorded, and asserted upon."""
import dataclasses
import types

import pytest

import lab as laboratory
from lab import Lab, eventually, keepalived_conf, instance
from lab.packets import adverts, ah_is_right

UNICAST4 = "    unicast_src_ip {mine}\n    unicast_peer {{\n        {theirs}\n    }}"
AUTH = "    authentication {{\n        auth_type {0}\n        auth_pass s3cr3t\n    }}"


@dataclasses.dataclass
class Case:
    vrid: int
    version: int
    vips: tuple
    interval: float = 1
    unicast: bool = False
    auth: str = ""

    @property
    def family(self):
        return 6 if ":" in self.vips[0] else 4

    def conf(self, name, node, peer, priority):
        extra = [f"    version {self.version}", "    garp_master_delay 1"]
        if self.unicast:
            addresses = (node.address, peer.address) if self.family == 4 else (f"fd00:0::{node.number}", f"fd00:0::{peer.number}")
            extra.append(UNICAST4.format(mine=addresses[0], theirs=addresses[1]))
        if self.auth:
            extra.append(AUTH.format(self.auth))
        return instance(name, self.vrid, priority, self.vips, advert_int=self.interval, extra="\n".join(extra))


CASES = {
    "v2": Case(1, 2, ("10.0.0.101/24",)),
    "v2_pass": Case(2, 2, ("10.0.0.102/24", "10.0.0.112/24"), auth="PASS"),
    "v2_ah": Case(3, 2, ("10.0.0.103/24",), auth="AH"),
    "v2_unicast": Case(4, 2, ("10.0.0.104/24",), unicast=True),
    "v2_unicast_ah": Case(5, 2, ("10.0.0.105/24",), unicast=True, auth="AH"),
    "v3": Case(6, 3, ("10.0.0.106/24",), interval=0.5),
    "v3_unicast": Case(7, 3, ("10.0.0.107/24",), interval=0.5, unicast=True),
    "v3_ipv6": Case(8, 3, ("fe80::108/64", "2001:db8::108/64"), interval=0.5),
    "v3_ipv6_unicast": Case(9, 3, ("fe80::109/64", "2001:db8::109/64"), interval=0.5, unicast=True),
    "v3_many": Case(10, 3, tuple(f"10.0.1.{n}/24" for n in range(20)), interval=0.3),
}
PAIRS = ["ours-debian", "debian-ours", "ours-ours"]
FLAVOURS = {"ours": laboratory.OURS, "debian": laboratory.DEBIAN}


@pytest.fixture(scope="module", params=PAIRS)
def story(request):
    """a (first make, priority 150) and b (second make, 100): start, stop of a, return of a, death of a's box."""
    better, worse = (FLAVOURS[name] for name in request.param.split("-"))
    for flavour in (better, worse):
        if flavour.available():
            pytest.skip(flavour.available())
    with Lab() as lab:
        a, b = lab.node("a"), lab.node("b")
        told = types.SimpleNamespace(a=a, b=b, capture=lab.capture(), masters={}, at={})

        def conf(node, peer, priority):
            return keepalived_conf(*(case.conf(name, node, peer, priority) for name, case in CASES.items()))

        def all_at(node):
            return all(node.holds(vip) for case in CASES.values() for vip in case.vips)

        def record(phase, node):
            eventually(lambda: all_at(node), 12, lambda: f"{phase}\n{lab.logs()}")
            told.masters[phase] = {name: [n.name for n in (a, b) if n.holds(case.vips[0])] for name, case in CASES.items()}

        def moment():
            import time
            return time.time()

        told.at["start"] = moment()
        first = a.keepalived(conf(a, b, 150), better)
        # The worse one waits only a fifth of a second longer for a master: it must not be the first to wait.
        first.wait_for_log("Entering BACKUP STATE", times=len(CASES))
        second = b.keepalived(conf(b, a, 100), worse)
        record("start", a)
        mark = moment()
        eventually(lambda: all(len([1 for when, _ in adverts(told.capture, case.vrid) if when > mark]) >= 2 for case in CASES.values()), 10)
        told.at["stop"] = moment()
        assert first.stop() == 0
        record("stop", b)
        told.at["return"] = moment()
        first.start()
        record("return", a)
        eventually(lambda: not any(b.holds(vip) for case in CASES.values() for vip in case.vips), 5)
        told.at["death"] = moment()
        a.power_off()
        record("death", b)
        told.at["end"] = moment()
        told.stats = second.stats()
        told.stopped = second.stop()
        told.logs = lab.logs()
        yield told


def heard(story, name, begin, end, node=None):
    """[(time, Advert)] of one case between two moments, perhaps of one router only."""
    mac = f"02:00:00:00:00:{node.number:02x}" if node else None
    return [(when, advert) for when, advert in adverts(story.capture, CASES[name].vrid)
            if story.at[begin] <= when < story.at[end] and (mac is None or advert.source_mac == mac)]


@pytest.mark.parametrize("name", CASES)
def test_there_is_one_master_after_every_event(story, name):
    masters = {phase: who[name] for phase, who in story.masters.items()}
    assert masters == {"start": ["a"], "stop": ["b"], "return": ["a"], "death": ["b"]}


@pytest.mark.parametrize("name", CASES)
def test_only_the_better_router_advertises_after_the_start(story, name):
    assert {advert.source_mac for _, advert in heard(story, name, "start", "stop")} == {"02:00:00:00:00:01"}


@pytest.mark.parametrize("name", CASES)
def test_every_field_of_both_routers_is_as_specified(story, name):
    case = CASES[name]
    for node, peer, priority in ((story.a, story.b, 150), (story.b, story.a, 100)):
        sent = [advert for _, advert in heard(story, name, "start", "end", node)]
        assert sent, node.name
        group = "224.0.0.18" if case.family == 4 else "ff02::12"
        theirs = peer.address if case.family == 4 else f"fd00::{peer.number}"
        for advert in sent:
            assert advert.priority in (priority, 0)
            assert (advert.version, advert.type, advert.vrid) == (case.version, 1, case.vrid)
            assert advert.destination == (theirs if case.unicast else group)
            assert (advert.ttl == 255 or case.unicast and case.family == 6) and advert.tos == 0xc0
            assert advert.addresses == [vip.split("/")[0] for vip in case.vips]
            assert advert.interval == case.interval * 100
            assert advert.auth_type == {"": 0, "PASS": 1, "AH": 2}[case.auth]
            assert advert.auth == (b"" if case.version == 3 else b"s3cr3t\0\0" if case.auth == "PASS" else bytes(8))
            assert advert.checksum_ok


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.auth == "AH"])
def test_authentication_codes_are_right_and_numbers_grow_across_masters(story, name):
    frames = [packet.data for packet in story.capture.packets()
              if packet.data[12:14] == b"\x08\x00" and packet.data[23] == 51 and packet.data[59] == CASES[name].vrid]
    assert frames and all(ah_is_right(frame, "s3cr3t") for frame in frames)
    before = [int.from_bytes(packet.data[42:46], "big") for packet in story.capture.packets()
              if packet.time < story.at["return"] and packet.data[12:14] == b"\x08\x00" and packet.data[23] == 51 and
              packet.data[59] == CASES[name].vrid]
    assert before == sorted(before) and len(set(before)) == len(before)


@pytest.mark.parametrize("name", CASES)
def test_the_backup_takes_over_after_the_skew_time_when_the_master_resigns(story, name):
    case = CASES[name]
    resigned = [when for when, advert in heard(story, name, "stop", "return", story.a) if advert.priority == 0]
    taken = [when for when, advert in heard(story, name, "stop", "return", story.b)]
    skew = (256 - 100) / 256 * (1 if case.version == 2 else case.interval)
    assert resigned and abs(taken[0] - resigned[0] - skew) < 0.08


@pytest.mark.parametrize("name", CASES)
def test_the_backup_takes_over_after_the_master_down_interval_when_the_master_dies(story, name):
    case = CASES[name]
    last = heard(story, name, "return", "end", story.a)[-1][0]
    taken = next(when for when, _ in heard(story, name, "death", "end", story.b))
    interval = 1 if case.version == 2 else case.interval
    assert abs(taken - last - (3 + 156 / 256) * interval) < 0.1


def test_the_worse_router_counted_what_it_heard_and_no_error(story):
    for name in CASES:
        stats = story.stats[name]
        assert stats["Became master"] == 2 and stats["Released master"] == 1, name
        assert stats["Advertisements/Received"] >= 3 and stats["Priority Zero/Received"] == 1, name
        errors = {field: value for field, value in stats.items() if "Errors" in field}
        assert not any(errors.values()), (name, errors)
    assert story.stopped == 0
