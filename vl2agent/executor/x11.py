"""Acts on an X server: the sandbox's, or the desktop of an X11 session."""

from __future__ import annotations

import threading
import time
import weakref
from typing import Self

from vl2agent.actions import Action, Button, Click, Drag, Key, Modifier, Move, Scroll, TypeText, Wait, points_of
from vl2agent.errors import CoordinateError, KeyNameError
from vl2agent.executor.keymap import Keymap, Stroke, symbol_of
from vl2agent.executor.keys import Chord, parse_chord, parse_key
from vl2agent.executor.xtest import XTest
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.steps import Receipt

BUTTONS: dict[Button, int] = {"left": 1, "middle": 2, "right": 3}
WHEEL = {"up": 4, "down": 5, "left": 6, "right": 7}
DRAG_STEPS = 16
DRAG_STEP_S = 0.008
DRAG_REST_S = 0.04
"""Applications tell a drag from a click by movement that they see happen: rests at both ends, motion between."""


class X11Executor:
    """Performs actions through XTEST; also has the primitives of contracts.Primitives.

    Args:
        display: name of the X server, such as ':5'; None takes DISPLAY.

    Raises:
        NoDisplay: there is no such server.
    """

    def __init__(self, display: str | None = None) -> None:
        self._x = XTest(display)
        self._lock = threading.RLock()
        self._at_exit = weakref.finalize(self, self._x.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release everything and leave the server."""
        self._at_exit()

    def perform(self, action: Action) -> Receipt:
        began_s = time.monotonic()
        with self._lock:
            try:
                self._require_on_screen(action)
                route = self._do(action)
                self._x.sync()
            except BaseException:  # a person's interrupt too: nothing stays down
                self.release_all()
                raise
        return Receipt(delivery="sent", route=route, duration_s=time.monotonic() - began_s)

    def release_all(self) -> None:
        self._x.release_all()

    def _do(self, action: Action) -> str:
        match action:
            case Click():
                self._click(action)
            case Drag():
                self._drag(action)
            case Scroll():
                self._scroll(action)
            case Move():
                self._x.move(action.point.x, action.point.y)
            case Key():
                self._press(parse_chord(action.keys))
            case TypeText():
                self._type(action.text)
                if action.submit:
                    self._press(Chord((), "enter"))
            case Wait():
                time.sleep(action.seconds)
            case _:
                return "nothing to send"
        return "xtest"

    def _click(self, action: Click) -> None:
        self._x.move(action.point.x, action.point.y)
        with_keys = [self._keycode(modifier) for modifier in action.modifiers]
        for keycode in with_keys:
            self._x.key(keycode, down=True)
        for _ in range(action.count):
            self._x.button(BUTTONS[action.button], down=True)
            self._x.button(BUTTONS[action.button], down=False)
        for keycode in reversed(with_keys):
            self._x.key(keycode, down=False)

    def _drag(self, action: Drag) -> None:
        start, end = action.start, action.end
        self._x.move(start.x, start.y)
        self._x.button(1, down=True)
        self._rest(DRAG_REST_S)
        for step in range(1, DRAG_STEPS + 1):
            part = step / DRAG_STEPS
            self._x.move(round(start.x + (end.x - start.x) * part), round(start.y + (end.y - start.y) * part))
            self._rest(DRAG_STEP_S)
        self._rest(DRAG_REST_S)
        self._x.button(1, down=False)

    def _scroll(self, action: Scroll) -> None:
        self._x.move(action.point.x, action.point.y)
        for _ in range(action.amount):
            self._x.button(WHEEL[action.direction], down=True)
            self._x.button(WHEEL[action.direction], down=False)

    def _press(self, chord: Chord) -> None:
        stroke = self._stroke(chord.key)
        held = dict.fromkeys([*(self._keycode(modifier) for modifier in chord.modifiers), *stroke.held])
        for keycode in (*held, stroke.keycode):
            self._x.key(keycode, down=True)
        for keycode in (stroke.keycode, *reversed(held)):
            self._x.key(keycode, down=False)

    def _type(self, text: str) -> None:
        for character in text:
            self._press(Chord((), {"\n": "enter", "\t": "tab"}.get(character, character)))

    def _rest(self, seconds: float) -> None:
        self._x.sync()
        time.sleep(seconds)

    def _keycode(self, key: Modifier | str) -> int:
        return self._stroke(key).keycode

    def _stroke(self, key: str) -> Stroke:
        keymap = self._x.ask(Keymap.read)
        if len(key) == 1:
            stroke = keymap.stroke(key)
        else:
            keycode = keymap.keycode(symbol_of(key))
            stroke = Stroke(keycode) if keycode else None
        if stroke is None:
            raise KeyNameError(key)
        return stroke

    def _require_on_screen(self, action: Action) -> None:
        points = points_of(action)
        if not points:
            return
        screen = self._screen_box()
        for point in points:
            if not screen.contains(point):
                raise CoordinateError(point, f"the screen {screen}")

    def _screen_box(self) -> ScreenBox:
        size = self._x.ask(lambda x: x.screen().root.get_geometry())
        return ScreenBox(0, 0, size.width, size.height)

    # --- primitives ---

    def mouse_down(self, button: Button) -> None:
        self._x.button(BUTTONS[button], down=True)
        self._x.sync()

    def mouse_up(self, button: Button) -> None:
        self._x.button(BUTTONS[button], down=False)
        self._x.sync()

    def key_down(self, key: str) -> None:
        self._x.key(self._keycode(parse_key(key)), down=True)
        self._x.sync()

    def key_up(self, key: str) -> None:
        self._x.key(self._keycode(parse_key(key)), down=False)
        self._x.sync()

    def cursor(self) -> ScreenPoint:
        at = self._x.ask(lambda x: x.screen().root.query_pointer())
        return ScreenPoint(at.root_x, at.root_y)
