"""What a script works with: a surface, what reads it and acts on it, and the run that everything belongs to.

Blocking, and for one thread at a time: `Hands` sees to both.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from vl2agent import contracts
from vl2agent.actions import Action
from vl2agent.agent import Agent, RunResult
from vl2agent.calls import Model
from vl2agent.contracts import Backend, Executor, Perception, Policy
from vl2agent.defaults import acting_on, open_model, seeing_with
from vl2agent.errors import InputError, RecordingError
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.loop.draft import Draft
from vl2agent.loop.hooks import Approver
from vl2agent.loop.limits import Limits
from vl2agent.loop.repeats import Repeats
from vl2agent.loop.turns import Parts, Turns
from vl2agent.pace import PERSON
from vl2agent.policy.policy import RulePolicy
from vl2agent.recording.schema import SUFFIX
from vl2agent.recording.writer import Recorder
from vl2agent.scripting.picture import Pictures
from vl2agent.steps import Intent, Plan, Receipt, Settled, Step, Target, Verdict

logger = logging.getLogger(__name__)

PURPOSE = "a script"
LOOK_S = 1.0
"""Longest wait for the screen to stand still before it is searched all the same: something on it may move forever."""


class OnlyLooks:
    """Stands in where there is no executor: reading a recording needs none."""

    def __init__(self, surface: contracts.Screen) -> None:
        self._surface = surface

    def perform(self, action: Action) -> Receipt:
        """Refuse.

        Raises:
            InputError: always; it says what to try.
        """
        return acting_on(self._surface).perform(action)

    def release_all(self) -> None:
        """Nothing is ever held down."""


class Deliberate(Repeats):
    """Lets a script do the same thing as often as it says."""

    def check(self, draft: Draft) -> None: ...

    def note(self, step: Step, before: object) -> str:
        return ""


class Session:
    """One run of a script; see `Screen` for the arguments.

    Raises:
        InputError: the surface cannot be looked at, or a number is out of range.
        BackendError: there is no such model.
    """

    def __init__(
        self,
        surface: contracts.Screen,
        *,
        executor: Executor | None,
        perception: Perception | None,
        model: Model | Backend | str | Path | None,
        policy: Policy | None,
        approve: Approver | None,
        recorder: Recorder | None,
        timeout_s: float,
        confidence: float,
    ) -> None:
        if not (hasattr(surface, "grab") and hasattr(surface, "settled")):
            raise InputError(f"expected something to look at, such as a Sandbox, got {type(surface).__name__}")
        self.timeout_s, self.confidence = checked_timeout(timeout_s), checked_confidence(confidence)
        opened = None if model is None else open_model(model)
        self.parts = Parts(
            screen=surface,
            executor=executor or (acting_on(surface) if hasattr(surface, "perform") else OnlyLooks(surface)),
            perception=perception or seeing_with(opened),
            policy=policy or RulePolicy(),
            model=opened,
            approve=approve,
            recorder=recorder,
            limits=Limits(settle_s=LOOK_S),
        )
        self.turns = Turns(self.parts, PURPOSE)
        self.turns.repeats = Deliberate(self.parts.limits)
        self.pictures = Pictures(self.recording, recorder.redaction if recorder else None)
        self._begun = self._ended = False
        self._runs = 0
        self._agent: Agent | None = None
        self.runs: Callable[[int, Limits | None], Agent] | None = None
        """Makes the agents of this script, by their number, instead of new ones: a replay has recordings of them."""

    @property
    def recording(self) -> Path | None:
        return self.turns.journal.path

    @property
    def is_dry(self) -> bool:
        return isinstance(self.parts.executor, DryRunExecutor)

    def require_hands(self) -> None:
        """Refuse to wait for something that nothing could be done with.

        Raises:
            InputError: there is no executor, or the script is over.
        """
        self._require_open()
        if isinstance(self.parts.executor, OnlyLooks):
            acting_on(self.parts.screen)

    def look(self, at_most_s: float = LOOK_S) -> Settled:
        """Let the screen come to rest, and write down what it shows.

        Also when that is the same as before: so a replay can show every look what it saw.

        Raises:
            InputError: the script is over.
            Interrupted: it was stopped.
            CaptureError, RecordingError: it cannot be.
        """
        self._require_open()
        self.turns.may_go_on()
        if not self._begun:
            self._begun = True
            self.turns.begin()
            return self.turns.settled
        settled = self.parts.screen.settled(min(max(at_most_s, 0.1), LOOK_S))
        self.turns.settled = settled
        self.turns.journal.seen(settled)
        return settled

    def take(self, intent: Intent, found: Sequence[Target] = ()) -> Step:
        """Do one thing on the screen as it was last seen; whatever goes wrong, no key stays down.

        Raises:
            ActionRefused: policy, or a person, said no.
            Interrupted: the task was cancelled.
            VL2AgentError: the screen, the executor or the recorder failed.
        """
        draft = self.turns.draft(Plan(intent=intent, found=tuple(found)))
        try:
            self.turns.take(draft)
        except BaseException as error:
            self.release()
            if self.turns.number == draft.number:  # not remembered yet, and the next step must not get its number
                with contextlib.suppress(RecordingError):
                    self.turns.remember(draft, Verdict(outcome="failed", note=f"{type(error).__name__}: {error}"))
            raise
        return self.turns.memory.steps[-1]

    def missed(self, intent: Intent, why: str) -> None:
        """Write down what could not be done, as its target was not found."""
        self.turns.remember(self.turns.draft(Plan(intent=intent)), Verdict(outcome="not found", note=why))

    def agent(self, limits: Limits | None) -> Agent:
        """Make an agent of the same parts, with a recording of its own beside this one, if there is one."""
        self.require_hands()
        self._runs += 1
        if self.runs:
            return self.runs(self._runs, limits)
        parts, recorder = self.parts, None
        if self.recording:
            path = self.recording.with_name(f"{self.recording.stem}-run-{self._runs}{SUFFIX}")
            recorder = Recorder(path, redaction=parts.recorder.redaction.beginning() if parts.recorder else None)
        return Agent(
            parts.screen,
            parts.executor,
            perception=parts.perception,
            model=parts.model,
            policy=parts.policy,
            approve=parts.approve,
            recorder=recorder,
            limits=limits,
        )

    def reach(self, goal: str, agent: Agent) -> RunResult:
        """Have the agent reach a goal; the model then listens to this script again."""
        self._agent = agent
        try:
            return agent.run(goal)
        finally:
            self._agent = None
            if self.parts.model is not None:
                self.parts.model.cancelled = self.parts.cancelled.is_set

    def stop(self, by: str = PERSON) -> None:
        """Break off what is being done, an agent's run included, and do nothing from now on; from any thread."""
        self.parts.cancelled.pull(by)
        if self._agent is not None:
            self._agent.cancel(by)

    def release(self) -> None:
        """Let go of every key and button; never raises."""
        try:
            self.parts.executor.release_all()
        except Exception as error:  # noqa: BLE001  what is told is the error that led here
            logger.warning("keys and buttons could not be released: %s", error)

    def close(self, error: BaseException | None = None) -> None:
        """Let go of every key and button, and end the recording; a second call does nothing."""
        if self._ended:
            return
        self._ended = True
        kind, message = ("", "done") if error is None else (type(error).__name__, str(error))
        self.turns.leave(ok=error is None, message=message, error=kind)

    def _require_open(self) -> None:
        if self._ended:
            raise InputError("expected an open Screen, this one is closed; make a new one for each script")


def checked_timeout(timeout_s: float) -> float:
    """Refuse a time that cannot be waited."""
    if not 0 <= timeout_s < float("inf"):
        raise InputError(f"expected a timeout of 0 seconds or more, got {timeout_s}")
    return timeout_s


def checked_confidence(confidence: float) -> float:
    """Refuse what is no probability."""
    if not 0 <= confidence <= 1:
        raise InputError(f"expected a confidence from 0 to 1, got {confidence}")
    return confidence
