"""Open a recording, also one whose writer was killed, and say what is certain.

A last line without its end is cut off and named (`torn_bytes`). Anything else that does not fit - a checksum, a
number missing in the sequence - is damage, and an error: a recording is evidence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from PIL import Image

from vl2agent.calls import ModelCall
from vl2agent.errors import RecordingError
from vl2agent.geometry import ScreenPoint
from vl2agent.recording.schema import (
    EVENTS,
    FRAMES,
    MANIFEST,
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
    Received,
    RunStarted,
    from_line,
)
from vl2agent.steps import Frame, Step

E = TypeVar("E", bound=Event)


class Recording:
    """Read a recording.

    Args:
        path: the folder that a Recorder wrote.

    Raises:
        RecordingError: it is not a recording, or is damaged; the message names the place.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.manifest = self._read_manifest()
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
        """How the run ended; None when the writer was killed before it could say."""
        return next(self.of(Ended), None)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The finished steps."""
        plans, aims = {e.step: e for e in self.of(Planned)}, {e.step: e for e in self.of(Grounded)}
        decisions = {e.step: e.decision for e in self.of(Decided)}
        receipts = {e.step: e.receipt for e in self.of(Received)}
        return tuple(
            Step(
                number=judged.step,
                plan=plans[judged.step].plan,
                target=aim.target if aim else None,
                destination=aim.destination if aim else None,
                action=aim.action if aim else None,
                decision=decisions.get(judged.step),
                receipt=receipts.get(judged.step),
                verdict=judged.verdict,
                seconds=judged.seconds,
            )
            for judged in self.of(Judged)
            for aim in [aims.get(judged.step)]
        )

    @cached_property
    def calls(self) -> dict[int, list[ModelCall]]:
        """What a model was asked in each step, also in one that was not finished."""
        found: dict[int, list[ModelCall]] = defaultdict(list)
        for event in self.of(Called):
            found[event.step].append(event.call)
        return dict(found)

    @property
    def uncertain(self) -> tuple[Intended, ...]:
        """Effects that may or may not have happened: intents whose executor never came back."""
        received = {event.step for event in self.of(Received)}
        return tuple(event for event in self.of(Intended) if event.step not in received)

    @property
    def gaps(self) -> tuple[int, ...]:
        """Frames that were seen and whose picture was not complete when the writer died."""
        kept = {event.frame for event in self.of(PictureKept)}
        return tuple(event.frame for event in self.of(FrameSeen) if event.frame not in kept)

    def digest(self, frame: int) -> str | None:
        """Give the name of a frame's picture by content; None when it is a gap."""
        return self._digests.get(frame)

    def picture(self, frame: int) -> Image.Image | None:
        """Open a frame's picture; None when it is a gap.

        Raises:
            RecordingError: the recording says that it is there, and it is not, or is not readable.
        """
        digest = self.digest(frame)
        if digest is None:
            return None
        path = self.path / FRAMES / f"{digest}.png"
        try:
            with Image.open(path) as image:
                return image.convert("RGB")
        except OSError as error:
            raise RecordingError(self.path, f"picture {path.name} of frame {frame} cannot be read: {error}") from error

    def frames(self) -> Iterator[Frame]:
        """Go through the frames as they were seen, gaps left out; `ImageScreen(*recording.frames())` shows them again.

        Raises:
            RecordingError: a picture is not readable.
        """
        for seen in self.of(FrameSeen):
            image = self.picture(seen.frame)
            if image is not None:
                origin = ScreenPoint(seen.region.left, seen.region.top)
                frame = Frame.from_image(image, origin=origin, taken_at_s=seen.mono_s, scale=seen.scale)
                yield replace(frame, windows=seen.windows)

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
        return tuple(said)

    @cached_property
    def _digests(self) -> dict[int, str]:
        return {event.frame: event.digest for event in self.of(PictureKept)}

    def _read_manifest(self) -> Manifest:
        path = self.path / MANIFEST
        try:
            return Manifest.model_validate_json(path.read_bytes())
        except FileNotFoundError as error:
            raise RecordingError(self.path, f"expected a folder with {MANIFEST} in it; is this a recording?") from error
        except (OSError, ValueError) as error:
            raise RecordingError(self.path, f"{MANIFEST} cannot be read: {error}") from error

    def _read_events(self) -> tuple[tuple[AnyEvent, ...], int]:
        try:
            data = (self.path / EVENTS).read_bytes()
        except OSError as error:
            raise RecordingError(self.path, f"{EVENTS} cannot be read: {error}") from error
        *lines, torn = data.split(b"\n")
        return tuple(self._checked(number, line) for number, line in enumerate(lines)), len(torn)

    def _checked(self, number: int, line: bytes) -> AnyEvent:
        try:
            event = from_line(line)
        except ValueError as error:
            raise RecordingError(self.path, f"{EVENTS}, line {number + 1}: {error}") from error
        if event.seq != number:
            raise RecordingError(self.path, f"{EVENTS}, line {number + 1}: expected event {number}, got {event.seq}")
        return event
