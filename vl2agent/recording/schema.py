"""What a recording is made of: one event for each thing that happened, one line of JSON for each event.

A recording is a folder, NAME.v2a/:

manifest.json    which format this is, and what wrote it; never changed again
events.jsonl     the events, only ever appended to
frames/          pictures by content, DIGEST.png: a picture that was seen twice is there once

A line is one event's JSON with `sum` as its last key: BLAKE2b, 64 bits, of all that stands before it. `seq` counts
from 0 without holes. The order within a step is plan, ground, decision, ask, intent, (the effect), receipt, verdict; a
`call` of a model and a `reading` of the screen stand where they were over, before the plan or the ground that they led
to. An
`intent` is on disk before its effect and the `receipt` after it: an intent without a receipt is an effect that may
or may not have happened. A `picture` says that a frame's file is complete; a frame without one is a gap.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from vl2agent.actions import Action, Frozen
from vl2agent.calls import ModelCall
from vl2agent.geometry import ScreenBox
from vl2agent.readings import Reading
from vl2agent.steps import Clause, Decision, Plan, Receipt, Target, Verdict, Window

SUFFIX = ".v2a"
MANIFEST, EVENTS, FRAMES = "manifest.json", "events.jsonl", "frames"


class Manifest(Frozen):
    """What `manifest.json` says."""

    format: Literal["vl2agent-recording"] = "vl2agent-recording"
    version: Literal[1] = 1
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
    policy: dict[str, Any] = Field(default_factory=dict)
    """The rules that it runs under, as a policy file would say them; empty where they cannot be written down."""


class FrameSeen(Event):
    """The screen stood still, or time ran out, and this is what it showed."""

    type: Literal["frame"] = "frame"
    frame: int
    region: ScreenBox
    scale: float
    windows: tuple[Window, ...]
    settled: Literal["settled", "caret", "moving"]
    waited_s: float


class PictureKept(Event):
    """A frame's picture is complete on disk as frames/DIGEST.png."""

    type: Literal["picture"] = "picture"
    frame: int
    digest: str


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
    """A fact worth keeping."""

    type: Literal["note"] = "note"
    text: str


class Ended(Event):
    """The run is over; nothing follows but pictures. `error` is the type's name, empty when none was raised."""

    type: Literal["end"] = "end"
    ok: bool
    message: str
    error: str = ""
    seconds: float = 0.0
    checklist: tuple[Clause, ...] = ()


AnyEvent: TypeAlias = Annotated[
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
    | Ended,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)

_SUM = b',"sum":"'


def to_line(event: Event) -> bytes:
    """Write an event as one line, its checksum last."""
    body = event.model_dump_json().encode()[:-1]
    return body + _SUM + _checksum(body) + b'"}\n'


def from_line(line: bytes) -> AnyEvent:
    """Read a line that `to_line` wrote, with or without its newline.

    Raises:
        ValueError: the checksum differs, or the line is not an event of this version.
    """
    body, found, tail = line.rstrip(b"\n").rpartition(_SUM)
    if not found or tail != _checksum(body) + b'"}':
        raise ValueError("the checksum differs")
    return EVENT.validate_json(body + b"}")


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=8).hexdigest().encode()
