"""The MiniWoB++ bench: small tasks on real pages, done from pixels alone, judged by the reward that the page gives.

The agent gets the picture of the task area and the instruction as it stands. An episode succeeded when its raw reward
is above 0. Each has a browser of its own, and whatever goes wrong in one is told and ends that one only.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vl2agent.actions import Done, Fail
from vl2agent.agent import Agent
from vl2agent.bench.miniwob_page import Outcome, TaskPage
from vl2agent.calls import Model
from vl2agent.contracts import Perception, Planner
from vl2agent.defaults import planning_with, seeing_with
from vl2agent.errors import (
    AmbiguousTarget,
    GoalError,
    LimitReached,
    MissingExtra,
    MissingPackages,
    RecordingError,
    TargetNotFound,
    VL2AgentError,
)
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.limits import Limits
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Memory, Plan, Step
from vl2agent.trace.page import write_page

if TYPE_CHECKING:
    from vl2agent.perception.engine import TextEngine

LIMITS = Limits(max_steps=40, timeout_s=90.0)
"""Of one episode."""

UNFINISHED = "stopped too early"
"""The agent thought that it was done, the page did not."""
WRONG = "did the wrong thing"
KINDS: dict[type[Exception], str] = {
    GoalError: "instruction not understood",
    AmbiguousTarget: "several places fit",
    TargetNotFound: "nothing fits",
    LimitReached: "a limit was reached",
}
"""What went wrong, by the error that ended a run."""
FATAL = (MissingExtra, MissingPackages, RecordingError)
"""Errors that every episode would meet: they end the bench."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One task, tried once.

    Args:
        task: its name.
        seed: which one of its kind.
        instruction: what was to be done; empty where the page did not even open.
        reward: the raw one, -1 to 1; 0 where the episode did not end.
        kind: what went wrong in a word or two, or "".
        problem: what went wrong, or "".
        steps: actions and waits.
        seconds: for the whole episode, the browser's start included.
        recording: where it was written down.
    """

    task: str
    seed: int
    instruction: str = ""
    reward: float = 0.0
    kind: str = ""
    problem: str = ""
    steps: int = 0
    seconds: float = 0.0
    recording: Path | None = None

    @property
    def ok(self) -> bool:
        return self.reward > 0


@dataclass(frozen=True)
class Report:
    """All episodes, and their figures."""

    episodes: tuple[Episode, ...]

    def summary(self) -> dict[str, Any]:
        """The figures as data: the mean over tasks, by task, what went wrong by kind, and each failed episode."""
        names = dict.fromkeys(episode.task for episode in self.episodes)
        by_task = {name: _figures([e for e in self.episodes if e.task == name]) for name in names}
        failed = [episode for episode in self.episodes if not episode.ok]
        return {
            "tasks": len(by_task),
            "mean_success": round(statistics.mean([f["success"] for f in by_task.values()] or [0.0]), 4),
            "overall": _figures(self.episodes),
            "by_task": by_task,
            "failures": dict(Counter(episode.kind for episode in failed).most_common()),
            "failed": [
                {"task": e.task, "seed": e.seed, "instruction": e.instruction, "reward": e.reward}
                | {"kind": e.kind, "why": e.problem}
                for e in failed
            ],
        }


class Watched:
    """A planner that is told when its episode is over: then there is nothing left to plan.

    Args:
        planner: what plans until then.
        outcome: asks how the episode stands.
    """

    def __init__(self, planner: Planner, outcome: Callable[[], Outcome]) -> None:
        self._planner, self._outcome = planner, outcome

    def check(self, goal: str) -> None:
        self._planner.check(goal)

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        now, last = self._outcome(), memory.last
        if not now.over:
            return self._planner.plan(goal, memory, frame)
        said = f"the episode is over, with a reward of {now.reward:g}"
        checklist = last.plan.checklist if last else ()
        return Plan(intent=Done(message=said) if now.reward > 0 else Fail(reason=said), checklist=checklist)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an episode is played with: what sees, what plans, how far, and where it is written down."""

    perception: Perception
    model: Model | None = None
    limits: Limits = LIMITS
    record: Path | None = None


