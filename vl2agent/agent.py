"""The loop: look, plan, aim, ask at the door, act, look again, judge, remember.

Data goes one way, and each arrow is a value with a type (steps.py):

    Frame -> Plan (intent in words) -> Target -> Action -> Decision -> [intent on disk] -> Receipt -> Verdict -> Memory

The frame that settled after a step is the frame that the next one is planned on. A turn is in loop/turns.py.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vl2agent.actions import Done, Fail, Frozen
from vl2agent.calls import Model
from vl2agent.contracts import Backend, Executor, Perception, Planner, Policy, Screen
from vl2agent.defaults import acting_on, open_model, planning_with, reading_with, seeing_with
from vl2agent.errors import DeliveryUnknown, InputError, TargetNotFound, WindowGone
from vl2agent.loop.draft import Draft
from vl2agent.loop.goal import check_goal
from vl2agent.loop.hooks import Approver, Hooks
from vl2agent.loop.limits import Limits
from vl2agent.loop.past import Past
from vl2agent.loop.resume import Assume, finish_step
from vl2agent.loop.turns import Parts, Turns
from vl2agent.pace import PERSON, Stop
from vl2agent.policy.policy import RulePolicy
from vl2agent.recording.redaction import Redaction
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Clause, Step, Verdict


class RunResult(Frozen):
    """How a run ended that no error ended.

    `ok` is False when the planner gave up; `message` is then its reason. `recording` is the folder, if one was kept.
    """

    ok: bool
    message: str
    steps: tuple[Step, ...]
    checklist: tuple[Clause, ...]
    seconds: float
    recording: Path | None = None


class Agent:
    """Reach goals on a screen.

    Args:
        screen: what it looks at.
        executor: what it acts through; by default the screen itself, when that can act (a sandbox).
        model: a DeepSeek-VL2: a folder, a repository, a server's URL, or one that is open already. It then plans and
            finds what the plan names, with the reading of the screen beside it.
        perception: words to places; by default reading the screen (OcrPerception), and the model if there is one.
        planner: goal to next intent; by default the command grammar (CommandPlanner), or the model if there is one.
        policy: what may be done; by default the built-in rules (RulePolicy).
        approve: is asked when policy says 'ask'; without it such actions are refused.
        recorder: where the run is written down, a new one for each run; None keeps nothing.
        hooks: functions to call on the way.
        limits: how far a run may go.

    Raises:
        InputError: no executor was given, and the screen cannot act.
        BackendError: there is no such model.
    """

    def __init__(
        self,
        screen: Screen,
        executor: Executor | None = None,
        *,
        model: Model | Backend | str | Path | None = None,
        perception: Perception | None = None,
        planner: Planner | None = None,
        policy: Policy | None = None,
        approve: Approver | None = None,
        recorder: Recorder | None = None,
        hooks: Hooks | None = None,
        limits: Limits | None = None,
    ) -> None:
        opened = None if model is None else open_model(model)
        seeing = perception or seeing_with(opened)
        self.planner = planner or planning_with(opened, seeing)
        self.parts = Parts(
            screen=screen,
            executor=executor or acting_on(screen),
            perception=seeing,
            policy=policy or RulePolicy(),
            reader=reading_with(seeing) if opened else None,  # a planner of commands does not ask what appeared
            model=opened,
            approve=approve,
            recorder=recorder,
            hooks=hooks or Hooks(),
            limits=limits or Limits(),
        )

    @property
    def cancelled(self) -> Stop:
        return self.parts.cancelled

    def run(self, goal: str) -> RunResult:
        """Work until the planner says done or gives up.

        Raises:
            GoalError: the goal is not understood; nothing was done.
            TargetNotFound: words fitted nothing twice in a row; WindowGone when a window vanished before.
            ActionRefused: policy, a hook or a person said no.
            LimitReached: steps, seconds or repeats ran out.
            Interrupted: `cancel` was called.
            ParseError: the model's replies are no plans, also when told so.
            VL2AgentError: the screen, the executor, the model or the recorder failed.
        """
        check_goal(goal, self.planner)
        run = _Run(self.parts, self.planner, goal)
        return self._carried(run, run.to_the_end)

    def resume(
        self, recording: str | Path, *, assume: Assume | None = None, redaction: Redaction | None = None
    ) -> RunResult:
        """Go on with a run that was cut off, in its own recording, without doing anything twice.

        Args:
            recording: its folder.
            assume: what to take for granted of an action of which nobody can tell whether it was done.
            redaction: what is masked before anything is written, as it was when the run began.

        Raises:
            NotResumable: the run is over, or never began.
            DeliveryUnknown: an action may have been done, and nobody can tell; the run can still be resumed.
            RecordingError: it is no recording, is damaged, or is still being written.
            VL2AgentError: as `run`.
        """
        if self.parts.recorder is not None:
            raise InputError("a run goes on in its own recording; leave recorder= out to resume one")
        Past(recording)  # what is over is not written to
        recorder = Recorder.resume(recording, redaction=redaction)
        try:
            past = Past(recording)
        except BaseException:
            recorder.close()
            raise
        run = _Run(replace(self.parts, recorder=recorder), self.planner, past.run.goal)

        def take_up(turns: Turns) -> None:
            turns.go_on(past)
            finish_step(turns, past, assume)

        return self._carried(run, lambda: run.from_there(take_up))

    def go_on(self, past: Past) -> RunResult:
        """Work on from the last finished step of a run; what is recorded and done is up to the parts.

        Raises:
            VL2AgentError: as `run`.
        """
        run = _Run(self.parts, self.planner, past.run.goal)
        return self._carried(run, lambda: run.from_there(lambda turns: turns.go_on(past)))

    async def run_async(self, goal: str) -> RunResult:
        """Do what `run` does, in a thread of its own; cancelling the task stops the run within a step."""
        return await self._in_thread(lambda: self.run(goal))

    async def resume_async(
        self, recording: str | Path, *, assume: Assume | None = None, redaction: Redaction | None = None
    ) -> RunResult:
        """Do what `resume` does, in a thread of its own; cancelling the task stops the run within a step."""
        return await self._in_thread(lambda: self.resume(recording, assume=assume, redaction=redaction))

    async def _in_thread(self, work_on: Callable[[], RunResult]) -> RunResult:
        work = asyncio.ensure_future(asyncio.to_thread(work_on))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            self.cancel()
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()  # looked at, else asyncio complains that nobody did
            raise

    def cancel(self, by: str = PERSON) -> None:
        """Stop at once, also in the middle of an action, and release everything; the run ends as `Interrupted`.

        May be called from any thread and from a signal handler.

        Args:
            by: who stops it, for the recording.
        """
        self.parts.cancelled.pull(by)

    def _carried(self, run: _Run, work: Callable[[], RunResult]) -> RunResult:
        try:
            result = work()
        except BaseException as error:
            self._leave(run, error)
            raise
        self._leave(run, result)
        return result

    def _leave(self, run: _Run, outcome: RunResult | BaseException) -> None:
        """Let go of keys and buttons first, then write the end, then tell."""
        if isinstance(outcome, DeliveryUnknown):
            run.turns.break_off()
        elif isinstance(outcome, RunResult):
            run.turns.leave(ok=outcome.ok, message=outcome.message, checklist=run.checklist)
        else:
            run.turns.leave(ok=False, message=str(outcome), error=type(outcome).__name__, checklist=run.checklist)
        self.parts.cancelled.clear()
        if self.parts.hooks.on_stop:
            self.parts.hooks.on_stop(outcome)


class _Run:
    """One goal being worked on."""

    def __init__(self, parts: Parts, planner: Planner, goal: str) -> None:
        self.parts, self.planner, self.goal = parts, planner, goal
        self.turns = Turns(parts, goal, planner)
        self.checklist: tuple[Clause, ...] = ()

    def to_the_end(self) -> RunResult:
        self.turns.begin()
        return self._steps()

    def from_there(self, take_up: Callable[[Turns], None]) -> RunResult:
        take_up(self.turns)
        last = self.turns.memory.last
        if last is not None:
            self.checklist = last.plan.checklist
            if isinstance(last.action, Done | Fail):
                return self._result(last.action)
        return self._steps()

    def _steps(self) -> RunResult:
        while True:
            self.turns.may_go_on()
            self.parts.limits.check(len(self.turns.memory.steps), self.turns.seconds)
            if (result := self._step()) is not None:
                return result

    def _step(self) -> RunResult | None:
        draft = self._plan()
        try:
            self.turns.take(draft)
        except TargetNotFound as error:
            self._not_found(draft, error)
            return None
        return self._result(draft.action) if isinstance(draft.action, Done | Fail) else None

    def _plan(self) -> Draft:
        hooks, memory, frame = self.parts.hooks, self.turns.memory, self.turns.settled.frame
        began_s = time.monotonic()
        if hooks.before_plan:
            known = len(memory.facts)
            hooks.before_plan(memory, frame)
            self.turns.heard(memory.facts[known:])
        try:
            plan = self.planner.plan(self.goal, memory, frame)
        except TargetNotFound as error:
            raise self._or_gone(error) from error
        self.checklist = plan.checklist
        draft = self.turns.draft(plan, began_s)
        if hooks.after_plan:
            hooks.after_plan(plan, frame)
        return draft

    def _not_found(self, draft: Draft, error: TargetNotFound) -> None:
        """Tell the planner once; give up when it wants the same again, or when a window vanished before."""
        last = self.turns.memory.last
        again = last is not None and last.verdict.outcome == "not found" and last.plan.intent == draft.plan.intent
        error = self._or_gone(error)
        final = again or isinstance(error, WindowGone)
        if not final:
            self.turns.look_again(draft)
        self.turns.remember(draft, Verdict(outcome="not found", note=str(error)))
        if final:
            raise error

    def _result(self, action: Done | Fail) -> RunResult:
        if isinstance(action, Fail) and self.turns.gone:
            raise WindowGone(self.turns.gone.title)
        return RunResult(
            ok=isinstance(action, Done),
            message=action.message if isinstance(action, Done) else action.reason,
            steps=tuple(self.turns.memory.steps),
            checklist=self.checklist,
            seconds=self.turns.seconds,
            recording=self.turns.journal.path,
        )

    def _or_gone(self, error: TargetNotFound) -> TargetNotFound:
        gone = self.turns.gone
        return WindowGone(gone.title, error.words) if gone else error
