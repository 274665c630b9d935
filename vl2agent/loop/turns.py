"""One turn: aim, ask at the door, act, look again, judge, remember.

The agent's loop and the scripting surface both act through here, so that there is one door, one order of what is
written down, and one way out that lets go of every key.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from vl2agent.actions import Action, AskUser, Done, Fail, TypeText, Wait, Zoom
from vl2agent.calls import Model
from vl2agent.contracts import Executor, LeavesMarks, Perception, Policy, Screen
from vl2agent.errors import (
    ActionRefused,
    CaptureError,
    ExecutionError,
    InputError,
    Interrupted,
    RecordingError,
    TargetNotFound,
    TextNotTypable,
)
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.loop import verbs
from vl2agent.loop.aim import aim
from vl2agent.loop.clock import Clock
from vl2agent.loop.confirm import confirmed
from vl2agent.loop.door import Door
from vl2agent.loop.draft import Draft
from vl2agent.loop.hooks import Approver, Hooks
from vl2agent.loop.journal import Journal
from vl2agent.loop.judge import judge, may_close, vanished
from vl2agent.loop.limits import Limits
from vl2agent.loop.past import Past
from vl2agent.loop.repeats import UNSEEN, Repeats
from vl2agent.pace import Stop, Stoppable
from vl2agent.readings import ReadingPerception, TellsReadings
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Clause, Memory, Plan, Receipt, Settled, Verdict, Window

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What turns are made with; see `Agent` for what each is.

    `reader` reads what appeared after a step, where somebody wants to know; without it pixels alone tell the effects.
    """

    screen: Screen
    executor: Executor
    perception: Perception
    policy: Policy
    reader: Perception | None = None
    model: Model | None = None
    approve: Approver | None = None
    recorder: Recorder | None = None
    hooks: Hooks = field(default_factory=Hooks)
    limits: Limits = field(default_factory=Limits)
    cancelled: Stop = field(default_factory=Stop)
    clock: Clock = field(default_factory=Clock)


