"""Tie labels to their fields, so that a click on the one reaches the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from vl2agent.web2code.emit.element import Element

_FIELDS = frozenset({"input", "select", "textarea"})
_TICKED = frozenset({"checkbox", "radio"})


def labelled(body: Element) -> Element:
    """Return the same page with `for` and `id` on labels and fields that belong together."""
    pairs = dict(_pairs(list(_labels_and_fields(body))))
    ids = {}
    for number, (label, field) in enumerate(pairs.items(), 1):
        ids[label] = ids[field] = f"field-{number}"
    return _with_ids(body, ids) if ids else body


def _labels_and_fields(element: Element) -> Iterator[Element]:
    """Yield them in document order; a label with a field in it needs no other tie."""
    inside = [each for each in element.walk() if each.tag in _FIELDS]
    if element.tag in _FIELDS or (element.tag == "label" and not inside):
        yield element
    elif element.tag != "label":
        for child in element.children:
            if isinstance(child, Element):
                yield from _labels_and_fields(child)


def _pairs(found: list[Element]) -> Iterator[tuple[int, int]]:
    """Yield labels with their fields, by identity: those of one name; else a box to tick before its label, or what follows."""
    taken: set[int] = set()
    for place, label in enumerate(found):
        if label.tag != "label":
            continue
        before, after = found[max(0, place - 1)], found[min(place + 1, len(found) - 1)]
        near = [field for field, ticked in ((before, True), (after, False)) if _is_ticked(field) == ticked]
        named = [each for each in found if each.attributes.get("aria-label") == _words(label)]
        nameless = [each for each in near if not each.attributes.get("aria-label")]
        for field in (*named, *nameless):
            if field.tag in _FIELDS and id(field) not in taken:
                taken.add(id(field))
                yield id(label), id(field)
                break


def _is_ticked(field: Element) -> bool:
    return field.attributes.get("type") in _TICKED


def _words(label: Element) -> str:
    """Return what is written on a label, as names of fields have it."""
    return "".join(child for each in label.walk() for child in each.children if isinstance(child, str)).strip(" :*.…")


def _with_ids(element: Element, ids: Mapping[int, str]) -> Element:
    children = tuple(child if isinstance(child, str) else _with_ids(child, ids) for child in element.children)
    attributes = dict(element.attributes)
    if name := ids.get(id(element)):
        if element.tag == "label":
            attributes["for"] = name
        else:
            attributes["id"] = name
            attributes.pop("aria-label", None)
    return replace(element, attributes=attributes, children=children)
