"""How late a take-over is: from the end of the master down interval to the first advertisement, the first gratuitous ARP,
and the address. A made-up master advertises a number of virtual routers, each in a phase of its own, and falls silent."""
import socket
import time

from lab import Lab, eventually, instance, keepalived_conf
from lab.packets import adverts, build_advert, gratuitous_arps

PRIORITY = 100


def down_interval(interval):
    """Seconds a backup of that priority waits (RFC 9568 §6.1, in the reference's integer arithmetic)."""
    centiseconds = round(interval * 100)
    return 3 * interval + ((256 - PRIORITY) * centiseconds * 625 // 16) / 1e6


def vip(vrid):
    return f"10.0.2.{vrid}"


class Master:
    """Sends the advertisements of `count` virtual routers, spread over the interval."""

    def __init__(self, node, count, interval):
        self._count, self._interval = count, interval
        with node.namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._socket.bind(("eth0", 0))
        self._frames = [build_advert(node.address, vrid=vrid, priority=200, addresses=(vip(vrid),), version=3, interval=round(interval * 100))
                        for vrid in range(1, count + 1)]

    def close(self):
        self._socket.close()

    def advertise(self, rounds):
        begin = time.monotonic() + 0.01
        for number in range(rounds * self._count):
            due = begin + number * self._interval / self._count
            time.sleep(max(0, due - time.monotonic()))
            self._socket.send(self._frames[number % self._count])


def measure(flavour, interval, count, cycles):
    """{'advert': [s…], 'arp': [s…], 'address': [s…]}: lateness of each of the take-overs."""
    samples = {"advert": [], "arp": [], "address": []}
    with Lab() as lab:
        router, rival = lab.node("router"), lab.node("rival")
        blocks = [instance(f"VI_{vrid}", vrid, PRIORITY, (f"{vip(vrid)}/32",), advert_int=interval,
                           extra="    version 3\n    garp_master_delay 0") for vrid in range(1, count + 1)]
        master = Master(rival, count, interval)
        daemon = router.keepalived(keepalived_conf(*blocks), flavour)
        daemon.wait_for_log(r"Entering BACKUP STATE", times=count)
        for _ in range(cycles):
            capture, events = router.capture(), router.address_events()
            master.advertise(4)
            eventually(lambda: all(router.holds(vip(vrid)) for vrid in range(1, count + 1)), 3 * interval + 5, daemon.log, every=0.05)
            # The addresses are there before the watcher has told of the last of them.
            wanted = {vip(vrid) for vrid in range(1, count + 1)}
            eventually(lambda: wanted <= {str(event.address) for event in events.all() if event.added}, 3, daemon.log, every=0.05)
            eventually(lambda: wanted <= announced_since_silence(capture, rival), 3, daemon.log, every=0.05)
            collect(samples, capture, events, rival, router, interval, count)
            # They stand back again before the next cycle.
            master.advertise(1)
            eventually(lambda: not any(router.holds(vip(vrid)) for vrid in range(1, count + 1)), 3, daemon.log)
            capture.close()
        master.close()
        daemon.stop()
    return samples


def announced_since_silence(capture, rival):
    """The addresses announced after the last advertisement of their rival."""
    last = {advert.vrid: when for when, advert in adverts(capture, source=rival.address)}
    return {arp.sender for when, arp in gratuitous_arps(capture, outgoing=True)
            if when > last.get(int(arp.sender.rsplit(".", 1)[1]), when)}


def collect(samples, capture, events, rival, router, interval, count):
    heard, sent = adverts(capture, source=rival.address), adverts(capture, source=router.address, outgoing=True)
    announced, added = gratuitous_arps(capture, outgoing=True), [event for event in events.all() if event.added]
    for vrid in range(1, count + 1):
        last = max(when for when, advert in heard if advert.vrid == vrid)
        due = last + down_interval(interval)
        samples["advert"].append(min(when for when, advert in sent if advert.vrid == vrid and when > last) - due)
        samples["arp"].append(min(when for when, arp in announced if arp.sender == vip(vrid) and when > last) - due)
        samples["address"].append(min(event.time for event in added if str(event.address) == vip(vrid) and event.time > last) - due)
