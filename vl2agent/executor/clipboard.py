"""The clipboard of an X server, as text: read from whoever owns it, or owned and handed out here.

In X the clipboard has no content of its own: its owner answers each request. So text that was set here is there for
as long as this process is, and every time that an application takes it is known.
"""

from __future__ import annotations

import select
import threading
import time
from typing import TYPE_CHECKING, Any

from vl2agent.errors import DisplayLost, ExecutionError
from vl2agent.executor.xtest import ANSWER_S, connect, hang_up
from vl2agent.pace import Pace

if TYPE_CHECKING:
    from Xlib.display import Display

OWNER_S = 1.0
"""How long an owner is waited for."""
LOOK_S = 0.05
"""How often it is asked meanwhile whether to go on."""
_TEXT_TARGETS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "STRING", "TEXT")


class Clipboard:
    """Reads and sets the clipboard of one X server.

    Args:
        display: the server's name.
        pace: what stops it while it waits for the clipboard's owner.
    """

    def __init__(self, display: str, pace: Pace | None = None) -> None:
        self._display, self._pace = display, pace or Pace()
        self._offer: _Offer | None = None

    def get(self) -> str | None:
        """Return the text; '' when the clipboard is empty, None when it holds something that is not text.

        Raises:
            ExecutionError: its owner does not answer.
            CaptureError: the server is gone.
            Interrupted: it was stopped.
        """
        if self._offer is not None and self._offer.is_owner:
            return self._offer.text
        x = connect(self._display)
        try:
            return _request(x, self._pace)
        finally:
            hang_up(x)

    def set(self, text: str) -> None:
        """Own the clipboard and hand this text out; '' empties it.

        Raises:
            ExecutionError: the text is too long for one answer of the X protocol.
            CaptureError: the server is gone.
        """
        offer = _Offer(connect(self._display), text)
        self.close()
        if text:
            self._offer = offer
        else:
            offer.end()

    @property
    def times_taken(self) -> int:
        """How often the text set last was handed out."""
        return self._offer.times_taken if self._offer else 0

    def close(self) -> None:
        """Hand nothing out any more."""
        if self._offer is not None:
            self._offer.end()
            self._offer = None


class _Offer:
    """One text, handed out by a thread until somebody else owns the clipboard."""

    def __init__(self, x: Display, text: str) -> None:
        from Xlib import X

        self.text, self.times_taken, self.is_owner = text, 0, True
        self._x, self._data = x, text.encode()
        if len(self._data) > 4 * x.display.info.max_request_length - 64:
            hang_up(x)
            raise ExecutionError(f"the clipboard takes at most {4 * x.display.info.max_request_length} bytes at once")
        self._targets = {x.intern_atom(name): name for name in _TEXT_TARGETS}
        self._list = x.intern_atom("TARGETS")
        x.set_error_handler(lambda *_: None)  # a window that asked and vanished is no concern
        self._window = x.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        self._window.set_selection_owner(x.intern_atom("CLIPBOARD"), X.CurrentTime)
        x.sync()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="clipboard")
        self._thread.start()

    def end(self) -> None:
        self.is_owner = False
        hang_up(self._x)  # the server takes the clipboard from who has left
        self._thread.join(ANSWER_S)

    def _serve(self) -> None:
        from Xlib import X
        from Xlib.error import ConnectionClosedError

        try:
            while self.is_owner:
                event = self._x.next_event()
                if event.type == X.SelectionRequest:
                    self._answer(event)
                elif event.type == X.SelectionClear:
                    self.is_owner = False
        except (ConnectionClosedError, OSError, ValueError):  # hung up
            self.is_owner = False
        hang_up(self._x)

    def _answer(self, request: Any) -> None:
        from Xlib import X, Xatom
        from Xlib.protocol.event import SelectionNotify

        where = request.property or request.target
        if request.target == self._list:
            request.requestor.change_property(where, Xatom.ATOM, 32, [self._list, *self._targets])
        elif request.target in self._targets:
            request.requestor.change_property(where, request.target, 8, self._encoded(request.target))
        else:
            where = X.NONE
        request.requestor.send_event(
            SelectionNotify(
                time=request.time,
                requestor=request.requestor,
                selection=request.selection,
                target=request.target,
                property=where,
            )
        )
        self.times_taken += request.target in self._targets  # before the asker can know, who may be waited for
        self._x.sync()

    def _encoded(self, target: int) -> bytes:
        return self.text.encode("latin-1", "replace") if self._targets[target] == "STRING" else self._data


def _request(x: Display, pace: Pace) -> str | None:
    from Xlib import X

    selection = x.intern_atom("CLIPBOARD")
    if x.get_selection_owner(selection) == X.NONE:
        return ""
    window = x.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask)
    here = x.intern_atom("VL2AGENT_CLIPBOARD")
    window.convert_selection(selection, x.intern_atom("UTF8_STRING"), here, X.CurrentTime)
    deadline_s = time.monotonic() + OWNER_S
    answer = _next(x, X.SelectionNotify, deadline_s, pace)
    if answer.property == X.NONE:
        return None
    found = window.get_full_property(here, X.AnyPropertyType)
    window.delete_property(here)
    if found is not None and found.property_type == x.intern_atom("INCR"):
        return _in_parts(x, window, here, pace).decode(errors="replace")
    return _bytes(found.value).decode(errors="replace") if found else ""


def _in_parts(x: Display, window: Any, here: int, pace: Pace) -> bytes:
    """Read a long answer: the owner writes the next part when the last one was deleted, an empty one at the end.

    Source: Inter-Client Communication Conventions Manual, 2.7.2 (INCR properties).
    """
    from Xlib import X

    whole = b""
    while True:
        event = _next(x, X.PropertyNotify, time.monotonic() + OWNER_S, pace)
        if event.atom != here or event.state != X.PropertyNewValue:
            continue
        part = window.get_full_property(here, X.AnyPropertyType)
        window.delete_property(here)
        if part is None or not part.value:
            return whole
        whole += _bytes(part.value)


def _next(x: Display, kind: int, deadline_s: float, pace: Pace) -> Any:
    """Wait for an event of one kind."""
    from Xlib.error import ConnectionClosedError

    try:
        while (left_s := deadline_s - time.monotonic()) > 0:
            pace.go_on("while the clipboard was read")
            if not x.pending_events():
                select.select([x.fileno()], [], [], min(left_s, LOOK_S))
            elif (event := x.next_event()).type == kind:
                return event
    except (ConnectionClosedError, OSError) as error:
        raise DisplayLost("the display went away while its clipboard was read") from error
    raise ExecutionError(f"the clipboard's owner does not answer within {OWNER_S:g} s")


def _bytes(value: Any) -> bytes:
    """Return what a property holds: python3-xlib hands out as text what happens to be UTF-8."""
    return value.encode() if isinstance(value, str) else bytes(value)
