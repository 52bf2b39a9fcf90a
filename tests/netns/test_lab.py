"""The laboratory itself, proved with two of Debian's keepalived."""
import pathlib
import sys

import pytest

from lab import eventually, instance, keepalived_conf
from lab.packets import adverts, gratuitous_arps

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "uml"))
import uml  # noqa: E402

VIP = "10.0.0.100"


@pytest.fixture
def pair(lab, debian):
    """Two routers: a is better than b."""
    a, b = lab.node("a"), lab.node("b")
    a.keepalived(keepalived_conf(instance(priority=150)), debian).wait_for_log("Entering BACKUP STATE")
    b.keepalived(keepalived_conf(instance(priority=100)), debian)
    return a, b


def test_the_better_of_two_routers_becomes_master(lab, pair):
    a, b = pair
    capture = lab.capture()
    eventually(lambda: a.holds(VIP), 8)
    assert not b.holds(VIP)
    eventually(lambda: len(adverts(capture)) >= 2, 5)
    first = adverts(capture)[0][1]
    assert (first.source, first.vrid, first.priority, first.addresses) == ("10.0.0.1", 51, 150, [VIP])
    assert first.checksum_ok
    assert len(gratuitous_arps(capture, VIP)) == 5
    assert capture.dropped() == 0


def test_the_other_takes_over_when_the_box_of_the_master_dies(lab, pair):
    a, b = pair
    eventually(lambda: a.holds(VIP), 8)
    a.power_off()
    eventually(lambda: b.holds(VIP), 8)
    assert not a.holds(VIP)


def test_counters_are_read_from_the_dumps(lab, pair):
    a, b = pair
    eventually(lambda: a.holds(VIP), 8)
    b_daemon = b.daemons[0]
    eventually(lambda: b_daemon.stats()["VI_1"]["Advertisements/Received"] >= 1, 5)
    assert b_daemon.json()[0]["stats"]["advert_rcvd"] >= 1
    assert b_daemon.stop() == 0


@pytest.mark.parametrize("told, expected", [("0", 0), ("1", 1), ("", -6)])
def test_the_command_in_a_guest_has_the_last_word_not_a_kernel_that_aborts_as_it_halts(tmp_path, monkeypatch, told, expected):
    kernel = tmp_path / "linux"
    kernel.write_text(f"""#!/bin/sh
for option; do case $option in init=*) results=${{option#init=}}; results=${{results%/*}} ;; esac; done
[ -z "{told}" ] || echo {told} >"$results/status"
kill -s ABRT $$
""")
    kernel.chmod(0o755)
    monkeypatch.setattr(uml, "linux", lambda: kernel)
    assert uml.boot(timeout=30).status == expected


@pytest.mark.skipif(uml.unavailable() is not None, reason=uml.unavailable() or "")
def test_a_guest_sees_a_checkout_below_tmp(tmp_path):
    (tmp_path / "of the host").write_text("seen")
    guest = uml.boot(folder=tmp_path, command=["cat", "of the host"], timeout=60)
    assert (guest.status, guest.output) == (0, "seen"), guest
