"""The page as elements with styles: what layout makes of the page IR, and every way of writing code starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

NARROW_PX = 640
"""Windows up to this width get the `narrow` declarations too, unless the page itself is that narrow."""


@dataclass(frozen=True)
class Element:
    """An HTML element.

    Args:
        tag: lower case.
        attributes: without style and class, which the writers make of `style`; values not escaped.
        style: CSS declarations, property to value; they start from `reset.py`, and inherit as CSS does. Say what a
            text looks like wherever it stands: what is inherited anyway is dropped by the writers. A picture is named
            as its file, `url("assets/a1.png")`.
        narrow: declarations for narrow windows, over the others.
        children: elements, and texts that are not escaped yet. No blanks for indentation: the writers indent.
        block: id of the block of the page IR that it shows, if it shows one.
        name: a word for its class, as 'card' or 'nav-item'; equal siblings share it.
    """

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    style: Mapping[str, str] = field(default_factory=dict)
    narrow: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Element | str, ...] = ()
    block: str | None = None
    name: str = ""

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()


@dataclass(frozen=True)
class Document:
    """A whole page: its body, and what its head and its style sheet need to know.

    Args:
        narrow_px: windows up to this width are narrow.
    """

    body: Element
    title: str
    language: str = ""
    direction: str = "ltr"
    narrow_px: int = NARROW_PX


@dataclass(frozen=True)
class Code:
    """Files by name, as 'index.html', 'style.css', 'assets/a1.png'; `index.html` is always there.

    Args:
        files: the code.
        plain: the same page as a browser can show it, where `files` have to be built first.
    """

    files: Mapping[str, bytes]
    plain: Mapping[str, bytes] | None = None

    @property
    def shown(self) -> Mapping[str, bytes]:
        """The files to show: plain ones where there are some."""
        return self.files if self.plain is None else self.plain
