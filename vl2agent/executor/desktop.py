"""Acts on a person's own desktop through pyautogui: Windows, macOS and X11.

pyautogui's own `write` loses every character that is not ASCII, and mistakes some that are, so text is pasted unless
it is plain letters. Its fail-safe takes our own pointer in a corner for a person's; here whoever pushes the pointer
there stops the run, and a pointer that was put there does not.
"""

from __future__ import annotations

import contextlib
import re
import sys
import time
import warnings
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from vl2agent.actions import Action, Button, Click, Drag, Key, Move, Scroll, TypeText, Wait
from vl2agent.errors import DisplayLost, ExecutionError, Interrupted, KeyNameError
from vl2agent.executor.cut_short import tell_cut_short
from vl2agent.executor.keyboard import typable
from vl2agent.executor.keys import Chord, parse_chord, parse_key
from vl2agent.executor.onscreen import require_on_screen
from vl2agent.executor.unbroken import Unbroken
from vl2agent.geometry import Display, LogicalPoint, ScreenBox, ScreenPoint
from vl2agent.pace import Pace, Stop
from vl2agent.steps import Receipt
from vl2agent.xdisplay import connect, disconnect, display_name

_KEYS = {"\n": "enter", "\t": "tab"}
X11 = sys.platform.startswith("linux")
PASTE_S = 0.3
"""How long an application gets to fetch what it is told to paste, before the old text is put back."""
DRAG_S, DRAG_STEPS = 0.3, 16
"""Applications tell a drag from a click by movement that they see happen."""
NOTCH = 120 if sys.platform == "win32" else 1
"""What pyautogui calls one notch of the wheel."""
PLAIN = re.compile(r"[A-Za-z ]{1,100}")
"""Text that is the same key events on every layout with Latin letters."""
PASTE = Chord(("super",) if sys.platform == "darwin" else ("ctrl",), "v")
PYAUTOGUI_NAMES: Mapping[str, str] = {
    "super": "command" if sys.platform == "darwin" else "winleft",
    "menu": "apps",
    **({"alt": "option"} if sys.platform == "darwin" else {}),
}


