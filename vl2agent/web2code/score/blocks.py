"""Blocks: the visible text nodes of a rendered page, each with the box of its ink and its color.

Visible means that pixels change when all text is made transparent; so hidden, covered and transparent text is no block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from PIL import ImageChops

from vl2agent.geometry import ImageBox
from vl2agent.web2code.dom import DomText
from vl2agent.web2code.render import Rendered

SEEN = 8
"""Levels by which a channel has to change; less is nothing that a person sees."""
STRONGEST = 0.2
"""Share of the ink that a color is taken from: the rest is blended with what is behind."""
FIELD_DISTANCE = 2.0
"""Fields yield pixels to text nodes over them: a floating label is not the field's text."""

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class TextNode:
    """A block.

    Args:
        text: blanks folded.
        box: of the ink.
        color: median of the strongest ink.
        flow: number of the element that lays it out.
        joined: whether no blank parts it from the node before.
        elements: indices of the elements around it, in the page's `dom.elements`.
    """

    text: str
    box: ImageBox
    color: Rgb
    flow: int = 0
    joined: bool = False
    elements: tuple[int, ...] = field(default=(), compare=False)

    def merged(self, after: TextNode) -> TextNode:
        """Join with the next node of the document; the larger one gives the color."""
        glue = "" if after.joined and after.flow == self.flow else " "
        color = self.color if self.box.area >= after.box.area else after.color
        return TextNode(
            self.text + glue + after.text, self.box.union(after.box), color, after.flow, self.joined, self.elements
        )


def text_nodes(page: Rendered) -> list[TextNode]:
    """Return the blocks of a page in document order."""
    shown = np.asarray(page.image)
    difference = ImageChops.difference(page.image, page.textless)
    change = np.asarray(difference)
    owner = _owners(page.dom.texts, (page.image.height, page.image.width))
    strongest = reduce(ImageChops.lighter, difference.split())
    rows, columns = np.nonzero((np.asarray(strongest) >= SEEN) & (owner >= 0))
    owners = owner[rows, columns]
    order = np.argsort(owners, kind="stable")
    found, starts = np.unique(owners[order], return_index=True)
    nodes = []
    for index, pixels in zip(found, np.split(order, starts[1:]), strict=False):
        ys, xs = rows[pixels], columns[pixels]
        box = ImageBox(int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
        color = _color(shown[ys, xs], change[ys, xs].sum(axis=1, dtype=np.int32))
        text = page.dom.texts[index]
        nodes.append(TextNode(text.text, box, color, text.flow, text.joined, text.elements))
    return nodes


def _owners(texts: tuple[DomText, ...], shape: tuple[int, int]) -> NDArray[np.int32]:
    """Say for each pixel which text it may belong to, -1 where none is.

    Lines of text are often higher than their distance. Where several cover a pixel, it is of the one whose middle is
    nearest.
    """
    height, width = shape
    owner = np.full(shape, -1, np.int32)
    nearest = np.full(shape, np.inf, np.float32)
    for index, text in enumerate(texts):
        for left, top, right, bottom in text.rects:
            x0, x1 = max(0, int(np.floor(left))), min(width, int(np.ceil(right)))
            y0, y1 = max(0, int(np.floor(top))), min(height, int(np.ceil(bottom)))
            if x0 >= x1 or y0 >= y1:
                continue
            rows = np.arange(y0, y1, dtype=np.float32) + 0.5
            distance = np.abs(rows - (top + bottom) / 2) / (bottom - top) + FIELD_DISTANCE * text.field
            closer = distance[:, None] < nearest[y0:y1, x0:x1]
            nearest[y0:y1, x0:x1] = np.where(closer, distance[:, None], nearest[y0:y1, x0:x1])
            owner[y0:y1, x0:x1][closer] = index
    return owner


def _color(pixels: NDArray[np.uint8], strength: NDArray[np.int32]) -> Rgb:
    strongest = np.argsort(-strength, kind="stable")[: max(1, round(STRONGEST * len(strength)))]
    red, green, blue = np.median(pixels[strongest], axis=0)
    return float(red), float(green), float(blue)
