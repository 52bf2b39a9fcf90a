"""What the spectator sees: one live line, and the table at the end. Colours and the moving line on a terminal only."""
import shutil
import sys
import threading
import time


class View:
    def __init__(self, scenes, stream=sys.stdout):
        self._scenes, self._stream = scenes, stream
        self._terminal = stream.isatty()
        self._begin, self._title, self._last = time.monotonic(), "start", None
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def paint(self, text, colour):
        return f"\x1b[{colour}m{text}\x1b[0m" if self._terminal else text

    def title(self, text):
        """What is happening now."""
        self._title = text

    def line(self, text=""):
        with self._lock:
            self._stream.write(("\r\x1b[K" if self._terminal else "") + text + "\n")
            self._stream.flush()

    def _work(self):
        while not self._ending.wait(0.1):
            states = [(scene, scene.states()) for scene in self._scenes]
            if self._terminal:
                self._live(states)
            elif states != self._last:
                self.line(f"{time.monotonic() - self._begin:6.1f} s  " + "   ".join(self._of(*one) for one in states))
            self._last = states

    def _live(self, states):
        text = f"{time.monotonic() - self._begin:6.1f} s  " + "   ".join(self._of(*one) for one in states)
        with self._lock:
            self._stream.write(f"\r\x1b[K{text}   {self._title}")
            self._stream.flush()

    def _of(self, scene, states):
        colours = {"MASTER": "1;32", "backup": "36", "gone": "31"}
        boxes = "  ".join(f"{name} {self.paint(state, colours[state])}" for name, state in states)
        answers = scene.probe.is_answered_since(time.monotonic() - 0.1)
        light = self.paint("●", "32") if answers else self.paint("○", "31")
        who = f"[{scene.flavour.name}] " if len(self._scenes) > 1 else ""
        return f"{who}{boxes}  {light}"

    def table(self, rows_by_make):
        """rows_by_make: {'ours': [Row…], 'debian': […]}"""
        makes = list(rows_by_make)
        several = len(makes) > 1
        header = ["event", *(["make"] if several else []), "lost", "ms silent", "master", "reason"]
        lines = []
        for number, row in enumerate(rows_by_make[makes[0]]):
            for make in makes:
                row = rows_by_make[make][number] if number < len(rows_by_make[make]) else None
                if row is None:
                    continue
                lines.append([row.event if make == makes[0] else "", *([make] if several else []), str(row.lost),
                              f"{row.silent * 1000:.0f}", row.master, row.reason])
        widths = [max(len(line[column]) for line in [header, *lines]) for column in range(len(header))]
        numbers = {header.index("lost"), header.index("ms silent")}

        def form(cells):
            return "  ".join(cell.rjust(width) if column in numbers else cell.ljust(width)
                             for column, (cell, width) in enumerate(zip(cells, widths))).rstrip()
        room = shutil.get_terminal_size((200, 24)).columns if self._terminal else 200
        self.line()
        self.line(self.paint(form(header)[:room], "1"))
        for cells in lines:
            good = cells[header.index("lost")] == "0"
            self.line(self.paint(form(cells)[:room], "32" if good else "0"))
        self.line()
