"""Acts on an X server: the sandbox's, or the desktop of an X11 session."""

from __future__ import annotations

import threading
import time
import weakref
from contextlib import AbstractContextManager
from typing import Self

from vl2agent.actions import Action, Button, Click, Drag, Key, Move, Scroll, TypeText, Wait, points_of
from vl2agent.errors import CoordinateError, ExecutionError
from vl2agent.executor.clipboard import Clipboard
from vl2agent.executor.cut_short import tell_cut_short
from vl2agent.executor.focus import Focus, focused, wait_until_read
from vl2agent.executor.keyboard import Keyboard, typable
from vl2agent.executor.keys import Chord, parse_chord, parse_key
from vl2agent.executor.marks import Marks
from vl2agent.executor.outliving import Outliving
from vl2agent.executor.xtest import XTest
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.pace import Pace, Stop
from vl2agent.steps import Reached, Receipt

BUTTONS: dict[Button, int] = {"left": 1, "middle": 2, "right": 3}
WHEEL = {"up": 4, "down": 5, "left": 6, "right": 7}
DRAG_STEPS = 16
DRAG_STEP_S = 0.008
DRAG_REST_S = 0.04
"""Applications tell a drag from a click by movement that they see happen: rests at both ends, motion between."""


PASTE_ABOVE = 100
"""Longer texts go through the clipboard, where the application has a chord for that."""
PASTE_S = 2.0
"""How long an application may take to fetch what it is told to paste."""
PASTE_REST_S = 0.1


