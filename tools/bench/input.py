"""Measure input: actions a second of each executor, characters a second of each way to type; on Xvfb.

    python tools/bench/input.py [--seconds 1.0]

What is typed goes to a window that has the keyboard and reads its events, so that every wait for it counts. Prints
medians of one run. Quote ratios between rows: machines differ.
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

from hardware import hardware
from vl2agent.actions import Action, Click, Drag, Key, Move, Scroll, TypeText
from vl2agent.capture.desktop import DesktopScreen
from vl2agent.errors import VL2AgentError
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenPoint
from vl2agent.steps import Receipt
from vl2agent.xdisplay import connect, disconnect
from xserver import xvfb

HERE, THERE = ScreenPoint(200, 200), ScreenPoint(500, 400)
ACTIONS: dict[str, Action] = {
    "move": Move(point=HERE),
    "click": Click(point=HERE),
    "double-click": Click(point=HERE, count=2),
    "ctrl+click": Click(point=HERE, modifiers=("ctrl",)),
    "scroll 3": Scroll(point=HERE),
    "drag": Drag(start=HERE, end=THERE),
    "key ctrl+s": Key(keys="ctrl+s"),
}
TEXTS = {
    "letters": "the quick brown fox jumps over " * 3,
    "ASCII": 'a <b> [c] {d} "e" 1+2=3; ' * 3,
    "mixed": "naïve café € 日本語 🙂 " * 4,
    "60 CJK": "".join(chr(code) for code in range(0x4E00, 0x4E00 + 60)),
    "1000 mixed": "naïve café € 日本語 🙂 " * 50,
}


class Performs(Protocol):
    """An executor, as far as it is measured."""

    def perform(self, action: Action) -> Receipt:
        """Do it."""
        ...


def median_s(work: Callable[[], object], seconds: float) -> float:
    """Repeat the work for that long, three times at least, and return the median in seconds."""
    taken: list[float] = []
    end_s = time.perf_counter() + seconds
    while time.perf_counter() < end_s or len(taken) < 3:
        began_s = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began_s)
    return statistics.median(taken)


@contextmanager
def reading_window(name: str) -> Iterator[None]:
    """Show a window that has the keyboard, reads its events, answers pings and fetches what it is told to paste."""
    from Xlib import X
    from Xlib.error import ConnectionClosedError

    server = connect(name)
    window = server.screen().root.create_window(
        0, 0, 1280, 800, 0, X.CopyFromParent, override_redirect=1, event_mask=X.KeyPressMask | X.StructureNotifyMask
    )
    window.set_wm_protocols([server.intern_atom("_NET_WM_PING")])
    window.map()
    while server.next_event().type != X.MapNotify:
        pass
    window.set_input_focus(X.RevertToParent, X.CurrentTime)
    server.sync()

    def read() -> None:
        try:
            while True:
                answer(server, window, server.next_event())
        except (ConnectionClosedError, OSError, ValueError):  # the end of the measurement
            return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield
    finally:
        server.display.socket.shutdown(2)
        reader.join(5)
        disconnect(server)


def answer(server: Any, window: Any, event: Any) -> None:
    """Do what an application does: paste on ctrl+v, return pings."""
    from Xlib import X

    if event.type == X.KeyPress and event.state & X.ControlMask and event.detail == server.keysym_to_keycode(ord("v")):
        target = server.intern_atom("UTF8_STRING")
        window.convert_selection(server.intern_atom("CLIPBOARD"), target, target, X.CurrentTime)
    elif event.type == X.ClientMessage:
        root = server.screen().root
        event.window = root
        root.send_event(event, event_mask=X.SubstructureNotifyMask | X.SubstructureRedirectMask)
    server.flush()


def executors(name: str) -> Iterator[tuple[str, Performs]]:
    """Make one of each kind."""
    with X11Executor(name) as x11:
        yield "x11", x11
    os.environ["DISPLAY"] = name
    try:
        from vl2agent.executor.desktop import DesktopExecutor

        yield "pyautogui", DesktopExecutor()
    except VL2AgentError as error:
        Console(stderr=True).print(f"pyautogui is left out: {error}")
    with DesktopScreen(name) as screen:
        yield "dry run", DryRunExecutor(screen)


def table(title: str, rows: Iterable[str], columns: Mapping[str, Sequence[str]]) -> Table:
    """Lay out figures by row, with a column for each executor."""
    laid_out = Table("", *columns, title=title)
    for row, figures in zip(rows, zip(*columns.values(), strict=True), strict=True):
        laid_out.add_row(row, *figures)
    return laid_out


def action_rate(executor: Performs, action: Action, seconds: float) -> str:
    """Say how often a second an action is performed."""
    return f"{1 / median_s(partial(executor.perform, action), seconds):,.1f}"


def typing_rate(executor: Performs, text: str, seconds: float) -> str:
    """Say how fast a text goes, and which way."""
    action = TypeText(text=text)
    receipt = executor.perform(action)
    rate = len(text) / median_s(partial(executor.perform, action), seconds)
    return f"{rate:,.0f} ({receipt.route}, {receipt.delivery})"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to repeat each measurement")
    seconds = parser.parse_args().seconds
    rates: dict[str, list[str]] = {}
    with xvfb((1280, 800)) as name, reading_window(name):
        for kind, executor in executors(name):
            rates[kind] = [action_rate(executor, action, seconds) for action in ACTIONS.values()]
            rates[kind] += [typing_rate(executor, text, seconds) for text in TEXTS.values()]
    console = Console()
    console.print(hardware())
    console.print(table("actions a second", ACTIONS, {kind: row[: len(ACTIONS)] for kind, row in rates.items()}))
    console.print(table("characters a second", TEXTS, {kind: row[len(ACTIONS) :] for kind, row in rates.items()}))


if __name__ == "__main__":
    main()