class DesktopExecutor:
    """Performs actions through pyautogui; also has the primitives of contracts.Primitives.

    The clipboard's text is put back after pasting; other content (a picture, files) is lost.

    Args:
        displays: the monitors, as the screen that is looked at has them; by default the primary one, unscaled.

    Raises:
        NoDisplay: there is no desktop.
        ExecutionError: pyautogui is not installed, or does not start here.
    """

    def __init__(self, displays: Sequence[Display] = ()) -> None:
        self._gui = Unbroken(_pyautogui())
        self._displays = tuple(displays) or (self._primary(),)
        self._pace, self._left_at = Pace(), self._gui.position()
        self._clipboard = _clipboard(self._pace)
        self._keys: list[str] = []
        self._buttons: list[Button] = []
        self._at_exit = weakref.finalize(self, _release, self._gui, self._keys, self._buttons)

    def stopping_on(self, stop: Stop) -> AbstractContextManager[None]:
        """Break off between two events as soon as `stop` is set, while entered."""
        return self._pace.stopping_on(stop)

    def perform(self, action: Action) -> Receipt:
        began_s = time.monotonic()
        try:
            with self._errors(action):
                require_on_screen(action, self._displays)
                self._go_on("before anything was sent")
                route = self._do(action)
                self._left_at = self._gui.position()
        except Interrupted as error:
            tell_cut_short(error, action, began_s)
            raise
        return Receipt(delivery="sent", route=route, duration_s=time.monotonic() - began_s)

    def release_all(self) -> None:
        _release(self._gui, self._keys, self._buttons)

    def mouse_down(self, button: Button) -> None:
        with self._errors():
            self._button_down(button)

    def mouse_up(self, button: Button) -> None:
        with self._errors():
            self._button_up(button)

    def key_down(self, key: str) -> None:
        with self._errors():
            self._key_down(parse_key(key))

    def key_up(self, key: str) -> None:
        with self._errors():
            self._key_up(parse_key(key))

    def cursor(self) -> ScreenPoint:
        with self._errors():
            return self._displays[0].to_physical(LogicalPoint(*self._gui.position()))

    def get_clipboard(self) -> str:
        return self._clipboard.get() or ""

    def set_clipboard(self, text: str) -> None:
        self._clipboard.set(text)

    def _do(self, action: Action) -> str:
        match action:
            case Click():
                self._move(action.point)
                with self._holding(action.modifiers):
                    self._gui.click(button=action.button, clicks=action.count)
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
                self._pace.rest(action.seconds, f"while it waited for {action.seconds:g} s")
                return "wait"
            case _:
                return "none"
        return "pyautogui"

    def _go_on(self, so_far: str) -> None:
        """Return unless somebody stops it, or has pushed the pointer into a corner since it was last moved here."""
        self._pace.go_on(so_far)
        at = self._gui.position()
        if at != self._left_at and tuple(at) in self._gui.FAILSAFE_POINTS:
            raise Interrupted(f"stopped by the pointer, which was pushed into a corner of the screen, {so_far}")

    def _type(self, action: TypeText) -> str:
        """Type letters, paste all else; line ends and tabs are keys."""
        text = typable(action.text)
        pasted = [run for run in re.split(r"[\n\t]", text) if run and not PLAIN.fullmatch(run)]
        with self._restoring_clipboard() if pasted else contextlib.nullcontext():
            typed = 0
            for run in re.findall(r"[\n\t]|[^\n\t]+", text):
                self._go_on(f"after {typed} of {len(text)} characters")
                typed += len(run)
                if run in _KEYS:
                    self._press(Chord((), _KEYS[run]))
                elif PLAIN.fullmatch(run):
                    self._gui.write(run)
                else:
                    self._paste(run)
        if action.submit:
            self._press(Chord((), "enter"))
        return "clipboard" if pasted else "keys"

    def _paste(self, text: str) -> None:
        self._clipboard.set(text)
        self._press(PASTE)
        self._pace.stop.wait(PASTE_S)

    @contextlib.contextmanager
    def _restoring_clipboard(self) -> Iterator[None]:
        old = self._clipboard.get() or ""
        try:
            yield
        finally:
            self._clipboard.set(old)

    def _press(self, chord: Chord) -> None:
        with self._holding(tuple(chord)):
            pass

    def _drag(self, action: Drag) -> None:
        start, end = self._logical(action.start), self._logical(action.end)
        self._move(action.start)
        self._button_down("left")
        for step in range(1, DRAG_STEPS + 1):
            part = step / DRAG_STEPS
            self._gui.moveTo(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)
            self._pace.rest(DRAG_S / DRAG_STEPS, "on the way, where the button was released")
        self._button_up("left")

    def _move(self, point: ScreenPoint) -> None:
        at = self._logical(point)
        self._gui.moveTo(at.x, at.y)

    def _logical(self, point: ScreenPoint) -> LogicalPoint:
        display = next(display for display in self._displays if display.box.contains(point))
        return display.to_logical(point)

    @contextlib.contextmanager
    def _holding(self, keys: Sequence[str]) -> Iterator[None]:
        for key in keys:
            self._name(key)  # all are known before any is pressed
        for key in keys:
            self._key_down(key)
        yield
        for key in reversed(keys):
            self._key_up(key)

    def _key_down(self, key: str) -> None:
        name = self._name(key)
        self._keys.append(name)
        self._gui.keyDown(name)

    def _key_up(self, key: str) -> None:
        name = self._name(key)
        self._gui.keyUp(name)
        self._keys[:] = [held for held in self._keys if held != name]

    def _button_down(self, button: Button) -> None:
        self._buttons.append(button)
        self._gui.mouseDown(button=button)

    def _button_up(self, button: Button) -> None:
        self._gui.mouseUp(button=button)
        self._buttons[:] = [held for held in self._buttons if held != button]

    def _name(self, key: str) -> str:
        """Translate a standard key name; pyautogui passes over names it does not know.

        Raises:
            KeyNameError: it has no such key.
        """
        name = PYAUTOGUI_NAMES.get(key, key)
        if not self._gui.isValidKey(name):
            raise KeyNameError(key)
        return name

    def _primary(self) -> Display:
        size = self._gui.size()
        return Display("primary", ScreenBox(0, 0, size.width, size.height))

    @contextlib.contextmanager
    def _errors(self, action: Action | None = None) -> Iterator[None]:
        """Release everything on every way out but the good one, and raise our own errors."""
        try:
            yield
        except BaseException as error:  # a person's interrupt too
            self.release_all()
            if isinstance(error, _gone()):
                raise DisplayLost(f"the desktop went away: {error}") from error
            if isinstance(error, (self._gui.PyAutoGUIException, OSError)):
                raise ExecutionError(f"pyautogui did not do it: {error}", action) from error
            raise


class TextClipboard(Protocol):
    """Where text to paste is put."""

    def get(self) -> str | None: ...
    def set(self, text: str) -> None: ...


class SystemClipboard:
    """The clipboard of Windows or macOS, through pyperclip."""

    def get(self) -> str | None:
        import pyperclip  # type: ignore[import-untyped]

        return str(pyperclip.paste())

    def set(self, text: str) -> None:
        import pyperclip

        pyperclip.copy(text)


def _clipboard(pace: Pace) -> TextClipboard:
    if not X11:
        return SystemClipboard()
    from vl2agent.executor.clipboard import Clipboard

    return Clipboard(display_name(), pace)


def _pyautogui() -> Any:
    """Import pyautogui, which connects to the desktop as it is imported.

    Raises:
        NoDisplay: there is no desktop.
        ExecutionError: it is not installed, or does not start here.
    """
    if X11:
        disconnect(connect())  # a clear error when there is no server
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its sources have escapes that Python warns about
            import pyautogui
    except ImportError as error:
        raise ExecutionError(
            f"expected pyautogui to act on this desktop ({error}); try: pip install pyautogui"
        ) from error
    except SystemExit as error:  # so says its dependency mouseinfo
        raise ExecutionError("pyautogui needs tkinter; try: apt-get install python3-tk") from error
    pyautogui.FAILSAFE, pyautogui.PAUSE = False, 0
    return pyautogui


def _gone() -> tuple[type[Exception], ...]:
    """What a vanished desktop raises."""
    if not X11:
        return ()
    from Xlib.error import ConnectionClosedError

    return (ConnectionClosedError, ConnectionError)


def _release(gui: Any, keys: list[str], buttons: list[Button]) -> None:
    """Release what is held; a desktop that is gone holds nothing."""
    with contextlib.suppress(gui.PyAutoGUIException, OSError, *_gone()):
        while keys:
            gui.keyUp(keys.pop())
        while buttons:
            gui.mouseUp(button=buttons.pop())
