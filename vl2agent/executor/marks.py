"""How far an action came, kept by the X server: a property of its root window, which outlives who wrote it.

Requests of one connection are processed in order, so a mark that stands there says that all sent before it was taken,
and a mark that does not stand there that nothing sent after it was. A process that was killed between an intent and
its receipt can be told about afterwards.

The property is "RUN:NUMBER WORD": RUN names one executor, NUMBER its action; WORD is 'begun', 'all', or, while text is
typed, the characters sent so far, with a '+' when more are on their way.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from vl2agent.executor.xtest import XTest
from vl2agent.steps import Reached

if TYPE_CHECKING:
    from Xlib.display import Display

PROPERTY = "_VL2AGENT_DONE"
_WRITTEN = re.compile(r"([0-9a-f]+):(\d+) (begun|all|\d+\+?)")


class Marks:
    """Writes and reads the mark of one X server.

    Args:
        x: the connection that the events go through.
    """

    def __init__(self, x: XTest) -> None:
        self._x = x
        self._run, self._number = secrets.token_hex(4), 0

    def next(self) -> str:
        """Name the next action; the first time, take the property over: what stands there then is known."""
        if self._number == 0:
            self._write("all")
            self._x.sync()
        self._number += 1
        return f"{self._run}:{self._number}"

    def begin(self) -> None:
        """Have the next event that is sent preceded by the mark."""
        if self._number:
            self._x.before_next = lambda: self._write("begun")

    def typed(self, characters: int, *, more: bool) -> None:
        """Say how much of a text was sent, and whether the next part follows at once."""
        if self._number:
            self._write(f"{characters}+" if more else str(characters))

    def end(self) -> None:
        """Say that all of the action was sent."""
        self._x.before_next = None
        if self._number:
            self._write("all")

    def how_far(self, mark: str) -> Reached | None:
        """Tell how far an action came; None when others have acted since, or the server is another one."""
        found = _WRITTEN.fullmatch(self._x.ask(_read))
        run, _, number = mark.partition(":")
        if found is None or found[1] != run or not number.isdigit() or int(found[2]) > int(number):
            return None
        if int(found[2]) < int(number):
            return Reached(state="nothing")
        if found[3] == "all":
            return Reached(state="all")
        return Reached(state="part", characters=int(found[3]) if found[3].isdigit() else None)

    def _write(self, word: str) -> None:
        text = f"{self._run}:{self._number} {word}".encode()
        self._x.put(PROPERTY, text)


def _read(x: Display) -> str:
    from Xlib import X

    found = x.screen().root.get_full_property(x.get_atom(PROPERTY), X.AnyPropertyType)
    value = found.value if found is not None else ""
    return value if isinstance(value, str) else bytes(value).decode(errors="replace")
