"""A connection to an X server through which keys and buttons go down and up (the XTEST extension).

It knows what it holds down. It survives a request that was cut short, by connecting anew; a server that is gone or
does not answer is a `DisplayLost`, never a wait without end.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from vl2agent.errors import CaptureError, DisplayLost, ExecutionError, NoDisplay
from vl2agent.executor.outliving import Outliving
from vl2agent.xdisplay import connect as open_display
from vl2agent.xdisplay import display_name

if TYPE_CHECKING:
    from Xlib.display import Display

ANSWER_S = 5.0
"""Longest wait for one answer of the server."""

MOVES = 24
"""Moves that are remembered: all of a drag and its way there."""

T = TypeVar("T")


class XTest:
    """Sends events to one X server.

    Args:
        display: its name; None takes DISPLAY.

    Raises:
        NoDisplay: there is no such server, or it has no XTEST.
    """

    def __init__(self, display: str | None = None) -> None:
        self.name = display_name(display)
        self.held: dict[tuple[str, int], bool] = {}
        """What may be down in the server: True when it is meant to be, False when its release is not confirmed yet."""
        self.before_next: Callable[[], None] | None = None
        """Is called once, before the next event is sent."""
        self.moves: deque[tuple[float, int, int]] = deque(maxlen=MOVES)
        """Where the pointer was put of late, and when (`time.monotonic`)."""
        self._errors: list[Any] = []
        self._connection: Display | None = self._connect()
        self.outliving: Outliving | None = None
        """Releases what is down should this process be killed."""

    def ask(self, question: Callable[[Display], T]) -> T:
        """Send requests and take their answers.

        Raises:
            DisplayLost: the server is gone, or the question takes longer than `ANSWER_S`.
            ExecutionError: it refused.
        """
        with self._talking() as x:
            watchdog = threading.Timer(ANSWER_S, _end_waiting, (x,))
            watchdog.daemon = True
            watchdog.start()
            try:
                answer = question(x)
            finally:
                watchdog.cancel()
        if self._errors:
            refused = "; ".join(str(error) for error in self._errors)
            self._errors.clear()
            raise ExecutionError(f"the X server refused: {refused}")
        return answer

    def sync(self) -> None:
        """Return when the server has processed everything that was sent."""
        self.ask(lambda x: x.sync())
        if self.held:
            self.held = {what: True for what, down in self.held.items() if down}
            self._tell_outliving()

    def key(self, keycode: int, *, down: bool) -> None:
        """Press or release a key; sent with the next `sync`."""
        from Xlib import X

        self._send("key", keycode, X.KeyPress if down else X.KeyRelease, down)

    def button(self, number: int, *, down: bool) -> None:
        """Press or release a button of the mouse; sent with the next `sync`."""
        from Xlib import X

        self._send("button", number, X.ButtonPress if down else X.ButtonRelease, down)

    def move(self, x_px: int, y_px: int) -> None:
        """Put the pointer on a pixel; sent with the next `sync`."""
        from Xlib import X
        from Xlib.ext import xtest

        self._announce()
        self.moves.append((time.monotonic(), x_px, y_px))
        with self._talking() as x:
            xtest.fake_input(x, X.MotionNotify, x=x_px, y=y_px)

    def put(self, name: str, text: bytes) -> None:
        """Set a text property of the root window; sent in its turn among the events."""
        from Xlib import Xatom

        with self._talking() as x:
            x.screen().root.change_property(x.get_atom(name), Xatom.STRING, 8, text)

    def release_all(self) -> None:
        """Release what is held down here; a server that is gone holds nothing."""
        if not self.held:
            return
        with contextlib.suppress(CaptureError, ExecutionError):
            for kind, code in reversed(list(self.held)):
                self.key(code, down=False) if kind == "key" else self.button(code, down=False)
            self.sync()
        self.held.clear()
        self._tell_outliving()

    def close(self) -> None:
        """Release everything and leave the server."""
        self.release_all()
        self._disconnect()
        if self.outliving is not None:
            self.outliving.close()

    def _send(self, kind: str, code: int, event: int, down: bool) -> None:
        from Xlib.ext import xtest

        self._announce()
        if down:
            self.held[kind, code] = True  # before it is sent: a release too many does no harm
            if self.outliving is not None:
                self.outliving.goes_down((kind, code))
        with self._talking() as x:
            xtest.fake_input(x, event, code)
        if not down and (kind, code) in self.held:
            self.held[kind, code] = False

    def _tell_outliving(self) -> None:
        if self.outliving is not None:
            self.outliving.are_down(self.held)

    def _announce(self) -> None:
        announce, self.before_next = self.before_next, None
        if announce is not None:
            announce()

    @contextlib.contextmanager
    def _talking(self) -> Iterator[Display]:
        """Lend the connection; one that was cut short in the middle of a request is dropped, the next use opens anew."""
        from Xlib.error import ConnectionClosedError

        try:
            self._connection = self._connection or self._connect()
            yield self._connection
        except BaseException as error:
            self._disconnect()
            lost = (ConnectionClosedError, OSError, NoDisplay)
            if isinstance(error, lost) or isinstance(error.__context__, OSError):  # python3-xlib fails in its handler
                raise DisplayLost(f"display {self.name} went away, or does not answer") from error
            raise

    def _connect(self) -> Display:
        x = connect(self.name)
        if x.query_extension("XTEST") is None:
            hang_up(x)
            raise NoDisplay(f"display {self.name} has no XTEST extension, so nothing can be sent to it")
        x.set_error_handler(lambda error, _: self._errors.append(error))
        return x

    def _disconnect(self) -> None:
        if self._connection is not None:
            hang_up(self._connection)
            self._connection = None


def connect(name: str) -> Display:
    """Open a connection, waiting at most `ANSWER_S`: a server that is stopped accepts and never answers.

    Raises:
        NoDisplay: nothing answers there.
    """
    outcome: list[Display | NoDisplay] = []
    thread = threading.Thread(target=_open, args=(name, outcome), daemon=True)
    thread.start()
    thread.join(ANSWER_S)
    if not outcome:
        raise NoDisplay(f"expected display {name} to answer within {ANSWER_S:g} s, it did not; is it stopped?")
    if isinstance(outcome[0], NoDisplay):
        raise outcome[0]
    return outcome[0]


def _open(name: str, outcome: list[Display | NoDisplay]) -> None:
    try:
        outcome.append(open_display(name))
    except NoDisplay as error:
        outcome.append(error)


def hang_up(x: Display) -> None:
    """Leave a server, also one that is gone; safe to call twice, and while another thread waits for its answer."""
    _end_waiting(x)
    x.display.socket.close()


def _end_waiting(x: Display) -> None:
    """End any wait on a connection: to it, the server has left."""
    with contextlib.suppress(OSError):
        x.display.socket.shutdown(socket.SHUT_RDWR)
