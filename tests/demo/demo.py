#!/usr/bin/python3
"""Two routers share an address, then balance three web servers behind it; things go wrong. Shows who answers, and what was lost."""
import argparse
import contextlib
import pathlib
import signal
import sys
import threading

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]

from lab import DEBIAN, OURS, privileged  # noqa: E402
from scene import Scene  # noqa: E402
from stage import Act, choose  # noqa: E402
from view import View  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the lab up, and say how to play with it")
    parser.add_argument("--peer", action="store_true", help="play the same script on Debian's keepalived beside it")
    parser.add_argument("--act", choices=("routers", "web"), help="only the first act, or only the second")
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


def play(scenes, view, before_last):
    """The first act: who has the address. Its rows, by make. before_last() is done before the last event, a quiet one."""
    rows = {scene.flavour.name: [] for scene in scenes}
    view.line("Two routers, router-a and router-b, share 10.0.0.100 (conf/samples/router-a.conf, router-b.conf).")
    view.line("A client pings the address every 5 ms.")
    view.watch(scenes)
    in_parallel([scene.start for scene in scenes])
    for event in Scene.EVENTS:
        if event is Scene.EVENTS[-1]:
            before_last()
        view.title(event.__name__.replace("_", " "))
        for scene, row in zip(scenes, in_parallel([lambda scene=scene: event(scene) for scene in scenes])):
            rows[scene.flavour.name].append(row)
            view.event(scene, f"{row.event}: {row.lost} lost, {row.silent * 1000:.0f} ms; master {row.master}; {row.reason}")
    return rows


def play_web(acts, view):
    """The second act: the web servers behind the address. Its rows, by make."""
    rows = {act.flavour.name: [] for act in acts}
    view.line()
    view.line("Behind 10.0.0.100 now three web servers, balanced by IPVS (conf/samples/web-a.conf, web-b.conf),")
    view.line(f"{acts[0].stage.place}. A client asks for the page every 20 ms.")
    view.title("web servers")
    view.watch(acts)
    in_parallel([act.start for act in acts])
    for number in range(acts[0].EVENTS):
        for act in acts:
            row = act.row(number)
            rows[act.flavour.name].append(row)
            view.event(act, f"{row['event']}: {row['lost']} of {row['asked']} lost; {row['reason']}")
    for act in acts:
        act.finish()
    view.watch(())
    return rows


def tables(view, rows, web_rows):
    if rows:
        view.table([("event", False), ("lost", True), ("ms silent", True), ("master", False), ("reason", False)],
                   {make: [[row.event, str(row.lost), f"{row.silent * 1000:.0f}", row.master, row.reason] for row in of_make]
                    for make, of_make in rows.items()})
    if web_rows:
        view.table([("event", False), ("requests", True), ("lost", True), ("ms to change", True), ("answering", False), ("reason", False)],
                   {make: [[row["event"], str(row["asked"]), str(row["lost"]), "-" if row["after"] is None else str(row["after"]),
                            " ".join(row["servers"]), row["reason"]] for row in of_make] for make, of_make in web_rows.items()})
    view.line()


def farewell(scenes, acts):
    print("The lab is up. To play with it:")
    endings = []
    for scene in scenes:
        for node in (scene.a, scene.b, scene.client):
            print(f"  ip netns exec {node.namespace.name} ip -br address")
        print(f"  ip netns exec {scene.client.namespace.name} ping 10.0.0.100")
        for node in (scene.a, scene.b):
            daemon = node.daemons[-1]
            print(f"  {daemon.configuration_file}   kill -HUP {daemon.pid}   tail -f {daemon.log_file}")
        names = " ".join(node.namespace.name for node in scene.lab.nodes.values()) + f" {scene.lab.switch.name}"
        pids = " ".join(str(node.daemons[-1].pid) for node in (scene.a, scene.b))
        endings.append(f"kill {pids}; for n in {names}; do ip netns delete $n; done; rm -r {scene.lab.folder}")
    for act in acts:
        commands, ending = act.leave()
        print(f"The web servers{f' ({act.flavour.name})' if len(acts) > 1 else ''}, {act.stage.place}:")
        for command, comment in commands:
            print(f"  {command}" + (f"   # {comment}" if comment else ""))
        endings.append(ending)
    print("To end it:")
    for ending in endings:
        print(f"  {ending}")


class Play:
    """All that was begun, so that it can be ended, whatever happens."""

    def __init__(self, options, flavours):
        self.options, self.flavours = options, flavours
        self.scenes, self.acts, self.endings = [], [], contextlib.ExitStack()
        self.stage, self.missing = choose() if options.act != "routers" else (None, None)

    def run(self):
        rows = web_rows = None
        with View() as view:
            if self.options.act != "web":
                for mark, flavour in enumerate(self.flavours):
                    self.scenes.append(Scene(flavour, mark, self.options.keep))
                    self.endings.callback(self.scenes[-1].close)
                rows = play(self.scenes, view, before_last=self.begin_web)
            else:
                self.begin_web()
            if self.acts:
                web_rows = play_web(self.acts, view)
            elif self.missing:
                view.line(f"The web servers are left out: {self.missing}.")
            tables(view, rows, web_rows)
        if self.options.keep:
            for scene in self.scenes:
                scene.leave()
            farewell(self.scenes, self.acts)

    def begin_web(self):
        """Early, so that a guest is up when its turn comes."""
        for flavour in self.flavours if self.stage else ():
            self.acts.append(Act(self.stage, flavour, self.options.keep))
            self.endings.callback(self.acts[-1].end)


def main():
    options = arguments()
    reason = privileged()
    flavours = [DEBIAN] if options.only_peer else [OURS, DEBIAN] if options.peer else [OURS]
    for flavour in flavours:
        reason = reason or flavour.available()
    if reason:
        sys.exit(f"demo: {reason}")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    show = Play(options, flavours)
    with show.endings:
        try:
            show.run()
        except KeyboardInterrupt:
            print("\ninterrupted; cleaning up")
            sys.exit(130)


if __name__ == "__main__":
    main()
