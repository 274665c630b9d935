"""The loop: look, plan, aim, ask at the door, act, look again, judge, remember.

Data goes one way, and each arrow is a value with a type (steps.py):

    Frame -> Plan (intent in words) -> Target -> Action -> Decision -> [intent on disk] -> Receipt -> Verdict -> Memory

The frame that settled after a step is the frame that the next one is planned on. The parts are in loop/.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from pathlib import Path
from typing import cast

from vl2agent.actions import Action, AskUser, Done, Fail, Frozen, Wait, Zoom
from vl2agent.contracts import Executor, Perception, Planner, Policy, Screen
from vl2agent.errors import (
    ActionRefused,
    ExecutionError,
    InputError,
    Interrupted,
    TargetNotFound,
    WindowGone,
)
from vl2agent.executor.policy import RulePolicy
from vl2agent.loop import verbs
from vl2agent.loop.aim import aim
from vl2agent.loop.door import Door
from vl2agent.loop.draft import Draft
from vl2agent.loop.goal import check_goal
from vl2agent.loop.hooks import Approver, Hooks
from vl2agent.loop.journal import Journal
from vl2agent.loop.judge import judge, may_close, vanished
from vl2agent.loop.limits import Limits, Repeats
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Clause, Memory, Receipt, Settled, Step, Verdict, Window

logger = logging.getLogger(__name__)


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
        perception: words to places; by default reading the screen (OcrPerception).
        planner: goal to next intent; by default the command grammar (CommandPlanner).
        policy: what may be done; by default the built-in rules (RulePolicy).
        approve: is asked when policy says 'ask'; without it such actions are refused.
        recorder: where the run is written down, a new one for each run; None keeps nothing.
        hooks: functions to call on the way.
        limits: how far a run may go.

    Raises:
        InputError: no executor was given, and the screen cannot act.
    """

    def __init__(
        self,
        screen: Screen,
        executor: Executor | None = None,
        *,
        perception: Perception | None = None,
        planner: Planner | None = None,
        policy: Policy | None = None,
        approve: Approver | None = None,
        recorder: Recorder | None = None,
        hooks: Hooks | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.screen = screen
        self.executor = executor or _itself(screen)
        self.perception = perception or _reading()
        self.planner = planner or _commands(self.perception)
        self.policy = policy or RulePolicy()
        self.approve, self.recorder = approve, recorder
        self.hooks, self.limits = hooks or Hooks(), limits or Limits()
        self.cancelled = threading.Event()

    def run(self, goal: str) -> RunResult:
        """Work until the planner says done or gives up.

        Raises:
            GoalError: the goal is not understood; nothing was done.
            TargetNotFound: words fitted nothing twice in a row; WindowGone when a window vanished before.
            ActionRefused: policy, a hook or a person said no.
            LimitReached: steps, seconds or repeats ran out.
            Interrupted: `cancel` was called.
            VL2AgentError: the screen, the executor or the recorder failed.
        """
        check_goal(goal, self.planner)
        run = _Run(self, goal)
        try:
            result = run.to_the_end()
        except BaseException as error:
            self._leave(run, error)
            raise
        self._leave(run, result)
        return result

    async def run_async(self, goal: str) -> RunResult:
        """Do what `run` does, in a thread of its own; cancelling the task stops the run within a step."""
        work = asyncio.ensure_future(asyncio.to_thread(self.run, goal))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            self.cancel()
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()  # looked at, else asyncio complains that nobody did
            raise

    def cancel(self) -> None:
        """Stop within a step; may be called from any thread and from a signal handler."""
        self.cancelled.set()

    def _leave(self, run: _Run, outcome: RunResult | BaseException) -> None:
        """Let go of keys and buttons first, then write the end, then tell."""
        try:
            self.executor.release_all()
        except Exception as error:  # noqa: BLE001  a display that is gone holds nothing; the run's own error is told
            logger.warning("keys and buttons could not be released: %s", error)
        finally:
            run.write_end(outcome)
            self.cancelled.clear()
        if self.hooks.on_stop:
            self.hooks.on_stop(outcome)


class _Run:
    """One goal being worked on."""

    def __init__(self, agent: Agent, goal: str) -> None:
        self.agent, self.goal, self.began_s = agent, goal, time.monotonic()
        self.memory, self.repeats = Memory(), Repeats(agent.limits)
        self.journal = Journal(agent.recorder)
        self.door = Door(agent.policy, agent.approve, agent.hooks, self.journal)
        self.gone: Window | None = None  # a window that vanished though nobody closed it
        self.checklist: tuple[Clause, ...] = ()

    def to_the_end(self) -> RunResult:
        self._begin()
        while True:
            self._may_go_on()
            self.agent.limits.check(len(self.memory.steps), self._seconds)
            if (result := self._step()) is not None:
                return result

    def _step(self) -> RunResult | None:
        draft = self._plan()
        try:
            verdict = self._attempt(draft)
        except TargetNotFound as error:
            self._not_found(draft, error)
            return None
        except (ActionRefused, ExecutionError, InputError) as error:
            refused = isinstance(error, ActionRefused)
            self._remember(draft, Verdict(outcome="refused" if refused else "failed", note=str(error)))
            raise
        self._remember(draft, verdict)
        return self._result(draft.action) if isinstance(draft.action, Done | Fail) else None

    def _attempt(self, draft: Draft) -> Verdict:
        """Aim, ask at the door, act, look: tell what the step came to."""
        self.repeats.check(draft.plan, draft.before)
        action = aim(draft, self.agent.perception)
        self.journal.aimed(draft, action)
        if isinstance(action, Done | Fail):
            return Verdict(outcome="ended", note=action.message if isinstance(action, Done) else action.reason)
        self.door.pass_through(draft, action, self.memory.steps)
        draft.receipt = self._perform(draft, action)
        self.journal.received(draft, draft.receipt)
        self._look(draft)
        return judge(draft.before, self.settled, draft.receipt)

    def _begin(self) -> None:
        parts = ("screen", "executor", "perception", "planner", "policy")
        self.journal.started(self.goal, {name: getattr(self.agent, name) for name in parts}, self.agent.limits)
        self.settled = self._settle()

    def _plan(self) -> Draft:
        agent, frame, began_s = self.agent, self.settled.frame, time.monotonic()
        if agent.hooks.before_plan:
            agent.hooks.before_plan(self.memory, frame)
        try:
            plan = agent.planner.plan(self.goal, self.memory, frame)
        except TargetNotFound as error:
            raise self._or_gone(error) from error
        self.checklist = plan.checklist
        draft = Draft(len(self.memory.steps) + 1, frame, plan, began_s)
        self.journal.planned(draft)
        if agent.hooks.after_plan:
            agent.hooks.after_plan(plan, frame)
        return draft

    def _perform(self, draft: Draft, action: Action) -> Receipt:
        agent = self.agent
        match action:
            case AskUser():
                return verbs.ask(action, draft, agent.hooks, self.memory, self.journal)
            case Zoom():
                return verbs.read(action, draft, agent.perception, self.memory, self.journal)
            case Wait():
                return verbs.wait(action, agent.limits.timeout_s - self._seconds, agent.cancelled)
        self._may_go_on()
        self.journal.intended(draft, action)
        return agent.executor.perform(action)

    def _look(self, draft: Draft) -> None:
        """Let the screen come to rest, and notice a window that vanished."""
        self.settled = self._settle()
        before, after = draft.before.windows, self.settled.frame.windows
        if may_close(draft.plan) or {window.app for window in after} - {window.app for window in before}:
            self.gone = None
        else:
            self.gone = vanished(before, after) or self.gone

    def _remember(self, draft: Draft, verdict: Verdict) -> None:
        step = draft.finished(verdict)
        self.memory.steps.append(step)
        self.journal.judged(step)
        logger.info("step %d %s: %s in %.2f s", step.number, step.plan.intent.kind, verdict.outcome, step.seconds)
        if self.agent.hooks.after_action:
            self.agent.hooks.after_action(step, self.settled.frame)

    def _not_found(self, draft: Draft, error: TargetNotFound) -> None:
        """Tell the planner once; give up when it wants the same again, or when a window vanished before."""
        last = self.memory.last
        again = last is not None and last.verdict.outcome == "not found" and last.plan.intent == draft.plan.intent
        error = self._or_gone(error)
        final = again or isinstance(error, WindowGone)
        if not final:
            self._look(draft)
        self._remember(draft, Verdict(outcome="not found", note=str(error)))
        if final:
            raise error

    def _result(self, action: Done | Fail) -> RunResult:
        if isinstance(action, Fail) and self.gone:
            raise WindowGone(self.gone.title)
        return RunResult(
            ok=isinstance(action, Done),
            message=action.message if isinstance(action, Done) else action.reason,
            steps=tuple(self.memory.steps),
            checklist=self.checklist,
            seconds=self._seconds,
            recording=self.journal.path,
        )

    def write_end(self, outcome: RunResult | BaseException) -> None:
        ok = isinstance(outcome, RunResult) and outcome.ok
        message = outcome.message if isinstance(outcome, RunResult) else str(outcome)
        error = "" if isinstance(outcome, RunResult) else type(outcome).__name__
        self.journal.ended(ok=ok, message=message, error=error, seconds=self._seconds, checklist=self.checklist)

    def _settle(self) -> Settled:
        settled = self.agent.screen.settled(self.agent.limits.settle_s)
        self.journal.seen(settled)
        return settled

    def _may_go_on(self) -> None:
        if self.agent.cancelled.is_set():
            raise Interrupted(f"stopped by a person after {len(self.memory.steps)} finished steps")

    def _or_gone(self, error: TargetNotFound) -> TargetNotFound:
        return WindowGone(self.gone.title, error.words) if self.gone else error

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self.began_s


def _itself(screen: Screen) -> Executor:
    if not (hasattr(screen, "perform") and hasattr(screen, "release_all")):
        raise InputError(f"expected an executor, as {type(screen).__name__} only looks; try executor=DryRunExecutor()")
    return cast(Executor, screen)


def _reading() -> Perception:
    from vl2agent.perception.embedded import OcrPerception

    return OcrPerception()


def _commands(perception: Perception) -> Planner:
    from vl2agent.planner.commands import CommandPlanner

    return CommandPlanner(perception)
