#!/usr/bin/python3
"""Two routers share an address; a client asks it every 5 ms; six things go wrong. Shows who answers, and what was lost."""
import argparse
import pathlib
import signal
import sys
import threading

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]

from lab import DEBIAN, OURS, privileged  # noqa: E402
from scene import Scene  # noqa: E402
from view import View  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the lab up, and say how to play with it")
    parser.add_argument("--peer", action="store_true", help="play the same script on Debian's keepalived beside it")
    parser.add_argument("--only-peer", action="store_true", help="play it on Debian's keepalived alone")
    return parser.parse_args()


def in_parallel(actions):
    """Run them at the same time; the first failure is raised."""
    failures, results = [], [None] * len(actions)

    def work(index, action):
        try:
            results[index] = action()
        except BaseException as failure:  # also an interrupt: the caller has to see it
            failures.append(failure)
    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.1)
    if failures:
        raise failures[0]
    return results


def play(scenes):
    rows = {scene.flavour.name: [] for scene in scenes}
    with View(scenes) as view:
        view.line("Two routers, router-a and router-b, share 10.0.0.100 (conf/samples/router-a.conf, router-b.conf).")
        view.line("A client pings the address every 5 ms.")
        in_parallel([scene.start for scene in scenes])
        for event in Scene.EVENTS:
            view.title(event.__name__.replace("_", " "))
            for scene, row in zip(scenes, in_parallel([lambda scene=scene: event(scene) for scene in scenes])):
                rows[scene.flavour.name].append(row)
                make = f" [{scene.flavour.name}]" if len(scenes) > 1 else ""
                view.line(f"* {row.event}{make}: {row.lost} lost, {row.silent * 1000:.0f} ms; "
                          f"master {row.master}; {row.reason}")
        view.table(rows)


def farewell(scenes):
    print("The lab is up. To play with it:")
    for scene in scenes:
        for node in (scene.a, scene.b, scene.client):
            print(f"  ip netns exec {node.namespace.name} ip -br address")
        print(f"  ip netns exec {scene.client.namespace.name} ping 10.0.0.100")
        for node in (scene.a, scene.b):
            daemon = node.daemons[-1]
            print(f"  {daemon.configuration_file}   kill -HUP {daemon.pid}   tail -f {daemon.log_file}")
        names = " ".join(node.namespace.name for node in scene.lab.nodes.values()) + f" {scene.lab.switch.name}"
        pids = " ".join(str(node.daemons[-1].pid) for node in (scene.a, scene.b))
        print(f"To end it:\n  kill {pids}; for n in {names}; do ip netns delete $n; done; rm -r {scene.lab.folder}")


def main():
    options = arguments()
    reason = privileged()
    flavours = [DEBIAN] if options.only_peer else [OURS, DEBIAN] if options.peer else [OURS]
    for flavour in flavours:
        reason = reason or flavour.available()
    if reason:
        sys.exit(f"demo: {reason}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scenes = []
    try:
        for mark, flavour in enumerate(flavours):
            scenes.append(Scene(flavour, mark, options.keep))
        play(scenes)
        if options.keep:
            farewell(scenes)
    except KeyboardInterrupt:
        print("\ninterrupted; cleaning up")
        for scene in scenes:
            scene.lab.keep = False
        sys.exit(130)
    finally:
        for scene in scenes:
            scene.close()


if __name__ == "__main__":
    main()
