"""Landmarks for those who do not see the page: all content stands in one, there is one `main`, no two sound alike.

Tags change, and nothing that can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vl2agent.web2code.emit.element import Document, Element
from vl2agent.web2code.emit.inherit import lays_out_boxes

_ALWAYS = frozenset({"main", "nav", "aside"})
_OUTERMOST = frozenset({"header", "footer"})
_SECTIONING = frozenset({"main", "nav", "aside", "article", "section"})
_CONTENT = frozenset({"img", "input", "select", "textarea", "button", "progress"})
_SAID = {"nav": "Navigation", "aside": "Sidebar"}
"""What a landmark without a label is called when there are several."""
_WORDS = 4

Path = tuple[int, ...]
"""Where an element stands: places among children, from the body down."""


def with_landmarks(document: Document) -> Document:
    """Return the page with one `main` around all that stands in no other landmark."""
    body = document.body
    mains = [path for path, element in _walk(body) if element.tag == "main"]
    loose = list(_loose(body, ()))
    if loose or len(mains) != 1:
        for path in mains:
            body = _retagged(body, path, "div")
        body = _with_main(body, [*loose, *mains])
    return replace(document, body=_labelled(body))


def _walk(element: Element, path: Path = ()) -> Iterator[tuple[Path, Element]]:
    yield path, element
    for place, child in enumerate(element.children):
        if isinstance(child, Element):
            yield from _walk(child, (*path, place))


def _loose(element: Element, path: Path, *, sectioned: bool = False) -> Iterator[Path]:
    """Yield the places of content outside landmarks."""
    if element.tag in _ALWAYS or (element.tag in _OUTERMOST and not sectioned):
        return
    if element.tag in _CONTENT or any(isinstance(child, str) and child.strip() for child in element.children):
        yield path
        return
    sectioned = sectioned or element.tag in _SECTIONING
    for place, child in enumerate(element.children):
        if isinstance(child, Element):
            yield from _loose(child, (*path, place), sectioned=sectioned)


def _with_main(body: Element, places: list[Path]) -> Element:
    """Make a `main` of the innermost plain element around all places, else put one around them in the body."""
    if not places:
        return body
    first, last = min(places), max(places)
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    for depth in range(shared, 0, -1):
        if _at(body, first[:depth]).tag == "div":
            return _retagged(body, first[:depth], "main")
    start, end = (first[0], last[0] + 1) if first and last else (0, len(body.children))
    style = {"display": "contents"} if lays_out_boxes(body) else {}
    main = Element("main", style=style, children=body.children[start:end], name="main")
    return replace(body, children=(*body.children[:start], main, *body.children[end:]))


def _at(element: Element, path: Path) -> Element:
    for place in path:
        child = element.children[place]
        assert isinstance(child, Element)
        element = child
    return element


def _retagged(element: Element, path: Path, tag: str) -> Element:
    if not path:
        return replace(element, tag=tag, name="" if element.name in (tag, "main") else element.name)
    children = list(element.children)
    child = children[path[0]]
    assert isinstance(child, Element)
    children[path[0]] = _retagged(child, path[1:], tag)
    return replace(element, children=tuple(children))


def _labelled(body: Element) -> Element:
    """Call landmarks of one kind by different names."""
    counts = {tag: sum(each.tag == tag for each in body.walk()) for tag in _SAID}
    taken: set[tuple[str, str]] = set()

    def labelled(element: Element) -> Element:
        if counts.get(element.tag, 0) > 1:
            wanted = element.attributes.get("aria-label") or _heading(element) or _SAID[element.tag]
            names = [wanted, *(f"{wanted} {number}" for number in range(2, counts[element.tag] + 1))]
            name = next(name for name in names if (element.tag, name) not in taken)
            taken.add((element.tag, name))
            element = replace(element, attributes={**element.attributes, "aria-label": name})
        children = tuple(child if isinstance(child, str) else labelled(child) for child in element.children)
        return replace(element, children=children)

    return labelled(body)


def _heading(element: Element) -> str:
    """Return the first words of the first heading in an element."""
    headings = (each for each in element.walk() if each.tag in ("h1", "h2", "h3", "h4", "h5", "h6"))
    first = next(headings, None)
    words = "".join(_strings(first)).split() if first else []
    return " ".join(words[:_WORDS])


def _strings(element: Element) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _strings(child)
