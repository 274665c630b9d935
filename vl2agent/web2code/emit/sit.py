"""How a box of known width sits in the span that it is given."""

from __future__ import annotations

from vl2agent.web2code.emit.fit import FLUSH_PX, is_centered
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.place import Place, Span

_FAR_PX = 24


def sit(place: Place, span: Span) -> dict[str, str]:
    """Write margins and a greatest width for a block-level box, nothing where it just fills the span."""
    left, right = place.left - span.left, span.right - place.right
    fits_left, fits_right = abs(left) <= 0.5, abs(right) <= FLUSH_PX
    if right < -FLUSH_PX:
        return {"width": px(place.width)} | ({} if fits_left else {"margin-left": px(left)})
    if fits_left and fits_right:
        return {}
    if is_centered(place, span):
        return {"max-width": px(place.width), "margin-left": "auto", "margin-right": "auto"}
    if fits_right:
        return {"margin-left": px(left)}
    if abs(right) <= FLUSH_PX and left > _FAR_PX:
        return {"max-width": px(place.width), "margin-left": "auto"}
    return ({} if fits_left else {"margin-left": px(left)}) | {"max-width": px(place.width)}
