"""Texts in flow: aligned as they were, in a width in which they wrap as they did."""

from __future__ import annotations

from math import inf

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.fit import FLUSH_PX, is_centered
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.lettering import lettering
from vl2agent.web2code.emit.lines import line_height, text_place, wraps
from vl2agent.web2code.emit.place import Place, Span
from vl2agent.web2code.emit.scene import Piece, Scene
from vl2agent.web2code.emit.sit import sit
from vl2agent.web2code.emit.tags import attributes_of, name_of, tag_of
from vl2agent.web2code.emit.words import words
from vl2agent.web2code.ir import Block, Text

_TIGHT = 0.97
"""A single line that fills more of its span than this is kept from wrapping."""
_SURE_PX = 1.0
"""Where widths that break lines rightly differ by less, lines are broken by hand."""
_ROOM_PX = 20
_FLUSH_PX = 0.5
_INDENT_PX = 24


def text_piece(scene: Scene, block: Block, span: Span) -> Piece:
    """Build a text that has no box of its own."""
    text = scene.page.text_by_id[block.text or ""]
    place = text_place(text, block, scene.highest)
    low, high = wraps(text)
    breaks = ""
    kept = {}
    if text.preformatted:
        kept, high = {"white-space": "pre"}, inf
    elif high - low < _SURE_PX:
        breaks, kept, high = "\n", {"white-space": "pre-line"}, inf
    align = _align(text, place, span)
    extent = _extent(place, span, align, low, high)
    style = {
        **lettering(text.font),
        "line-height": px(line_height(text, scene.highest)),
        **({"text-align": align} if align != "left" else {}),
        **_sits(text, extent, span),
        **kept,
    }
    if len(text.lines) == 1 and not kept and low > _TIGHT * (min(extent.right, span.right) - extent.left):
        style["white-space"] = "nowrap"
    spoken = words(text, linked=block.role == "link", breaks=breaks)
    return Piece(Element(_tag(block, text), attributes_of(block), style, {}, spoken, block.id, name_of(block)), extent)


def _tag(block: Block, text: Text) -> str:
    """Return the tag for a text; `pre` would keep lines together that were wrapped."""
    wrapped = len(text.lines) > 1 and not text.preformatted
    return "p" if block.role == "code" and wrapped else tag_of(block)


def _align(text: Text, place: Place, span: Span) -> str:
    """Tell how lines are aligned; of a single one that depends on where it stands in its span."""
    if len(text.lines) > 1:
        return text.align
    indent = place.left - span.left
    if is_centered(place, span) and (text.align == "center" or indent > 4):
        return "center"
    if abs(place.right - span.right) <= FLUSH_PX and (text.align == "right" or indent > _INDENT_PX):
        return "right"
    return "left"


def _extent(place: Place, span: Span, align: str, low: float, high: float) -> Place:
    """Return the edges of the element: those of the span where lines wrap rightly in it."""
    likely = (low + min(high, low + _ROOM_PX)) / 2
    if align == "center":
        if is_centered(place, span) and low <= span.width < high:
            return Place(span.left, place.top, span.right, place.bottom)
        return Place(place.middle - likely / 2, place.top, place.middle + likely / 2, place.bottom)
    if align == "right":
        right = span.right if abs(place.right - span.right) <= FLUSH_PX else place.right
        width = right - span.left
        return Place(right - (width if low <= width < high else likely), place.top, right, place.bottom)
    width = span.right - place.left
    return Place(place.left, place.top, place.left + (width if low <= width < high else likely), place.bottom)


def _sits(text: Text, extent: Place, span: Span) -> dict[str, str]:
    """Say where the element sits; a single line needs no width, as it is not to wrap."""
    if len(text.lines) > 1 and not text.preformatted:
        return sit(extent, span)
    indent = extent.left - span.left
    return {"margin-left": px(indent)} if abs(indent) > _FLUSH_PX else {}
