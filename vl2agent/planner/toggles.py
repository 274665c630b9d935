"""Check boxes and switches: which one words name, and whether it is on, as far as pixels tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vl2agent.errors import CoordinateError
from vl2agent.geometry import ScreenBox
from vl2agent.planner.quoting import quote, unquote
from vl2agent.planner.sight import Sight
from vl2agent.steps import Frame, Target

TICKED = 18.0
"""The standard deviation of brightness inside a box, from which there is a tick in it (measured: 0-6 off, 35-90 on)."""
COLORED = 40.0
"""The mean distance between the strongest and the weakest channel, from which a switch has its 'on' color."""


@dataclass(frozen=True, slots=True)
class Toggle:
    """Where to click, and the state: None where pixels do not tell."""

    target: Target
    on: bool | None


def find_toggle(words: str, sight: Sight) -> Toggle | None:
    """Return the check box, radio button or switch of this name; None when there is none that can be recognised."""
    name = quote(unquote(words))
    boxed = sight.find(f"{name} check box")
    if boxed is not None and (glyph := _glyph(boxed)):
        return Toggle(boxed, has_tick(sight.frame, glyph))
    switch = sight.find(f"{name} switch")
    if switch and 1.3 < switch.box.width / switch.box.height < 2.8 and not _says_something_else(switch, words, sight):
        return Toggle(switch, is_colored(sight.frame, switch.box))
    return None


def _says_something_else(switch: Target, words: str, sight: Sight) -> bool:
    """Tell whether a switch has a text of its own on it: then it is a button that stands near the words."""
    inside = (element for element in sight.elements if switch.box.contains(element.box.center))
    said, wanted = [_letters(element.text) for element in inside], _letters(words)
    return any(
        len(text) > 1 and text not in ("on", "off") and text not in wanted and wanted not in text for text in said
    )


def has_tick(frame: Frame, box: ScreenBox) -> bool | None:
    """Tell whether something is drawn inside a box."""
    inset = max(box.width // 4, 2)
    pixels = _pixels(frame, ScreenBox(box.left + inset, box.top + inset, box.right - inset, box.bottom - inset))
    return None if pixels is None else float(pixels.mean(axis=2).std()) > TICKED


def is_colored(frame: Frame, box: ScreenBox) -> bool | None:
    """Tell whether a switch has a color; one that is off is gray."""
    pixels = _pixels(frame, box)
    return None if pixels is None else float(np.ptp(pixels, axis=2).mean()) > COLORED


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _glyph(target: Target) -> ScreenBox | None:
    """The square left of a label: perception puts the point in its middle, and its edge first."""
    half = target.point.x - target.box.left
    if not 4 <= half <= target.box.height or target.box.width < 3 * half:
        return None
    x, y = target.point.x, target.point.y
    return ScreenBox(x - half, y - half, x + half + 1, y + half + 1)


def _pixels(frame: Frame, box: ScreenBox) -> NDArray[np.int16] | None:
    try:
        return frame.crop(box).pixels[..., :3].astype(np.int16)
    except CoordinateError:
        return None
