"""What the spectator sees: one live line, and the tables at the end. Colours and the moving line on a terminal only."""
import re
import shutil
import sys
import threading
import time

COLOURS = {"MASTER": "1;32", "backup": "36", "gone": "31", "in": "32", "out": "33"}


def fitted(text, room):
    """The beginning of a text with colours which fills a line at most: a longer one would not be overwritten."""
    pieces = []
    for piece in re.split(r"(\x1b\[[0-9;]*m)", text):
        pieces.append(piece if piece.startswith("\x1b") else piece[:max(0, room)])
        room -= 0 if piece.startswith("\x1b") else len(piece)
    return "".join(pieces)


class View:
    """Shows one scene after another; several beside each other if they are of different makes."""

    def __init__(self, stream=sys.stdout):
        self._scenes, self._stream = (), stream
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

    def watch(self, scenes):
        """Each has a flavour, states() and answers()."""
        self._scenes = scenes

    def title(self, text):
        """What is happening now."""
        self._title = text

    def line(self, text=""):
        with self._lock:
            self._stream.write(("\r\x1b[K" if self._terminal else "") + text + "\n")
            self._stream.flush()

    def event(self, scene, text):
        """Something is over."""
        self.line(f"* {text}" if len(self._scenes) < 2 else f"* [{scene.flavour.name}] {text}")

    def _work(self):
        while not self._ending.wait(0.1):
            states = [(scene, scene.states()) for scene in self._scenes]
            if self._terminal:
                self._live(states)
            elif states != self._last and any(of_scene for _, of_scene in states):
                self.line(self._now(states))
            self._last = states

    def _now(self, states):
        return f"{time.monotonic() - self._begin:6.1f} s  " + "   ".join(self._of(*one) for one in states)

    def _live(self, states):
        text = fitted(f"{self._now(states)}   {self._title}", shutil.get_terminal_size().columns - 1)
        with self._lock:
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()

    def _paint(self, text, colour):
        return f"\x1b[{colour}m{text}\x1b[0m" if self._terminal else text

    def _of(self, scene, states):
        boxes = "  ".join(f"{name} {self._paint(state, COLOURS[state])}" for name, state in states)
        light = self._paint("●", "32") if scene.answers() else self._paint("○", "31")
        who = f"[{scene.flavour.name}] " if len(self._scenes) > 1 else ""
        return f"{who}{boxes}  {light}"

    def table(self, header, rows_by_make):
        """header: [(title, is a number)…], the first is the event. rows_by_make: {'ours': [[cell…]…], 'debian': …}"""
        makes = list(rows_by_make)
        if len(makes) > 1:
            header = [header[0], ("make", False), *header[1:]]
        lines = [[row[0] if make == makes[0] else "", *([make] if len(makes) > 1 else []), *row[1:]]
                 for rows in zip(*rows_by_make.values()) for make, row in zip(makes, rows)]
        titles = [title for title, _ in header]
        widths = [max(len(line[column]) for line in [titles, *lines]) for column in range(len(titles))]

        def form(cells):
            return "  ".join(cell.rjust(width) if is_number else cell.ljust(width)
                             for cell, width, (_, is_number) in zip(cells, widths, header)).rstrip()
        room = shutil.get_terminal_size().columns if self._terminal else 200
        # The last column explains; where it has no room it gets a line of its own.
        inline = sum(widths) + 2 * (len(widths) - 1) <= room

        def lines_of(cells):
            return [form(cells)] if inline else [form(cells[:-1]), f"    {cells[-1]}"]
        self.line()
        for line in lines_of(titles):
            self.line(self._paint(line, "1"))
        for cells in lines:
            for line in lines_of(cells):
                self.line(self._paint(line, "32" if cells[titles.index("lost")] == "0" else "0"))
