"""When a model's answer deserves a closer look, where to look, and what the second answer is worth.

Pure rules over typed spaces; `vl2.py` asks the model. The numbers, and what they were chosen by (761 targets on 70
screens of 1280x800 to 2560x1600, boxes from accessibility trees):

When: one of
    small    the box's short side covers less than SMALL_PX = 24 pixels of the canvas. A model's patch is 14 pixels: an
             edge that is one patch off then puts the middle outside. 47 % of the targets are that small (17 % below 16,
             74 % below 28). Enlarging beyond ENLARGED = 1.5 of the screen's own pixels shows nothing new, and is
             not asked for.
    unsure   all four edges lie within a hundredth of the side with a probability below UNSURE = 0.5.
    reduced  the canvas shows less than REDUCED = 0.55 of the screen's pixels along a side, so that small print cannot be
             read: screens from 2560 pixels on (0.53 and 0.48; 1920x1080 has 0.71).
Where: around the box, with a margin on each side that is the largest of: a hundredth of what was looked at; two standard
    deviations of an edge, taken as normal; how far an edge's expected value is from its likeliest one. At least so
    much that the crop fills one tile of the canvas at CLOSER = 2.5 times the size seen before, but between 1 and
    LARGEST = 2 of the canvas's pixels for each of the screen's. Moved, not cut, where it would leave the frame. It is
    never scaled down: the margin gives way first, and a box that is too large even without one is not looked at again.
    Neither is one that would be seen less than GAIN = 1.25 times larger.
What: at most ROUNDS = 2. The closer answer counts when its middle lies in the box before it, grown by twice that margin,
    when it does not fill its crop, and when its edges are not WORSE = 4 times less sure (the mean of the four: a
    hundredth of a crop is far fewer pixels than one of the screen, so some loss is no sign). Then the surer of the two
    confidences holds. Otherwise the answer before it stays, with DOUBTED = half its confidence, and that is the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

from vl2agent.canvas import TILE_PX, Sight
from vl2agent.completion import Located
from vl2agent.geometry import GRID_MAX, ScreenBox, Size, View

ROUNDS = 2
SMALL_PX = 24
ENLARGED = 1.5
UNSURE = 0.5
REDUCED = 0.55
CLOSER = 2.5
LARGEST = 2.0
GAIN = 1.25
TOLERANCE = 10
"""Grid units by which an edge may always be off: a hundredth of the side."""
WORSE = 4.0
DOUBTED = 0.5
WHOLE = 0.9
"""A box that covers so much of both sides of a picture names nothing in it."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A model's answer where it lies on the screen.

    Args:
        region: what the model was shown.
        found: what it answered.
    """

    region: ScreenBox
    found: Located

    @property
    def box(self) -> ScreenBox:
        return View(self.region, self.region.size).grid_box_to_screen(self.found.box)

    @property
    def fills(self) -> bool:
        """Tell whether it is all of what was shown: then it says nothing."""
        box = self.box
        return box.width >= WHOLE * self.region.width and box.height >= WHOLE * self.region.height

    @property
    def edge_confidence(self) -> float:
        """The probability that an edge lies near, as the geometric mean of the four."""
        return float(self.found.confidence**0.25)

    @property
    def margin(self) -> Size:
        """How far an edge may be off, in pixels across and down."""
        left, top, right, bottom = [abs(edge.expected - edge.value) for edge in self.found.edges] or [0.0] * 4
        across, down, size = max(self._spread, left, right), max(self._spread, top, bottom), self.region.size
        return Size(round(across * size.width_px / GRID_MAX) + 1, round(down * size.height_px / GRID_MAX) + 1)

    @property
    def _spread(self) -> float:
        """Two standard deviations of an edge in grid units, not below the tolerance."""
        if not self.found.edges:
            return TOLERANCE
        central = min(max(self.edge_confidence, 0.01), 0.99)
        return max(TOLERANCE, 2 * TOLERANCE / NormalDist().inv_cdf((1 + central) / 2))


@dataclass(frozen=True, slots=True)
class Closer:
    """Where to look again, and why."""

    region: ScreenBox
    why: str


def closer(seen: Sighting, frame: ScreenBox, sight: Sight) -> Closer | None:
    """Decide whether to look again; None when the answer stands, or a closer look could show no more."""
    reasons = "; ".join(_doubts(seen, sight))
    if not reasons:
        return None
    before = sight(seen.region.size)
    fitting = next((crop for crop in _crops(seen, frame, before) if sight(crop.size) >= 1), None)
    if fitting is None or sight(fitting.size) < GAIN * before:
        return None
    return Closer(fitting, f"{reasons}; seen {sight(fitting.size) / before:.1f} times as large")


def contradiction(before: Sighting, after: Sighting) -> str:
    """Say why a closer answer is not to be believed; empty when it may be."""
    if after.fills:
        return "the closer answer fills its crop"
    if not _grown(before.box, before.margin, 2).contains(after.box.center):
        return f"the closer answer {after.box} lies elsewhere"
    if after.found.edges and after.edge_confidence * WORSE < before.edge_confidence:
        return (
            f"the closer answer's edges are less sure: {after.edge_confidence:.2f}, were {before.edge_confidence:.2f}"
        )
    return ""


def _doubts(seen: Sighting, sight: Sight) -> Iterator[str]:
    shown = sight(seen.region.size)
    short_px = min(seen.box.width, seen.box.height) * shown
    if short_px < SMALL_PX and shown < ENLARGED:
        yield f"small: {short_px:.0f} of the canvas's pixels, below {SMALL_PX}"
    if seen.found.edges and seen.found.confidence < UNSURE:
        yield f"unsure: {seen.found.confidence:.2f}, below {UNSURE:.2f}"
    if shown < REDUCED:
        yield f"reduced: to {shown:.2f} of its size, below {REDUCED:.2f}"


def _crops(seen: Sighting, frame: ScreenBox, before: float) -> Iterator[ScreenBox]:
    """Give crops with ever less margin."""
    side = round(TILE_PX / min(max(CLOSER * before, 1.0), LARGEST))
    for share in (1.0, 0.5, 0.25, 0.0):
        wanted = _grown(seen.box, seen.margin, share)
        size = Size(max(wanted.width, side), max(wanted.height, side))
        yield _placed(size, wanted, frame)


def _placed(size: Size, around: ScreenBox, frame: ScreenBox) -> ScreenBox:
    """Put a crop of a size around the middle of a box, moved into the frame and no larger than that."""
    width, height = min(size.width_px, frame.width), min(size.height_px, frame.height)
    left = min(max((around.left + around.right - width) // 2, frame.left), frame.right - width)
    top = min(max((around.top + around.bottom - height) // 2, frame.top), frame.bottom - height)
    return ScreenBox(left, top, left + width, top + height)


def _grown(box: ScreenBox, margin: Size, times: float) -> ScreenBox:
    dx, dy = round(margin.width_px * times), round(margin.height_px * times)
    return ScreenBox(box.left - dx, box.top - dy, box.right + dx, box.bottom + dy)
