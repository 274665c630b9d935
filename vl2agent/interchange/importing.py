"""Another tool's trajectory becomes a recording like any other.

Each verb is done on the picture before it, and what came of it is told from the picture after it. Where a verb cannot
be read, or has no picture, that is an error that names the place; or, where the caller says so, a note in the recording.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from vl2agent.actions import Action, Done, Fail, points_of
from vl2agent.errors import ImageError, TrajectoryError
from vl2agent.geometry import ScreenPoint
from vl2agent.interchange import anthropic_transcript, cua_folder, openai_items, ui_tars
from vl2agent.interchange.source import Source
from vl2agent.interchange.spaces import Places, Space
from vl2agent.interchange.trajectory import Broken, Item, Seen, Told, Unreadable, Wanted
from vl2agent.interchange.verbs import LOOKS, understand
from vl2agent.recording.chronicle import Chronicle, Deed, Judge
from vl2agent.recording.naming import Naming, intent_of, pointed_at
from vl2agent.recording.schema import RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Plan, Receipt, Settled

MAX_THOUGHT = 400
"""Characters of a model's thought that are kept as a step's note."""


class Tool(StrEnum):
    """Whose trajectories can be read."""

    CUA = "cua"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    UI_TARS = "ui-tars"


READERS: Mapping[Tool, Callable[[Source], Iterator[Item]]] = {
    Tool.CUA: cua_folder.read,
    Tool.OPENAI: openai_items.read,
    Tool.ANTHROPIC: anthropic_transcript.read,
    Tool.UI_TARS: ui_tars.read,
}
SPACES: Mapping[Tool, Space] = dict.fromkeys(Tool, Space.PICTURE) | {Tool.UI_TARS: Space.THOUSAND}
"""In which space each tool counts, unless something else is said."""


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """What a file holds, read and not yet understood."""

    path: Path
    tool: Tool
    items: tuple[Item, ...]

    @property
    def goal(self) -> str:
        """The first words of a person; empty where there are none."""
        return next((item.text.strip() for item in self.items if isinstance(item, Told) and item.by == "user"), "")


def read_trajectory(path: Path, tool: Tool) -> Trajectory:
    """Read a trajectory.

    Raises:
        TrajectoryError: it is not of this form.
    """
    source = Source(path)
    try:
        items = tuple(READERS[tool](source))
    except Unreadable as error:
        raise TrajectoryError(path, "the file", str(error)) from error
    if not any(isinstance(item, Wanted | Broken) for item in items):
        raise TrajectoryError(path, "the file", f"expected actions of {tool}, got none")
    return Trajectory(path=path, tool=tool, items=items)


@dataclass(slots=True)
class Importing:
    """Writes a trajectory into a recording.

    Args:
        recorder: where it goes; closed at the end.
        judge: what actions did, from the pictures around them.
        naming: gives places their words.
        space: in which coordinates count; None: as the tool does.
        skip: leave out what cannot be read, and note it.
    """

    recorder: Recorder
    judge: Judge
    naming: Naming
    space: Space | None = None
    skip: bool = False
    left_out: list[str] = field(default_factory=list)
    steps: int = 0
    _open: list[Deed] = field(default_factory=list)
    _now: Settled | None = None
    _pointer: ScreenPoint | None = None
    _closing: str = ""
    _ended: Action | None = None

    def run(self, trajectory: Trajectory, goal: str) -> None:
        """Write it all.

        Raises:
            TrajectoryError: a verb or a picture cannot be read, and is not to be left out; no recording is left.
            RecordingError: the recording cannot be written.
        """
        who = str(trajectory.tool)
        run = RunStarted(goal=goal, parts={"screen": "pictures", "executor": who, "planner": who, "policy": who})
        chronicle = Chronicle(self.recorder, run, who=who, judge=self.judge)
        failure: TrajectoryError | None = None
        try:
            for item in trajectory.items:
                self._take(item, trajectory, chronicle)
            self._flush(chronicle, None)
            self._finish(chronicle)
        except TrajectoryError as error:
            failure = error
            raise
        finally:
            ok = failure is None and isinstance(self._ended, Done)
            said = self._ended.message if isinstance(self._ended, Done) else str(failure or "the trajectory stops here")
            chronicle.end(ok=ok, message=said)
            if failure:
                shutil.rmtree(self.recorder.path, ignore_errors=True)

    def _take(self, item: Item, trajectory: Trajectory, chronicle: Chronicle) -> None:
        try:
            match item:
                case Seen():
                    self._see(item, chronicle)
                case Wanted():
                    self._want(item, trajectory.tool, chronicle)
                case Told(by="model"):
                    self._closing = item.text.strip()
                case Broken():
                    raise Unreadable(item.reason)
        except (Unreadable, ImageError) as error:
            if not self.skip:
                raise TrajectoryError(trajectory.path, item.place, str(error)) from error
            self.left_out.append(f"{item.place}: {error}")
            chronicle.note(f"left out: {item.place}: {error}")

    def _see(self, item: Seen, chronicle: Chronicle) -> None:
        seen = Settled(item.load(), "settled", 0.0)
        self._flush(chronicle, seen)
        self._now = seen
        chronicle.see(seen)

    def _want(self, item: Wanted, tool: Tool, chronicle: Chronicle) -> None:
        if self._now is None:
            if item.verb.lower() in LOOKS:
                return
            raise Unreadable(f"expected a picture before the first action, {item.verb[:40]!r} has none")
        frame = self._now.frame
        places = Places(frame, self.space or SPACES[tool])
        action = understand(item.verb, item.fields, places, self._pointer)
        if action is None:
            return
        self._closing = ""
        self._pointer = (self._pointer, *points_of(action))[-1]
        self._open.append(self._deed(item, action, self._now, tool))
        if isinstance(action, Done | Fail):
            self._flush(chronicle, self._now)
            self._ended = action

    def _deed(self, item: Wanted, action: Action, before: Settled, tool: Tool) -> Deed:
        named = [self.naming.name(point, before.frame) for point in pointed_at(action)]
        first, second = (*(each.target for each in named), None, None)[:2]
        intent = intent_of(action, [each.target.words for each in named])
        ends = isinstance(action, Done | Fail)
        return Deed(
            before=before,
            plan=Plan(intent=intent, note=" ".join(item.thought.split())[:MAX_THOUGHT]),
            action=action,
            target=first,
            destination=second,
            receipt=None if ends else Receipt(delivery="sent", route=str(tool), duration_s=0.0, detail=item.place),
            readings=tuple(reading for each in named for reading in each.readings),
        )

    def _flush(self, chronicle: Chronicle, after: Settled | None) -> None:
        """Write the actions since the last picture; what the others did was not seen: the screen was still moving."""
        for number, deed in enumerate(self._open, start=1):
            known = after is not None and number == len(self._open)
            self._tell(chronicle, deed, after if known and after else replace(deed.before, verdict="moving"))
        self._open.clear()

    def _finish(self, chronicle: Chronicle) -> None:
        """A tool that says something and does nothing more is done."""
        if self._ended is None and self._closing and self._now is not None:
            self._ended = Done(message=self._closing[:MAX_THOUGHT])
            self._tell(chronicle, Deed(before=self._now, plan=Plan(intent=self._ended), action=self._ended), self._now)

    def _tell(self, chronicle: Chronicle, deed: Deed, after: Settled) -> None:
        self.steps = chronicle.tell(deed, after).number
