"""Blocks on one another: the first stays in the flow, the others are laid over it."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.web2code.emit.fit import fit
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.place import Place, Span
from vl2agent.web2code.emit.scene import Content, Piece, Scene
from vl2agent.web2code.emit.stack import stack
from vl2agent.web2code.ir import Block


def overlay(scene: Scene, blocks: Sequence[Block], inner: Span, corner: Place | None) -> Content:
    """Place what is laid over by its distance from the corner of the box, or of the first block if it has none."""
    below = stack(scene, blocks[:1], inner)
    left = corner.left if corner else below.span.left
    top = corner.top if corner else below.top
    over = [_over(scene, block, left, top).element for block in blocks[1:]]
    style = {**below.style, "position": "relative"}
    return Content((*below.elements, *over), below.span, below.top, below.bottom, style, below.narrow)


def _over(scene: Scene, block: Block, left: float, top: float) -> Piece:
    place = fit(scene.page, block).place
    piece = scene.within(block, Span(place.left, place.right))
    style = {
        "position": "absolute",
        "left": px(piece.place.left - left),
        "top": px(piece.place.top - top),
        "width": px(piece.place.width),
        "max-width": "",
    }
    if piece.element.style.get("white-space") == "nowrap":
        style["width"] = ""
    return piece.styled(style)
