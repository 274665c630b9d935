"""One page of a browser as an executor: real key, pointer and wheel events through Playwright."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from vl2agent.actions import Action, Button, Click, Drag, Key, Move, Scroll, TypeText, Wait
from vl2agent.errors import ExecutionError, KeyNameError
from vl2agent.executor.cut_short import tell_cut_short
from vl2agent.executor.keyboard import typable
from vl2agent.executor.keys import Chord, parse_chord, parse_key
from vl2agent.executor.onscreen import require_on_screen
from vl2agent.geometry import ScreenPoint
from vl2agent.pace import Pace, Stop
from vl2agent.steps import Receipt
from vl2agent.webpage import page_display, page_errors, page_scale, require_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOTCH_CSS_PX = 100
"""What one notch of a wheel scrolls, as Chromium on most systems has it."""
DRAG_MOVES = 12
"""Motion events between the ends of a drag; pages start dragging after the first few."""
KEYED_CHARACTERS = 250
"""Longer texts are inserted whole, as pasting would: a key takes 2 ms, so a page of text would take seconds."""

KEYS_AT_ONCE = 16
LOOK_S = 0.05
"""What is done before it is asked again whether to go on."""

_PLAYWRIGHT_NAMES = {
    "ctrl": "Control", "alt": "Alt", "shift": "Shift", "super": "Meta",
    "enter": "Enter", "escape": "Escape", "tab": "Tab", "space": "Space", "backspace": "Backspace",
    "delete": "Delete", "insert": "Insert", "up": "ArrowUp", "down": "ArrowDown", "left": "ArrowLeft",
    "right": "ArrowRight", "home": "Home", "end": "End", "pageup": "PageUp", "pagedown": "PageDown",
    "capslock": "CapsLock", "numlock": "NumLock", "scrolllock": "ScrollLock", "printscreen": "PrintScreen",
    "pause": "Pause", "menu": "ContextMenu", "volumeup": "AudioVolumeUp", "volumedown": "AudioVolumeDown",
    "volumemute": "AudioVolumeMute", "playpause": "MediaPlayPause", "nexttrack": "MediaTrackNext",
    "prevtrack": "MediaTrackPrevious", **{f"f{number}": f"F{number}" for number in range(1, 13)},
    # characters by their place on the keyboard, so that shift changes them
    **{letter: f"Key{letter.upper()}" for letter in "abcdefghijklmnopqrstuvwxyz"},
    **{digit: f"Digit{digit}" for digit in "0123456789"},
    "-": "Minus", "=": "Equal", "[": "BracketLeft", "]": "BracketRight", "\\": "Backslash", ";": "Semicolon",
    "'": "Quote", "`": "Backquote", ",": "Comma", ".": "Period", "/": "Slash",
}  # fmt: skip
_DIRECTIONS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class PageExecutor:
    """Acts on a Playwright page; points are physical pixels of its viewport, as `PageScreen` shows them.

    Text of plain ASCII arrives as key events, so that the page's key handlers see it; other characters, and long
    texts, are inserted as an input method would. JavaScript dialogs are dismissed, unless the page has a listener.

    Args:
        page: a page of Chromium through `playwright.sync_api`; whoever opened it closes it.

    Raises:
        InputError: not such a page.
        DisplayLost: the page is gone.
    """

    def __init__(self, page: Page) -> None:
        require_page(page)
        self._page = page
        self._scale = page_scale(page)
        self._cursor = ScreenPoint(0, 0)
        self._held_keys: list[str] = []
        self._held_buttons: list[Button] = []
        self._pace = Pace()

    def stopping_on(self, stop: Stop) -> AbstractContextManager[None]:
        """Break off between two events as soon as `stop` is set, while entered."""
        return self._pace.stopping_on(stop)

    def perform(self, action: Action) -> Receipt:
        """Do it; nothing that it pressed stays down.

        Raises:
            CoordinateError: a point outside the viewport.
            KeyNameError: no such key, or none that a page can get.
            TextNotTypable: the text has control characters.
            DisplayLost: the page is gone.
            ExecutionError: the browser did not do it.
        """
        began_s = time.monotonic()
        try:
            with self._errors(action):
                require_on_screen(action, [page_display(self._page, self._scale)])
                self._pace.go_on("before anything was sent")
                route = self._do(action)
        except BaseException as error:  # a person's interrupt too: nothing stays down
            self.release_all()
            tell_cut_short(error, action, began_s)
            raise
        return Receipt(delivery="sent", route=route, duration_s=time.monotonic() - began_s)

    def release_all(self) -> None:
        """Let go of every key and button that is held down; a page that is gone holds nothing."""
        from playwright.sync_api import Error

        with contextlib.suppress(Error):
            while self._held_buttons:
                self._page.mouse.up(button=self._held_buttons.pop())
            while self._held_keys:
                self._page.keyboard.up(self._held_keys.pop())

    def mouse_down(self, button: Button) -> None:
        with self._errors():
            self._button_down(button)

    def mouse_up(self, button: Button) -> None:
        with self._errors():
            self._button_up(button)

    def key_down(self, key: str) -> None:
        name = _playwright_name(parse_key(key))
        with self._errors():
            self._key_down(name)

    def key_up(self, key: str) -> None:
        name = _playwright_name(parse_key(key))
        with self._errors():
            self._key_up(name)

    def cursor(self) -> ScreenPoint:
        """Return where this executor last put the pointer; the page has no other."""
        return self._cursor

    def get_clipboard(self) -> str:
        """Read the browser's clipboard, which is not the desktop's when the browser is headless."""
        with self._errors(), self._clipboard_page() as page:
            return str(page.evaluate("navigator.clipboard.readText()"))

    def set_clipboard(self, text: str) -> None:
        """Write the browser's clipboard."""
        with self._errors(), self._clipboard_page() as page:
            page.evaluate("text => navigator.clipboard.writeText(text)", text)

    def _do(self, action: Action) -> str:
        """Send the events of one action and name the route they took."""
        match action:
            case Click():
                self._click(action)
            case TypeText():
                return self._type(action)
            case Key():
                self._press(parse_chord(action.keys))
            case Scroll():
                self._move(action.point)
                right, down = _DIRECTIONS[action.direction]
                for turned in range(action.amount):
                    self._pace.go_on(f"after {turned} of {action.amount} notches")
                    self._page.mouse.wheel(right * NOTCH_CSS_PX, down * NOTCH_CSS_PX)
            case Drag():
                self._drag(action)
            case Move():
                self._move(action.point)
            case Wait():
                self._wait(action.seconds)
            case _:
                return "nothing to send"
        return "devtools"

    def _wait(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self._pace.go_on(f"while it waited for {seconds:g} s")
            self._page.wait_for_timeout(min(left_s, LOOK_S) * 1000)

    def _drag(self, action: Drag) -> None:
        start, end = action.start, action.end
        self._move(start)
        self._button_down("left")
        for move in range(1, DRAG_MOVES + 1):
            part = move / DRAG_MOVES
            self._move(
                ScreenPoint(round(start.x + (end.x - start.x) * part), round(start.y + (end.y - start.y) * part))
            )
            self._pace.go_on(f"on the way, at {self._cursor}, where the button was released")
        self._button_up("left")

    def _click(self, action: Click) -> None:
        self._move(action.point)
        with self._holding([_playwright_name(modifier) for modifier in action.modifiers]):
            for count in range(1, action.count + 1):
                self._button_down(action.button, count)
                self._button_up(action.button, count)

    def _press(self, chord: Chord) -> None:
        if not chord.modifiers and len(chord.key) == 1 and not chord.key.isascii():
            self._page.keyboard.insert_text(chord.key)  # a key of some layouts, but not of Playwright's
            return
        with self._holding([_playwright_name(key) for key in chord]):
            pass

    @contextlib.contextmanager
    def _holding(self, names: Sequence[str]) -> Iterator[None]:
        for name in names:
            self._key_down(name)
        yield
        for name in reversed(names):
            self._key_up(name)

    def _move(self, point: ScreenPoint) -> None:
        to = page_display(self._page, self._scale).to_logical(point)
        self._page.mouse.move(to.x, to.y)
        self._cursor = point

    def _button_down(self, button: Button, count: int = 1) -> None:
        self._held_buttons.append(button)  # first, so that a button whose fate is not known is released too
        self._page.mouse.down(button=button, click_count=count)

    def _button_up(self, button: Button, count: int = 1) -> None:
        self._page.mouse.up(button=button, click_count=count)
        self._held_buttons = [held for held in self._held_buttons if held != button]

    def _key_down(self, name: str) -> None:
        self._held_keys.append(name)
        self._page.keyboard.down(name)

    def _key_up(self, name: str) -> None:
        self._page.keyboard.up(name)
        self._held_keys = [held for held in self._held_keys if held != name]

    def _type(self, action: TypeText) -> str:
        text = typable(action.text)
        if len(text) > KEYED_CHARACTERS:
            self._page.keyboard.insert_text(text)
            routes = {"insert"}
        else:
            routes, typed = set[str](), 0
            for run in _runs(text):
                self._pace.go_on(f"after {typed} of {len(text)} characters")
                routes.add(self._type_run(run))
                typed += len(run)
        if action.submit:
            self._page.keyboard.press("Enter")
        return "+".join(sorted(routes)) or "keys"

    def _type_run(self, run: str) -> str:
        """Enter a part of a text one way, and name that way."""
        if run in ("\n", "\t"):
            self._page.keyboard.press("Enter" if run == "\n" else "Tab")
        elif run.isascii():
            self._page.keyboard.type(run)
        else:
            self._page.keyboard.insert_text(run)
            return "insert"
        return "keys"

    @contextlib.contextmanager
    def _clipboard_page(self) -> Iterator[Page]:
        """Open a page that may use the clipboard: the own one may not, unless it came over HTTPS or from localhost."""
        browser = self._page.context.browser
        if browser is None:
            raise ExecutionError("expected a page of a browser that can open another context for the clipboard")
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        try:
            page = context.new_page()
            page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=""))
            page.goto("http://localhost/")
            yield page
        finally:
            context.close()

    @contextlib.contextmanager
    def _errors(self, action: Action | None = None) -> Iterator[None]:
        from playwright.sync_api import Error

        try:
            with page_errors(self._page):
                yield
        except Error as error:
            raise ExecutionError(f"the browser did not do it: {error.message.splitlines()[0]}", action) from error


def _runs(text: str) -> list[str]:
    """Split a text where the way to enter it changes, and where it may be stopped; line ends and tabs stand alone."""
    return re.findall(rf"[\n\t]|[\x20-\x7e]{{1,{KEYS_AT_ONCE}}}|[^\n\t\x20-\x7e]+", text)


def _playwright_name(key: str) -> str:
    """Translate a standard key name.

    Raises:
        KeyNameError: Playwright has no such key.
    """
    name = _PLAYWRIGHT_NAMES.get(key, key)
    if name == key and (len(key) != 1 or not key.isascii()):
        raise KeyNameError(key)
    return name