class X11Executor:
    """Performs actions through XTEST; also has the primitives of contracts.Primitives.

    Receipts name the route of text: 'keys' (the layout has every character), 'spare keys' (some were lent a keycode)
    or 'clipboard' (its old text is put back; an application that did not fetch the new one is 'uncertain').

    Args:
        display: name of the X server, such as ':5'; None takes DISPLAY.
        guarded: somebody else releases what is down should this process be killed, as a sandbox does.

    Raises:
        NoDisplay: there is no such server.
    """

    def __init__(self, display: str | None = None, *, guarded: bool = False) -> None:
        self._x, self._pace = XTest(display), Pace()
        self._x.outliving = None if guarded else Outliving(self._x.name)
        self._marks = Marks(self._x)
        self._keyboard = Keyboard(self._x, self._pace)
        self._clipboard = Clipboard(self._x.name, self._pace)
        self._lock = threading.RLock()
        self._at_exit = weakref.finalize(self, _leave, self._x, self._keyboard, self._clipboard)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release everything and leave the server."""
        self._at_exit()

    def stopping_on(self, stop: Stop) -> AbstractContextManager[None]:
        """Break off between two events as soon as `stop` is set, while entered."""
        return self._pace.stopping_on(stop)

    def perform(self, action: Action) -> Receipt:
        began_s = time.monotonic()
        with self._lock:
            try:
                self._require_on_screen(action)
                self._pace.go_on("before anything was sent")
                self._marks.begin()
                outcome = self._do(action)
                self._marks.end()
                self._x.sync()
            except BaseException as error:  # a person's interrupt too: nothing stays down
                self.release_all()
                tell_cut_short(error, action, began_s)
                raise
        return outcome.model_copy(update={"duration_s": time.monotonic() - began_s})

    def next_mark(self) -> str:
        return self._marks.next()

    def how_far(self, mark: str) -> Reached | None:
        return self._marks.how_far(mark)

    def release_all(self) -> None:
        self._x.before_next = None
        self._x.release_all()
        self._keyboard.give_back()

    def _do(self, action: Action) -> Receipt:
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
                self._keyboard.press(parse_chord(action.keys))
            case TypeText():
                return self._type(action)
            case Wait():
                self._pace.rest(action.seconds, f"while it waited for {action.seconds:g} s")
                return _sent("wait")
            case _:
                return _sent("none")
        return _sent("xtest")

    def _type(self, action: TypeText) -> Receipt:
        text = typable(action.text)
        focus = self._x.ask(focused)
        receipt = self._paste(text, focus) if _is_for_pasting(text, focus) else None
        receipt = receipt or _sent(self._keyboard.type(text, focus, self._marks.typed))
        if action.submit:
            self._keyboard.press(Chord((), "enter"))
        return receipt

    def _paste(self, text: str, focus: Focus) -> Receipt | None:
        """Paste; None, and nothing done, when the clipboard holds what could not be put back."""
        try:
            old = self._clipboard.get()
        except ExecutionError:
            return None
        if old is None:
            return None
        self._clipboard.set(text)
        try:
            self._rest(PASTE_REST_S, "before anything was pasted")  # clipboard managers take it now
            taken = self._clipboard.times_taken
            self._keyboard.press(parse_chord(focus.paste_chord))
            arrived = self._was_taken(taken, focus)
        finally:
            self._clipboard.set(old)
        if arrived:
            return _sent("clipboard")
        return Receipt(delivery="uncertain", route="clipboard", duration_s=0, detail="nothing fetched the pasted text")

    def _was_taken(self, before: int, focus: Focus) -> bool:
        self._x.sync()
        deadline_s = time.monotonic() + PASTE_S
        while self._clipboard.times_taken == before and self._pace.wait(0.005, deadline_s):
            pass
        taken = self._clipboard.times_taken > before
        self._x.ask(lambda x: wait_until_read(x, focus, PASTE_S, self._pace))
        self._rest(PASTE_REST_S, "after it was pasted" if taken else "while it was pasted")  # some ask twice
        return taken

    def _click(self, action: Click) -> None:
        self._x.move(action.point.x, action.point.y)
        for modifier in action.modifiers:
            self._keyboard.hold(modifier)
        for clicked in range(action.count):
            self._pace.go_on(f"after {clicked} of {action.count} clicks")
            self._x.button(BUTTONS[action.button], down=True)
            self._x.button(BUTTONS[action.button], down=False)
        for modifier in reversed(action.modifiers):
            self._keyboard.let_go(modifier)

    def _drag(self, action: Drag) -> None:
        start, end = action.start, action.end
        self._x.move(start.x, start.y)
        self._x.button(1, down=True)
        self._rest(DRAG_REST_S, f"at {start}, where the button was released")
        for step in range(1, DRAG_STEPS + 1):
            part = step / DRAG_STEPS
            at = ScreenPoint(round(start.x + (end.x - start.x) * part), round(start.y + (end.y - start.y) * part))
            self._x.move(at.x, at.y)
            self._rest(DRAG_STEP_S, f"on the way, at {at}, where the button was released")
        self._rest(DRAG_REST_S, f"at {end}, where the button was released")
        self._x.button(1, down=False)

    def _scroll(self, action: Scroll) -> None:
        self._x.move(action.point.x, action.point.y)
        for turned in range(action.amount):
            self._pace.go_on(f"after {turned} of {action.amount} notches")
            self._x.button(WHEEL[action.direction], down=True)
            self._x.button(WHEEL[action.direction], down=False)

    def _rest(self, seconds: float, so_far: str) -> None:
        self._x.sync()
        self._pace.rest(seconds, so_far)

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
        self._keyboard.hold(parse_key(key))

    def key_up(self, key: str) -> None:
        self._keyboard.let_go(parse_key(key))

    @property
    def put_at(self) -> tuple[ScreenPoint, ...]:
        """Where this executor put the pointer within the last second: whatever else moves it is somebody else."""
        since_s = time.monotonic() - 1.0
        return tuple(ScreenPoint(x, y) for at_s, x, y in tuple(self._x.moves) if at_s > since_s)

    def cursor(self) -> ScreenPoint:
        at = self._x.ask(lambda x: x.screen().root.query_pointer())
        return ScreenPoint(at.root_x, at.root_y)

    def get_clipboard(self) -> str:
        return self._clipboard.get() or ""

    def set_clipboard(self, text: str) -> None:
        self._clipboard.set(text)


def _sent(route: str) -> Receipt:
    return Receipt(delivery="sent", route=route, duration_s=0)


def _is_for_pasting(text: str, focus: Focus) -> bool:
    """Tabs move between fields and terminals run lines: both only as keys."""
    if len(text) <= PASTE_ABOVE or "\t" in text or not focus.paste_chord or focus.window is None:
        return False
    return not (focus.is_terminal and "\n" in text)


def _leave(x: XTest, keyboard: Keyboard, clipboard: Clipboard) -> None:
    keyboard.give_back()
    clipboard.close()
    x.close()
