"""Many virtual routers."""
import time

import pytest

from lab import eventually, instance, keepalived_conf
from lab.packets import adverts


def many(count, interfaces, priority, advert_int=1):
    """`count` instances over some interfaces, one address each; 250 virtual router ids an interface."""
    share = -(-count // interfaces)
    assert share <= 255
    blocks = []
    for number in range(count):
        device, vrid = number // share, number % share + 1
        blocks.append(instance(f"VI_{number}", vrid, priority, (f"10.1{device}.{vrid >> 8}.{vrid & 255}/32",), f"eth{device}", advert_int,
                               extra="    garp_master_delay 0"))
    return keepalived_conf(*blocks)


def vips(count, interfaces):
    share = -(-count // interfaces)
    return [f"10.1{n // share}.0.{n % share + 1}" for n in range(count)]


def held(node, addresses):
    """How many of them the box has."""
    table = node.namespace.read("fib_trie")
    return sum(f"-- {address}\n" in table for address in addresses)


def play(lab, first, second, count, interfaces, calm):
    """Two routers of many instances: the better holds all, calmly; then it stops and the other holds all."""
    networks = [f"lan{n}" for n in range(interfaces)]
    a, b = lab.node("a", *networks), lab.node("b", *networks)
    addresses = vips(count, interfaces)
    worse = b.keepalived(many(count, interfaces, 100), second)
    better = a.keepalived(many(count, interfaces, 150), first)
    eventually(lambda: held(a, addresses) == count and held(b, addresses) == 0, 30,
               lambda: f"{held(a, addresses)} {held(b, addresses)}", every=0.1)
    marks = better.count("Entering"), worse.count("Entering")
    end = time.monotonic() + calm
    eventually(lambda: time.monotonic() > end, calm + 5, every=0.2)
    assert (better.count("Entering"), worse.count("Entering")) == marks, "a take-over in calm times"
    assert held(a, addresses) == count and held(b, addresses) == 0
    capture = a.capture()
    eventually(lambda: len({advert.vrid for _, advert in adverts(capture, outgoing=True)}) >= min(count, 255) // interfaces, 5, every=0.2)
    better.stop(15)
    eventually(lambda: held(b, addresses) == count, 10, lambda: f"{held(b, addresses)}", every=0.05)
    assert held(a, addresses) == 0
    assert worse.stop(15) == 0
    assert held(b, addresses) == 0


def test_255_instances_on_one_interface(lab, under_test):
    play(lab, under_test, under_test, 255, 1, 3)


def test_1000_instances_over_four_interfaces(lab, under_test):
    play(lab, under_test, under_test, 1000, 4, 3)


def test_1000_masters_against_a_peer_with_default_buffers(lab, under_test, debian):
    play(lab, under_test, debian, 1000, 4, 20)


def test_1000_backups_of_a_peer(lab, under_test, debian):
    play(lab, debian, under_test, 1000, 4, 3)


@pytest.mark.long
def test_1000_masters_against_a_peer_with_default_buffers_for_five_minutes(lab, under_test, debian):
    play(lab, under_test, debian, 1000, 4, 300)
