"""Draws an action on a picture of the screen: a crosshair, an arrow or a box where it goes, and what it is."""

from __future__ import annotations

import contextlib
import math
from functools import lru_cache
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from vl2agent.actions import Action, AskUser, Click, Done, Drag, Fail, Key, Move, Scroll, TypeText, Wait, Zoom
from vl2agent.geometry import ScreenPoint

COLOR = "#e5007d"
"""A magenta that few themes use."""
LABEL_TEXT = "white"
RADIUS_PX, WIDTH_PX, FONT_PX, PAD_PX = 14, 3, 15, 5
LABEL_CHARACTERS = 70

_Place: TypeAlias = tuple[int, int]
_CLICKS = {1: "click", 2: "double-click", 3: "triple-click"}
_SCROLL = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


def draw_action(
    image: Image.Image, action: Action, origin: ScreenPoint = ScreenPoint(0, 0), denied: str = ""
) -> Image.Image:
    """Return a copy of the picture with the action on it.

    Args:
        image: what the screen shows.
        action: what would be done.
        origin: the screen's pixel that is the picture's top left one.
        denied: why it is not done; it is then crossed out.
    """
    drawn = image.convert("RGB")
    pen = ImageDraw.Draw(drawn)
    place = _mark(pen, action, origin)
    if denied and place is not None:
        _cross(pen, (place[0] - RADIUS_PX - PAD_PX, place[1] - RADIUS_PX - PAD_PX))
    write_label(pen, f"{describe(action)}: {denied}" if denied else describe(action), place, drawn.size)
    return drawn


def describe(action: Action) -> str:
    """Say in a few words what an action does."""
    match action:
        case Click():
            button = "" if action.button == "left" else f"{action.button} "
            return "+".join([*action.modifiers, f"{button}{_CLICKS[action.count]}"])
        case TypeText():
            return f"type {action.shown!r}" + (" and enter" if action.submit else "")
        case Key():
            return f"press {action.keys}"
        case Scroll():
            return f"scroll {action.direction} {action.amount}"
        case Wait():
            return f"wait {action.seconds:g} s"
        case Drag() | Move() | Zoom():
            return action.kind
        case AskUser():
            return f"ask: {action.question}"
        case Done():
            return f"done {action.message}".strip()
        case Fail():
            return f"fail: {action.reason}"


def _mark(pen: ImageDraw.ImageDraw, action: Action, origin: ScreenPoint) -> _Place | None:
    """Draw the place; return where the words go, or None when there is no place."""
    match action:
        case Click() | Move():
            at = _place(action.point, origin)
            _crosshair(pen, at)
        case Scroll():
            at = _place(action.point, origin)
            dx, dy = _SCROLL[action.direction]
            _arrow(pen, at, (at[0] + 4 * RADIUS_PX * dx, at[1] + 4 * RADIUS_PX * dy))
        case Drag():
            at = _place(action.start, origin)
            _crosshair(pen, at)
            _arrow(pen, at, _place(action.end, origin))
        case Zoom():
            box = action.box
            at = (box.left - origin.x, box.top - origin.y)
            pen.rectangle((*at, box.right - 1 - origin.x, box.bottom - 1 - origin.y), outline=COLOR, width=WIDTH_PX)
        case _:
            return None
    return at[0] + RADIUS_PX + PAD_PX, at[1] + RADIUS_PX + PAD_PX


def _place(point: ScreenPoint, origin: ScreenPoint) -> _Place:
    return point.x - origin.x, point.y - origin.y


def _crosshair(pen: ImageDraw.ImageDraw, at: _Place) -> None:
    x, y = at
    pen.circle(at, RADIUS_PX, outline=COLOR, width=WIDTH_PX)
    pen.line((x - 2 * RADIUS_PX, y, x + 2 * RADIUS_PX, y), fill=COLOR)
    pen.line((x, y - 2 * RADIUS_PX, x, y + 2 * RADIUS_PX), fill=COLOR)


def _cross(pen: ImageDraw.ImageDraw, at: _Place) -> None:
    x, y = at
    for slope in (-1, 1):
        ends = (x - 2 * RADIUS_PX, y - slope * 2 * RADIUS_PX, x + 2 * RADIUS_PX, y + slope * 2 * RADIUS_PX)
        pen.line(ends, fill=COLOR, width=WIDTH_PX)


def _arrow(pen: ImageDraw.ImageDraw, start: _Place, end: _Place) -> None:
    pen.line((*start, *end), fill=COLOR, width=WIDTH_PX)
    back = math.atan2(start[1] - end[1], start[0] - end[0])
    for turn in (-0.5, 0.5):
        barb = (end[0] + RADIUS_PX * math.cos(back + turn), end[1] + RADIUS_PX * math.sin(back + turn))
        pen.line((*end, *barb), fill=COLOR, width=WIDTH_PX)


def write_label(
    pen: ImageDraw.ImageDraw, words: str, place: tuple[int, int] | None, size: tuple[int, int], color: str = COLOR
) -> None:
    """Write words in one line on a ground of their own, at a place or at the bottom, moved to stay inside."""
    x, y, right, bottom = label_box(pen, words, place, size)
    pen.rectangle((x, y, right, bottom), fill=color)
    pen.text((x + PAD_PX, y + PAD_PX - 2), _one_line(words), fill=LABEL_TEXT, font=font())


def label_box(
    pen: ImageDraw.ImageDraw, words: str, place: tuple[int, int] | None, size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Say what a label would cover."""
    width, height = round(pen.textlength(_one_line(words), font())) + 2 * PAD_PX, FONT_PX + 2 * PAD_PX
    x, y = place or ((size[0] - width) // 2, size[1] - height)
    x, y = max(0, min(x, size[0] - width)), max(0, min(y, size[1] - height))
    return x, y, x + width, y + height


def _one_line(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LABEL_CHARACTERS else words[: LABEL_CHARACTERS - 1] + "…"


@lru_cache(maxsize=8)
def font(size_px: int = FONT_PX) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Take a font of the system with more than English letters, else Pillow's own."""
    for name in ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "segoeui.ttf", "Arial Unicode.ttf"):
        with contextlib.suppress(OSError):
            return ImageFont.truetype(name, size_px)
    return ImageFont.load_default(size_px)
