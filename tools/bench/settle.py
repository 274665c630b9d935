"""Measure how soon the screen is said to stand still after its last change, and that a text caret does not hold it up.

    python tools/bench/settle.py [--rounds 20]

Something is painted on a real X server every 40 ms for half a second while the screen is watched; the figure is the
time from the last painting to the verdict. Then a caret blinks (0.5 s on, 0.5 s off) and nothing else moves; the
figure is the time from the first look to the verdict.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from Xlib.display import Display as XDisplay

from hardware import hardware
from vl2agent.capture.desktop import DesktopScreen
from xserver import xvfb

SIZES = ((1280, 800), (1920, 1080), (2560, 1440))
PAINTINGS, PAINT_S, BLINK_S = 13, 0.04, 0.5


class Painter:
    """Paints rectangles on the root window, from a thread of its own."""

    def __init__(self, display: str) -> None:
        self._x = XDisplay(display)
        self._root = self._x.screen().root
        self._brush = self._root.create_gc()
        self.last_s = 0.0
        self._stop = threading.Event()

    def fill(self, colour: int, *box: int) -> None:
        """Fill a box (left, top, width, height), and know when the server has done it."""
        self._brush.change(foreground=colour)
        self._root.fill_rectangle(self._brush, *box)
        self._x.sync()
        self.last_s = time.monotonic()

    def paint(self) -> None:
        """Paint for half a second, then stop."""
        for number in range(PAINTINGS):
            self.fill(0x3050A0 + 0x070503 * number, 100 + 9 * number, 100, 300, 200)
            time.sleep(PAINT_S)

    def blink(self) -> None:
        """Show and hide a caret until told to stop."""
        shown = False
        while not self._stop.wait(BLINK_S):
            shown = not shown
            self.fill(0x000000 if shown else 0xFFFFFF, 200, 200, 1, 16)

    @contextmanager
    def at(self, work: Callable[[], None]) -> Iterator[None]:
        """Work beside the caller, and be done when this is left."""
        self._stop.clear()
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()


def after_painting(screen: DesktopScreen, painter: Painter, rounds: int) -> list[float]:
    """Return milliseconds from the last painting to the verdict, sorted."""
    found = []
    for _ in range(rounds):
        with painter.at(painter.paint):
            screen.settled()
            verdict_s = time.monotonic()
        found.append(1000 * (verdict_s - painter.last_s))
    return sorted(found)


def with_a_caret(screen: DesktopScreen, painter: Painter, rounds: int) -> list[float]:
    """Return milliseconds from the first look to the verdict, sorted; looks begin anywhere in a blink."""
    found = []
    with painter.at(painter.blink):
        for number in range(rounds):
            time.sleep(BLINK_S * number / rounds)
            began_s = time.monotonic()
            if screen.settled().verdict == "moving":
                raise SystemExit("a caret was taken for movement")
            found.append(1000 * (time.monotonic() - began_s))
    return sorted(found)


def main() -> None:
    """Measure each size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    table = Table(title="from the last change to the verdict (ms)", caption=hardware())
    for heading in ("screen", "median", "longest", "with a caret: median", "longest"):
        table.add_column(heading, justify="right")
    for size in SIZES:
        with xvfb(size) as display, DesktopScreen(display) as screen:
            painter = Painter(display)
            painter.fill(0xFFFFFF, 0, 0, *size)
            still, caret = after_painting(screen, painter, rounds), with_a_caret(screen, painter, rounds)
            figures = (statistics.median(still), still[-1], statistics.median(caret), caret[-1])
            table.add_row(f"{size[0]}x{size[1]}", *(f"{ms:.0f}" for ms in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
