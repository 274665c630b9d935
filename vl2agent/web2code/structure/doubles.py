"""Words that were read twice at one place are there once."""

from __future__ import annotations

from vl2agent.web2code.ir import Page, Text

STRIP_PX = 64
"""Only texts are compared that begin in neighbouring strips of the page."""
MIN_COMMON = 0.6
"""The share of the smaller one's ink box that both have."""


def without_doubles(page: Page) -> Page:
    """Keep of texts that say the same at the same place the one that was read with more confidence."""
    kept: dict[int, list[Text]] = {}
    for text in sorted(page.texts, key=lambda text: -text.confidence):
        strip = text.lines[0].box.top // STRIP_PX
        near = (other for place in (strip - 1, strip, strip + 1) for other in kept.get(place, ()))
        if not any(_is_double(text, other) for other in near):
            kept.setdefault(strip, []).append(text)
    ids = {text.id for texts in kept.values() for text in texts}
    if len(ids) == len(page.texts):
        return page
    children = tuple(block for block in page.root.children if block.text is None or block.text in ids)
    texts = tuple(text for text in page.texts if text.id in ids)
    return page.model_copy(update={"root": page.root.model_copy(update={"children": children}), "texts": texts})


def _is_double(text: Text, other: Text) -> bool:
    a, b = text.lines[0].box, other.lines[0].box
    common = a.intersection(b)
    if common is None or common.area < MIN_COMMON * min(a.area, b.area):
        return False
    ours, theirs = _letters(text), _letters(other)
    return ours in theirs or theirs in ours


def _letters(text: Text) -> str:
    return "".join(text.string.lower().split())