class Turns:
    """The turns of one run, and what is known of it: finished steps, the screen as it stands.

    Args:
        parts: what it is made with.
        goal: what to write down as the purpose of the run.
        planner: what to write down as its planner.

    Attributes:
        memory: finished steps and facts.
        settled: the screen as it was when it last stood still.
        gone: a window that vanished though nobody closed it.
    """

    def __init__(self, parts: Parts, goal: str, planner: object = None) -> None:
        self.parts, self.began_s = parts, parts.clock.now_s()
        self.memory, self.repeats = Memory(), Repeats(parts.limits)
        self.journal = Journal(parts.recorder)
        self.gone: Window | None = None
        glance = parts.screen.grab if planner is not None else None  # a script's locators look right before they act
        reader = parts.reader or parts.perception
        self._door = Door(parts.policy, parts.approve, parts.hooks, self.journal, self.look, glance, reader)
        self._listening = ExitStack()
        self._goal, self._planner = goal, planner

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return self.parts.clock.now_s() - self.began_s

    def begin(self) -> None:
        """Write down what is about to happen, and look for the first time.

        Raises:
            CaptureError, RecordingError: it cannot be.
        """
        self._listen()
        parts = self.parts
        names = ("screen", "executor", "perception", "policy")
        used = {name: getattr(parts, name) for name in names} | {"planner": self._planner, "reader": parts.reader}
        self.journal.started(self._goal, used, parts.limits, parts.model)
        self.look()

    def go_on(self, past: Past) -> None:
        """Remember what was done before the run was cut off, and look at what is there now.

        Raises:
            CaptureError, RecordingError: it cannot be.
        """
        self._listen()
        self.memory.steps += past.steps
        self.memory.facts += past.facts
        for step in past.steps[-self.parts.limits.max_repeats * UNSEEN :]:
            if (before := past.before(step.number)) is not None:
                self.memory.warning = self.repeats.note(step, before)
        self.look()

    def _listen(self) -> None:
        """Hear of every model call and every reading of the screen, and be heard when the run is stopped."""
        parts, model = self.parts, self.parts.model
        reader = getattr(parts.perception, "reader", parts.perception)  # of a model's, which reads beside it
        if parts.recorder and isinstance(reader, ReadingPerception):
            parts.recorder.redaction.texts_in = parts.recorder.redaction.texts_in or reader.texts
        for part in {id(part): part for part in (parts.screen, parts.executor)}.values():
            if isinstance(part, Stoppable):
                self._listening.enter_context(part.stopping_on(parts.cancelled))
        if model is not None:
            model.cancelled = parts.cancelled.is_set
            self._listening.callback(setattr, model, "cancelled", None)
            self._listening.enter_context(model.told(lambda call: self.journal.called(self.number, call)))
        if isinstance(parts.perception, TellsReadings):
            self._listening.enter_context(
                parts.perception.told(lambda reading: self.journal.read(self.number, reading))
            )

    @property
    def number(self) -> int:
        """Of the step that is being worked on, counting from 1."""
        return len(self.memory.steps) + 1

    def look(self) -> Settled:
        """Let the screen come to rest."""
        self.settled = self.parts.screen.settled(self.parts.limits.settle_s)
        self.journal.seen(self.settled)
        return self.settled

    def draft(self, plan: Plan, began_s: float | None = None) -> Draft:
        """Begin a step on the screen as it stands; writes the plan down."""
        draft = Draft(self.number, self.settled.frame, plan, time.monotonic() if began_s is None else began_s)
        self.journal.planned(draft)
        return draft

    def take(self, draft: Draft) -> Verdict:
        """Do what was planned, and remember what came of it, also when it failed.

        Raises:
            TargetNotFound: the words fit nothing; nothing is remembered yet, so that the caller decides what it means.
            ActionRefused: policy, a hook or a person said no.
            LimitReached: the same was tried too often.
            Interrupted: the run was cancelled.
            VL2AgentError: the screen, the executor or the recorder failed.
        """
        try:
            verdict = self._attempt(draft)
        except TargetNotFound:
            raise
        except Interrupted as stopped:
            if stopped.receipt is not None:
                self._cut_short(draft, stopped, stopped.receipt)
            raise
        except (ActionRefused, ExecutionError, InputError) as error:
            refused = isinstance(error, ActionRefused)
            if isinstance(error, ActionRefused):
                self._draw_refused(draft, error)
            self.remember(draft, Verdict(outcome="refused" if refused else "failed", note=str(error)))
            raise
        self.remember(draft, verdict)
        return verdict

    def _draw_refused(self, draft: Draft, refused: ActionRefused) -> None:
        """Have a dry run show what would not have been done either."""
        if isinstance(self.parts.executor, DryRunExecutor) and draft.action is not None:
            try:
                self.parts.executor.refused(draft.action, refused.rule)
            except (CaptureError, RecordingError) as failure:
                logger.warning("a refused action could not be drawn: %s", failure)

    def _cut_short(self, draft: Draft, stopped: Interrupted, receipt: Receipt) -> None:
        """Write down what was sent of an action that was stopped in the middle."""
        draft.receipt = receipt
        self.journal.received(draft, receipt)
        self.remember(draft, Verdict(outcome="failed", note=str(stopped)))

    def perform_rest(self, draft: Draft, rest: Action) -> Receipt:
        """Perform what is left of a step's action, having asked at the door for the whole of it.

        Raises:
            ActionRefused: policy, a hook or a person said no.
            VL2AgentError: the executor or the recorder failed.
        """
        assert draft.action is not None
        self._door.pass_through(draft, draft.action, self.memory.steps)
        return self._perform(draft, rest)

    def conclude(self, draft: Draft, *, before_is_known: bool = True) -> None:
        """Look at what a step of which only the receipt is known came to, and remember it.

        Where the picture before it was lost, all of the screen counts as changed: none of it is known to be as it was.
        """
        self.look_again(draft)
        verdict = self._judged(draft, self.journal.as_written(self.settled))
        if not before_is_known:
            note = "the picture before it is not in the recording"
            verdict = Verdict(outcome="changed", changed=(self.settled.frame.region,), note=note)
        self.remember(draft, verdict)

    def remember(self, draft: Draft, verdict: Verdict) -> None:
        """Add a finished step to the memory and to the recording, and tell of it."""
        step = draft.finished(verdict)
        self.memory.steps.append(step)
        self.memory.warning = self.repeats.note(step, draft.before)
        self.journal.judged(step)
        logger.info("step %d %s: %s in %.2f s", step.number, step.plan.intent.kind, verdict.outcome, step.seconds)
        if self.parts.hooks.after_action:
            self.parts.hooks.after_action(step, self.settled.frame)

    def heard(self, facts: Sequence[str]) -> None:
        """Write down what somebody else added to the memory."""
        for fact in facts:
            self.journal.noted(fact)

    def look_again(self, draft: Draft) -> None:
        """Let the screen come to rest after a step, and notice a window that vanished."""
        self.look()
        before, after = draft.before.windows, self.settled.frame.windows
        if may_close(draft.plan) or {window.app for window in after} - {window.app for window in before}:
            self.gone = None
        else:
            self.gone = vanished(before, after) or self.gone

    def may_go_on(self) -> None:
        """Stop where a person said so.

        Raises:
            Interrupted: `cancelled` is set.
        """
        if self.parts.cancelled.is_set():
            raise Interrupted(f"stopped by {self.parts.cancelled.by} after {len(self.memory.steps)} finished steps")

    def break_off(self) -> None:
        """Let go of keys and buttons, and leave the run as one that can be gone on with; never raises."""
        self._let_go()
        self.journal.broken_off()

    def leave(self, *, ok: bool, message: str, error: str = "", checklist: tuple[Clause, ...] = ()) -> None:
        """Let go of keys and buttons first, then write the end; never raises."""
        try:
            self._let_go()
        finally:
            self.journal.ended(ok=ok, message=message, error=error, seconds=self.seconds, checklist=checklist)

    def _let_go(self) -> None:
        self._listening.close()
        try:
            self.parts.executor.release_all()
        except Exception as failure:  # noqa: BLE001  a display that is gone holds nothing; the run's own error is told
            logger.warning("keys and buttons could not be released: %s", failure)

    # --- a step ------------------------------------------------------------------------------------------------

    def _attempt(self, draft: Draft) -> Verdict:
        """Aim, ask at the door, act, look: tell what the step came to."""
        try:
            action = aim(draft, self.parts.perception)
        except TargetNotFound:
            self.repeats.check(draft)  # what is found nowhere counts as well
            raise
        self.repeats.check(draft)
        self.journal.grounded(draft, action)
        if isinstance(action, Done | Fail):
            return Verdict(outcome="ended", note=action.message if isinstance(action, Done) else action.reason)
        self._door.pass_through(draft, action, self.memory.steps)
        draft.receipt = self._perform(draft, action)
        self.journal.received(draft, draft.receipt)
        self.look_again(draft)
        return self._judged(draft, self.settled)

    def _judged(self, draft: Draft, after: Settled) -> Verdict:
        aims = {"target": draft.target, "destination": draft.destination}
        verdict = judge(draft.before, after, draft.receipt, **aims, reader=self.parts.reader)
        return confirmed(verdict, draft, after.frame, self.parts.model)

    def _perform(self, draft: Draft, action: Action) -> Receipt:
        parts = self.parts
        match action:
            case AskUser():
                return verbs.ask(action, draft, parts.hooks, self.memory, self.journal)
            case Zoom():
                return verbs.read(action, draft, parts.perception, self.memory, self.journal)
            case Wait():
                return verbs.wait(action, parts.limits.timeout_s - self.seconds, parts.cancelled, parts.clock)
        self.may_go_on()
        mark = parts.executor.next_mark() if isinstance(parts.executor, LeavesMarks) else ""
        self.journal.intended(draft, action, mark)
        try:
            return parts.executor.perform(action)
        except TextNotTypable as error:
            if isinstance(action, TypeText) and action.secret:  # the error names characters of it
                raise TextNotTypable(action.shown, error.reason) from None
            raise
