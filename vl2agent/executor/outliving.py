"""Releases what a process held down on an X server when that process is killed, which it cannot do itself.

A program of its own (run by path; standard library, and python-xlib at the end). It is told of every key and button
before it goes down, and which are still down when the server has confirmed the rest; when the pipe closes it releases
exactly those: what a person holds down on the same desktop stays down. A sandbox needs none, its guard does this.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

Held = tuple[str, int]
"""'key' or 'button', and its number."""

AGAIN_S = 0.05
"""What was sent just before the kill may reach the server's turn after the first release."""
END_S = 2.0


class Outliving:
    """The other end: tells the program what goes down; started with the first thing that does.

    Args:
        display: the X server.
    """

    def __init__(self, display: str) -> None:
        self._display = display
        self._program: subprocess.Popen[bytes] | None = None

    def goes_down(self, what: Held) -> None:
        """Say so before it is sent."""
        if self._program is None:
            command = [sys.executable, "-P", str(Path(__file__)), self._display]
            quiet = subprocess.DEVNULL
            self._program = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
            )
        self._say(f"+{what[0]} {what[1]}\n")

    def are_down(self, held: Iterable[Held]) -> None:
        """Say what is still down, nothing else being so."""
        if self._program is not None:
            self._say("=" + ",".join(f"{kind} {code}" for kind, code in held) + "\n")

    def close(self) -> None:
        """End the program; safe to call twice."""
        program, self._program = self._program, None
        if program is None or program.stdin is None:
            return
        with contextlib.suppress(OSError):
            program.stdin.close()
        try:
            program.wait(END_S)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()

    def _say(self, line: str) -> None:
        assert self._program is not None
        assert self._program.stdin is not None
        with contextlib.suppress(OSError):  # somebody killed the program: the rest works without it
            os.write(self._program.stdin.fileno(), line.encode())


def _heard(lines: Iterable[str]) -> set[Held]:
    """Listen until the other end is gone, and return what was down then."""
    down = set[Held]()
    for line in lines:
        said = {(kind, int(code)) for kind, _, code in (part.partition(" ") for part in line[1:].split(",")) if code}
        down = down | said if line[0] == "+" else said
    return down


def _release(display_name: str, down: set[Held]) -> None:
    from Xlib import X
    from Xlib.display import Display
    from Xlib.ext import xtest

    display = Display(display_name)
    for _ in range(2):
        for kind, code in down:
            xtest.fake_input(display, X.KeyRelease if kind == "key" else X.ButtonRelease, code)
        display.sync()
        time.sleep(AGAIN_S)
    display.close()


def main() -> None:
    """Wait for the end of who started this, on the display that the first argument names."""
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    if down := _heard(sys.stdin):
        signal.alarm(10)  # a server that hangs is not waited for
        _release(sys.argv[1], down)


if __name__ == "__main__":
    main()
