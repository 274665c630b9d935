"""Everything on a page that is not text: its background, boxes, rules and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Shadow, Style
from vl2agent.web2code.perceive.boxes import find_boxes
from vl2agent.web2code.perceive.cards import Painted, put_together, stacks
from vl2agent.web2code.perceive.corners import Radii, corner_radii
from vl2agent.web2code.perceive.flats import Flats, Labels, Mask, find_flats, view
from vl2agent.web2code.perceive.gradients import Shaded, find_gradients
from vl2agent.web2code.perceive.marks import Mark, find_marks
from vl2agent.web2code.perceive.paint import Canvas, hex_of, paint
from vl2agent.web2code.perceive.pictures import LARGE, cover_of, find_paper, find_photos
from vl2agent.web2code.perceive.shadows import find_shadows

Color = NDArray[np.uint8]


@dataclass(frozen=True)
class Shapes:
    """What is drawn besides text.

    Args:
        background: of the page.
        boxes: back to front.
        photos: rectangles of texture.
        corners: of the photos, how round they are.
        marks: what else is drawn.
    """

    background: str
    boxes: tuple[Painted, ...]
    photos: tuple[ImageBox, ...]
    corners: tuple[Radii, ...]
    marks: tuple[Mark, ...]


def find_shapes(rgb: Pixels, texts: Sequence[ImageBox]) -> Shapes:
    """Find all shapes of a picture.

    Args:
        rgb: [height, width, 3].
        texts: the ink boxes of what was read.
    """
    shape = rgb.shape[0], rgb.shape[1]
    letters = cover_of(texts, shape, 1)
    flats = find_flats(rgb, letters)
    shaded = find_gradients(rgb, flats, letters)
    smooth = _written_on(flats, shaded, letters)
    paper = find_paper(rgb, flats, letters)
    photos = find_photos(rgb, flats, letters, smooth, paper)
    textured = cover_of(photos, shape)
    canvas: Canvas = np.empty(rgb.shape, np.float32)
    background = _background(flats)
    canvas[:] = background
    skip = _within(flats, letters) | _within(flats, textured)
    shaded = [area for area in shaded if not view(textured, area.box).mean() > 0.9]
    boxes = put_together(find_boxes(rgb, flats, canvas, skip, shaded))
    boxes = _with_shadows(rgb, background, boxes, photos, letters)
    canvas, _ = _draw(rgb, background, boxes, photos, letters)
    marks, boxes = find_marks(rgb, canvas, boxes, texts, letters | textured, paper)
    boxes = _see_through(boxes, background, shape)
    corners = tuple(corner_radii(rgb, photo) for photo in photos)
    return Shapes(hex_of(background), tuple(boxes), tuple(photos), corners, tuple(marks))


def _with_shadows(
    rgb: Pixels, background: Color, boxes: list[Painted], photos: Sequence[ImageBox], letters: Mask
) -> list[Painted]:
    """Give boxes the shadows they cast, and drop the tentative ones that cast none."""
    certain = [painted for painted in boxes if not painted.tentative]
    canvas, owners = _draw(rgb, background, certain, photos, letters)
    piles = stacks(boxes, photos, rgb.shape[1])
    single = [painted for painted in boxes if not any(_is_part(painted, pile) for pile in piles)]
    cast = _shaded([*single, *piles], find_shadows(rgb, [p.box for p in [*single, *piles]], canvas, owners))
    solved = [painted for painted in cast if painted.style.shadows and painted.tentative]
    parts = [painted for painted in boxes if painted not in single]
    lone = [painted for painted in parts if not any(_is_part(painted, pile) for pile in solved)]
    cast += _shaded(lone, find_shadows(rgb, [p.box for p in lone], canvas, owners))
    cast += [painted for painted in parts if painted not in lone]
    shown = [replace(p, tentative=False) for p in cast if not p.tentative or p.style.shadows]
    return sorted(shown, key=lambda p: -p.box.area)


def _shaded(boxes: Sequence[Painted], shadows: Sequence[Shadow | None]) -> list[Painted]:
    return [
        replace(painted, style=painted.style.model_copy(update={"shadows": (shadow,)})) if shadow else painted
        for painted, shadow in zip(boxes, shadows, strict=True)
    ]


def _is_part(painted: Painted, pile: Painted) -> bool:
    """Tell whether a box is one of those that a stack is made of."""
    box, around = painted.box, pile.box
    return (
        around.holds(box)
        and (abs(box.width - around.width) <= 2 or abs(box.height - around.height) <= 2)
        and box != around
    )


def _see_through(boxes: Sequence[Painted], background: Color, shape: tuple[int, int]) -> list[Painted]:
    """Take away backgrounds that make no difference, and boxes of which nothing is left."""
    canvas: Canvas = np.empty((*shape, 3), np.float32)
    canvas[:] = background
    shown = []
    for painted in boxes:
        bare = painted.style.model_copy(update={"background": None})
        with_fill, without = view(canvas, painted.box).copy(), view(canvas, painted.box)
        local = ImageBox(0, 0, painted.box.width, painted.box.height)
        paint(with_fill, local, painted.style.model_copy(update={"shadows": ()}))
        paint(canvas, painted.box, bare)
        if np.abs(with_fill - without).max() > 1:
            without[:] = with_fill
            shown.append(painted)
        elif bare != Style(radius=bare.radius):
            shown.append(replace(painted, style=bare))
    return shown


def _draw(
    rgb: Pixels, background: Color, boxes: Sequence[Painted], photos: Sequence[ImageBox], letters: Mask
) -> tuple[Canvas, Labels]:
    """Draw what is known, and say which box is on top at every pixel; -1 where a photo or a text is."""
    canvas: Canvas = np.empty(rgb.shape, np.float32)
    canvas[:] = background
    owners = np.zeros(rgb.shape[:2], np.int32)
    for number, painted in enumerate(boxes, 1):
        paint(canvas, painted.box, painted.style)
        view(owners, painted.box)[:] = number
    for photo in photos:
        view(owners, photo)[:] = -1
    owners[letters] = -1
    return canvas, owners


def _background(flats: Flats) -> Color:
    """Return the color of the largest flat area."""
    return flats.colors[int(np.argmax(np.where(flats.papers, flats.areas, 0)))]  # type: ignore[no-any-return]


def _written_on(flats: Flats, shaded: Sequence[Shaded], letters: Mask) -> Mask:
    """Mark gradients that texts stand on, and large ones."""
    smooth = np.zeros(letters.shape, np.bool_)
    for area in shaded:
        place = view(smooth, area.box)
        mask = view(flats.shading, area.box) == area.number
        if view(letters, area.box).any() or mask.sum() > LARGE * letters.size:
            place |= mask
    return smooth


def _within(flats: Flats, mask: Mask) -> Mask:
    """Tell which areas lie in a mask with all of their box."""
    sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
    sums[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
    left, top, right, bottom = flats.boxes.T
    covered = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    within: Mask = covered == (right - left) * (bottom - top)
    return within
