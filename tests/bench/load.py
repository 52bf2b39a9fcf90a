"""Processor time and memory of many instances."""
import pathlib
import re
import time

from lab import DEBIAN, Lab, eventually, instance, keepalived_conf

CLOCK = 1e9


def many(count, priority, vips_each=1, share=250, state="BACKUP"):
    """`count` instances, up to `share` on an interface."""
    blocks = []
    for number in range(count):
        device, vrid = divmod(number, share)
        vips = [f"10.1{device}.{n}.{vrid + 1}/32" for n in range(vips_each)]
        blocks.append(instance(f"VI_{number}", vrid + 1, priority, vips, f"eth{device}", extra="    garp_master_delay 0", state=state))
    return keepalived_conf(*blocks)


def addresses(count, share=250, vips_each=1):
    return {f"10.1{number // share}.{n}.{number % share + 1}" for number in range(count) for n in range(vips_each)}


def networks(count, share=250):
    return [f"lan{n}" for n in range(-(-count // share))]


def share_of(count):
    return 255 if count <= 255 else 250


def holds(node, wanted):
    table = set(re.findall(r"-- (\S+)\n\s+/32 host LOCAL", node.namespace.read("fib_trie")))
    return len(wanted & table)


def cpu_seconds(daemon):
    """Time on a processor so far, all processes of the daemon."""
    total = 0
    for pid in daemon.family():
        total += int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return total / CLOCK


def _cpu_share(daemon, window):
    begin, used = time.monotonic(), cpu_seconds(daemon)
    eventually(lambda: time.monotonic() >= begin + window, window + 5, every=window / 4)
    return (cpu_seconds(daemon) - used) / (time.monotonic() - begin)


def masters(flavour, count, window=4):
    """Share of one processor which `count` masters cost, and the memory of their VRRP child."""
    share = share_of(count)
    with Lab() as lab:
        node = lab.node("router", *networks(count, share))
        daemon = node.keepalived(many(count, 150, share=share), flavour)
        wanted = addresses(count, share)
        eventually(lambda: holds(node, wanted) == count, 20, lambda: daemon.log()[-2000:], every=0.1)
        used = _cpu_share(daemon, window)
        memory_now = memory(daemon.vrrp_pid())
        daemon.stop(15)
        return used, memory_now


def backups(flavour, count, window=4):
    """The same for backups; the master is Debian's keepalived whoever is measured."""
    share = share_of(count)
    with Lab() as lab:
        master, node = lab.node("master", *networks(count, share)), lab.node("router", *networks(count, share))
        rival = master.keepalived(many(count, 150, share=share), DEBIAN)
        wanted = addresses(count, share)
        eventually(lambda: holds(master, wanted) == count, 20, every=0.1)
        daemon = node.keepalived(many(count, 100, share=share), flavour)
        daemon.wait_for_log("Startup complete", 20)
        eventually(lambda: time.time() > daemon.started + 3, 10, every=0.1)
        used = _cpu_share(daemon, window)
        assert holds(node, wanted) == 0
        daemon.stop(15)
        rival.stop(15)
        return used


def memory(pid):
    """(private dirty bytes, resident bytes without the board) of a process. The board is a memfd."""
    dirty = resident = 0
    board = False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            board = "memfd:" in line
        elif line.startswith("Private_Dirty:") and not board:
            dirty += int(line.split()[1]) * 1024
        elif line.startswith("Rss:") and not board:
            resident += int(line.split()[1]) * 1024
    return dirty, resident
