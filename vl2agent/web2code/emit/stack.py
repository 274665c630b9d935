"""Blocks below one another."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.fit import fit, frame
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.place import Span
from vl2agent.web2code.emit.scene import Content, Piece, Scene
from vl2agent.web2code.ir import Block

_INLINE = frozenset({"a", "button", "label", "input", "select", "textarea", "span", "code", "progress"})


def stack(scene: Scene, blocks: Sequence[Block], inner: Span) -> Content:
    """Place blocks by margins on top of each but the first; nothing has a margin below, so that none collapse."""
    span = frame([fit(scene.page, block) for block in blocks], inner)
    pieces = [scene.within(block, span) for block in blocks]
    elements: list[Element | str] = []
    bottom = pieces[0].place.top
    for piece in pieces:
        elements.append(_below(piece, piece.place.top - bottom).element)
        bottom = piece.place.bottom
    return Content(tuple(elements), span, pieces[0].place.top, bottom)


def _below(piece: Piece, gap: float) -> Piece:
    style = {} if abs(gap) < 0.01 else {"margin-top": px(gap)}
    if piece.element.tag in _INLINE and "display" not in piece.element.style:
        style["display"] = "block"
    if piece.element.tag == "button":  # it would be no wider than what it says
        fills = "max-width" not in piece.element.style and "margin-left" not in piece.element.style
        style["width"] = "100%" if fills else px(piece.place.width)
    return piece.styled(style)
