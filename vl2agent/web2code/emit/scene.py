"""What the parts of flow layout tell each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.place import Place, Span
from vl2agent.web2code.ir import Block, Page, Text


@dataclass(frozen=True)
class Piece:
    """An element, and where its border box will stand if its margins are as asked."""

    element: Element
    place: Place

    def styled(self, style: Mapping[str, str], narrow: Mapping[str, str] | None = None) -> Piece:
        """Add declarations; an empty value takes one away."""
        merged = {key: value for key, value in {**self.element.style, **style}.items() if value}
        narrowed = {**self.element.narrow, **(narrow or {})}
        return Piece(replace(self.element, style=merged, narrow=narrowed), self.place)


@dataclass(frozen=True)
class Content:
    """What stands in a box: its elements, the span they need, from where to where they reach, how the box lays them."""

    elements: tuple[Element | str, ...]
    span: Span
    top: float
    bottom: float
    style: Mapping[str, str] = field(default_factory=dict)
    narrow: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """The page, and how any block of it is built within a span."""

    page: Page
    build: Callable[[Scene, Block, Span], Piece]
    highest: float = inf
    """No single line is higher than the innermost box it stands in."""

    def text(self, block: Block) -> Text | None:
        return self.page.text_by_id[block.text] if block.text else None

    def in_box(self, height: float) -> Scene:
        return replace(self, highest=max(1.0, height))

    def within(self, block: Block, span: Span) -> Piece:
        return self.build(self, block, span)
