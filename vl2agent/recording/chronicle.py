"""Write down what somebody else did: a person at the desktop, another tool.

The events are those of a run of our own, in the same order, so that such a recording is replayed, traced and exported
like any other. Where it differs is said in the plan's note and in the receipt's route.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from vl2agent.actions import Action, AskUser, Done, Fail, Wait, Zoom
from vl2agent.readings import Reading
from vl2agent.recording.schema import (
    Decided,
    Ended,
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
from vl2agent.steps import Decision, Frame, Plan, Receipt, Settled, Step, Target, Verdict

Judge: TypeAlias = Callable[[Frame, Settled, Receipt | None, Target | None, Target | None], Verdict]
"""Tells from the frames before and after, the receipt, the target and the destination what an action did."""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One thing that was done.

    Args:
        before: the screen that it was done on.
        plan: what was meant.
        action: what was done; `Done` and `Fail` end the run.
        target, destination: where.
        receipt: how it is known; None for what has no effect.
        readings: what reading the screen said of it.
        seconds: how long it took.
    """

    before: Settled
    plan: Plan
    action: Action
    target: Target | None = None
    destination: Target | None = None
    receipt: Receipt | None = None
    readings: tuple[Reading, ...] = ()
    seconds: float = 0.0


class Chronicle:
    """A recording in the making.

    Args:
        recorder: where it goes.
        run: what it is about.
        who: by whom: the rule that allowed it all.
        judge: what the actions did.
    """

    def __init__(self, recorder: Recorder, run: RunStarted, *, who: str, judge: Judge) -> None:
        self._recorder, self._who, self._judge = recorder, who, judge
        self._steps, self._frame = 0, -1
        self._seen: tuple[object, ...] = ()
        recorder.write(run)

    def tell(self, deed: Deed, after: Settled) -> Step:
        """Write a deed and what the screen showed after it, as one finished step.

        Raises:
            RecordingError: it cannot be written.
        """
        self._steps += 1
        number, write = self._steps, self._recorder.write
        before = self.see(deed.before)
        for reading in deed.readings:
            write(Read(step=number, reading=reading))
        write(Planned(step=number, frame=before, plan=deed.plan))
        write(Grounded(step=number, action=deed.action, target=deed.target, destination=deed.destination))
        if isinstance(deed.action, Done | Fail):
            said = deed.action.message if isinstance(deed.action, Done) else deed.action.reason
            return self._judged(deed, None, Verdict(outcome="ended", note=said))
        decision = Decision(verdict="allow", rule=self._who, reason=f"{self._who} did it")
        write(Decided(step=number, decision=decision))
        if not isinstance(deed.action, Wait | Zoom | AskUser):
            write(Intended(step=number, action=deed.action))
        if deed.receipt:
            write(Received(step=number, receipt=deed.receipt))
        self.see(after)
        verdict = self._judge(deed.before.frame, after, deed.receipt, deed.target, deed.destination)
        return self._judged(deed, decision, verdict)

    def note(self, text: str) -> None:
        """Write down what has no place in a step."""
        self._recorder.write(Noted(text=text))

    def see(self, settled: Settled) -> int:
        """Write a frame, unless it is the one that was seen last; return its number."""
        waited_s = settled.waited_s if settled.verdict == "moving" else 0  # it is a part of what is told of the step
        seen = (settled.frame.digest, settled.frame.windows, settled.verdict, waited_s)
        if seen != self._seen:
            self._frame, self._seen = self._recorder.see(settled), seen
        return self._frame

    def end(self, *, ok: bool, message: str, error: str = "", seconds: float = 0.0) -> None:
        """Write the end and close; never raises."""
        self._recorder.finish(Ended(ok=ok, message=message, error=error, seconds=round(seconds, 4)))

    def _judged(self, deed: Deed, decision: Decision | None, verdict: Verdict) -> Step:
        step = Step(
            number=self._steps,
            plan=deed.plan,
            target=deed.target,
            destination=deed.destination,
            action=deed.action,
            decision=decision,
            receipt=deed.receipt,
            verdict=verdict,
            seconds=round(deed.seconds, 4),
        )
        self._recorder.write(Judged(step=step.number, frame=self._frame, verdict=verdict, seconds=step.seconds))
        return step
