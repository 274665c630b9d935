"""Where a browser put the blocks of a page, and the ink of their texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.web2code.dom import Rect
from vl2agent.web2code.ir import Block, BlockId, Page

if TYPE_CHECKING:
    from vl2agent.web2code.render import Rendered

Colors: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
"""[height, width, 3], RGB."""
Rgb: TypeAlias = tuple[int, int, int]

INK_CONTRAST = 12
"""Least change of a color channel that counts as ink when texts are made transparent."""
STRONGEST = 0.2
"""Share of the ink whose color is that of a text; the rest is blended with the paper."""


@dataclass(frozen=True)
class Drawn:
    """Where a browser put a block.

    Args:
        box: of its element, borders included; None where it has none.
        lines: the ink of its text, line by line.
    """

    box: Rect | None = None
    lines: tuple[ImageBox, ...] = ()

    @cached_property
    def ink(self) -> ImageBox | None:
        """The ink of all its lines."""
        return ImageBox.around(self.lines) if self.lines else None


UNSEEN = Drawn()


def text_ink(page: Page, block: Block) -> ImageBox:
    """Return where the ink of a block's text was in the picture."""
    assert block.text is not None
    return ImageBox.around(line.box for line in page.text_by_id[block.text].lines)


def where_drawn(page: Page, rendered: Rendered) -> dict[BlockId, Drawn]:
    """Find the boxes of blocks and the ink of their texts in what a browser drew from instrumented code."""
    mask = _ink_mask(rendered)
    rects: dict[BlockId, list[Rect]] = {}
    for text in rendered.dom.texts:
        if text.block:
            rects.setdefault(text.block, []).extend(text.rects)
    boxes = rendered.dom.blocks
    drawn = {id_: Drawn(boxes.get(id_), tuple(_inks(mask, rects.get(id_, [])))) for id_ in boxes | rects}
    return drawn | dict(_lent(page, drawn))


def _lent(page: Page, drawn: dict[BlockId, Drawn]) -> Iterator[tuple[BlockId, Drawn]]:
    """Yield texts that are shown by the block around them, as a field shows its hint."""
    for block in page.root.walk():
        own = [child for child in block.children if child.text and child.id not in drawn]
        if len(own) == 1 and block.text is None and (found := drawn.get(block.id)) and found.lines:
            yield own[0].id, Drawn(None, found.lines)


def ink_color(image: Colors, box: ImageBox) -> Rgb:
    """Return the color of the text in a box: the middle one of what differs most from the paper."""
    part = image[max(box.top, 0) : box.bottom, max(box.left, 0) : box.right].reshape(-1, 3).astype(np.int16)
    if not len(part):
        return 0, 0, 0
    paper = np.median(part, axis=0)
    contrast = np.abs(part - paper).sum(axis=1)
    ink = np.flatnonzero(contrast > INK_CONTRAST)
    if not len(ink):
        return tuple(int(v) for v in paper)  # type: ignore[return-value]
    strongest = ink[np.argsort(contrast[ink])[-max(1, round(STRONGEST * len(ink))) :]]
    red, green, blue = np.median(part[strongest], axis=0)
    return int(red), int(green), int(blue)


def _inks(mask: Colors, rects: list[Rect]) -> Iterator[ImageBox]:
    """Yield the ink of each line that rectangles of text make up."""
    for left, top, right, bottom in _rows(rects):
        y, x = max(int(top), 0), max(int(left) - 2, 0)
        part = mask[y : int(bottom + 0.999), x : int(right + 2.999)]
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if len(rows):
            yield ImageBox(x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1)


def _rows(rects: list[Rect]) -> list[Rect]:
    """Join rectangles that stand on one line; lines that overlap are parted in the middle of what they share."""
    rows: list[Rect] = []
    for rect in sorted(rects, key=lambda rect: (rect[1] + rect[3]) / 2):
        middle = (rect[1] + rect[3]) / 2
        if rows and rows[-1][1] <= middle < rows[-1][3] and (rows[-1][1] + rows[-1][3]) / 2 > rect[1]:
            last = rows[-1]
            rows[-1] = (min(last[0], rect[0]), min(last[1], rect[1]), max(last[2], rect[2]), max(last[3], rect[3]))
        else:
            rows.append(rect)
    for i in range(1, len(rows)):
        if (shared := rows[i - 1][3] - rows[i][1]) > 0:
            rows[i - 1] = (*rows[i - 1][:3], rows[i - 1][3] - shared / 2)
            rows[i] = (rows[i][0], rows[i][1] + shared / 2, *rows[i][2:])
    return rows


def _ink_mask(rendered: Rendered) -> Colors:
    """Mark what changes when all text is made transparent."""
    import cv2

    red, green, blue = cv2.split(cv2.absdiff(np.asarray(rendered.image), np.asarray(rendered.textless)))
    return np.asarray(cv2.max(cv2.max(red, green), blue) > INK_CONTRAST, np.uint8)
