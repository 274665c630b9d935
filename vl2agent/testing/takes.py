"""The recordings of one test: found and played back, or made anew and kept once the test has passed."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from vl2agent.errors import RecordingError
from vl2agent.recording.packing import pack
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import PACKED_SUFFIX, SUFFIX, FrameSeen
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame

Mode: TypeAlias = Literal["none", "new", "all"]


class NoRecording(RecordingError):
    """A test is to be played back, and has nothing to play."""


@dataclass(frozen=True, slots=True)
class Take:
    """One recording: `found` is where it lies, if it is to be played back; else `recorder` makes it."""

    found: Path | None
    recorder: Recorder | None


class Takes:
    """The recordings of one test, in the order in which it opens them.

    Args:
        wanted: where the first one lies, without its ending; the others are numbered.
        draft: a folder of this test's own to record in.
        mode: what to do with what is there, and with what is missing.
        command: what records it, for the message that it is missing.
    """

    def __init__(self, wanted: Path, draft: Path, mode: Mode, command: str) -> None:
        self.wanted, self._draft, self._mode, self._command = wanted, draft, mode, command
        self._opened = 0
        self._made: list[tuple[Recorder, Path]] = []
        self.played: list[Path] = []

    def next(self) -> Take:
        """Open the next one.

        Raises:
            NoRecording: it is missing, and none is to be made.
            RecordingError: it cannot be made.
        """
        self._opened += 1
        wanted = self.wanted if self._opened == 1 else self.wanted.with_name(f"{self.wanted.name}-{self._opened}")
        found = None if self._mode == "all" else find_recording(wanted)
        if found:
            self.played.append(found)
            return Take(found, None)
        if self._mode == "none":
            raise NoRecording(f"{wanted}{PACKED_SUFFIX}", f"is not there; record it with: {self._command}")
        return Take(None, self.record(wanted))

    def record(self, wanted: Path) -> Recorder:
        """Begin a recording that is to lie there, without its ending, in the end."""
        folder = self._draft / str(len(self._made))
        folder.mkdir(parents=True)
        recorder = Recorder(folder / f"{wanted.name}{SUFFIX}")
        self._made.append((recorder, wanted.parent))
        return recorder

    def keep(self) -> None:
        """Put what was recorded in place, each in one piece, as the mode says.

        Raises:
            RecordingError: it cannot be put there.
        """
        for made, folder in self._recorded():
            target = folder / f"{made.name.removesuffix(SUFFIX)}{PACKED_SUFFIX}"
            if self._mode == "all" or (self._mode == "new" and find_recording(target) is None):
                put(made, target)

    def drop(self) -> None:
        """End what was recorded, and keep nothing."""
        self._recorded()

    def show(self, folder: Path) -> list[Path]:
        """Move what was recorded to where a person will look for it; return that, and what was played back."""
        shown = list(self.played)
        for made, _ in self._recorded():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(folder / made.name, ignore_errors=True)
            shown.append(Path(shutil.move(made, folder / made.name)))
        return shown

    @property
    def names(self) -> list[str]:
        """The names of all that `show` will give, and agents of a script that have recordings of their own."""
        return [recording_name(path) for path in (*self.played, *(made for made, _ in self._folders()))]

    def last_frame(self) -> Frame | None:
        """Give what the last recording shows at its end; None where there is none, or not yet."""
        opened = [*self.played, *(recorder.path for recorder, _ in self._made)]
        if not opened:
            return None
        try:
            recording = Recording(opened[-1])
            numbers = [seen.frame for seen in recording.of(FrameSeen)]
            return recording.frame(numbers[-1]) if numbers else None
        except RecordingError:  # the failure that this would show is told in words all the same
            return None

    def _recorded(self) -> list[tuple[Path, Path]]:
        """Close what is still open."""
        for recorder, _ in self._made:
            recorder.close()
        return self._folders()

    def _folders(self) -> list[tuple[Path, Path]]:
        """List what was recorded, and where it belongs; a script's agents have recordings of their own beside its."""
        return [
            (made, target)
            for recorder, target in self._made
            for made in sorted(recorder.path.parent.glob(f"*{SUFFIX}"))
        ]


def recording_name(path: Path) -> str:
    """Give a recording's name without its ending."""
    return path.name.removesuffix(PACKED_SUFFIX).removesuffix(SUFFIX)


def find_recording(wanted: Path) -> Path | None:
    """Look for a recording in one file or in a folder; its ending may be left out."""
    name = recording_name(wanted)
    forms = (wanted.with_name(name + ending) for ending in (PACKED_SUFFIX, SUFFIX))
    return next((path for path in forms if path.exists()), None)


def put(made: Path, target: Path) -> None:
    """Pack a recording and put it in place at once, so that nobody ever reads half of one; the last one counts.

    Raises:
        RecordingError: it cannot be packed there.
    """
    packed = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        pack(made, packed).replace(target)
    except OSError as error:
        raise RecordingError(target, f"cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            packed.unlink()
    shutil.rmtree(target.with_name(recording_name(target) + SUFFIX), ignore_errors=True)
