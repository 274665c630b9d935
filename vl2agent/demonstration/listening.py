"""Listen to everything that mouse and keyboard do on an X server, whoever moves them (the RECORD extension).

Events come in order and complete, each with the server's time; nothing is swallowed or changed on its way to the
applications. One connection is given to the recording, another one asks for the layout.
"""

from __future__ import annotations

import contextlib
import struct
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Self

from vl2agent.demonstration.events import ButtonEvent, InputEvent, KeyEvent, MotionEvent
from vl2agent.demonstration.layout import Layout
from vl2agent.errors import CaptureError, DisplayLost
from vl2agent.geometry import ScreenPoint
from vl2agent.xdisplay import connect, disconnect, display_name

if TYPE_CHECKING:
    from Xlib.display import Display

_EVENT = struct.Struct("=BBHIIIIhhhhHBx")
"""type, keycode or button, sequence number, time, root, event, child, root x, root y, event x, event y, modifiers, same."""
_KEY_PRESS, _KEY_RELEASE, _BUTTON_PRESS, _BUTTON_RELEASE, _MOTION = range(2, 7)
_MAPPING_NOTIFY = 34
ANSWER_S = 5.0
"""Longest wait for the server to begin, and to end."""
_WRAP_MS = 2**32


class Listening:
    """Hears mouse and keyboard from entering to leaving.

    Args:
        display: name of the X server; None takes DISPLAY.

    Raises on entering:
        NoDisplay: there is no such server.
        CaptureError: it has no RECORD extension.
    """

    def __init__(self, display: str | None = None) -> None:
        self._name = display_name(display)
        self._heard: deque[InputEvent] = deque()
        self._thread = threading.Thread(target=self._listen, name="vl2agent-listening", daemon=True)
        self._error: BaseException | None = None
        self._begun = threading.Event()
        self._late_s: float | None = None

    def __enter__(self) -> Self:
        self._asking = connect(self._name)
        try:
            if not self._asking.has_extension("RECORD"):
                raise CaptureError(f"display {self._name} has no RECORD extension, which tells what a person does")
            self._layout = Layout.read(self._asking)
            self._recording = connect(self._name)
            self._context = _everything(self._recording)
        except BaseException:
            disconnect(self._asking)
            raise
        self._thread.start()
        self._begun.wait(ANSWER_S)  # from here on nothing is missed
        return self

    def __exit__(self, *_: object) -> None:
        from Xlib.error import ConnectionClosedError

        with contextlib.suppress(ConnectionClosedError, OSError):  # a server that is gone has ended it by itself
            self._asking.record_disable_context(self._context)
            self._asking.flush()
        self._thread.join(ANSWER_S)
        disconnect(self._recording)
        disconnect(self._asking)

    def take(self) -> list[InputEvent]:
        """Return what was heard since the last time, in order.

        Raises:
            DisplayLost: the server went away; what was heard before was returned.
        """
        taken = [self._heard.popleft() for _ in range(len(self._heard))]
        if self._error is not None and not taken:
            raise DisplayLost(f"display {self._name} went away") from self._error
        return taken

    # --- in the listening thread -------------------------------------------------------------------------------

    def _listen(self) -> None:
        try:
            self._recording.record_enable_context(self._context, self._hear)
            self._recording.record_free_context(self._context)
        except BaseException as error:  # noqa: BLE001  the reader gets it
            self._error = error
        finally:
            self._begun.set()

    def _hear(self, reply: Any) -> None:
        from Xlib.ext import record

        if reply.category == record.StartOfData:
            self._begun.set()
        if reply.category != record.FromServer:
            return
        data: bytes = reply.data
        for start in range(0, len(data) - _EVENT.size + 1, _EVENT.size):
            event = self._event(*_EVENT.unpack_from(data, start))
            if event is not None:
                self._heard.append(event)

    def _event(
        self,
        kind: int,
        detail: int,
        _: int,
        time_ms: int,
        root: int,
        event: int,
        child: int,
        x: int,
        y: int,
        *rest: int,
    ) -> InputEvent | None:
        state = rest[2]
        at_s = self._moment(time_ms)
        if kind == _MOTION:
            return MotionEvent(at_s, ScreenPoint(x, y))
        if kind in (_BUTTON_PRESS, _BUTTON_RELEASE):
            return ButtonEvent(at_s, kind == _BUTTON_PRESS, detail, ScreenPoint(x, y), self._layout.held(state))
        if kind in (_KEY_PRESS, _KEY_RELEASE):
            self._refresh()
            symbol, plain = self._layout.symbol(detail, state), self._layout.plain(detail, state)
            return KeyEvent(at_s, kind == _KEY_PRESS, symbol, plain, self._layout.held(state))
        return None

    def _refresh(self) -> None:
        """Read the layout again once it has changed, as it does when a person switches, or a tool lends itself keys."""
        changed = False
        while self._asking.pending_events():
            changed |= self._asking.next_event().type == _MAPPING_NOTIFY
        if changed:
            self._layout = Layout.read(self._asking)

    def _moment(self, time_ms: int) -> float:
        """Tell when an event was, on our clock: by how much the least late one before it came late."""
        now_s = time.monotonic()
        late_s = (now_s - time_ms / 1000) % (_WRAP_MS / 1000)
        if self._late_s is None or late_s < self._late_s:
            self._late_s = late_s
        return now_s - (late_s - self._late_s)


def _everything(x: Display) -> int:
    """Set up a recording of all devices."""
    from Xlib.ext import record

    nothing = {"core_requests": (0, 0), "core_replies": (0, 0), "ext_requests": (0, 0, 0, 0)}
    wanted = nothing | {
        "ext_replies": (0, 0, 0, 0),
        "delivered_events": (0, 0),
        "device_events": (_KEY_PRESS, _MOTION),
        "errors": (0, 0),
        "client_started": False,
        "client_died": False,
    }
    context: int = x.record_create_context(0, [record.AllClients], [wanted])
    x.sync()
    return context
