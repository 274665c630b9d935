"""See a page: its texts and its shapes, as one flat list of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Asset, Block, Page, Style, Text
from vl2agent.web2code.perceive.corners import Radii
from vl2agent.web2code.perceive.fields import bullet, tick_box
from vl2agent.web2code.perceive.shapes import Shapes, find_shapes

SMALLEST_PX = 16
"""Of a page on which anything can be made out, either way."""


def perceive(image: Image.Image) -> Page:
    """Measure a screenshot of a page.

    Returns:
        A flat page: every box, rule, picture and line of text is a child of the root, back to front.
    """
    rgb = np.ascontiguousarray(np.asarray(image.convert("RGB")))
    if min(image.size) < SMALLEST_PX:
        return _plain(rgb)
    texts = _texts(rgb)
    return join(image.width, image.height, texts, find_shapes(rgb, [line.box for text in texts for line in text.lines]))


def join(width: int, height: int, texts: Sequence[Text], shapes: Shapes) -> Page:
    """Put texts and shapes on one page."""
    blocks: list[Block] = []
    assets: list[Asset] = []

    def add(**fields: object) -> None:
        blocks.append(Block.model_validate({"id": f"b{len(blocks) + 2}", **fields}))

    def picture(
        role: str, box: ImageBox, kind: Literal["photo", "icon", "chart"], radius: Radii = (0, 0, 0, 0)
    ) -> None:
        covered = tuple(line.box for text in texts for line in text.lines if line.box.intersection(box))
        assets.append(Asset(id=f"a{len(assets) + 1}", box=box, kind=kind, covered=covered))
        add(role=role, box=box, asset=assets[-1].id, style=Style(radius=radius))

    for painted in shapes.boxes:
        tick = tick_box(painted, shapes, texts)
        if tick:
            add(role=tick[0], box=painted.box, style=painted.style, field=tick[1])
        else:
            add(role="group", box=painted.box, style=painted.style)
    for photo, radius in zip(shapes.photos, shapes.corners, strict=True):
        picture("image", photo, "photo", radius)
    ticks = [block.box for block in blocks if block.field]
    for mark in shapes.marks:
        if any(mark.box.intersection(tick) for tick in ticks):
            continue
        if mark.kind == "rule":
            add(role="rule", box=mark.box, style=Style(background=mark.color))
        elif mark.kind in ("disc", "circle", "square"):
            add(role="icon", box=mark.box, style=bullet(mark))
        else:
            picture("image" if mark.kind == "chart" else "icon", mark.box, "chart" if mark.kind == "chart" else "icon")
    for text in texts:
        add(role="text", box=ImageBox.around(line.box for line in text.lines), text=text.id)
    root = Block(
        id="b1", role="page", box=ImageBox(0, 0, width, height), style=Style(background=shapes.background),
        children=tuple(blocks),
    )  # fmt: skip
    return Page(width=width, height=height, root=root, texts=tuple(texts), assets=tuple(assets))


def _texts(rgb: Pixels) -> list[Text]:
    from vl2agent.web2code.perceive.text import read_texts

    return read_texts(rgb)


def _plain(rgb: Pixels) -> Page:
    """Take a page that is too small to hold anything as one color."""
    height, width = rgb.shape[:2]
    color = "#" + "".join(f"{int(level):02x}" for level in np.median(rgb.reshape(-1, 3), axis=0))
    root = Block(id="b1", role="page", box=ImageBox(0, 0, width, height), style=Style(background=color))
    return Page(width=width, height=height, root=root)
