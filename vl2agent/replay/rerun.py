"""Do the recorded actions again, in a fresh sandbox, and compare every step's screen with the recorded one.

The door is asked before each action, as in any run. The first screen that differs ends it: what was to be done next may
mean something else there. Healing goes on instead: on a screen that looks different the targets are looked for by their
words, clicked where they are now, and told of.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from vl2agent.actions import MASK, Action, TypeText, Wait
from vl2agent.contracts import Executor, Perception, Policy, Screen
from vl2agent.defaults import acting_on, seeing_with
from vl2agent.errors import ActionRefused, InputError, RecordingError, TargetNotFound
from vl2agent.geometry import ScreenBox, Size
from vl2agent.loop.door import EFFECTLESS
from vl2agent.loop.hooks import Approver
from vl2agent.planner.guarding import policy_of
from vl2agent.policy.policy import RulePolicy
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import FrameSeen, Judged, Planned
from vl2agent.recording.words import action_words
from vl2agent.replay.beside import write_beside
from vl2agent.replay.course import told
from vl2agent.replay.likeness import clock_of, regions_apart
from vl2agent.steps import Frame, Step

State: TypeAlias = Literal["same", "differs", "healed", "lost"]
PATIENCE_S = 5.0
"""How long a screen may take to look as it did: a program that starts is not as quick every day."""
SETTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step: what was done, and whether the screen then looked as it did.

    Args:
        step: its number; 0 is the screen before the first one.
        did: the action in words.
        state: 'same'; 'differs'; 'healed': differs, and the target was found elsewhere; 'lost': it was not.
        apart: where it differs.
        note: what was healed, or why it could not be.
        picture: both screens side by side, where they differ.
    """

    step: int
    did: str
    state: State
    apart: tuple[ScreenBox, ...] = ()
    note: str = ""
    picture: Path | None = None


@dataclass(frozen=True, slots=True)
class Rerun:
    """What doing it again came to. `left` are recorded actions that were not done again."""

    recording: Path
    outcomes: tuple[Outcome, ...]
    left: int
    healing: bool
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """All was done, and each screen looked as it did; with healing, all was done."""
        lost = any(outcome.state == "lost" for outcome in self.outcomes)
        return not self.left and not lost and (self.healing or all(o.state == "same" for o in self.outcomes))

    @property
    def first_difference(self) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.state != "same"), None)


def rerun(
    recording: Recording | str | Path,
    screen: Screen,
    executor: Executor | None = None,
    *,
    masks: Sequence[ScreenBox] = (),
    heal: bool = False,
    perception: Perception | None = None,
    policy: Policy | None = None,
    approve: Approver | None = None,
    secrets: Mapping[str, str] | None = None,
    pictures: str | Path | None = None,
    patience_s: float = PATIENCE_S,
) -> Rerun:
    """Do a recorded run again.

    Args:
        recording: what was done.
        screen: a fresh sandbox of the recorded size; `stage_of` tells of which.
        executor: by default the screen itself.
        masks: parts of the screen that may differ; the sandbox's clock and carets always may.
        heal: go on where the screen looks different, and look for targets by their words there.
        perception: what looks then; by default reading the screen.
        policy: by default the recorded rules.
        approve: is asked where policy says 'ask'; without it such actions are refused.
        secrets: what to type where a secret was masked, by what stands there, such as "{SHOP_PASSWORD}".
        pictures: the folder for pictures of what differs; none are written without it.
        patience_s: how long a screen may take to look as it did.

    Raises:
        RecordingError: it cannot be read, or nothing was done in it.
        InputError: the screen has another size, cannot act, or a secret is missing.
        ActionRefused: policy or a person said no.
        VL2AgentError: the screen or the executor failed.
    """
    recording = recording if isinstance(recording, Recording) else Recording(recording)
    hands = executor or acting_on(screen)
    size = stage_of(recording).size
    if screen.size != size:
        raise InputError(f"expected a screen of {size}, as was recorded, got {screen.size}")
    door = _Door(recording, perception, policy, approve)
    again = _Again(recording, screen, hands, door, tuple(masks), heal, secrets or {}, pictures, patience_s)
    try:
        return again.run()
    finally:
        hands.release_all()


@dataclass(frozen=True, slots=True)
class Stage:
    """The sandbox that a run was recorded in; `theme` is empty where that is not known."""

    size: Size
    scale: int
    theme: str


def stage_of(recording: Recording) -> Stage:
    """Tell in which sandbox a run can be done again.

    Raises:
        RecordingError: it shows no screen.
    """
    seen = next(recording.of(FrameSeen), None)
    if seen is None or recording.run is None:
        raise RecordingError(recording.path, "there is no screen in it; nothing can be done again")
    return Stage(seen.region.size, max(1, round(seen.scale)), recording.run.theme)


class _Door:
    """Policy, and a person; the screen is read only where somebody wants to know."""

    def __init__(
        self, recording: Recording, perception: Perception | None, policy: Policy | None, approve: Approver | None
    ) -> None:
        self._given, self._approve = perception, approve
        data = recording.run.policy if recording.run else {}
        reads = "goal" in data or any("text" in rule for rule in data.get("rule", ()))
        self._policy = policy or (policy_of(data, self.perception if reads else None) if data else RulePolicy())

    @cached_property
    def perception(self) -> Perception:
        return self._given or seeing_with(None)

    def pass_through(self, action: Action, frame: Frame) -> None:
        """Return when the action may be performed.

        Raises:
            ActionRefused: it may not.
        """
        if isinstance(action, EFFECTLESS):
            return
        decision = self._policy.decide(action, frame)
        asked = decision.verdict == "ask" and self._approve is not None and self._approve(action, decision)
        if decision.verdict != "allow" and not asked:
            raise ActionRefused(action_words(action), decision.rule, decision.reason or "nobody said yes")


