"""Anthropic's computer use: transcript.jsonl beside meta.json and images/, or a list of messages.

Each entry is {"role", "content"}; content is a text, or blocks: `text`, `tool_use` of the computer tool (or of its batch
tool, several actions), `tool_result` with images, `image` by a path or in Base64. Coordinates are pixels of the image
that was sent last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vl2agent.interchange.source import Source
from vl2agent.interchange.trajectory import Item, Seen, Told, Unreadable, Wanted, entry, mapping, sequence, text


def read(source: Source) -> Iterator[Item]:
    """Give what happened, in order.

    Raises:
        Unreadable, TrajectoryError: an entry is no message.
    """
    meta = source.folder / "meta.json"
    if meta.is_file() and isinstance(task := _get(source.json(meta), "task"), str):
        yield Told("meta.json", task, "user")
    number = 0
    for place, record in source.records():
        if isinstance(record, dict) and "role" in record:
            yield from entry(place, _message(record, place, source))
            continue
        found = _get(record, "messages") or record
        for message in sequence(found, "messages"):
            number += 1
            place = f"message {number}"
            yield from entry(place, _message(message, place, source))


def _message(value: object, place: str, source: Source) -> Iterator[Item]:
    message = mapping(value, "a message")
    content = message.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else sequence(content, "content")
    said: list[str] = []
    for each in blocks:
        block = mapping(each, "a block")
        match block.get("type"):
            case "text":
                said.append(text(block.get("text"), "a text"))
            case "tool_use":
                yield from _uses(block, place, "\n".join(said))
                said.clear()
            case "tool_result":
                yield from _images(block.get("content"), place, source)
            case "image":
                yield _image(block, place, source)
            case "thinking" | "redacted_thinking":
                pass
            case other:
                raise Unreadable(f"expected a block of text, tool_use, tool_result or image, got {str(other)[:40]!r}")
    if said:
        yield Told(place, "\n".join(said), "model" if message.get("role") == "assistant" else "user")


def _uses(block: Mapping[str, Any], place: str, thought: str) -> Iterator[Item]:
    """Give the action of a tool's use; of a batch all of them."""
    given = mapping(block.get("input"), "the input of a tool")
    for each in sequence(given["actions"], "actions") if "actions" in given else [given]:
        fields = dict(mapping(each, "an action"))
        verb = fields.pop("action", None) or block.get("name")
        yield Wanted(place, text(verb, "an action"), fields, thought)


def _images(content: object, place: str, source: Source) -> Iterator[Seen]:
    for block in content if isinstance(content, list) else ():
        if _get(block, "type") == "image":
            yield _image(block, place, source)


def _image(block: Mapping[str, Any], place: str, source: Source) -> Seen:
    return source.seen(place, block.get("path") or _get(block.get("source"), "data"))


def _get(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
