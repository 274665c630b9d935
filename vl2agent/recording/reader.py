"""Open a recording, also one whose writer was killed, and say what is certain.

A last line without its end is cut off and named (`torn_bytes`). Anything else that does not fit - a checksum, a
number missing in the sequence - is damage, and an error: a recording is evidence.
"""

from __future__ import annotations

import json
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from pydantic import ValidationError

from vl2agent.calls import ModelCall
from vl2agent.errors import RecordingDamaged, RecordingError, UnknownVersion
from vl2agent.readings import Reading
from vl2agent.recording.clocks import clock_jumps
from vl2agent.recording.lines import from_line
from vl2agent.recording.pictures import Pictures
from vl2agent.recording.schema import (
    EVENTS,
    MANIFEST,
    VERSION,
    AnyEvent,
    Called,
    Decided,
    Ended,
    Event,
    FrameSeen,
    Grounded,
    Intended,
    Judged,
    Manifest,
    PictureKept,
    Planned,
    Read,
    Received,
    Resumed,
    RunStarted,
    Unknown,
)
from vl2agent.recording.storage import storage
from vl2agent.steps import Frame, Step

E = TypeVar("E", bound=Event)


class NewerRecording(UserWarning):
    """A recording is of a newer minor version of the format: what is not known here is not shown."""


