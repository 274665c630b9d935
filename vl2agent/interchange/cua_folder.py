"""The folders of trycua/cua's trajectory saver: metadata.json, and turn_000/NNNN_NAME.json and .png.

`computer_call_result` has the action; the screenshot after it lies in a file beside it, written just before. What is in
JSON had its pictures left out there; `screenshot_action` is a picture that was drawn on. Without turns, or for
metadata.json alone, the items in that are read. Coordinates are pixels of the screenshot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vl2agent.errors import TrajectoryError
from vl2agent.interchange import openai_items
from vl2agent.interchange.source import OMITTED, Source
from vl2agent.interchange.trajectory import Item, Seen, Told, entry, mapping, sequence

_ARTIFACT = re.compile(r"(\d+)_(\w+)\.(json|png)")
_BEFORE = ("screenshot_initial", "screenshot_before")
_DRAWN = "screenshot_action"
_RESULTS = ("computer_call_result", "function_call_result")


def read(source: Source) -> Iterator[Item]:
    """Give what happened, in order.

    Raises:
        Unreadable, TrajectoryError: it is no such folder.
    """
    metadata = source.folder / "metadata.json"
    turns = sorted(source.folder.glob("turn_*")) if source.path.is_dir() else []
    if source.path.is_dir() and not turns and not metadata.exists():
        raise TrajectoryError(source.path, "the folder", "expected metadata.json or turn_000 in it")
    if not turns:
        yield from _from_metadata(source.json(metadata if source.path.is_dir() else source.path), source)
        return
    if metadata.exists():
        yield from _goal(source.json(metadata))
    for turn in turns:
        yield from _turn(turn, source)


def _goal(metadata: object) -> Iterator[Item]:
    arguments = metadata.get("kwargs") if isinstance(metadata, dict) else None
    messages = arguments.get("messages") if isinstance(arguments, dict) else None
    if isinstance(messages, str):
        yield Told("metadata.json", messages, "user")
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and message.get("role") == "user" and isinstance(message.get("content"), str):
            yield Told("metadata.json", message["content"], "user")


def _from_metadata(value: object, source: Source) -> Iterator[Item]:
    metadata = mapping(value, "metadata")
    yield from _goal(metadata)
    items = sequence(metadata.get("new_items"), "new_items")
    for number, item in enumerate(items, start=1):
        place = f"new_items, item {number}"
        yield from entry(place, openai_items.item_of(item, place, source))


def _turn(turn: Path, source: Source) -> Iterator[Item]:
    after: list[Seen] = []
    for path, name in _artifacts(turn):
        if path.suffix == ".png":
            picture = source.seen_file(path)
            if name in _BEFORE:
                yield picture
            elif name != _DRAWN:
                after.append(picture)
        elif name in _RESULTS:
            place = source.name(path)
            yield from entry(place, _result(source.json(path), place, source))
            yield from after
            after.clear()
        elif name == "agent_response":
            yield from _said(source.json(path), source.name(path))
    yield from after


def _artifacts(turn: Path) -> list[tuple[Path, str]]:
    """List a turn's files in the order in which they were written."""
    found = [(path, match) for path in turn.iterdir() if (match := _ARTIFACT.fullmatch(path.name))]
    return [(path, match[2]) for path, match in sorted(found, key=lambda each: int(each[1][1]))]


def _result(value: object, place: str, source: Source) -> Iterator[Item]:
    told = mapping(value, "a result")
    item = mapping(told.get("item"), "the item of a result")
    if item.get("type") == "function_call":
        yield openai_items.function_call(item, place)
    else:
        yield from openai_items.calls(item, place)
    for output in _as_list(told.get("result")):
        picture = output.get("output") if isinstance(output, dict) else None
        if isinstance(picture, dict) and picture.get("image_url") not in (None, OMITTED):
            yield source.seen(place, picture["image_url"])


def _said(value: object, place: str) -> Iterator[Item]:
    """Give what the model said with its calls."""
    response: Any = value
    for key in ("response", "output"):
        response = response.get(key) if isinstance(response, dict) else None
    for item in _as_list(response):
        content = item.get("content") if isinstance(item, dict) and item.get("type") == "message" else None
        texts = [
            part["text"] for part in _as_list(content) if isinstance(part, dict) and isinstance(part.get("text"), str)
        ]
        if texts:
            yield Told(place, "\n".join(texts), "model")


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
