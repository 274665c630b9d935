"""Blocks beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vl2agent.web2code.emit.fit import FLUSH_PX, Fit, best_right, fit, has_own_box
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.place import Span
from vl2agent.web2code.emit.scene import Content, Piece, Scene
from vl2agent.web2code.ir import Block

_WIDE_PX = 160
"""What takes up room is wider than this."""
_FAR_PX = 32
"""A gap larger than this before what ends at the right edge takes the room that is left."""
_SAME_PX = 0.3
_LAST_KNOWN = "\u0250"
"""Characters before it are in all fonts; how wide others come out depends on the machine."""
_PADDING_PX = 48
"""What is blank at the right end of a box may be its padding."""


def row(scene: Scene, blocks: Sequence[Block], inner: Span, *, boxed: bool = False) -> Content:
    """Place blocks in a flex container: gaps where they are equal, else margins at their left.

    Args:
        boxed: the span is the inside of a box, which may have padding.
    """
    blocks = sorted(blocks, key=lambda block: block.box.left)
    fits = [fit(scene.page, block) for block in blocks]
    spans = _spans(scene, blocks, fits, inner)
    pieces = [scene.within(block, span) for block, span in zip(blocks, spans, strict=True)]
    spans = [_taken(piece, span) for piece, span in zip(pieces, spans, strict=True)]
    top, bottom = min(piece.place.top for piece in pieces), max(piece.place.bottom for piece in pieces)
    if boxed and 0 < inner.right - spans[-1].right <= _PADDING_PX and not _is_flexible(scene, blocks[-1]):
        inner = Span(inner.left, spans[-1].right)
    ends_flush = abs(spans[-1].right - inner.right) <= FLUSH_PX
    growing = _growing(scene, blocks, spans) if ends_flush else None
    span = Span(min(inner.right, spans[0].left), inner.right)
    style = {"display": "flex", **_across(pieces, top, bottom)}
    gaps = [b.left - a.right for a, b in pairwise(spans)]
    same = _same_gap(gaps)
    if same:
        style["column-gap"] = px(same)
    widest_gap = max(range(len(gaps)), key=gaps.__getitem__) + 1
    elements = []
    for place, (block, own, piece) in enumerate(zip(blocks, spans, pieces, strict=True)):
        gap = 0.0 if same is not None or place == 0 else gaps[place - 1]
        far = ends_flush and growing is None and place == widest_gap and gap > _FAR_PX
        sized = piece.styled(_item(scene, block, own, piece, grows=place == growing))
        offset = 0.0 if style.get("align-items") == "center" else piece.place.top - top
        margins = {"margin-left": ""}
        margins |= {} if abs(offset) < 0.01 else {"margin-top": px(offset)}
        if far:
            margins["margin-left"] = "auto"
        elif abs(gap) >= 0.01:
            margins["margin-left"] = px(gap)
        elements.append(sized.styled(margins).element)
    narrow = {"flex-wrap": "wrap", "row-gap": "12px"} if spans[-1].right - spans[0].left > 300 else {}
    return Content(tuple(elements), span, top, bottom, style, narrow)


def _taken(piece: Piece, span: Span) -> Span:
    """Return from where to where an element reaches that was offered a span."""
    sits = {"margin-left", "max-width", "width"} & set(piece.element.style)
    return Span(piece.place.left, piece.place.right) if sits else span


def _spans(scene: Scene, blocks: Sequence[Block], fits: Sequence[Fit], inner: Span) -> list[Span]:
    """Choose the span of each: boxes and short texts have theirs, what can be wider reaches to the next."""
    spans = []
    for place, (block, each) in enumerate(zip(blocks, fits, strict=True)):
        if not _is_flexible(scene, block):
            spans.append(Span(each.place.left, each.place.right))
            continue
        last = place == len(blocks) - 1
        prefer = inner.right if last else fits[place + 1].place.left
        left, centered = _left(scene, block, each, spans[-1].right if spans else inner.left, prefer)
        right = 2 * each.place.middle - left if centered else best_right([each], max(prefer, each.place.left + 1))
        spans.append(Span(left, right))
    return spans


def _left(scene: Scene, block: Block, asked: Fit, before: float, after: float) -> tuple[float, bool]:
    """Return the left edge of a span, and whether it is symmetrical around what is centered in it."""
    middles = [fit(scene.page, child).place for child in block.children]
    off = [abs(place.middle - asked.place.middle) for place in middles]
    lefts = [place.left for place in middles]
    if len(middles) > 1 and max(off) <= 1.5 and max(lefts) - min(lefts) > 4 and block.layout.flow == "column":
        half = min(asked.place.middle - before, after - asked.place.middle)
        half = max(half, asked.place.width / 2)
        if asked.wraps:
            half = best_right([asked], asked.place.middle + half) - asked.place.middle
        return asked.place.middle - half, True
    return asked.place.left, False


def _is_flexible(scene: Scene, block: Block) -> bool:
    """Tell whether a block may be given more room than it fills."""
    if has_own_box(block):
        return False
    text = scene.text(block)
    return text is None or len(text.lines) > 1 or bool(block.children)


def _growing(scene: Scene, blocks: Sequence[Block], spans: Sequence[Span]) -> int | None:
    """Choose the block that takes up what room is left: the widest that holds others."""
    holders = [place for place, block in enumerate(blocks) if block.children or _is_flexible(scene, block)]
    holders = [place for place in holders if blocks[place].role not in ("button", "link", "badge")]
    widest = max(holders, key=lambda place: spans[place].width, default=None)
    return widest if widest is not None and spans[widest].width > _WIDE_PX else None


def _item(scene: Scene, block: Block, span: Span, piece: Piece, *, grows: bool) -> dict[str, str]:
    """Say how wide a flex item is; "" takes back what was said of it as a block."""
    taken_back = {"max-width": "", "margin-right": ""}
    if grows:
        return {**taken_back, "flex": "1", "min-width": "0", "width": ""}
    text = scene.text(block)
    if text and len(text.lines) == 1 and not has_own_box(block):
        known = all(character < _LAST_KNOWN for character in text.string)
        own = {"white-space": ""} if known else {"white-space": "nowrap", "width": px(span.width)}
        return {**taken_back, "width": "", "flex": "none", **own}
    own = {} if piece.element.tag in ("img", "input") else {"width": px(span.width)}
    return {**taken_back, "flex": "none", **own}


def _across(pieces: Sequence[Piece], top: float, bottom: float) -> dict[str, str]:
    """Say how flex items stand across their row."""
    if all(abs(each.place.top - top) < _SAME_PX and abs(each.place.bottom - bottom) < _SAME_PX for each in pieces):
        return {}
    middle = (top + bottom) / 2
    if all(abs((each.place.top + each.place.bottom) / 2 - middle) < _SAME_PX for each in pieces):
        return {"align-items": "center"}
    return {"align-items": "flex-start"}


def _same_gap(gaps: Sequence[float]) -> float | None:
    """Return the gap that all have, as near as half a pixel in the end; None if they differ."""
    mean = sum(gaps) / len(gaps) if gaps else 0.0
    if not gaps or mean < 0 or any(abs(gap - mean) > 0.5 for gap in gaps):
        return None
    return round(mean * 2) / 2
