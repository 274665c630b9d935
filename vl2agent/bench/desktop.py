"""The desktop bench: real goals on a real desktop, each checked by the state it leaves.

What works on them is the embedded default, a model, or the oracle, which knows the truth and shows whether the way around
a model is sound.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from vl2agent.agent import Agent
from vl2agent.bench.goals import GOALS, Goal
from vl2agent.bench.scene import Scene
from vl2agent.bench.watched import Watched
from vl2agent.calls import Model, ModelCall
from vl2agent.contracts import Perception
from vl2agent.errors import InputError, SandboxError, VL2AgentError
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.limits import Limits
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.planner.guarding import GoalPolicy
from vl2agent.policy.policy import RulePolicy
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Step

LIMITS = Limits(max_steps=80, timeout_s=180.0)
"""Of one run."""
WITH_MODEL = Limits(max_steps=80, timeout_s=1800.0)
"""Of one run on a model, which may take a while for a step."""

ModelFor: TypeAlias = Callable[[Sandbox], AbstractContextManager[Model | None]]
"""Gives what plans and sees on a desktop; None for the embedded default."""

SizeAndScale: TypeAlias = tuple[tuple[int, int] | None, int]
"""A screen: its size in pixels, None for the seed's; physical pixels per logical one."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What was asked of a model in a run.

    Args:
        purposes: how often for what.
        most_tokens: of the largest prompt, with what was kept free for its reply.
        failed: calls that ended with an error.
    """

    purposes: Counter[str]
    most_tokens: int
    failed: int

    @classmethod
    def of(cls, calls: Sequence[ModelCall]) -> Calls:
        """Add them up."""
        return cls(
            purposes=Counter(call.purpose for call in calls),
            most_tokens=max((call.bill.prompt_tokens + call.bill.reserve for call in calls), default=0),
            failed=sum(bool(call.error) for call in calls),
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """One goal, tried once.

    Args:
        goal: its name.
        scene: where it began.
        problem: why it was not reached, or "".
        steps: seconds of each step, the one that ends the run left out.
        seconds: for the whole run, without the desktop's start.
        calls: what a model was asked; none where there is no model.
        decided: actions that the guard was asked about, where there was one.
        blocked: those of them that it did not allow; they were done all the same.
    """

    goal: str
    scene: Scene
    problem: str
    steps: tuple[float, ...]
    seconds: float
    calls: Calls = Calls(Counter(), 0, 0)
    decided: int = 0
    blocked: int = 0

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(frozen=True)
class Report:
    """All trials, and their figures."""

    trials: tuple[Trial, ...]

    def summary(self) -> dict[str, Any]:
        """The figures as data: overall, by goal, and what went wrong."""
        by_goal = {name: _figures([t for t in self.trials if t.goal == name]) for name in self._names()}
        at_1280 = [t for t in self.trials if t.scene.size == (1280, 800)]
        failed = [
            {"goal": t.goal, "seed": t.scene.seed, "theme": t.scene.theme, "size": list(t.scene.size)}
            | {"scale": t.scene.scale, "why": t.problem}
            for t in self.trials
            if not t.ok
        ]
        by_screen = {name: _figures([t for t in self.trials if _screen(t.scene) == name]) for name in self.screens}
        return {
            "overall": _figures(self.trials),
            "at_1280x800": _figures(at_1280),
            "screens": by_screen,
            "goals": by_goal,
            "failed": failed,
        }

    @property
    def screens(self) -> tuple[str, ...]:
        """Sizes and scales that were tried."""
        return tuple(dict.fromkeys(_screen(trial.scene) for trial in self.trials))

    def _names(self) -> list[str]:
        return list(dict.fromkeys(trial.goal for trial in self.trials))


def choose(names: Sequence[str]) -> tuple[Goal, ...]:
    """Return the goals of these names, all when there are none.

    Raises:
        InputError: no goal has this name.
    """
    known = {goal.name: goal for goal in GOALS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"expected goals among {', '.join(map(repr, known))}; got {unknown[0]!r}")
    return tuple(known[name] for name in names) or GOALS


def embedded(desktop: Sandbox) -> AbstractContextManager[Model | None]:
    """Use no model: reading sees, the command grammar plans."""
    return nullcontext(None)


def try_goal(
    goal: Goal,
    scene: Scene,
    reader: Perception,
    *,
    model_for: ModelFor = embedded,
    guard: bool = False,
    record: Path | None = None,
) -> Trial:
    """Start a desktop, run the goal, look at the state; a guard is asked and counted, and never obeyed.

    Raises:
        SandboxError: the desktop does not start.
    """
    steps, calls = list[Step](), list[ModelCall]()
    policy = Watched(GoalPolicy(goal.words(scene), reader) if guard else RulePolicy())
    with scene.desktop() as desktop, model_for(desktop) as model:
        agent = Agent(
            desktop,
            model=model,
            perception=VL2Perception(model, reader) if model else reader,
            policy=policy,
            approve=(lambda action, decision: True) if guard else None,
            recorder=Recorder(record) if record else None,
            hooks=Hooks(after_action=lambda step, frame: steps.append(step)),
            limits=WITH_MODEL if model else LIMITS,
        )
        began_s = time.monotonic()
        try:
            with model.told(calls.append) if model else nullcontext():
                result = agent.run(goal.words(scene))
            problem = "" if result.ok else result.message
        except VL2AgentError as error:
            problem = f"{type(error).__name__}: {error}"
        seconds = time.monotonic() - began_s
        problem = problem or _settled_check(goal, scene, desktop)
    timed = tuple(step.seconds for step in steps if step.verdict.outcome != "ended")
    decided = policy.decided.total() if guard else 0
    return Trial(goal.name, scene, problem, timed, seconds, Calls.of(calls), decided, len(policy.refused))


def measure(
    goals: Sequence[Goal],
    reader: Perception,
    *,
    repeat: int,
    seed: int,
    screens: Sequence[SizeAndScale] = ((None, 1),),
    model_for: ModelFor = embedded,
    guard: bool = False,
    record: Path | None = None,
    progress: Callable[[Goal, Scene], None] = lambda goal, scene: None,
    done: Callable[[Trial], None] = lambda trial: None,
) -> Report:
    """Try each goal `repeat` times on each screen, on desktops of the seeds from `seed` on.

    Raises:
        SandboxError: the first desktop does not start; a later one is a run that did not reach its goal.
    """
    trials = list[Trial]()
    for goal in goals:
        for number in range(seed, seed + repeat):
            for size, scale in screens:
                scene = goal.scene(number, size=size, scale=scale)
                progress(goal, scene)
                name = f"{goal.name.replace(' ', '-')}-{number}-{_screen(scene).replace(' ', '-')}.v2a"
                folder = record / name if record else None
                try:
                    trial = try_goal(goal, scene, reader, model_for=model_for, guard=guard, record=folder)
                except SandboxError as error:
                    if not trials:
                        raise
                    trial = Trial(goal.name, scene, f"{type(error).__name__}: {error}", (), 0.0)
                trials.append(trial)
                done(trial)
    return Report(tuple(trials))


def _screen(scene: Scene) -> str:
    width, height = scene.size
    return f"{width}x{height}" + (f" scale {scene.scale}" if scene.scale > 1 else "")


def _settled_check(goal: Goal, scene: Scene, desktop: Any) -> str:
    """Check, and once more after two seconds: programs write settings and files when they find time."""
    problem = goal.check(desktop, scene)
    if problem:
        time.sleep(2.0)
        problem = goal.check(desktop, scene)
    return problem


def _figures(trials: Sequence[Trial]) -> dict[str, Any]:
    steps = [second for trial in trials for second in trial.steps]
    return {
        "runs": len(trials),
        "reached": sum(trial.ok for trial in trials),
        "rate": round(sum(trial.ok for trial in trials) / max(len(trials), 1), 4),
        "steps": round(statistics.median([len(trial.steps) for trial in trials]), 1) if trials else 0,
        "seconds_per_step": round(statistics.median(steps), 3) if steps else None,
        "seconds": round(statistics.median([trial.seconds for trial in trials]), 2) if trials else None,
        "calls": dict(sum((trial.calls.purposes for trial in trials), Counter[str]())),
        "failed_calls": sum(trial.calls.failed for trial in trials),
        "decided": sum(trial.decided for trial in trials),
        "blocked": sum(trial.blocked for trial in trials),
        "most_tokens": max((trial.calls.most_tokens for trial in trials), default=0),
    }
