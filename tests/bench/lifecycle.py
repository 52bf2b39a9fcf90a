"""Start, stop, check of a configuration, crash, reload: how long each takes, and what is lost."""
import os
import select
import signal
import time

from lab import Lab, eventually, instance, keepalived_conf
from lab.packets import adverts
from load import addresses, holds, many, networks

OWNERS, VIPS = 255, 20


def stop_of_many(flavour, count=1000):
    """(TERM until the backup holds all, TERM until all processes are gone); both routers of the same make."""
    with Lab() as lab:
        a, b = lab.node("a", *networks(count)), lab.node("b", *networks(count))
        wanted = addresses(count)
        worse = b.keepalived(many(count, 100), flavour)
        better = a.keepalived(many(count, 150), flavour)
        eventually(lambda: holds(a, wanted) == count and holds(b, wanted) == 0, 30, every=0.1)
        # What the start has queued (mail, scripts, second bursts) is over when every router has advertised again.
        capture = a.capture()
        eventually(lambda: len(adverts(capture, outgoing=True)) >= 2 * count, 10, every=0.2)
        events = b.address_events()
        watched = [os.pidfd_open(pid) for pid in better.family()]
        begin, begin_wall = time.monotonic(), time.time()
        better.signal(signal.SIGTERM)
        while watched:
            for fd in select.select(watched, [], [], 10)[0]:
                watched.remove(fd)
                os.close(fd)
        gone = time.monotonic() - begin
        better.process.wait()
        eventually(lambda: holds(b, wanted) == count, 10, every=0.05)
        taken = max(event.time for event in events.all() if event.added) - begin_wall
        worse.stop(15)
        return taken, gone


def start_of_owners(flavour):
    """From the start to the first advertisement of the last of 255 address owners with 20 addresses each."""
    with Lab() as lab:
        node = lab.node("router")
        capture = node.capture()
        daemon = node.keepalived(many(OWNERS, 255, VIPS, share=255, state="MASTER"), flavour)  # with BACKUP they wait
        eventually(lambda: len({advert.vrid for _, advert in adverts(capture, outgoing=True)}) == OWNERS, 30, every=0.1)
        first = {}
        for when, advert in adverts(capture, outgoing=True):
            first.setdefault(advert.vrid, when)
        daemon.kill()
        return max(first.values()) - daemon.started


def check_of_configuration(flavour):
    """keepalived -t on 255 instances with 20 addresses each."""
    with Lab() as lab:
        node = lab.node("router")
        path = lab.folder / "large.conf"
        path.write_text(many(OWNERS, 100, VIPS, share=255))
        begin = time.monotonic()
        status = node.popen(*flavour.command, "-t", "-f", path).wait(30)
        taken = time.monotonic() - begin
        assert status == 0, f"{flavour.name} -t: {status}"
        return taken


def _pair(lab, flavour):
    def conf(priority, vips=("10.0.0.100/24",)):
        return keepalived_conf(instance("VI_1", 51, priority, vips, advert_int=1, extra="    garp_master_delay 0"))
    a, b, client = lab.node("a"), lab.node("b"), lab.node("client", number=9)
    worse = b.keepalived(conf(100), flavour)
    better = a.keepalived(conf(150), flavour)
    eventually(lambda: a.holds("10.0.0.100"), 8)
    probe = client.probe("10.0.0.100")
    capture = a.capture()
    eventually(lambda: len(adverts(capture, source=a.address, outgoing=True)) >= 2 and probe.is_answered_since(0), 5)
    return a, b, better, worse, capture, probe, conf


def crash_of_the_child(flavour):
    """(lateness of the next advertisement of the virtual router, packets lost)."""
    with Lab() as lab:
        a, b, better, worse, capture, probe, _ = _pair(lab, flavour)
        begin = time.monotonic()
        last = adverts(capture, source=a.address, outgoing=True)[-1][0]
        os.kill(better.vrrp_pid(), signal.SIGKILL)

        def next_one():
            return [when for when, advert in adverts(capture, 51) if when > last]
        eventually(next_one, 8)
        late = next_one()[0] - last - 1
        eventually(lambda: a.holds("10.0.0.100") and not b.holds("10.0.0.100") and probe.is_answered_since(time.monotonic() - 0.1), 10)
        lost = probe.outage(begin, time.monotonic() - 0.1)[0]
        return late, lost


def reload_of_a_change(flavour):
    """Packets lost while an address is added."""
    with Lab() as lab:
        a, b, better, worse, capture, probe, conf = _pair(lab, flavour)
        begin, more = time.monotonic(), ("10.0.0.100/24", "10.0.0.101/24")
        worse.write(conf(100, more))
        worse.signal(signal.SIGHUP)
        better.reload(conf(150, more))
        eventually(lambda: a.holds("10.0.0.101"), 5)
        capture.forget()
        eventually(lambda: len(adverts(capture, source=a.address, outgoing=True)) >= 2, 5)
        return probe.outage(begin, time.monotonic() - 0.1)[0]
