"""What a recording is made of: one event for each thing that happened. docs/recording.md tells it to strangers.

A recording is a folder, NAME.v2a/, or the same in one file, NAME.v2a.zip:

manifest.json    which format this is, and what wrote it; never changed again
events.jsonl     the events, only ever appended to, a line each (lines.py)
frames/          pictures by content, DIGEST.png: whole frames, or parts of them that changed

`seq` counts from 0 without holes. The order within a step is plan, ground, decision, ask, intent, (the effect),
receipt, verdict; a `call` of a model and a `reading` of the screen stand where they were over, before the plan or the
ground that they led to. An `intent` is on disk before its effect and the `receipt` after it: an intent without a
receipt is an effect that may or may not have happened. A `picture` says that what a frame is made of is complete; a
frame without one is a gap. What follows a `resume` was written by another process than what stands before it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import ConfigDict, Field, TypeAdapter

from vl2agent.actions import Action, Frozen
from vl2agent.calls import ModelCall
from vl2agent.geometry import ScreenBox
from vl2agent.readings import Reading
from vl2agent.steps import Clause, Decision, Plan, Receipt, Target, Verdict, Window

VERSION = "1.0"
"""Of the format, MAJOR.MINOR: a reader refuses another major, and reads of a newer minor what it knows."""

SUFFIX, PACKED_SUFFIX = ".v2a", ".v2a.zip"
MANIFEST, EVENTS, FRAMES = "manifest.json", "events.jsonl", "frames"


Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""BLAKE3 of a picture's size and visible pixels, in hex (`Frame.digest`)."""


class Manifest(Frozen):
    """What `manifest.json` says."""

    format: Literal["vl2agent-recording"] = "vl2agent-recording"
    version: str = Field(default=VERSION, pattern=r"^\d{1,6}\.\d{1,6}$")
    written_by: str
    platform: str
    created: str


class Event(Frozen):
    """What every line has: its number, the wall clock (unix seconds), and a clock that never jumps (seconds)."""

    seq: int = Field(default=-1, ge=-1)
    wall_s: float = 0.0
    mono_s: float = 0.0


class RunStarted(Event):
    """A goal was accepted."""

    type: Literal["run"] = "run"
    goal: str
    parts: dict[str, str] = Field(default_factory=dict)
    """Which implementation serves as screen, executor, perception, planner, policy."""
    limits: dict[str, float] = Field(default_factory=dict)
    model: str = ""
    """What it was called when it was opened; empty without one."""
    window: int = 0
    """Tokens that a prompt and its reply may share."""
    prompts: str = ""
    """The version of the texts that it was sent (prompts.py)."""
    place: str = ""
    """Where it runs, as one word and a name to come back to it: 'sandbox NAME', 'live :0'; empty when unknown."""
    utc_offset_s: float = Field(default=0.0, gt=-86_400, lt=86_400)
    """How far the local time is ahead of UTC, for rules that name hours."""
    theme: str = ""
    """How a sandbox looks: its GTK theme; empty elsewhere."""
    policy: dict[str, Any] = Field(default_factory=dict)
    """The rules that it runs under, as a policy file would say them; empty where they cannot be written down."""


class FrameSeen(Event):
    """The screen stood still, or time ran out, and this is what it showed."""

    type: Literal["frame"] = "frame"
    frame: int
    region: ScreenBox
    scale: float
    windows: tuple[Window, ...]
    tells_windows: bool = False
    """Whether no window at all is a bare desktop, and not one whose windows nobody tells."""
    settled: Literal["settled", "caret", "moving"]
    waited_s: float
    masked: tuple[ScreenBox, ...] = ()
    """Parts that are painted over in the picture."""


class Patch(Frozen):
    """A part of a frame that differs from another frame: its place on the screen, and its picture by content."""

    box: ScreenBox
    digest: Digest


class PictureKept(Event):
    """A frame's picture is complete on disk.

    Without `base` it is frames/DIGEST.png. With it, it is the picture of that earlier frame with the patches on it,
    each from a file of its own, and `digest` is that of the result.
    """

    type: Literal["picture"] = "picture"
    frame: int
    digest: Digest
    base: int | None = None
    patches: tuple[Patch, ...] = ()


class Planned(Event):
    """The planner chose what to do next, looking at a frame."""

    type: Literal["plan"] = "plan"
    step: int
    frame: int
    plan: Plan


class Called(Event):
    """A model was asked: what it was sent, what each part cost, what it answered. The pictures are parts of frames."""

    type: Literal["call"] = "call"
    step: int
    call: ModelCall


class Read(Event):
    """The screen was read: what was asked, and the answer. `again`: the answer is that of the last like question."""

    type: Literal["reading"] = "reading"
    step: int
    reading: Reading
    again: bool = False


class Grounded(Event):
    """Words became places, and the intent an action."""

    type: Literal["ground"] = "ground"
    step: int
    action: Action
    target: Target | None = None
    destination: Target | None = None


class Decided(Event):
    """Policy, a hook or a person decided about the step's action."""

    type: Literal["decision"] = "decision"
    step: int
    decision: Decision


class Asked(Event):
    """A person was asked; without an answer nobody was there."""

    type: Literal["ask"] = "ask"
    step: int
    question: str
    answer: str | None = None


class Intended(Event):
    """The action is about to be performed."""

    type: Literal["intent"] = "intent"
    step: int
    action: Action
    mark: str = ""
    """What the executor leaves on the platform as it acts, where it does: tells later how far the action came."""


class Received(Event):
    """The executor came back."""

    type: Literal["receipt"] = "receipt"
    step: int
    receipt: Receipt


class Judged(Event):
    """The step is finished: what the frame after it shows."""

    type: Literal["verdict"] = "verdict"
    step: int
    frame: int
    verdict: Verdict
    seconds: float


class Noted(Event):
    """A fact worth keeping; or, where `fact` is False, a remark on the recording itself."""

    type: Literal["note"] = "note"
    text: str
    fact: bool = True


class Resumed(Event):
    """Another process goes on from here; `cut_bytes` of a torn line were cut off the end before it did."""

    type: Literal["resume"] = "resume"
    cut_bytes: int = 0


class Ended(Event):
    """The run is over; nothing follows but pictures, or a `resume`. `error` is the type's name, empty without one."""

    type: Literal["end"] = "end"
    ok: bool
    message: str
    error: str = ""
    seconds: float = 0.0
    checklist: tuple[Clause, ...] = ()


class Unknown(Event):
    """An event of a newer minor version, as it was written: its own fields are in `model_extra`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str


KnownEvent: TypeAlias = (
    RunStarted
    | FrameSeen
    | PictureKept
    | Planned
    | Called
    | Read
    | Grounded
    | Decided
    | Asked
    | Intended
    | Received
    | Judged
    | Noted
    | Resumed
    | Ended
)
AnyEvent: TypeAlias = KnownEvent | Unknown

EVENT: TypeAdapter[KnownEvent] = TypeAdapter(Annotated[KnownEvent, Field(discriminator="type")])
TYPES = frozenset(str(kind.model_fields["type"].default) for kind in get_args(KnownEvent))
