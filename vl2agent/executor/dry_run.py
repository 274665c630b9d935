"""Performs nothing: checks an action as the real executors do, and draws it on a picture of the screen."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from vl2agent.actions import (
    Action,
    AskUser,
    Click,
    Done,
    Drag,
    Fail,
    Key,
    Move,
    Scroll,
    TypeText,
    Wait,
    Zoom,
    points_of,
)
from vl2agent.contracts import Screen
from vl2agent.errors import CoordinateError
from vl2agent.executor.keyboard import typable
from vl2agent.executor.keys import parse_chord
from vl2agent.geometry import ScreenPoint
from vl2agent.steps import Frame, Receipt

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

INK = (220, 20, 60)
PAPER = (255, 255, 255)
CROSS_PX = 14
ARROW_PX = 12
SCROLL_PX = 40
FONT_PX = 16


class DryRunExecutor:
    """Draws what would be done.

    Args:
        screen: what is drawn on, and what points have to lie on; None draws nothing and takes any point.
        folder: where each picture is written, as 001-click.png and so on; made when it is missing.
    """

    def __init__(self, screen: Screen | None = None, folder: Path | None = None) -> None:
        self._screen, self._folder = screen, folder
        self._count = 0
        self.picture: Image | None = None
        """The last action, drawn."""

    def perform(self, action: Action) -> Receipt:
        began_s = time.monotonic()
        frame = self._screen.grab() if self._screen else None
        _check(action, frame)
        path = self._draw(action, frame) if frame else None
        return Receipt(
            delivery="dry", route="dry run", duration_s=time.monotonic() - began_s, detail=str(path) if path else ""
        )

    def release_all(self) -> None:
        """Let go of nothing: nothing is ever held."""

    def _draw(self, action: Action, frame: Frame) -> Path | None:
        self._count += 1
        self.picture = drawn(action, frame)
        if self._folder is None:
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._count:03}-{action.kind}.png"
        self.picture.save(path)
        return path


def drawn(action: Action, frame: Frame) -> Image:
    """Return a copy of a frame's picture with the action on it: where, how, and in words."""
    from PIL import ImageDraw

    image = frame.image.copy()
    draw = ImageDraw.Draw(image)
    points = [frame.view.point_to_image(point) for point in points_of(action)]
    at = [(point.x, point.y) for point in points]
    for x, y in at:
        _cross(draw, x, y)
    if isinstance(action, Drag):
        _arrow(draw, at[0], at[1])
    elif isinstance(action, Scroll):
        dx, dy = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}[action.direction]
        _arrow(draw, at[0], (at[0][0] + dx * SCROLL_PX, at[0][1] + dy * SCROLL_PX))
    elif isinstance(action, Zoom):
        box = frame.view.box_to_image(action.box)
        draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline=INK, width=2)
        at = [(box.left, box.top)]
    _label(draw, label(action), at[0] if at else (image.width // 2, image.height // 2), image.size)
    return image


def label(action: Action) -> str:
    """Say an action in a few words."""
    match action:
        case Click():
            times = ("", "double ", "triple ")[action.count - 1]
            button = "" if action.button == "left" else f"{action.button} "
            return "+".join([*action.modifiers, f"{times}{button}click"])
        case TypeText():
            shown = action.text if len(action.text) <= 40 else f"{action.text[:39]}…"
            return f"type {shown!r}" + (" and press enter" if action.submit else "")
        case Key():
            return f"press {parse_chord(action.keys)}"
        case Scroll():
            return f"scroll {action.direction} {action.amount}"
        case Wait():
            return f"wait {action.seconds:g} s"
        case AskUser(question=words) | Done(message=words) | Fail(reason=words):
            return f"{action.kind}: {words[:60]}"
        case Drag() | Move() | Zoom():
            return action.kind


def _check(action: Action, frame: Frame | None) -> None:
    """Refuse what a real executor would refuse.

    Raises:
        CoordinateError: a point that is not on the screen.
        KeyNameError: a key that does not exist.
        TextNotTypable: characters that no route has.
    """
    for point in points_of(action):
        _require_inside(point, frame)
    if isinstance(action, Key):
        parse_chord(action.keys)
    elif isinstance(action, TypeText):
        typable(action.text)


def _require_inside(point: ScreenPoint, frame: Frame | None) -> None:
    if frame is not None and not frame.region.contains(point):
        raise CoordinateError(point, f"the screen {frame.region}")


def _cross(draw: ImageDraw, x: int, y: int) -> None:
    """Mark a pixel without covering it."""
    for width, colour in ((5, PAPER), (2, INK)):
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            ends = (x + dx * 4, y + dy * 4, x + dx * CROSS_PX, y + dy * CROSS_PX)
            draw.line(ends, fill=colour, width=width)


def _arrow(draw: ImageDraw, start: tuple[int, int], end: tuple[int, int]) -> None:
    draw.line((*start, *end), fill=PAPER, width=6)
    draw.line((*start, *end), fill=INK, width=3)
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    sides = [
        (end[0] - ARROW_PX * math.cos(angle + turn), end[1] - ARROW_PX * math.sin(angle + turn)) for turn in (0.5, -0.5)
    ]
    draw.polygon([end, *sides], fill=INK)


def _label(draw: ImageDraw, words: str, near: tuple[int, int], size: tuple[int, int]) -> None:
    """Write beside a place, inside the picture."""
    from PIL import ImageFont

    font = ImageFont.load_default(FONT_PX)
    left, top, right, bottom = draw.textbbox((0, 0), words, font=font)
    x = max(4, min(near[0] + CROSS_PX, size[0] - int(right - left) - 8))
    y = max(4, min(near[1] + CROSS_PX, size[1] - int(bottom - top) - 12))
    draw.rectangle((x - 4, y - 2, x + right + 4, y + bottom + 4), fill=INK)
    draw.text((x, y), words, fill=PAPER, font=font)
