"""Acts on the desktop of the person who runs this, through pyautogui: Windows, macOS, and X11 where it is wanted.

On X11 `X11Executor` does more: it knows layouts, types any character as keys, and says whether a paste arrived.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from vl2agent.actions import Action, Button, Click, Drag, Key, Move, Scroll, TypeText, Wait, points_of
from vl2agent.errors import (
    CoordinateError,
    DisplayLost,
    ExecutionError,
    KeyNameError,
    NoDisplay,
    TextNotTypable,
    VL2AgentError,
)
from vl2agent.executor.keyboard import typable
from vl2agent.executor.keys import Chord, parse_chord, parse_key
from vl2agent.geometry import Display, ScreenBox, ScreenPoint
from vl2agent.steps import Receipt

SAFE_AS_KEYS = re.compile(r"[a-z \n\t]*")
"""What pyautogui types right on every layout: it drops what is not ASCII, and takes '<' for '>'."""
DRAG_STEPS, DRAG_STEP_S, DRAG_REST_S = 16, 0.008, 0.04
PASTE_REST_S = 0.4
"""Rest before the old clipboard is put back, where nobody tells when the new one was taken."""
PASTE_S = 2.0
NOTCH = 120 if sys.platform == "win32" else 1
"""What pyautogui takes for one notch of the wheel."""
_SUPER = {"darwin": "command", "win32": "winleft"}.get(sys.platform, "winleft")
_NAMES = {"super": _SUPER, "menu": "apps", "alt": "option" if sys.platform == "darwin" else "alt"}


class _Clipboard(Protocol):
    def get(self) -> str | None: ...
    def set(self, text: str) -> None: ...


class DesktopExecutor:
    """Performs actions through pyautogui; also has the primitives of contracts.Primitives.

    The pointer in a corner of the screen stops everything (pyautogui's fail-safe). Text other than small letters is
    pasted, and what was on the clipboard is put back.

    Args:
        displays: the monitors, where there are several or, on macOS, where they are scaled; none takes the primary one.

    Raises:
        NoDisplay: there is no desktop, or pyautogui cannot be used here.
    """

    def __init__(self, displays: Sequence[Display] = ()) -> None:
        self._gui = _load()
        self._gui.PAUSE, self._gui.FAILSAFE = 0, True
        self._displays = tuple(displays)
        self._clipboard = _clipboard()
        self._held: dict[tuple[str, str], None] = {}
        self._lock = threading.RLock()

    def perform(self, action: Action) -> Receipt:
        began_s = time.monotonic()
        with self._lock:
            try:
                self._require_on_screen(action)
                with self._errors(action):
                    outcome = self._do(action)
            except BaseException:  # a person's interrupt too: nothing stays down
                self.release_all()
                raise
        return outcome.model_copy(update={"duration_s": time.monotonic() - began_s})

    def release_all(self) -> None:
        fail_safe, self._gui.FAILSAFE = self._gui.FAILSAFE, False  # it must not keep a key down
        try:
            for kind, name in reversed(list(self._held)):
                with contextlib.suppress(VL2AgentError), self._errors():
                    (self._gui.keyUp if kind == "key" else self._button_up)(name)
        finally:
            self._held.clear()
            self._gui.FAILSAFE = fail_safe

    def _do(self, action: Action) -> Receipt:
        match action:
            case Click():
                self._click(action)
            case Drag():
                self._drag(action)
            case Scroll():
                self._move(action.point)
                turn = self._gui.vscroll if action.direction in ("up", "down") else self._gui.hscroll
                turn(action.amount * NOTCH * (1 if action.direction in ("up", "right") else -1))
            case Move():
                self._move(action.point)
            case Key():
                self._press(parse_chord(action.keys))
            case TypeText():
                return self._type(action)
            case Wait():
                time.sleep(action.seconds)
                return _sent("wait")
            case _:
                return _sent("none")
        return _sent("pyautogui")

    def _click(self, action: Click) -> None:
        self._move(action.point)
        for modifier in action.modifiers:
            self._key_down(modifier)
        for _ in range(action.count):
            self.mouse_down(action.button)
            self.mouse_up(action.button)
        for modifier in reversed(action.modifiers):
            self._key_up(modifier)

    def _drag(self, action: Drag) -> None:
        start, end = action.start, action.end
        self._move(start)
        self.mouse_down("left")
        time.sleep(DRAG_REST_S)
        for step in range(1, DRAG_STEPS + 1):
            part = step / DRAG_STEPS
            self._move(
                ScreenPoint(round(start.x + (end.x - start.x) * part), round(start.y + (end.y - start.y) * part))
            )
            time.sleep(DRAG_STEP_S)
        time.sleep(DRAG_REST_S)
        self.mouse_up("left")

    def _press(self, chord: Chord) -> None:
        for key in chord:
            self._require_key(key)
        for key in chord:
            self._key_down(key)
        for key in reversed(list(chord)):
            self._key_up(key)

    def _type(self, action: TypeText) -> Receipt:
        text = typable(action.text)
        if SAFE_AS_KEYS.fullmatch(text):
            for character in text:
                self._press(Chord((), {"\n": "enter", "\t": "tab", " ": "space"}.get(character, character)))
            receipt = _sent("keys")
        else:
            receipt = self._paste(text)
        if action.submit:
            self._press(Chord((), "enter"))
        return receipt

    def _paste(self, text: str) -> Receipt:
        old = self._clipboard.get()
        if old is None:
            raise TextNotTypable(text, "it would be pasted, and what is on the clipboard could not be put back")
        self._clipboard.set(text)
        try:
            time.sleep(PASTE_REST_S / 4)  # clipboard managers take it now
            before = getattr(self._clipboard, "times_taken", None)
            self._press(Chord(("super",) if sys.platform == "darwin" else ("ctrl",), "v"))
            taken = self._wait_until_taken(before)
            time.sleep(PASTE_REST_S)
        finally:
            self._clipboard.set(old)
        if taken:
            return _sent("clipboard")
        return Receipt(delivery="uncertain", route="clipboard", duration_s=0, detail="pasted; not seen to be taken")

    def _wait_until_taken(self, before: int | None) -> bool:
        """Wait until the clipboard was read, where it tells (X11)."""
        deadline_s = time.monotonic() + PASTE_S
        while before is not None and time.monotonic() < deadline_s:
            if getattr(self._clipboard, "times_taken", before) > before:
                return True
            time.sleep(0.005)
        return False

    def _move(self, point: ScreenPoint) -> None:
        x, y = self._to_gui(point)
        self._gui.moveTo(x, y)

    def _to_gui(self, point: ScreenPoint) -> tuple[int, int]:
        """Give a point in pyautogui's pixels: logical on macOS, physical elsewhere."""
        display = next((d for d in self._displays if d.box.contains(point)), None)
        if display is None or sys.platform != "darwin":
            return point.x, point.y
        logical = display.to_logical(point)
        return int(logical.x), int(logical.y)

    def _key_down(self, key: str) -> None:
        name = self._require_key(key)
        self._held["key", name] = None
        self._gui.keyDown(name)

    def _key_up(self, key: str) -> None:
        name = self._require_key(key)
        self._gui.keyUp(name)
        self._held.pop(("key", name), None)

    def _button_up(self, button: str) -> None:
        self._gui.mouseUp(button=button)

    def _require_key(self, key: str) -> str:
        """Return pyautogui's name for a key; it ignores keys that it does not have."""
        name = _NAMES.get(key, key)
        if not self._gui.platformModule.keyboardMapping.get(name):
            raise KeyNameError(key)
        return name

    def _require_on_screen(self, action: Action) -> None:
        points = points_of(action)
        if not points:
            return
        with self._errors(action):
            width, height = self._gui.size()
        boxes = [display.box for display in self._displays] or [ScreenBox(0, 0, width, height)]
        for point in points:
            if not any(box.contains(point) for box in boxes):
                raise CoordinateError(point, f"the screen {' '.join(map(str, boxes))}")

    @contextlib.contextmanager
    def _errors(self, action: Action | None = None) -> Iterator[None]:
        """Turn pyautogui's errors into ours."""
        try:
            yield
        except self._gui.FailSafeException as error:
            raise ExecutionError(
                "the pointer is in a corner of the screen: stopped by the fail-safe", action
            ) from error
        except self._gui.PyAutoGUIException as error:
            raise ExecutionError(f"pyautogui did not do it: {error}", action) from error
        except OSError as error:
            raise DisplayLost(f"the desktop went away: {error}") from error

    # --- primitives ---

    def mouse_down(self, button: Button) -> None:
        self._held["button", button] = None
        with self._errors():
            self._gui.mouseDown(button=button)

    def mouse_up(self, button: Button) -> None:
        with self._errors():
            self._button_up(button)
        self._held.pop(("button", button), None)

    def key_down(self, key: str) -> None:
        with self._errors():
            self._key_down(parse_key(key))

    def key_up(self, key: str) -> None:
        with self._errors():
            self._key_up(parse_key(key))

    def cursor(self) -> ScreenPoint:
        with self._errors():
            x, y = self._gui.position()
        return ScreenPoint(int(x), int(y))

    def get_clipboard(self) -> str:
        return self._clipboard.get() or ""

    def set_clipboard(self, text: str) -> None:
        self._clipboard.set(text)


class _SystemClipboard:
    """The clipboard of Windows and macOS."""

    def get(self) -> str | None:
        import pyperclip  # type: ignore[import-untyped]

        return str(pyperclip.paste())

    def set(self, text: str) -> None:
        import pyperclip

        pyperclip.copy(text)


def _clipboard() -> _Clipboard:
    if sys.platform != "linux":
        return _SystemClipboard()
    from vl2agent.executor.clipboard import Clipboard

    return Clipboard(os.environ["DISPLAY"])


def _load() -> Any:
    """Import pyautogui: it connects to the display as it is imported, and cannot do without its authority file."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        raise NoDisplay("expected an X display, DISPLAY is not set; try a sandbox, or DISPLAY=:0")
    with _authority(), contextlib.redirect_stdout(io.StringIO()):  # python-xlib prints that the file is empty
        try:
            import pyautogui
        except (Exception, SystemExit) as error:  # it raises whatever the platform raises, and exits without tkinter
            raise NoDisplay(f"pyautogui cannot be used here: {error!r}") from error
    return pyautogui


@contextlib.contextmanager
def _authority() -> Iterator[None]:
    """Lend an empty authority file where there is none: python-xlib's own default is one that must exist."""
    before = os.environ.get("XAUTHORITY")
    if sys.platform == "linux" and not Path(before or "~/.Xauthority").expanduser().exists():
        os.environ["XAUTHORITY"] = os.devnull
    try:
        yield
    finally:
        if before is not None:
            os.environ["XAUTHORITY"] = before
        else:
            os.environ.pop("XAUTHORITY", None)


def _sent(route: str) -> Receipt:
    return Receipt(delivery="sent", route=route, duration_s=0)
