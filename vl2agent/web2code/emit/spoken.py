"""A name for everything that can be used, for those who hear the page."""

from __future__ import annotations

from dataclasses import replace

from vl2agent.web2code.emit.element import Document, Element

_CALLED = {
    "button": "Button",
    "a": "Link",
    "select": "Choice",
    "textarea": "Text",
    "input": "Field",
    "progress": "Progress",
}
"""What is said where nobody knows more."""
_FIELDS = frozenset({"input", "textarea", "select", "progress"})
_SILENT = frozenset({"submit", "reset", "button", "hidden"})


def with_names(document: Document) -> Document:
    """Return the page with a label on every button, link and field that has none."""
    labelled = {each.attributes["for"] for each in document.body.walk() if "for" in each.attributes}
    return replace(document, body=_named(document.body, labelled, within_label=False))


def _named(element: Element, labelled: set[str], *, within_label: bool) -> Element:
    attributes = dict(element.attributes)
    if element.tag in _CALLED and not _has_name(element, labelled, within_label=within_label):
        attributes["aria-label"] = attributes.get("placeholder") or attributes.get("title") or _CALLED[element.tag]
    inside = within_label or element.tag == "label"
    children = tuple(
        child if isinstance(child, str) else _named(child, labelled, within_label=inside) for child in element.children
    )
    return replace(element, attributes=attributes, children=children)


def _has_name(element: Element, labelled: set[str], *, within_label: bool) -> bool:
    attributes = element.attributes
    if attributes.get("aria-label") or attributes.get("aria-labelledby"):
        return True
    if element.tag == "a" and "href" not in attributes:
        return True
    if element.tag in _FIELDS:
        silent = attributes.get("type") in _SILENT
        return silent or within_label or attributes.get("id", "") in labelled
    return any(
        each.attributes.get("alt") or each.attributes.get("aria-label") or any(_words(each)) for each in element.walk()
    )


def _words(element: Element) -> list[str]:
    return [child for child in element.children if isinstance(child, str) and child.strip()]
