"""Sends nothing: checks each action as the real executors do, and draws what it would have done."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vl2agent.actions import Action, Button, Key, TypeText, points_of
from vl2agent.contracts import Screen
from vl2agent.errors import RecordingError
from vl2agent.executor.drawing import draw_action
from vl2agent.executor.keyboard import typable
from vl2agent.executor.keys import parse_chord, parse_key
from vl2agent.executor.onscreen import require_on_screen
from vl2agent.geometry import ScreenPoint
from vl2agent.steps import Frame, Receipt

if TYPE_CHECKING:
    from PIL.Image import Image


class DryRunExecutor:
    """Performs nothing; its receipts say 'dry'.

    Args:
        screen: where the actions would happen. Each one is drawn on a new picture of it, and a point that is on none
            of its displays is refused. Without a screen nothing is drawn, and any point is taken.
        folder: where every picture is saved, as 0001-click.png and so on; the receipt's `detail` has the path.
        shown: what of the screen may be drawn on; a recorder's redaction knows.

    `picture` is the last one drawn.
    """

    def __init__(
        self,
        screen: Screen | None = None,
        folder: str | Path | None = None,
        *,
        shown: Callable[[Frame], Frame] = lambda frame: frame,
    ) -> None:
        self.picture: Image | None = None
        self._shown = shown
        self._screen = screen
        self._folder = Path(folder) if folder is not None else None
        self._count = 0
        self._cursor = ScreenPoint(0, 0)
        self._clipboard = ""

    def perform(self, action: Action) -> Receipt:
        """Check and draw it.

        Raises:
            CoordinateError: a point off the screen.
            KeyNameError: no such key.
            TextNotTypable: the text has control characters.
            CaptureError: the screen gives no picture.
            RecordingError: the picture cannot be saved.
        """
        began_s = time.monotonic()
        self._check(action)
        saved = self._draw(action)
        for point in points_of(action):
            self._cursor = point
        return Receipt(delivery="dry", route="dry run", duration_s=time.monotonic() - began_s, detail=saved)

    def refused(self, action: Action, by: str) -> str:
        """Draw an action that was refused, and who refused it; return where the picture was saved, or nothing.

        Raises:
            CaptureError, RecordingError: as `perform`.
        """
        return self._draw(action, f"denied by {by}")

    def release_all(self) -> None:
        """Nothing is ever held down."""

    def mouse_down(self, button: Button) -> None: ...

    def mouse_up(self, button: Button) -> None: ...

    def key_down(self, key: str) -> None:
        parse_key(key)

    def key_up(self, key: str) -> None:
        parse_key(key)

    def cursor(self) -> ScreenPoint:
        """Return where the last action would have put the pointer."""
        return self._cursor

    def get_clipboard(self) -> str:
        """Return what was set here; the real clipboard is neither read nor changed."""
        return self._clipboard

    def set_clipboard(self, text: str) -> None:
        self._clipboard = text

    def _check(self, action: Action) -> None:
        if isinstance(action, Key):
            parse_chord(action.keys)
        elif isinstance(action, TypeText):
            typable(action.text)
        if self._screen is not None:
            require_on_screen(action, self._screen.displays)

    def _draw(self, action: Action, denied: str = "") -> str:
        """Draw on a new picture; return where that was saved, or nothing."""
        if self._screen is None:
            return ""
        frame = self._shown(self._screen.grab())
        self.picture = draw_action(frame.image, action, ScreenPoint(frame.region.left, frame.region.top), denied)
        if self._folder is None:
            return ""
        self._count += 1
        path = self._folder / f"{self._count:04}-{action.kind}{'-denied' if denied else ''}.png"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.picture.save(path)
        except OSError as error:
            raise RecordingError(path, f"the picture cannot be saved: {error}") from error
        return str(path)