def measure(
    tasks: Sequence[str],
    seeds: Sequence[int],
    *,
    model: Model | None = None,
    limits: Limits = LIMITS,
    record: Path | None = None,
    progress: Callable[[str, int], None] = lambda task, seed: None,
    done: Callable[[Episode], None] = lambda episode: None,
) -> Report:
    """Try each task with each seed.

    Args:
        tasks: their names.
        seeds: one episode of each task for each.
        model: what sees and plans; the embedded default without one.
        limits: of one episode.
        record: a folder for a recording of each episode, TASK-SEED.v2a.
        progress: is told what comes next.
        done: is told of each episode.

    Raises:
        MissingExtra: MiniWoB++, Playwright or what reads the screen is not installed.
        MissingPackages: no browser is installed.
        RecordingError: a recording of this name is there already, or cannot be written.
    """
    engine, episodes = _engine(), list[Episode]()
    for task in tasks:
        for seed in seeds:
            progress(task, seed)
            perception = seeing_with(model, engine)  # one that knows a picture reads the next one in parts
            parts = Parts(perception, model, limits, record / f"{task}-{seed}.v2a" if record else None)
            episodes.append(try_task(task, seed, parts))
            done(episodes[-1])
    return Report(tuple(episodes))


def _engine() -> TextEngine | None:
    """Load the networks once for all episodes, where they are installed; a model can do without."""
    if not find_spec("rapidocr"):
        return None
    from vl2agent.perception.engine import OnnxTextEngine

    return OnnxTextEngine()


def try_task(task: str, seed: int, parts: Parts) -> Episode:
    """Play one episode in a browser of its own; what goes wrong in it is what it reports.

    Raises:
        MissingExtra, MissingPackages, RecordingError: as `measure`.
    """
    began_s, episode = time.monotonic(), Episode(task, seed)
    recorder = Recorder(parts.record) if parts.record else None
    try:
        with recorder or nullcontext(), TaskPage(task, seed) as page:
            episode = replace(episode, instruction=page.instruction)
            episode = _played(episode, page, parts, recorder)
    except FATAL:
        raise
    except Exception as error:  # noqa: BLE001  one episode that crashes says nothing of the others
        episode = replace(episode, kind="error", problem=_told(error))
    if recorder is not None:
        write_page(Recording(recorder.path), recorder.path / "report.html")
    return replace(episode, seconds=time.monotonic() - began_s, recording=recorder.path if recorder else None)


def _played(episode: Episode, page: TaskPage, parts: Parts, recorder: Recorder | None) -> Episode:
    steps = list[Step]()
    agent = Agent(
        page,
        model=parts.model,
        perception=parts.perception,
        planner=Watched(planning_with(parts.model, parts.perception), page.outcome),
        recorder=recorder,
        hooks=Hooks(after_action=lambda step, frame: steps.append(step)),
        limits=parts.limits,
    )
    try:
        result = agent.run(episode.instruction)
        kind, problem = (UNFINISHED if result.ok else "gave up"), result.message
    except FATAL:
        raise
    except VL2AgentError as error:
        kind, problem = KINDS.get(type(error), "error"), _told(error)
    outcome = page.outcome()
    if outcome.over:
        kind, problem = ("", "") if outcome.reward > 0 else (WRONG, f"the reward is {outcome.reward:g}")
    done = sum(step.verdict.outcome != "ended" for step in steps)
    return replace(episode, reward=outcome.reward, kind=kind, problem=problem, steps=done)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _figures(episodes: Sequence[Episode]) -> dict[str, Any]:
    return {
        "episodes": len(episodes),
        "succeeded": sum(episode.ok for episode in episodes),
        "success": round(sum(episode.ok for episode in episodes) / max(len(episodes), 1), 4),
        "steps": statistics.median([episode.steps for episode in episodes]) if episodes else 0,
        "seconds": round(statistics.median([episode.seconds for episode in episodes]), 2) if episodes else 0.0,
    }
