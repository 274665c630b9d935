"""How what changed on the screen relates to the action before it.

Pixels tell where something changed, and whether the target's picture is still in its place. Text is read only where
something changed, and only when a reader is there.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vl2agent.contracts import Perception
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Effect, Frame, Target

NEAR_PX = 24
"""How far from its target an action's effect may begin, in logical pixels: a menu opens beside its button."""
ALIKE = 0.5
"""The correlation of two pictures from which they show the same thing, pressed, selected or not."""
FLAT = 3.0
"""The standard deviation of brightness below which a picture shows nothing that could be missed."""
SHIFT_PX = 2
"""How far a thing moves when it is pressed."""
SAMPLES = 40_000
"""Pixels of a target that are compared, at most."""
SAME_LINE = 0.85
"""The similarity from which two readings are of one line."""
MAX_APPEARED = 120
"""Characters of new text that are told."""


def places(changed: Sequence[ScreenBox], targets: Sequence[Target], scale: float) -> tuple[Effect, ...]:
    """Tell whether something changed at a target or near it, and elsewhere; without a target, all is expected."""
    reach = round(NEAR_PX * scale)
    near = [not targets or any(_touches(_grown(target.box, reach), box) for target in targets) for box in changed]
    told: tuple[tuple[Effect, bool], ...] = (("where expected", any(near)), ("elsewhere", not all(near)))
    return tuple(effect for effect, so in told if so)


def is_gone(
    target: Target, before: Frame, after: Frame, changed: Sequence[ScreenBox], reader: Perception | None
) -> bool:
    """Tell whether what was at the target's place is no longer there, neither as a picture nor as text."""
    box = before.region.intersection(target.box)
    if box is None or before.region != after.region or not any(_touches(box, other) for other in changed):
        return False
    if _looks_alike(before.crop(box), after.crop(box)):
        return False
    if reader is None or not _plain(target.text):
        return True
    written = reader.text_in(_grown(box, box.height), after)
    return _plain(target.text) not in _plain(written)


def appeared(before: Frame, after: Frame, changed: Sequence[ScreenBox], reader: Perception) -> str:
    """Return text that stands in changed parts and stood in none of them before, cut short."""
    # The earlier frame first: a reader that remembers the frame it read last then reads nothing twice.
    known = {_plain(line) for line in _lines(before, changed, reader)}
    new = (line for line in _lines(after, changed, reader) if not _was_there(_plain(line), known))
    text = ""
    for line in dict.fromkeys(new):
        text = f"{text} / {line}" if text else line
        if len(text) > MAX_APPEARED:
            return text[: MAX_APPEARED - 1] + "…"
    return text


def _lines(frame: Frame, parts: Sequence[ScreenBox], reader: Perception) -> Iterator[str]:
    """Read parts of a frame; single letters are mostly icons."""
    for part in parts:
        box = frame.region.intersection(part)
        lines = reader.text_in(box, frame).splitlines() if box else []
        yield from (line.strip() for line in lines if sum(char.isalnum() for char in line) > 1)


def _was_there(line: str, known: set[str]) -> bool:
    return line in known or bool(difflib.get_close_matches(line, known, n=1, cutoff=SAME_LINE))


def _looks_alike(one: Frame, other: Frame) -> bool:
    """Compare the pattern and not the colours, also moved a little; what shows nothing cannot be missed."""
    old, new = _gray(one), _gray(other)
    if old.std() < FLAT:
        return True
    shifts = range(-SHIFT_PX, SHIFT_PX + 1)
    best = max(abs(_correlation(_moved(old, x, y), _moved(new, -x, -y))) for y in shifts for x in shifts)
    return best >= ALIKE


def _gray(frame: Frame) -> NDArray[np.float32]:
    step = max(1, round((frame.region.area / SAMPLES) ** 0.5))
    gray: NDArray[np.float32] = frame.pixels[::step, ::step, :3].astype(np.float32).mean(axis=2)
    return gray


def _moved(image: NDArray[np.float32], x: int, y: int) -> NDArray[np.float32]:
    """Cut off `x` columns and `y` rows, at the left and top, or at the right and bottom when negative."""
    height, width = image.shape
    return image[max(y, 0) : height + min(y, 0), max(x, 0) : width + min(x, 0)]


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    if not one.size:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / norm if norm else 0.0


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _grown(box: ScreenBox, by: int) -> ScreenBox:
    return ScreenBox(box.left - by, box.top - by, box.right + by, box.bottom + by)


def _touches(one: ScreenBox, other: ScreenBox) -> bool:
    return one.intersection(other) is not None
