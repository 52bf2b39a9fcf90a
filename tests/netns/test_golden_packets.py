"""What leaves the wire, byte for byte: one router a case, each at 10.0.0.1 with MAC 02:00:00:00:00:01 on a switch of its own."""
import pytest

from lab import Lab, eventually, instance, keepalived_conf
from lab.packets import adverts, ah_is_right, gratuitous_arps, neighbour_advertisements

HEAD4 = "01005e000012 020000000001 0800"
AUTH = "        authentication {{\n            auth_type {0}\n            auth_pass s3cr3t\n        }}"
TWO = ("10.0.0.100/24", "10.0.0.101/24")

# name: (instance, first advertisement)
CASES = {
    "version 2 without authentication": (
        dict(vrid=51, priority=100),
        HEAD4 + """45 c0 00 28 00 01 00 00 ff 70 d0 91 0a 00 00 01 e0 00 00 12
                   21 33 64 01 00 01 70 66 0a 00 00 64 00 00 00 00 00 00 00 00"""),
    "version 2 with a password": (
        dict(vrid=51, priority=150, vips=TWO, extra=AUTH.format("PASS")),
        HEAD4 + """45 c0 00 2c 00 01 00 00 ff 70 d0 8d 0a 00 00 01 e0 00 00 12
                   21 33 96 02 01 01 28 e6 0a 00 00 64 0a 00 00 65 73 33 63 72 33 74 00 00"""),
    "version 2 with an authentication header": (
        dict(vrid=51, priority=150, vips=TWO, extra=AUTH.format("AH")),
        HEAD4 + """45 c0 00 44 00 01 00 00 ff 33 d0 b2 0a 00 00 01 e0 00 00 12
                   70 04 00 00 0a 00 00 01 00 00 00 01 29 07 d3 af f1 ea 0d 99 bb 4d e8 36
                   21 33 96 02 02 01 32 00 0a 00 00 64 0a 00 00 65 00 00 00 00 00 00 00 00"""),
    "version 3 over IPv4": (
        dict(vrid=52, priority=200, advert_int=0.5, extra="    version 3"),
        HEAD4 + """45 c0 00 20 00 01 00 00 ff 70 d0 99 0a 00 00 01 e0 00 00 12
                   31 34 c8 01 00 32 11 a4 0a 00 00 64"""),
    "version 3 over IPv6": (
        dict(vrid=53, priority=200, advert_int=0.5, vips=("fe80::53/64", "2001:db8::53/64"), extra="    version 3"),
        """333300000012 020000000001 86dd 6c 00 00 00 00 28 70 ff
           fe 80 00 00 00 00 00 00 00 00 00 ff fe 00 00 01 ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 12
           31 35 c8 02 00 32 dc 86 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 53
           20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 53"""),
}


class Router:
    """One running case and the capture of its interface."""

    def __init__(self, lab, number, case):
        self.node = lab.node(f"r{number}", f"lan{number}", number=1)
        self.capture = self.node.capture()
        extra = case.get("extra", "") + "\n    garp_master_delay 1"
        self.daemon = self.node.keepalived(keepalived_conf(instance(**{**case, "extra": extra})))

    def frames(self):
        found = [packet.data for packet in self.capture.packets() if packet.outgoing]
        return [data for data in found if data[12:14] == b"\x08\x00" and data[23] in (112, 51) or
                data[12:14] == b"\x86\xdd" and data[20] == 112]


@pytest.fixture(scope="module")
def routers(under_test):
    with Lab() as lab:
        made = {name: Router(lab, number, case) for number, (name, (case, _)) in enumerate(CASES.items(), 1)}
        for router in made.values():
            eventually(lambda: len(router.frames()) >= 3, 10, lambda: router.daemon.log())
        for router in made.values():
            router.daemon.stop()
        yield made


def without_flow_label(frame):
    """The kernel draws IPv6 flow labels at random."""
    return frame if frame[12:14] != b"\x86\xdd" else frame[:15] + bytes([frame[15] & 0xf0, 0, 0]) + frame[18:]


@pytest.mark.parametrize("name", CASES)
def test_the_first_advertisement_is_the_golden_one(routers, name):
    assert without_flow_label(routers[name].frames()[0]).hex(" ") == bytes.fromhex(CASES[name][1]).hex(" ")


def test_identification_grows_by_one_an_advertisement(routers):
    router = routers["version 2 without authentication"]
    assert [advert.ip_id for _, advert in adverts(router.capture, outgoing=True)][:3] == [1, 2, 3]


def test_the_stop_advertisement_has_priority_zero_and_everything_else_unchanged(routers):
    for name, router in routers.items():
        sent = [advert for _, advert in adverts(router.capture, outgoing=True)]
        first, last = sent[0], sent[-1]
        assert last.priority == 0, name
        assert (last.vrid, last.addresses, last.interval, last.auth_type) == (first.vrid, first.addresses, first.interval, first.auth_type)
        assert last.checksum_ok, name


def test_each_authentication_header_has_the_next_number_and_a_right_code(routers):
    frames = routers["version 2 with an authentication header"].frames()
    assert [int.from_bytes(frame[42:46], "big") for frame in frames] == list(range(1, len(frames) + 1))
    assert all(ah_is_right(frame, "s3cr3t") for frame in frames)


def test_gratuitous_arp_is_a_request_to_all_with_the_broadcast_as_target(routers):
    router = routers["version 2 without authentication"]
    frame = next(packet.data for packet in router.capture.packets() if packet.outgoing and packet.data[12:14] == b"\x08\x06")
    assert frame.hex(" ") == bytes.fromhex("""ff ff ff ff ff ff 02 00 00 00 00 01 08 06 00 01 08 00 06 04 00 01
        02 00 00 00 00 01 0a 00 00 64 ff ff ff ff ff ff 0a 00 00 64""").hex(" ")


def test_two_bursts_of_five_announcements_an_address(routers):
    for name, router in routers.items():
        for address in ("10.0.0.100", "10.0.0.101"):
            announced = gratuitous_arps(router.capture, address, outgoing=True)
            assert len(announced) in (0, 5, 10), (name, address)
    assert len(gratuitous_arps(routers["version 2 with a password"].capture, "10.0.0.101", outgoing=True)) == 10


def test_an_unsolicited_neighbour_advertisement_names_the_address_as_its_source(routers):
    announced = neighbour_advertisements(routers["version 3 over IPv6"].capture, "fe80::53")
    assert announced
    one = announced[0][1]
    assert (one.source, one.destination, one.hop_limit) == ("fe80::53", "ff02::1", 255)
    assert one.flags == 0x20
    assert one.option.hex() == "0201020000000001"


def test_the_advertisement_comes_before_the_first_announcement(routers):
    for name, router in routers.items():
        announced = gratuitous_arps(router.capture, outgoing=True) or neighbour_advertisements(router.capture, "fe80::53")
        assert adverts(router.capture, outgoing=True)[0][0] <= announced[0][0], name
