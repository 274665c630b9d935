"""Sort what boxes do not explain: rules, bullets, icons and charts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.perceive.cards import Painted
from vl2agent.web2code.perceive.flats import Mask, view
from vl2agent.web2code.perceive.paint import Canvas, hex_of, rounded

UNLIKE = 8
"""Levels from which a pixel is not explained."""
SHADOW = 60
"""Levels that a shadow takes at most, or a glow."""
JOIN_PX = 5
RULE_PX, RULE_LENGTH_PX = 3, 12
MIN_PX, MIN_AREA = 3, 6
MIN_DENSE, MAX_CHART = 0.02, 0.4
"""Shares of a chart that is drawn on, and of the page that it covers."""
SMALL_PX = 40
"""Boxes up to this size may be parts of an icon."""
ICON_PX = 64
BULLET_PX = range(3, 11)
BULLET_GAP_PX = 30
CLOSE_PX = 14
MANY = 6
"""So many drawings as close as that are one."""
CORNER_PX = 3
"""How far from a round corner pixels may be a little off."""


@dataclass(frozen=True)
class Mark:
    """Something small or drawn.

    Args:
        box: around it.
        kind: what it looks like; a rule is a straight line; discs, circles and squares stand left of a text.
        color: of a rule or a bullet.
    """

    box: ImageBox
    kind: Literal["rule", "disc", "circle", "square", "icon", "chart"]
    color: str = ""


def find_marks(
    rgb: Pixels, canvas: Canvas, boxes: Sequence[Painted], texts: Sequence[ImageBox], known: Mask, paper: Mask
) -> tuple[list[Mark], list[Painted]]:
    """Find what is drawn besides boxes.

    Args:
        rgb: the picture.
        canvas: its boxes, drawn.
        boxes: those boxes.
        texts: boxes of what was read.
        known: pixels of texts and photos.
        paper: pixels of paper and the shadows on it, where nothing is drawn that has an edge.

    Returns:
        The marks, and the boxes without those that are parts of marks.
    """
    off = np.abs(rgb - canvas).max(axis=2)
    unlike = (off > UNLIKE) & ~known & ~(paper & (off < SHADOW))
    for painted in boxes:
        _forgive_corners(unlike, painted)
    boxes, parts = _parts_of_icons(unlike, boxes, texts)
    for part in parts:
        view(unlike, part.box)[:] = True
    rules = [mark for mark in _rules(rgb, unlike) if not _is_underline(mark.box, texts)]
    written = [painted.box for painted in boxes if any(painted.box.holds(text) for text in texts)]

    def drawn(box: ImageBox) -> bool:
        """Tell a drawing from what runs around boxes with texts: borders and shadows that were not understood."""
        small = max(box.width, box.height) <= ICON_PX
        return small or (
            view(unlike, box).mean() >= MIN_DENSE
            and box.area <= MAX_CHART * unlike.size
            and not any(box.holds(other) for other in written)
        )

    drawings = _joined([box for box in _drawings(unlike) if drawn(box) and not _is_underline(box, texts)], drawn)
    lines = [box for box in drawings if min(box.width, box.height) <= RULE_PX and max(box.width, box.height) > ICON_PX]
    rules += [Mark(box, "rule", _strongest(rgb, canvas, box)) for box in lines]
    charts = [box for box in drawings if max(box.width, box.height) > ICON_PX and box not in lines]
    marks = [Mark(box, "chart") for box in charts]
    for box in drawings:
        if box not in charts and box not in lines and not any(chart.holds(box) for chart in charts):
            marks.append(_bullet(rgb, box, texts) or Mark(box, "icon"))
    marks += [rule for rule in rules if not any(chart.holds(rule.box) for chart in charts)]
    inside = [p for p in boxes if any(c.holds(p.box) for c in charts) and not any(p.box.holds(t) for t in texts)]
    return marks, [painted for painted in boxes if painted not in inside]


def _forgive_corners(unlike: Mask, painted: Painted) -> None:
    """Unmark pixels along round corners: browsers smooth them in ways of their own."""
    box, radii = painted.box, painted.style.radius
    r = math.ceil(max(radii))
    if not r:
        return
    import cv2

    n = min(r + CORNER_PX, box.width, box.height)
    pad = CORNER_PX
    cover = np.pad(rounded(box.width, box.height, radii), pad)
    square = np.ones((2 * CORNER_PX + 1, 2 * CORNER_PX + 1), np.uint8)
    edge = (cv2.dilate(cover, square) > 0) & (cv2.erode(cover, square, borderValue=0) < 1)
    height, width = cover.shape
    corner = np.zeros((height, width), np.bool_)
    for rows in (slice(0, n + pad), slice(height - n - pad, height)):
        for columns in (slice(0, n + pad), slice(width - n - pad, width)):
            corner[rows, columns] = True
    top, left = max(box.top - pad, 0), max(box.left - pad, 0)
    place = unlike[top : box.bottom + pad, left : box.right + pad]
    place &= ~(edge & corner)[top - box.top + pad :, left - box.left + pad :][: place.shape[0], : place.shape[1]]


def _parts_of_icons(
    unlike: Mask, boxes: Sequence[Painted], texts: Sequence[ImageBox]
) -> tuple[list[Painted], list[Painted]]:
    """Part boxes from flat pieces of icons: small, empty, and next to something drawn or to another such piece."""
    small = [
        painted
        for painted in boxes
        if max(painted.box.width, painted.box.height) <= SMALL_PX
        and not any(painted.box.intersection(t) for t in texts)
    ]
    parts = [painted for painted in small if _beside_drawing(unlike, painted.box)]
    for painted in small:
        if painted not in parts and any(
            other is not painted and _near(painted.box, other.box, 3) and not _nested(painted.box, other.box)
            for other in small
        ):
            parts.append(painted)
    return [painted for painted in boxes if painted not in parts], parts


def _beside_drawing(unlike: Mask, box: ImageBox) -> bool:
    around = _widened(box, 2, unlike.shape)
    drawn = view(unlike, around).sum() - view(unlike, box).sum()
    return bool(drawn > 0.08 * (around.area - box.area))


def _rules(rgb: Pixels, unlike: Mask) -> list[Mark]:
    """Take straight lines of one color out of what is not explained."""
    import cv2

    rules = []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(unlike.astype(np.uint8), connectivity=4)
    for index, (left, top, width, height, area) in enumerate(stats[1:count].tolist(), 1):
        if min(width, height) > RULE_PX or max(width, height) < RULE_LENGTH_PX or area < 0.9 * width * height:
            continue
        box = ImageBox(left, top, left + width, top + height)
        pixels = view(rgb, box).reshape(-1, 3)
        color = np.median(pixels, axis=0)
        if (np.abs(pixels - color).max(axis=1) <= UNLIKE).mean() > 0.9:
            rules.append(Mark(box, "rule", hex_of(color)))
            view(unlike, box)[view(labels, box) == index] = False
    return rules


def _drawings(unlike: Mask) -> list[ImageBox]:
    """Return the boxes of what is left, small gaps closed."""
    import cv2

    joined = cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((JOIN_PX, JOIN_PX), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    return [
        ImageBox(left, top, left + width, top + height)
        for left, top, width, height, area in stats[1:count].tolist()
        if max(width, height) >= MIN_PX and area >= MIN_AREA
    ]


def _joined(boxes: Sequence[ImageBox], drawn: Callable[[ImageBox], bool]) -> list[ImageBox]:
    """Join boxes that overlap, and crowds of close ones, where that makes a drawing."""
    groups: list[list[ImageBox]] = []
    for box in boxes:
        close = [group for group in groups if any(_near(box, other, CLOSE_PX) for other in group)]
        groups = [group for group in groups if group not in close]
        groups.append([box, *(other for group in close for other in group)])
    found: list[ImageBox] = []
    for group in groups:
        whole = ImageBox.around(group)
        found += [whole] if len(group) >= MANY and drawn(whole) else _overlapping(group)
    return [box for box in found if drawn(box)]


def _overlapping(boxes: Sequence[ImageBox]) -> list[ImageBox]:
    left = list(boxes)
    found = []
    while left:
        box = left.pop()
        while touching := next((other for other in left if _near(box, other, 2)), None):
            left.remove(touching)
            box = box.union(touching)
        found.append(box)
    return found


def _strongest(rgb: Pixels, canvas: Canvas, box: ImageBox) -> str:
    """Return the color that differs most from what is known: of a dotted or dashed line, that of its dots."""
    off = np.abs(view(rgb, box) - view(canvas, box)).max(axis=2)
    return hex_of(view(rgb, box).reshape(-1, 3)[int(np.argmax(off))])


def _bullet(rgb: Pixels, box: ImageBox, texts: Sequence[ImageBox]) -> Mark | None:
    """Tell a small dot, disc or square that a text follows on the right."""
    if box.width not in BULLET_PX or box.height not in BULLET_PX or abs(box.width - box.height) > 2:
        return None
    middle = (box.top + box.bottom) / 2
    follows = any(
        0 < text.left - box.right <= BULLET_GAP_PX and text.top - 2 <= middle <= text.bottom + 2 for text in texts
    )
    preceded = any(0 <= box.left - text.right <= BULLET_GAP_PX and text.top <= middle <= text.bottom for text in texts)
    if not follows or preceded:
        return None
    around = rgb[max(box.top - 2, 0), max(box.left - 2, 0)].astype(np.int16)
    drawn = np.abs(view(rgb, box).astype(np.int16) - around).max(axis=2)
    strongest = view(rgb, box).reshape(-1, 3)[int(np.argmax(drawn))]
    half = drawn > drawn.max() / 2
    hollow = not half[box.height // 2, box.width // 2]
    kind: Literal["disc", "circle", "square"] = (
        "circle" if hollow else "square" if half[0, 0] and half[-1, -1] else "disc"
    )
    return Mark(box, kind, hex_of(strongest))


def _is_underline(box: ImageBox, texts: Sequence[ImageBox]) -> bool:
    """Tell whether a thin drawing lies under or on a text and is no longer than it."""
    return box.height <= RULE_PX + 1 and any(
        text.left - 3 <= box.left
        and box.right <= text.right + 3
        and text.top <= box.top
        and box.bottom <= text.bottom + max(6, text.height // 2)
        for text in texts
    )


def _near(a: ImageBox, b: ImageBox, gap: int) -> bool:
    return (
        a.left - b.right <= gap and b.left - a.right <= gap and a.top - b.bottom <= gap and b.top - a.bottom <= gap
    )  # fmt: skip


def _nested(a: ImageBox, b: ImageBox) -> bool:
    return a.holds(b) or b.holds(a)


def _widened(box: ImageBox, by: int, shape: tuple[int, ...]) -> ImageBox:
    return ImageBox(
        max(box.left - by, 0), max(box.top - by, 0), min(box.right + by, shape[1]), min(box.bottom + by, shape[0])
    )