@dataclass(frozen=True)
class _Again:
    """A recorded run, being done again."""

    recording: Recording
    screen: Screen
    hands: Executor
    door: _Door
    masks: tuple[ScreenBox, ...]
    heal: bool
    secrets: Mapping[str, str]
    pictures: str | Path | None
    patience_s: float

    def run(self) -> Rerun:
        steps = [step for step in self.recording.steps if step.action and step.receipt]
        befores = {event.step: event.frame for event in self.recording.of(Planned)}
        afters = {event.step: event.frame for event in self.recording.of(Judged)}
        outcomes: list[Outcome] = []
        if steps:
            now, first = self._compared(0, "", told(self.recording, befores, steps[0].number))
            outcomes.append(first)
        for step in steps:
            if outcomes[-1].state == "differs" and not self.heal:
                break
            action, note = self._aimed(step, self.recording.frame(told(self.recording, befores, step.number)), now)
            if action is None:
                outcomes.append(Outcome(step.number, _words(step), "lost", note=note))
                break
            self._perform(action, now)
            now, outcome = self._compared(
                step.number, action_words(action), told(self.recording, afters, step.number), note
            )
            outcomes.append(outcome)
        left = len(steps) - max(0, sum(outcome.state != "lost" for outcome in outcomes) - 1)
        return Rerun(self.recording.path, tuple(outcomes), left, self.heal, self.recording.certainty())

    def _perform(self, action: Action, now: Frame) -> None:
        if isinstance(action, Wait):
            time.sleep(action.seconds)
        elif not isinstance(action, EFFECTLESS):
            self.door.pass_through(action, now)
            self.hands.perform(self._told(action))

    def _told(self, action: Action) -> Action:
        """Put the secrets back that were masked.

        Raises:
            InputError: one is missing.
        """
        if not isinstance(action, TypeText):
            return action
        text = action.text
        for stands, value in self.secrets.items():
            text = text.replace(stands, value)
        if action.secret and (MASK in text or text == action.text):
            raise InputError(
                f"a secret is typed that is not in the recording; expected what {action.text!r} stands for"
            )
        return action.model_copy(update={"text": text})

    # --- looking -------------------------------------------------------------------------------------------------

    def _compared(self, step: int, did: str, frame: int, note: str = "") -> tuple[Frame, Outcome]:
        """Wait until the screen looks as it did then, or time runs out."""
        recorded = self.recording.frame(frame)
        until_s = time.monotonic() + self.patience_s
        while True:
            now = self.screen.settled(SETTLE_S).frame
            apart = self._apart(recorded, now) if recorded else ()
            if not apart or time.monotonic() >= until_s:
                break
        if recorded is None:
            return now, Outcome(step, did, "same", note="no picture of it was recorded; it was not compared")
        if not apart:
            return now, Outcome(step, did, "healed" if note else "same", note=note)
        picture = self._picture(step, recorded, now, apart)
        return now, Outcome(step, did, "healed" if note else "differs", apart, note, picture)

    def _apart(self, recorded: Frame, now: Frame) -> tuple[ScreenBox, ...]:
        return regions_apart(recorded, now, self._masks(recorded))

    def _masks(self, recorded: Frame) -> tuple[ScreenBox, ...]:
        run = self.recording.run
        in_sandbox = run is not None and run.place.startswith("sandbox")
        return (*self.masks, *self._painted(recorded), *((clock_of(recorded),) if in_sandbox else ()))

    def _painted(self, recorded: Frame) -> tuple[ScreenBox, ...]:
        """What is painted over in the recorded picture cannot be compared."""
        digest = recorded.digest
        seen = (event for event in self.recording.of(FrameSeen) if event.masked)
        return tuple(box for event in seen if self.recording.digest(event.frame) == digest for box in event.masked)

    def _picture(self, step: int, recorded: Frame, now: Frame, apart: Sequence[ScreenBox]) -> Path | None:
        if self.pictures is None:
            return None
        path = Path(self.pictures) / f"step-{step:04}.png"
        return write_beside(path, recorded, now, apart, self._masks(recorded))

    # --- healing -------------------------------------------------------------------------------------------------

    def _aimed(self, step: Step, recorded: Frame | None, now: Frame) -> tuple[Action | None, str]:
        """Give the action, at its targets' places on a screen that looks different; None where one is not found."""
        assert step.action is not None
        apart = self._apart(recorded, now) if self.heal and recorded else ()
        action, notes = step.action, []
        for target, name in zip((step.target, step.destination), _POINTS.get(action.kind, ()), strict=False):
            if target is None or not apart:
                continue
            try:
                found = self.door.perception.locate(target.words, now)
            except TargetNotFound as error:
                if any(target.box.intersection(box) for box in apart):
                    return None, str(error)
                continue  # it looks as it did: it is where it was
            if not target.box.contains(found.point):
                action = action.model_copy(update={name: found.point})
                notes.append(f"{target.words!r} was at {target.point}, is at {found.point}")
        return action, "; ".join(notes)


_POINTS: Mapping[str, tuple[str, ...]] = {
    "click": ("point",),
    "move": ("point",),
    "scroll": ("point",),
    "drag": ("start", "end"),
}
"""Where an action keeps the places of its target and its destination."""


def _words(step: Step) -> str:
    return action_words(step.action) if step.action else ""
