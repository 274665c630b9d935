"""A recording cut off at any byte opens, and says nothing that did not happen."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from vl2agent.errors import NotResumable, RecordingError
from vl2agent.loop.past import Past
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import EVENTS, FRAMES, MANIFEST, Received


def cut(path: Path, folder: Path, number: int, chance: random.Random) -> list[str]:
    """Cut copies of a recording at `number` random bytes; return what is wrong with any of them."""
    whole, data = Recording(path), (path / EVENTS).read_bytes()
    copy = folder / "cut.v2a"
    copy.mkdir(parents=True)
    shutil.copy(path / MANIFEST, copy / MANIFEST)
    (copy / FRAMES).symlink_to((path / FRAMES).resolve())
    problems = []
    for _ in range(number):
        at = chance.randrange(len(data) + 1)
        (copy / EVENTS).write_bytes(data[:at])
        if wrong := _wrong(copy, whole, data[:at]):
            problems.append(f"{path.name} cut at byte {at}: {wrong}")
    shutil.rmtree(copy)
    return problems


def _wrong(copy: Path, whole: Recording, data: bytes) -> str:
    """Compare what a cut recording says with the whole one."""
    try:
        recording = Recording(copy)
    except RecordingError as error:
        return f"it does not open: {error}"
    known = data.count(b"\n")
    torn = len(data) - (data.rfind(b"\n") + 1)
    if recording.events != whole.events[:known] or recording.torn_bytes != torn:
        return "it says more or less than what was written"
    if recording.steps != whole.steps[: len(recording.steps)]:
        return "a step is told that was another one"
    received = {event.step for event in recording.of(Received)}
    if any(event.step in received for event in recording.uncertain):
        return "an effect is called uncertain whose receipt is there"
    if not recording.end and not recording.certainty():
        return "it says that all is certain"
    for seen in range(sum(1 for _ in recording.frames())):
        recording.digest(seen)
    try:
        past = Past(copy)
    except NotResumable:
        return "" if recording.end or not recording.run else "it cannot be resumed"
    unfinished = past.unfinished
    uncertain = bool(unfinished and unfinished.intent and not unfinished.receipt)
    return "" if uncertain == bool(recording.uncertain) else "what is uncertain is told in two ways"
