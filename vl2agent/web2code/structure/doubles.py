"""Words that were read twice at one place are there once."""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.web2code.ir import Page, Text

MIN_COMMON = 0.6
"""The share of the smaller one's ink box that both have."""


def without_doubles(page: Page) -> Page:
    """Keep of texts that say the same at the same place the one that was read with more confidence."""
    kept: list[Text] = []
    for text in sorted(page.texts, key=lambda text: -text.confidence):
        if not _is_double(text, kept):
            kept.append(text)
    ids = {text.id for text in kept}
    children = tuple(block for block in page.root.children if block.text is None or block.text in ids)
    texts = tuple(text for text in page.texts if text.id in ids)
    root = page.root.model_copy(update={"children": children})
    return page if len(kept) == len(page.texts) else page.model_copy(update={"root": root, "texts": texts})


def _is_double(text: Text, others: Sequence[Text]) -> bool:
    letters, box = _letters(text), text.lines[0].box
    for other in others:
        common = box.intersection(other.lines[0].box)
        if common and common.area >= MIN_COMMON * min(box.area, other.lines[0].box.area):
            theirs = _letters(other)
            if letters in theirs or theirs in letters:
                return True
    return False


def _letters(text: Text) -> str:
    return "".join(text.string.lower().split())
