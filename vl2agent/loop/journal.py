"""Writes a run down as it happens, or nothing where no recording is wanted."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from math import inf
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from vl2agent.actions import Action
from vl2agent.calls import Model, ModelCall
from vl2agent.loop.draft import Draft
from vl2agent.loop.limits import Limits
from vl2agent.prompts import VERSION
from vl2agent.readings import Reading
from vl2agent.recording.schema import (
    Asked,
    Called,
    Decided,
    Ended,
    Event,
    Grounded,
    Intended,
    Judged,
    Noted,
    Planned,
    Read,
    Received,
    RunStarted,
)
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Clause, Decision, Receipt, Settled, Step


@runtime_checkable
class WritesItselfDown(Protocol):
    """A policy whose rules can be kept with what they let through."""

    def as_data(self) -> dict[str, Any]: ...


class Journal:
    """What the loop says of a run.

    Args:
        recorder: where it goes; None drops it.
    """

    def __init__(self, recorder: Recorder | None) -> None:
        self._recorder = recorder
        self._frame = -1

    @property
    def path(self) -> Path | None:
        return self._recorder.path if self._recorder else None

    def started(self, goal: str, parts: dict[str, object], limits: Limits, model: Model | None = None) -> None:
        """Write down what is to be reached, with what, where, and under which rules."""
        policy = parts.get("policy")
        if self._recorder and self._recorder.redaction.has_rules:
            parts = parts | {"redaction": self._recorder.redaction}
        self._write(
            RunStarted(
                goal=goal,
                parts={name: type(part).__name__ for name, part in parts.items()},
                limits={name: limit for name, limit in asdict(limits).items() if limit != inf},
                model=model.backend.model if model else "",
                window=model.window if model else 0,
                prompts=VERSION if model else "",
                place=getattr(parts.get("screen"), "place", ""),
                utc_offset_s=time.localtime().tm_gmtoff,
                theme=getattr(parts.get("screen"), "theme", ""),
                policy=policy.as_data() if isinstance(policy, WritesItselfDown) else {},
            )
        )

    def seen(self, settled: Settled) -> None:
        if self._recorder:
            self._frame = self._recorder.see(settled)

    def as_written(self, settled: Settled) -> Settled:
        """Give what the recording keeps of it: the same, with what is to be masked masked."""
        return replace(settled, frame=self._recorder.redaction.painted(settled.frame)[0]) if self._recorder else settled

    def planned(self, draft: Draft) -> None:
        self._write(Planned(step=draft.number, frame=self._frame, plan=draft.plan))

    def called(self, step: int, call: ModelCall) -> None:
        self._write(Called(step=step, call=call))

    def read(self, step: int, reading: Reading) -> None:
        self._write(Read(step=step, reading=reading))

    def grounded(self, draft: Draft, action: Action) -> None:
        self._write(Grounded(step=draft.number, action=action, target=draft.target, destination=draft.destination))

    def decided(self, draft: Draft, decision: Decision) -> None:
        self._write(Decided(step=draft.number, decision=decision))

    def asked(self, draft: Draft, question: str, answer: str | None) -> None:
        self._write(Asked(step=draft.number, question=question, answer=answer))

    def intended(self, draft: Draft, action: Action, mark: str = "") -> None:
        """On the disk when this returns: the effect comes next."""
        self._write(Intended(step=draft.number, action=action, mark=mark), sync=True)

    def received(self, draft: Draft, receipt: Receipt) -> None:
        """On the disk when this returns."""
        self._write(Received(step=draft.number, receipt=receipt), sync=True)

    def judged(self, step: Step) -> None:
        self._write(Judged(step=step.number, frame=self._frame, verdict=step.verdict, seconds=step.seconds))

    def noted(self, fact: str) -> None:
        self._write(Noted(text=fact))

    def remarked(self, text: str) -> None:
        """Say something of the run that is no fact for its planner."""
        self._write(Noted(text=text, fact=False))

    def broken_off(self) -> None:
        """Close without an end: the run can be gone on with."""
        if self._recorder:
            self._recorder.close()

    def ended(
        self, *, ok: bool, message: str, seconds: float, error: str = "", checklist: tuple[Clause, ...] = ()
    ) -> None:
        """Write the end and close; never raises."""
        if self._recorder:
            end = Ended(ok=ok, message=message, error=error, seconds=round(seconds, 4), checklist=checklist)
            self._recorder.finish(end)

    def _write(self, event: Event, *, sync: bool = False) -> None:
        if self._recorder:
            self._recorder.write(event, sync=sync)