class Recording:
    """Read a recording.

    Args:
        path: the folder that a Recorder wrote, or the file that it was packed into.

    Raises:
        RecordingError: it is not a recording.
        UnknownVersion: it is of another major version of the format.
        RecordingDamaged: it is not what was written; the message names the place.
        UnsafeArchive: it is a packed file that holds something else, too.

    Warns:
        NewerRecording: it is of a newer minor version; `certainty` tells it, too.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._files = storage(self.path)
        self.manifest = self._read_manifest()
        self._newer = _version(self.manifest.version) > _version(VERSION)
        if self._newer:
            warnings.warn(f"{self.path}: {self._about_newer()}", NewerRecording, stacklevel=2)
        self.events, self.torn_bytes = self._read_events()

    def of(self, kind: type[E]) -> Iterator[E]:
        """Give the events of one kind, in order."""
        return (event for event in self.events if isinstance(event, kind))

    @property
    def run(self) -> RunStarted | None:
        """The goal and what served it; None when the writer died before."""
        return next(self.of(RunStarted), None)

    @property
    def end(self) -> Ended | None:
        """How the run ended; None when the writer was killed before it could say, also after it was resumed."""
        last = next((event for event in reversed(self.events) if isinstance(event, Ended | Resumed)), None)
        return last if isinstance(last, Ended) else None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The finished steps.

        Raises:
            RecordingDamaged: one of them is said to be finished and was never planned, or is none.
        """
        try:
            return tuple(_steps(self.events))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise RecordingDamaged(self.path, f"its events make no step: {place}: {first['msg']}") from error

    @cached_property
    def calls(self) -> dict[int, list[ModelCall]]:
        """What a model was asked in each step, also in one that was not finished."""
        found: dict[int, list[ModelCall]] = defaultdict(list)
        for event in self.of(Called):
            found[event.step].append(event.call)
        return dict(found)

    @cached_property
    def readings(self) -> dict[int, list[Reading]]:
        """What reading the screen was asked in each step, and answered; answers that were written once are filled in.

        Raises:
            RecordingDamaged: an answer is said to have been written before, and was not.
        """
        found: dict[int, list[Reading]] = defaultdict(list)
        answers: dict[Reading, Reading] = {}
        for event in self.of(Read):
            question = event.reading.question()
            if not event.again:
                answers[question] = event.reading
            elif question not in answers:
                raise RecordingDamaged(self.path, f"event {event.seq}: an answer that is not there is referred to")
            found[event.step].append(answers[question])
        return dict(found)

    @property
    def uncertain(self) -> tuple[Intended, ...]:
        """Effects that may or may not have happened: intents whose executor never came back.

        A step that was planned anew after all was looked at, by whoever resumed the run, and had not happened.
        """
        found: dict[int, Intended] = {}
        for event in self.events:
            if isinstance(event, Intended):
                found[event.step] = event
            elif isinstance(event, Received | Planned):
                found.pop(event.step, None)
        return tuple(found.values())

    @property
    def gaps(self) -> tuple[int, ...]:
        """Frames that were seen and whose picture was not complete when the writer died."""
        kept = {event.frame for event in self.of(PictureKept)}
        return tuple(event.frame for event in self.of(FrameSeen) if event.frame not in kept)

    @property
    def clock_jumps(self) -> tuple[tuple[int, float], ...]:
        """Where the wall clock was set while this was written: the event after it, and by how many seconds."""
        return clock_jumps(self.events)

    def digest(self, frame: int) -> str | None:
        """Give the name of a frame's picture by content; None when it is a gap."""
        return self._pictures.digest(frame)

    def frame(self, number: int) -> Frame | None:
        """Give a frame as it was seen, pixels, place and windows; None when it is a gap.

        Raises:
            RecordingDamaged: the recording says that it is there, and it is not, or is another one.
        """
        return self._pictures.frame(number)

    def picture(self, frame: int) -> Image.Image | None:
        """Give a frame's picture alone, one to draw on; None when it is a gap.

        Raises:
            RecordingDamaged: the recording says that it is there, and it is not, or is another one.
        """
        found = self.frame(frame)
        return found.image.copy() if found else None

    def frames(self) -> Iterator[Frame]:
        """Go through the frames as they were seen, gaps left out; `ImageScreen(*recording.frames())` shows them again.

        Raises:
            RecordingDamaged: a picture is missing, or is another one.
        """
        for seen in self.of(FrameSeen):
            frame = self.frame(seen.frame)
            if frame is not None:
                yield frame

    def certainty(self) -> tuple[str, ...]:
        """Say in sentences what is not certain; empty for a recording that was ended properly."""
        said = [
            f"step {event.step}: {event.action.kind} was about to be performed; whether it was is not known"
            for event in self.uncertain
        ]
        if self.gaps:
            said.append(f"no picture of frame {', '.join(map(str, self.gaps))}: still being encoded when writing ended")
        if self.torn_bytes:
            said.append(f"the last event was being written: {self.torn_bytes} bytes were cut off")
        if self.end is None:
            said.append("the end is missing: the run was killed, or is still going on")
        said += (
            f"the wall clock was set by {by:+.0f} s before event {seq}: the order is that of the events"
            for seq, by in self.clock_jumps
        )
        if self._newer:
            said.append(self._about_newer())
        return tuple(said)

    @cached_property
    def _pictures(self) -> Pictures:
        return Pictures(self.path, self._files, self.of(FrameSeen), self.of(PictureKept))

    def _about_newer(self) -> str:
        known = f"it is of version {self.manifest.version} of the format, and {VERSION} is known here"
        unknown = sum(1 for _ in self.of(Unknown)) if hasattr(self, "events") else 0
        return known + (f": {unknown} of its events cannot be shown" if unknown else "")

    def _read_manifest(self) -> Manifest:
        """Read what the recording says of itself, the version before anything else."""
        try:
            said = json.loads(self._files.read(MANIFEST))
        except FileNotFoundError as error:
            raise RecordingError(self.path, f"expected a folder with {MANIFEST} in it; is this a recording?") from error
        except (OSError, ValueError, RecursionError) as error:
            raise RecordingDamaged(self.path, f"{MANIFEST} cannot be read: {error}") from error
        found = str(said.get("version")) if isinstance(said, dict) else "none"
        major = VERSION.partition(".")[0]
        if found.partition(".")[0] != major and found.replace(".", "", 1).isdecimal():
            raise UnknownVersion(self.path, found, VERSION)
        try:
            manifest = Manifest.model_validate(said, extra="ignore")
            manifest.model_dump_json()  # halves of a surrogate pair cannot be written down again
        except ValueError as error:
            raise RecordingDamaged(self.path, f"{MANIFEST} is not one of version {VERSION}: {error}") from error
        return manifest

    def _read_events(self) -> tuple[tuple[AnyEvent, ...], int]:
        try:
            data = self._files.read(EVENTS)
        except OSError as error:
            raise RecordingDamaged(self.path, f"{EVENTS} cannot be read: {error}") from error
        *lines, torn = data.split(b"\n")
        return tuple(self._checked(number, line) for number, line in enumerate(lines)), len(torn)

    def _checked(self, number: int, line: bytes) -> AnyEvent:
        try:
            event = from_line(line, newer=self._newer)
        except (ValueError, RecursionError) as error:
            raise RecordingDamaged(self.path, f"{EVENTS}, line {number + 1}: {error}") from error
        if event.seq != number:
            raise RecordingDamaged(self.path, f"{EVENTS}, line {number + 1}: expected event {number}, got {event.seq}")
        return event


def _steps(events: Iterable[AnyEvent]) -> Iterator[Step]:
    """Put each step together; what was planned anew leaves nothing of the earlier plan behind."""
    parts: dict[str, Any] = {}
    for event in events:
        match event:
            case Planned():
                parts = {"plan": event.plan}
            case Grounded():
                parts |= {"action": event.action, "target": event.target, "destination": event.destination}
            case Decided():
                parts["decision"] = event.decision
            case Received():
                parts["receipt"] = event.receipt
            case Judged():
                yield Step(number=event.step, verdict=event.verdict, seconds=event.seconds, **parts)


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))
