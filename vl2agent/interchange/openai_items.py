"""OpenAI's computer use: the items of the Responses API, as its sample keeps them and other agents log them.

A list of items, or an object with "input" and "output", or one item a line: `computer_call` with an `action` or several
`actions`, `computer_call_output` with a screenshot, `function_call` whose arguments hold an action, `message`,
`reasoning`. Coordinates are pixels of the screenshot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vl2agent.interchange.source import Source
from vl2agent.interchange.trajectory import Item, Told, Unreadable, Wanted, entry, mapping, sequence, text

LISTS = ("input", "items", "messages", "output", "new_items")
"""Where an object keeps items; in this order."""
_PICTURES = ("input_image", "computer_screenshot", "image_url")
_TEXTS = ("input_text", "output_text", "text", "summary_text")


def read(source: Source) -> Iterator[Item]:
    """Give what happened, in order.

    Raises:
        Unreadable, TrajectoryError: an entry is no item.
    """
    number = 0
    for place, record in source.records():
        if isinstance(record, dict) and "type" in record:
            yield from entry(place, item_of(record, place, source))
            continue
        for item in listed(record):
            number += 1
            place = f"item {number}"
            yield from entry(place, item_of(item, place, source))


def listed(record: object) -> list[Any]:
    """Take the items out of a document."""
    if isinstance(record, dict):
        found = [name for name in LISTS if name in record]
        if not found:
            raise Unreadable(f"expected items in {' or '.join(LISTS)}, got an object without them")
        return [each for name in found for each in _as_list(record[name], name)]
    return sequence(record, "the items")


def item_of(value: object, place: str, source: Source) -> Iterator[Item]:
    """Read an item.

    Raises:
        Unreadable: it is none, or is of a kind that is not known.
    """
    item = mapping(value, "an item")
    kind = item.get("type", "message" if "role" in item else None)
    if kind == "computer_call":
        yield from calls(item, place)
    elif kind == "function_call":
        yield function_call(item, place)
    elif kind in ("computer_call_output", "function_call_output"):
        yield from _pictures(item.get("output"), place, source)
    elif kind == "message":
        yield from _message(item, place, source)
    elif kind != "reasoning":
        raise Unreadable(f"expected an item of the Responses API, got the type {str(kind)[:40]!r}")


def calls(item: Mapping[str, Any], place: str) -> Iterator[Wanted]:
    """Give the action, or the actions, of a computer call."""
    several = item.get("actions")
    wanted = sequence(several, "actions") if several is not None else [item.get("action")]
    for each in wanted:
        fields = dict(mapping(each, "an action"))
        yield Wanted(place, text(fields.pop("type", None), "the type of an action"), fields)


def function_call(item: Mapping[str, Any], place: str) -> Wanted:
    """Read a call of a function that takes an action; the name of any other is the verb."""
    arguments = item.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            raise Unreadable(f"expected arguments in JSON, got {arguments[:60]!r}") from None
    fields = dict(mapping(arguments, "arguments"))
    verb = fields.pop("action", None) or fields.pop("type", None) or item.get("name")
    return Wanted(place, text(verb, "the name of a function"), fields)


def _message(item: Mapping[str, Any], place: str, source: Source) -> Iterator[Item]:
    content = item.get("content")
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else _as_list(content, "content")
    said = [text(part.get("text"), "a text") for part in parts if isinstance(part, dict) and part.get("type") in _TEXTS]
    if said and item.get("role") in ("user", "assistant"):
        yield Told(place, "\n".join(said), "user" if item["role"] == "user" else "model")
    for part in parts:
        yield from _pictures(part, place, source)


def _pictures(output: object, place: str, source: Source) -> Iterator[Item]:
    """Give the picture of an output, if it has one; a list may hold several parts."""
    if isinstance(output, list):
        for part in output:
            yield from _pictures(part, place, source)
    elif isinstance(output, dict) and output.get("type") in _PICTURES:
        picture = output.get("image_url")
        yield source.seen(place, picture.get("url") if isinstance(picture, dict) else picture)


def _as_list(value: object, what: str) -> list[Any]:
    return [{"role": "user", "content": value}] if isinstance(value, str) else sequence(value, what)
