"""One recorded run, being done again: look, aim, ask at the door, act, compare."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from vl2agent.actions import MASK, Action, TypeText, Wait
from vl2agent.contracts import Executor, Perception, Policy, Screen
from vl2agent.defaults import seeing_with
from vl2agent.errors import ActionRefused, InputError, TargetNotFound
from vl2agent.executor.secrets import KnowsSecrets
from vl2agent.geometry import ScreenBox
from vl2agent.loop.door import EFFECTLESS
from vl2agent.loop.hooks import Approver
from vl2agent.planner.guarding import policy_of
from vl2agent.policy.policy import RulePolicy
from vl2agent.readings import ReadingPerception
from vl2agent.recording.painting import painted
from vl2agent.recording.reader import Recording
from vl2agent.recording.redaction import Redaction
from vl2agent.recording.schema import FrameSeen, Judged, Planned
from vl2agent.recording.words import action_words
from vl2agent.replay.beside import write_beside
from vl2agent.replay.course import told
from vl2agent.replay.likeness import clock_of, regions_apart
from vl2agent.replay.outcome import Outcome, Rerun
from vl2agent.steps import Frame, Step

SETTLE_S = 3.0
_NAMED = re.compile(r"\{\w+\}")
"""How a secret's name stands in what is typed."""
SOONER = "it looked as it did after the wait that follows"


class Door:
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
class Again:
    """A recorded run, being done again."""

    recording: Recording
    screen: Screen
    hands: Executor
    door: Door
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
            now, first = self._compared(0, "", (told(self.recording, befores, steps[0].number),))
            outcomes.append(first)
        for place, step in enumerate(steps):
            if outcomes[-1].state == "differs" and not self.heal:
                break
            action, note = self._aimed(step, self.recording.frame(told(self.recording, befores, step.number)), now)
            if action is None:
                outcomes.append(Outcome(step.number, _words(step), "lost", note=note))
                break
            self._perform(action, now)
            waits = takewhile(lambda later: isinstance(later.action, Wait), steps[place + 1 :])
            frames = tuple(told(self.recording, afters, one.number) for one in (step, *waits))
            now, outcome = self._compared(step.number, action_words(action), frames, note)
            outcomes.append(outcome)
        left = len(steps) - max(0, sum(outcome.state != "lost" for outcome in outcomes) - 1)
        return Rerun(self.recording.path, tuple(outcomes), left, self.heal, self.recording.certainty())

    def _perform(self, action: Action, now: Frame) -> None:
        if isinstance(action, Wait):
            time.sleep(action.seconds)
        elif not isinstance(action, EFFECTLESS):
            told = self._told(action)
            self.door.pass_through(
                told if isinstance(action, TypeText) and action.secret else action, now
            )  # of {NAME} it sees the name, as then
            self.hands.perform(told)

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
        told = text != action.text
        if (action.secret or (self._knew_secrets and _NAMED.search(text))) and (MASK in text or not told):
            raise InputError(
                f"a secret is typed that is not in the recording; expected what {action.text!r} stands for, "
                "with --secret NAME or secrets={...}"
            )
        return action.model_copy(update={"text": text, "secret": action.secret or told})

    @cached_property
    def _knew_secrets(self) -> bool:
        """Whether names stood for secrets in the recorded run."""
        return self.recording.run is not None and self.recording.run.parts.get("executor") == KnowsSecrets.__name__

    # --- looking -------------------------------------------------------------------------------------------------

    def _compared(self, step: int, did: str, frames: Sequence[int], note: str = "") -> tuple[Frame, Outcome]:
        """Wait until the screen looks as it did then, or time runs out.

        Args:
            step: its number.
            did: what was done in it.
            frames: the recorded one, and those after the waits that followed: today it may be there sooner.
            note: what was healed.
        """
        recorded, *later = (self.recording.frame(frame) for frame in frames)
        until_s = time.monotonic() + self.patience_s
        while True:
            now = self.screen.settled(SETTLE_S).frame
            apart = self._apart(recorded, now) if recorded else ()
            if apart and any(frame and not self._apart(frame, now) for frame in later):
                return now, Outcome(step, did, "healed" if note else "same", note=note or SOONER)
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
        return write_beside(path, recorded, self._redacted(now, recorded), apart, self._masks(recorded))

    def _redacted(self, now: Frame, recorded: Frame) -> Frame:
        """Paint over what was painted over then, and wherever a secret can be read."""
        shown, _ = painted(now, self._painted(recorded))
        if self.secrets and isinstance(self.door.perception, ReadingPerception):
            shown, _ = Redaction(self.secrets, texts_in=self.door.perception.texts).painted(shown)
        return shown

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
