"""From styles on elements to classes and a style sheet, in either way of writing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vl2agent.web2code.emit.classes import classify
from vl2agent.web2code.emit.element import Document, Element
from vl2agent.web2code.emit.harmless import check
from vl2agent.web2code.emit.inherit import settle
from vl2agent.web2code.emit.palette import evened
from vl2agent.web2code.emit.stylesheet import stylesheet
from vl2agent.web2code.emit.tailwind import utility_classes

StyleKind = Literal["css", "tailwind"]


@dataclass(frozen=True)
class Dressed:
    """A page on its way to a file.

    Args:
        styled: the body with its styles, which tell how it is laid out.
        body: the same with classes.
        css: the style sheet.
    """

    styled: Element
    body: Element
    css: str


def dress(document: Document, style: StyleKind = "css") -> Dressed:
    """Give every element its classes.

    Raises:
        UnsafeMarkup: the document has what a page from a picture must not have.
    """
    check(document)
    styled = settle(evened(document.body))
    if style == "tailwind":
        return Dressed(styled, *utility_classes(styled, document.narrow_px))
    body, rules = classify(styled)
    tags = {element.tag for element in styled.walk()}
    return Dressed(styled, body, stylesheet(tags, rules, document.narrow_px))
