"""The steps of a recording as questions with the right answers: where is it, and what comes next.

What a model is asked is word for word what it is asked at work (prompts.py): a sample trains nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol, TypeAlias

from vl2agent import prompts
from vl2agent.actions import Done, Fail, TypeText
from vl2agent.calls import Section, Shot
from vl2agent.errors import InputError, ParseError, VL2AgentError, WindowTooSmall
from vl2agent.geometry import ScreenBox
from vl2agent.interchange.chat import grounded_answer, planned_answer, prompt_text
from vl2agent.interchange.moments import Moment, moments
from vl2agent.recording.reader import Recording
from vl2agent.steps import Frame, Memory, Plan, Step, Target

Kind: TypeAlias = Literal["ground", "plan"]


class Planning(Protocol):
    """The planner's own way of asking."""

    def ask(
        self, goal: str, parts: Sequence[str], current: int, memory: Memory, frame: Frame
    ) -> tuple[Sequence[Section], Shot]:
        """Make the prompt, fitted into the model's window, and its picture.

        Raises:
            WindowTooSmall: it does not fit.
        """
        ...

    def check(self, answer: str, current: int, total: int) -> None:
        """Refuse what could not be carried out.

        Raises:
            ParseError: the answer is no reply to it.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A question about a picture, and the answer.

    `box` is where the answer points, on the screen; None for a plan.
    """

    kind: Kind
    recording: str
    step: int
    prompt: str
    shot: Shot
    answer: str
    confidence: float
    box: ScreenBox | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which steps become samples.

    Args:
        kinds: which questions.
        min_confidence: what a target must have.
        all_steps: also steps without an effect that can be seen, and plans of runs that did not reach their goal.
    """

    kinds: frozenset[Kind] = frozenset(("ground", "plan"))
    min_confidence: float = 0.5
    all_steps: bool = False


Made: TypeAlias = tuple[str, Shot, str, ScreenBox | None]
"""Prompt, picture, answer, and where it points."""

_WHY: dict[type[VL2AgentError], str] = {
    InputError: "its text spells a mark of the model's",
    ParseError: "no model could answer it",
    WindowTooSmall: "it does not fit the window",
}


@dataclass(slots=True)
class Harvest:
    """What came of a recording: samples, and how many were left out for which reason."""

    samples: list[Sample] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def harvest(recording: Recording, name: str, choice: Choice, planning: Planning) -> Harvest:
    """Make the samples of a recording.

    Args:
        recording: what happened.
        name: what to call it.
        choice: which steps become samples.
        planning: the planner's way of asking.

    Raises:
        RecordingError: a picture is damaged.
    """
    made = Harvest()
    for moment in moments(recording):
        reason = _unfit(moment.step, recording, choice)
        frame = None if reason else recording.frame(moment.frame)
        if frame is None:
            made.left_out[reason or "its picture is missing"] += 1
            continue
        for make in _makers(moment, frame, choice, planning, recording):
            try:
                prompt, shot, answer, box = make()
            except (InputError, ParseError, WindowTooSmall) as error:
                made.left_out[_WHY[type(error)]] += 1
                continue
            kind: Kind = "plan" if box is None else "ground"
            sure = _confidence(moment.step)
            made.samples.append(
                Sample(
                    kind=kind,
                    recording=name,
                    step=moment.step.number,
                    prompt=prompt,
                    shot=shot,
                    answer=answer,
                    confidence=round(sure, 4),
                    box=box,
                )
            )
    return made


def _makers(
    moment: Moment, frame: Frame, choice: Choice, planning: Planning, recording: Recording
) -> Iterator[Callable[[], Made]]:
    """Give what makes each sample of a step."""
    targets = [target for target in (moment.step.target, moment.step.destination) if target is not None]
    if "ground" in choice.kinds:
        yield from (partial(_ground, target, frame) for target in targets)
    ended_well = recording.end is not None and recording.end.ok
    if "plan" in choice.kinds and recording.run is not None and (ended_well or choice.all_steps):
        yield partial(_plan, moment, frame, recording.run.goal, planning)


def _ground(target: Target, frame: Frame) -> Made:
    shot = Shot.of(frame)
    prompt = prompt_text(prompts.ground(target.words))
    answer = grounded_answer(target.words, shot.view.box_to_grid(target.box))
    return prompt, shot, answer, target.box


def _plan(moment: Moment, frame: Frame, goal: str, planning: Planning) -> Made:
    plan = moment.step.plan
    parts = tuple(clause.text for clause in plan.checklist) or (goal,)
    current = _current(plan, len(parts))
    sections, shot = planning.ask(goal, parts, current, moment.memory, frame)
    answer = planned_answer(plan.intent, current)
    planning.check(answer, current, len(parts))
    return prompt_text(sections), shot, answer, None


def _current(plan: Plan, total: int) -> int:
    """Tell which part of the goal was worked on: as the planner says, or the first that was not done."""
    if plan.state.isdecimal():
        return min(max(int(plan.state), 1), total)
    return next((n for n, clause in enumerate(plan.checklist, start=1) if not clause.done), total)


def _unfit(step: Step, recording: Recording, choice: Choice) -> str:
    """Say why a step becomes no sample; empty if it does."""
    intent, verdict = step.plan.intent, step.verdict
    if isinstance(intent, TypeText) and intent.secret:
        return "it is a secret"
    if isinstance(intent, Fail) or verdict.outcome in ("not found", "refused", "failed", "dry"):
        return "nothing was done"
    if isinstance(intent, Done):
        return "" if recording.end is not None and recording.end.ok else "the goal was not reached"
    if not choice.all_steps and not (verdict.outcome in ("changed", "moving") and verdict.changed):
        return "no effect can be seen"
    if _confidence(step) < choice.min_confidence:
        return "its place is not sure enough"
    return ""


def _confidence(step: Step) -> float:
    return min((target.confidence for target in (step.target, step.destination) if target), default=1.0)
