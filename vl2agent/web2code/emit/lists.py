"""Lists: signs before items are the browser's, at the indentation that items had."""

from __future__ import annotations

from dataclasses import replace

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.scene import Piece
from vl2agent.web2code.ir import Block

_LETTERING = ("line-height", "font-size", "font-family", "color")


def _as_high_as_its_line(item: Element | str) -> Element | str:
    """Letter an item as its first line, for its sign stands on that line and makes it no higher."""
    if isinstance(item, str):
        return item
    first = next((each for each in item.walk() if "line-height" in each.style), item)
    letters = {name: first.style[name] for name in _LETTERING if name in first.style}
    return replace(item, style={**letters, **item.style})


def listed(block: Block, piece: Piece) -> Piece:
    """Give a list its signs; its indentation is room for them, and so padding."""
    markers = {item.marker for item in block.children if item.marker}
    style = dict(piece.element.style)
    if len(markers) == 1 and all(item.marker for item in block.children):
        style["list-style"] = next(iter(markers)) or "none"
    else:
        style["list-style"] = "none"
    if markers and "margin-left" in style and "padding-left" not in style and style["margin-left"] != "auto":
        style["padding-left"] = style.pop("margin-left")
        if "max-width" in style:
            style["max-width"] = px(float(style["max-width"][:-2]) + float(style["padding-left"][:-2]))
    children = tuple(_as_high_as_its_line(child) for child in piece.element.children)
    if len(markers) > 1 or not all(item.marker for item in block.children):
        pairs = zip(block.children, children, strict=False)
        children = tuple(
            replace(child, style={**child.style, "list-style": item.marker})
            if item.marker and not isinstance(child, str)
            else child
            for item, child in pairs
        )
    return Piece(replace(piece.element, style=style, children=children), piece.place)
