"""UI-TARS: replies of the form "Thought: ... Action: click(start_box='(1,2)')", between pictures.

Three ways of keeping them: UI-TARS-desktop's conversations ({"from", "value", "screenshotBase64"}), chat messages
({"role", "content"} with image_url), and a line for each step ({"image", "prediction"}). Its first models and Doubao
count in thousandths of the picture, 1.5 in pixels of the picture as Qwen2.5-VL resizes it: `--space` says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vl2agent.interchange.source import Source
from vl2agent.interchange.trajectory import Item, Told, Unreadable, Wanted, entry, mapping, sequence, text
from vl2agent.interchange.ui_tars_text import read_reply

_LISTS = ("conversations", "messages", "steps", "trajectory")
_TASKS = ("instruction", "task", "goal")
_PICTURES = ("image", "screenshot", "screenshotBase64", "screenshot_path")
_REPLIES = ("prediction", "response", "reply", "output")


def read(source: Source) -> Iterator[Item]:
    """Give what happened, in order.

    Raises:
        Unreadable, TrajectoryError: an entry is none of the three.
    """
    number = 0
    for place, record in source.records():
        if source.path.suffix == ".jsonl":
            yield from entry(place, _entry(record, place, source))
            continue
        for each in _listed(record):
            number += 1
            place = f"entry {number}"
            yield from entry(place, _entry(each, place, source))


def _listed(record: object) -> list[Any]:
    """Take the entries out of a document, its task first."""
    if not isinstance(record, dict):
        return sequence(record, "entries")
    found = next((name for name in _LISTS if name in record), None)
    if found is None:
        raise Unreadable(f"expected entries in {' or '.join(_LISTS)}, got an object without them")
    tasks = [{"task": record[name]} for name in _TASKS if isinstance(record.get(name), str)]
    return tasks[:1] + sequence(record[found], found)


def _entry(value: object, place: str, source: Source) -> Iterator[Item]:
    """Read an entry: its task, its picture, its reply, in this order."""
    said = mapping(value, "an entry")
    if task := next((said[name] for name in _TASKS if isinstance(said.get(name), str)), ""):
        yield Told(place, task, "user")
    if "content" in said:
        yield from _message(said, place, source)
        return
    if (picture := next((said[name] for name in _PICTURES if said.get(name)), None)) is not None:
        yield source.seen(place, picture)
    if "value" in said:
        yield from _spoken(text(said["value"], "a value"), said.get("from") == "gpt", place)
    elif (name := next((name for name in _REPLIES if name in said), None)) is not None:
        yield from _replied(text(said[name], name), place)


def _message(said: Mapping[str, Any], place: str, source: Source) -> Iterator[Item]:
    content = said["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else sequence(content, "content")
    for value in parts:
        part = mapping(value, "a part of a message")
        if part.get("type") == "text":
            yield from _spoken(text(part.get("text"), "a text"), said.get("role") == "assistant", place)
        elif part.get("type") == "image_url":
            address = part.get("image_url")
            yield source.seen(place, address.get("url") if isinstance(address, dict) else address)


def _spoken(said: str, by_model: bool, place: str) -> Iterator[Item]:
    if by_model:
        yield from _replied(said, place)
    elif (words := said.replace("<image>", "").strip()) and "## Action Space" not in words:
        yield Told(place, words, "user")
    elif "## User Instruction" in words:
        yield Told(place, words.rpartition("## User Instruction")[2].strip(), "user")


def _replied(reply: str, place: str) -> Iterator[Item]:
    read_one = read_reply(reply)
    for call in read_one.calls:
        yield Wanted(place, call.verb, call.fields, read_one.thought)
