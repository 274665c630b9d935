"""What really reached the X server, told by the server itself (its RECORD extension), not by who sent it."""

from __future__ import annotations

import threading
import time
from typing import Any

from Xlib import X
from Xlib.ext import record

from vl2agent.actions import Action, Click, Drag, Key, Scroll, TypeText
from vl2agent.executor.marks import PROPERTY
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Grounded, Received
from vl2agent.xdisplay import connect, disconnect

MODIFIERS = {"ctrl", "shift", "alt", "super"}
QUIET_S = 0.03


class Presses:
    """Counts what is pressed: buttons, and keys that are no modifiers."""

    def __init__(self, display: str) -> None:
        self._asking, self._hearing = connect(display), connect(display)
        self._modifiers = {code for row in self._asking.get_modifier_mapping() for code in row if code}
        self._count, self._last_s = 0, time.monotonic()
        events = {
            "core_requests": (0, 0), "core_replies": (0, 0), "ext_requests": (0, 0, 0, 0), "ext_replies": (0, 0, 0, 0),
            "delivered_events": (0, 0), "device_events": (X.KeyPress, X.ButtonRelease), "errors": (0, 0),
            "client_started": False, "client_died": False,
        }  # fmt: skip
        self._context = self._hearing.record_create_context(0, [record.AllClients], [events])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def count(self) -> int:
        """How many there were, once nothing more comes."""
        self._asking.sync()
        time.sleep(QUIET_S)
        while time.monotonic() - self._last_s < QUIET_S:
            time.sleep(QUIET_S)
        return self._count

    @property
    def held(self) -> str:
        """What is down now, or ""."""
        keys = self._asking.query_keymap()
        down = [8 * byte + bit for byte in range(32) for bit in range(8) if keys[byte] >> bit & 1]
        mask = self._asking.screen().root.query_pointer().mask
        buttons = [number for number in range(1, 6) if mask & (X.Button1Mask << (number - 1))]
        return f"keys {down}, buttons {buttons}" if down or buttons else ""

    @property
    def mark(self) -> str:
        """What the executor last wrote of its action."""
        root = self._asking.screen().root
        found = root.get_full_property(self._asking.get_atom(PROPERTY), X.AnyPropertyType)
        value = found.value if found else ""
        return value if isinstance(value, str) else bytes(value).decode()

    def pointer(self) -> tuple[int, int]:
        """Where it is."""
        at = self._asking.screen().root.query_pointer()
        return at.root_x, at.root_y

    def close(self) -> None:
        """Listen no more."""
        self._asking.record_disable_context(self._context)
        self._asking.sync()
        self._thread.join()
        disconnect(self._hearing)
        disconnect(self._asking)

    def _listen(self) -> None:
        self._hearing.record_enable_context(self._context, self._hear)

    def _hear(self, reply: Any) -> None:
        if reply.category != record.FromServer:
            return
        for at in range(0, len(reply.data), 32):
            kind, detail = reply.data[at] & 0x7F, reply.data[at + 1]
            if kind == X.ButtonPress or (kind == X.KeyPress and detail not in self._modifiers):
                self._count += 1
        self._last_s = time.monotonic()


def presses_of(action: Action, route: str = "") -> int:
    """Count what an action presses."""
    match action:
        case Click():
            return action.count
        case Scroll():
            return action.amount
        case Drag():
            return 1
        case Key():
            return int(action.keys.lower().rpartition("+")[2] not in MODIFIERS)
        case TypeText():
            return (1 if route == "clipboard" else len(action.text)) + action.submit
        case _:
            return 0


def acknowledged(recording: Recording) -> int:
    """Count what the recording says was performed: the presses of every step with a receipt."""
    receipts = {event.step: event.receipt for event in recording.of(Received)}
    actions = {step.number: step.action for step in recording.steps} | {
        event.step: event.action for event in recording.of(Grounded) if event.step > len(recording.steps)
    }
    return sum(
        presses_of(action, receipts[number].route)
        for number, action in actions.items()
        if action and number in receipts
    )
