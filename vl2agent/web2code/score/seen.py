"""What of a page is compared: as a browser tells it or, where there is only a picture, as it was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from vl2agent.geometry import ImageBox, Size
from vl2agent.web2code.dom import Rect
from vl2agent.web2code.render import Rendered
from vl2agent.web2code.score.blocks import TextNode, text_nodes
from vl2agent.web2code.score.roles import placed_roles

AROUND_PX = 2


@dataclass(frozen=True, eq=False)
class Seen:
    """A page that can be compared.

    Args:
        image: the full page.
        textless: the same without its text.
        nodes: the visible texts in document order.
        pictures: boxes of images and background pictures.
        roles: role and box of elements that have one; None where nobody can know.
        depth: of the deepest element; None where nobody can know.
    """

    image: Image.Image
    textless: Image.Image
    nodes: Sequence[TextNode]
    pictures: Sequence[Rect]
    roles: Sequence[tuple[str, Rect]] | None = None
    depth: int | None = None

    @property
    def size(self) -> Size:
        return Size(self.image.width, self.image.height)

    @cached_property
    def pictured(self) -> float:
        """The share of the page that pictures cover."""
        mask = np.zeros((self.image.height, self.image.width), bool)
        for left, top, right, bottom in self.pictures:
            mask[max(0, round(top)) : max(0, round(bottom)), max(0, round(left)) : max(0, round(right))] = True
        return float(mask.mean())


def from_browser(page: Rendered) -> Seen:
    """Take a page as it was drawn."""
    nodes = text_nodes(page)
    roles = placed_roles(page.dom, nodes)
    return Seen(page.image, page.textless, nodes, page.dom.pictures, roles, page.dom.depth)


def from_picture(picture: Image.Image) -> Seen:
    """Read a picture of a page: paragraphs, in the order that they are read in.

    Raises:
        MissingExtra: what reads pictures is not installed.
    """
    from vl2agent.web2code.perceive.perceive import perceive
    from vl2agent.web2code.structure.structure import structure

    image = picture.convert("RGB")
    page = structure(perceive(image))
    nodes, lines = [], []
    for index, text in enumerate(page.text_by_id[block.text] for block in page.root.walk() if block.text):
        boxes = [line.box for line in text.lines]
        box = ImageBox.around(boxes)
        red, green, blue = (int(text.font.color[i : i + 2], 16) for i in (1, 3, 5))
        nodes.append(TextNode(text.string, box, (float(red), float(green), float(blue)), flow=index))
        lines += boxes
    return Seen(image, without(image, lines), nodes, [tuple(map(float, asset.box.edges)) for asset in page.assets])  # type: ignore[misc]


def without(image: Image.Image, boxes: Iterable[ImageBox]) -> Image.Image:
    """Paint boxes out with the color that is usual around each."""
    pixels = np.array(image)
    for box in boxes:
        top, left = max(0, box.top - AROUND_PX), max(0, box.left - AROUND_PX)
        outer = pixels[top : box.bottom + AROUND_PX, left : box.right + AROUND_PX]
        ring = np.ones(outer.shape[:2], bool)
        ring[box.top - top : box.bottom - top, box.left - left : box.right - left] = False
        if ring.any():
            pixels[box.top : box.bottom, box.left : box.right] = np.median(outer[ring], axis=0)
    return Image.fromarray(pixels)
