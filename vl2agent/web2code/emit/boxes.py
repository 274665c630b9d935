"""A box around its contents: paint, padding, and the size that it had."""

from __future__ import annotations

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.paint import paint
from vl2agent.web2code.emit.place import Place, Span, placed
from vl2agent.web2code.emit.scene import Content
from vl2agent.web2code.emit.sit import sit
from vl2agent.web2code.ir import Block, Style

_MOST_PADDING_PX = 72
"""What is blank below the contents beyond this is height, not padding: in a narrow window nobody wants it."""


def borders(style: Style) -> tuple[float, float, float, float]:
    """Return the widths of top, right, bottom and left."""
    top, right, bottom, left = (
        edge.width if edge else 0.0 for edge in (style.top, style.right, style.bottom, style.left)
    )
    return top, right, bottom, left


def inside(block: Block) -> Place:
    """Return the edges of a box within its borders."""
    place = placed(block)
    top, right, bottom, left = borders(block.style)
    return Place(place.left + left, place.top + top, place.right - right, place.bottom - bottom)


def padding(block: Block, content: Content) -> dict[str, str]:
    """Say how far from the borders of a box its contents stand."""
    inner = inside(block)
    below = inner.bottom - content.bottom
    sides = {
        "padding-top": content.top - inner.top,
        "padding-right": inner.right - content.span.right,
        "padding-bottom": below if below <= _MOST_PADDING_PX else 0.0,
        "padding-left": content.span.left - inner.left,
    }
    style = {name: px(length) for name, length in sides.items() if length >= 0.25}
    if below > _MOST_PADDING_PX:
        style["min-height"] = px(placed(block).height)
    elif below < 0:
        style["height"] = px(placed(block).height)
    return style


def empty_box(block: Block, span: Span, tag: str, name: str) -> Element:
    """Build a box that holds nothing."""
    place = placed(block)
    style = {**paint(block.style), "height": px(place.height), **sit(place, span)}
    return Element(tag, style=style, block=block.id, name=name)
