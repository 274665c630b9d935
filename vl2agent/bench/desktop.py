"""The desktop bench: real goals on a real desktop, each checked by the state it leaves."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vl2agent.agent import Agent
from vl2agent.bench.goals import GOALS, Goal
from vl2agent.bench.scene import Scene
from vl2agent.contracts import Perception
from vl2agent.errors import InputError, VL2AgentError
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.limits import Limits
from vl2agent.planner.commands import CommandPlanner
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Step

LIMITS = Limits(max_steps=80, timeout_s=180.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """One goal, tried once.

    Args:
        goal: its name.
        scene: where it began.
        problem: why it was not reached, or "".
        steps: seconds of each step, the one that ends the run left out.
        seconds: for the whole run, without the desktop's start.
    """

    goal: str
    scene: Scene
    problem: str
    steps: tuple[float, ...]
    seconds: float

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
            {"goal": t.goal, "seed": t.scene.seed, "theme": t.scene.theme, "size": list(t.scene.size), "why": t.problem}
            for t in self.trials
            if not t.ok
        ]
        return {"overall": _figures(self.trials), "at_1280x800": _figures(at_1280), "goals": by_goal, "failed": failed}

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


def try_goal(goal: Goal, seed: int, perception: Perception, *, record: Path | None = None) -> Trial:
    """Start a desktop, run the goal, look at the state.

    Raises:
        SandboxError: the desktop does not start.
    """
    scene, steps = goal.scene(seed), list[Step]()
    with scene.desktop() as desktop:
        recorder = Recorder(record) if record else None
        agent = Agent(
            desktop,
            perception=perception,
            planner=CommandPlanner(perception),
            recorder=recorder,
            hooks=Hooks(after_action=lambda step, frame: steps.append(step)),
            limits=LIMITS,
        )
        began_s = time.monotonic()
        try:
            result = agent.run(goal.words(scene))
            problem = "" if result.ok else result.message
        except VL2AgentError as error:
            problem = f"{type(error).__name__}: {error}"
        seconds = time.monotonic() - began_s
        problem = problem or _settled_check(goal, scene, desktop)
    timed = tuple(step.seconds for step in steps if step.verdict.outcome != "ended")
    return Trial(goal.name, scene, problem, timed, seconds)


def measure(
    goals: Sequence[Goal],
    perception: Perception,
    *,
    repeat: int,
    seed: int,
    record: Path | None = None,
    progress: Callable[[Goal, int], None] = lambda goal, seed: None,
    done: Callable[[Trial], None] = lambda trial: None,
) -> Report:
    """Try each goal `repeat` times, on desktops of the seeds from `seed` on."""
    trials = []
    for goal in goals:
        for number in range(seed, seed + repeat):
            progress(goal, number)
            folder = record / f"{goal.name.replace(' ', '-')}-{number}.v2a" if record else None
            trials.append(try_goal(goal, number, perception, record=folder))
            done(trials[-1])
    return Report(tuple(trials))


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
    }
