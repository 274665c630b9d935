"""Where on a page an element stands, in a word: a part of the page, or what its heading says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from vl2agent.web2code.emit.element import Element

_PARTS = frozenset({"header", "nav", "aside", "footer", "form", "table"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SHORTEST, _LONGEST = 3, 12
_SMALL = frozenset({"the", "and", "for", "with", "your", "our", "all", "are", "how", "what", "this", "that", "from"})


def contexts(body: Element) -> list[str]:
    """Return a word for every element, in document order; "" where nothing tells one place from another."""
    return list(_contexts(body, "", _count(body)))


def _contexts(element: Element, context: str, headings_around: int) -> Iterator[str]:
    headings = _count(element)
    if element.tag in _PARTS:
        context = element.tag
    elif headings == 1 != headings_around:
        context = _word(element) or context
    yield context
    for child in element.children:
        if isinstance(child, Element):
            yield from _contexts(child, context, headings)


def _count(element: Element) -> int:
    return sum(each.tag in _HEADINGS for each in element.walk())


def _word(element: Element) -> str:
    """Return the first word of an element's heading that says something."""
    heading = next(each for each in element.walk() if each.tag in _HEADINGS)
    text = " ".join(child for each in heading.walk() for child in each.children if isinstance(child, str))
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z]+", plain)
    return next((word for word in words if _SHORTEST <= len(word) <= _LONGEST and word not in _SMALL), "")
