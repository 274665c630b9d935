"""Which span suits some blocks: one that starts where they start, and in which their texts wrap as they did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from vl2agent.web2code.emit.lines import text_place, wraps
from vl2agent.web2code.emit.place import Place, Span, placed
from vl2agent.web2code.ir import Block, Page, is_painted

CENTERED_PX = 1.5
"""How far from the middle something may stand that is called centered."""
FLUSH_PX = 1.25
_SLACK_PX = 4.0
"""How far from where a line would break otherwise an edge is chosen, if there is so much room."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a block asks of the span it is given.

    Args:
        place: where it is, with line boxes for texts.
        least: the smallest right edge of the span.
        wraps: right edges between which its texts wrap as they did.
    """

    place: Place
    least: float
    wraps: tuple[tuple[float, float], ...] = ()


def has_own_box(block: Block) -> bool:
    """Tell whether the edges of a block are those of a box, and not of what it holds."""
    if is_painted(block) or block.asset or not (block.text or block.children):
        return True
    return block.role in ("input", "textarea", "select", "checkbox", "radio", "switch", "table", "cell", "header_cell")


def fit(page: Page, block: Block) -> Fit:
    """Work out what a block asks for."""
    if has_own_box(block):
        place = placed(block)
        return Fit(place, place.right)
    fits = [fit(page, child) for child in block.children]
    if block.text:
        fits.append(_text_fit(page, block))
    place = fits[0].place
    for each in fits[1:]:
        place = place.union(each.place)
    ranges = tuple(each for one in fits for each in one.wraps)
    if block.layout.flow in ("row", "grid") and len(fits) > 1:
        ranges = fits[-1].wraps
    return Fit(place, max(each.least for each in fits), ranges)


def _text_fit(page: Page, block: Block) -> Fit:
    text = page.text_by_id[block.text or ""]
    place = text_place(text, block)
    if len(text.lines) == 1 or text.preformatted:
        return Fit(place, place.right)
    low, high = wraps(text)
    if text.align != "left":
        middle = place.middle
        return Fit(place, place.right, ((middle + low / 2, middle + high / 2),))
    return Fit(place, place.left, ((place.left + low, place.left + high),))


def best_right(fits: Sequence[Fit], prefer: float, widest: float = inf) -> float:
    """Choose a right edge near `prefer` in which most texts wrap as they did."""
    least = max((each.least for each in fits), default=prefer)
    ranges = [each for one in fits for each in one.wraps]
    first = prefer if prefer >= least - FLUSH_PX else least
    options = {first, least}
    for low, high in ranges:
        slack = min(_SLACK_PX, (high - low) / 2)
        options |= {low + slack, min((low + high) / 2, widest), high - slack}
    possible = [each for each in options if least - FLUSH_PX <= each <= widest + FLUSH_PX] or [first]
    return max(possible, key=lambda each: (_satisfied(ranges, each), -abs(each - first)))


def _satisfied(ranges: Iterable[tuple[float, float]], right: float) -> int:
    return sum(low <= right < high for low, high in ranges)


def is_centered(place: Place, span: Span) -> bool:
    """Tell whether something stands in the middle of a span, with room at both sides."""
    return abs(place.middle - span.middle) <= CENTERED_PX and place.left - span.left > FLUSH_PX


def frame(fits: Sequence[Fit], inner: Span) -> Span:
    """Choose the span for blocks that stand below one another in an outer span."""
    aside = [each for each in fits if not is_centered(each.place, inner)]
    if not aside:
        return inner
    left = max(inner.left, _flush([each.place.left for each in aside]))
    indent = left - inner.left
    rest = [each for each in fits if each in aside or each.place.left >= left]
    symmetrical = inner.right - indent
    needed = max(each.least for each in rest)
    prefer = symmetrical if symmetrical >= needed - FLUSH_PX or len(rest) < len(fits) else needed
    return Span(left, max(left, min(inner.right, best_right(rest, prefer, inner.right))))


def _flush(lefts: Sequence[float]) -> float:
    """Return the smallest of some edges; of those that mean the same one, the one in the middle."""
    first = min(lefts)
    return median(each for each in lefts if each - first <= FLUSH_PX)
