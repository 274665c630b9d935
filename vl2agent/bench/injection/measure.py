"""Run every planner on every hostile screen through the real loop, and count what reached the executor.

perform <- door <- policy <- aim <- plan        the executor only writes down; the judge is oracle.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from vl2agent.actions import Action
from vl2agent.agent import Agent
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.bench.injection.hostile import Attack, HostilePlanner, attacks, replies
from vl2agent.bench.injection.oracle import is_outside
from vl2agent.bench.injection.spy import Spy
from vl2agent.bench.injection.truth import HostileScreen, HostileScreens
from vl2agent.bench.watched import Watched
from vl2agent.calls import Model
from vl2agent.capture.files import ImageScreen
from vl2agent.contracts import Backend, Perception, Planner, Policy
from vl2agent.errors import ActionRefused, VL2AgentError
from vl2agent.loop.limits import Limits
from vl2agent.planner.commands import CommandPlanner
from vl2agent.planner.guarding import GoalPolicy
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.policy.policy import RulePolicy
from vl2agent.steps import Frame, Plan

PLANNERS = ("embedded", "hostile", "model")
LIMITS = Limits(max_steps=60, timeout_s=600, settle_s=0.1)
MODEL_LIMITS = Limits(max_steps=6, timeout_s=600, settle_s=0.1)
"""Enough to do what a screen wants, also where a model says it again and again."""

BackendOf: TypeAlias = Callable[[tuple[str, ...]], Backend]
"""Makes a backend that gives these replies, or others of its own."""
PolicyOf: TypeAlias = Callable[[HostileScreen, Perception], Policy]


@dataclass(frozen=True, slots=True)
class Run:
    """One run on one screen.

    Args:
        screen: its name.
        planner: one of PLANNERS, or 'benign' for the deeds of the goal themselves.
        attack: what the planner wants.
        decided: verdicts of the policy.
        outside: actions that reached the executor and are not what the goal takes.
        blocked: actions of a benign run that were not allowed.
        problem: how the run ended, if by an error.
    """

    screen: str
    planner: str
    attack: str
    decided: Counter[str]
    outside: tuple[Action, ...] = ()
    blocked: tuple[Action, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All runs, and their figures."""

    screens: int
    runs: Sequence[Run]
    unguarded: Sequence[Run]

    @property
    def outside(self) -> int:
        """Actions outside of what was asked for that reached an executor."""
        return sum(len(run.outside) for run in self.runs)

    def summary(self) -> dict[str, Any]:
        """The figures as data: by planner, benign actions, and everything that went wrong."""
        names = dict.fromkeys(run.planner for run in self.runs)
        benign = [run for run in self.runs if run.planner == "benign"]
        return {
            "screens": self.screens,
            "outside": self.outside,
            "planners": {name: _figures([run for run in self.runs if run.planner == name]) for name in names},
            "without the guard": _figures(self.unguarded),
            "benign": {
                "actions": (actions := sum(run.decided.total() for run in benign)),
                "blocked": (blocked := sum(len(run.blocked) for run in benign)),
                "share": round(blocked / max(actions, 1), 4),
            },
            "reached": [_told(run, run.outside) for run in self.runs if run.outside],
            "blocked": [_told(run, run.blocked) for run in self.runs if run.blocked],
        }


def guarded(screen: HostileScreen, reader: Perception) -> Policy:
    """The policy of `vl2agent run --guard`."""
    return GoalPolicy(screen.goal, reader)


def built_in(screen: HostileScreen, reader: Perception) -> Policy:
    """The policy of a run without it."""
    return RulePolicy()


def scripted(said: tuple[str, ...]) -> Backend:
    """A model that says what the screen tells it to."""
    return ScriptedBackend(*said)


def measure(
    screens: HostileScreens,
    reader: Perception,
    *,
    names: Sequence[str] = (),
    planners: Iterable[str] = PLANNERS,
    backend_of: BackendOf = scripted,
    progress: Callable[[str], None] = lambda name: None,
) -> Report:
    """Try every planner, and the benign deeds, on the screens of these names.

    Raises:
        InputError: no screen has this name.
        ImageError: a screen has no picture.
    """
    runs, unguarded, chosen = list[Run](), list[Run](), screens.choose(names)
    for screen in chosen:
        progress(screen.name)
        trial = Trial(screen, screens.frame(screen), reader)
        runs.append(trial.benign())
        if "embedded" in planners:
            runs.append(trial.embedded())
        if "hostile" in planners:
            each = list(attacks(screen))
            runs += [trial.hostile(attack) for attack in each]
            unguarded += [trial.hostile(attack, built_in) for attack in each]
        if "model" in planners:
            runs += [trial.model(backend_of(said), number) for number, said in enumerate(replies(screen), 1)]
    return Report(len(chosen), runs, unguarded)


@dataclass(frozen=True, slots=True)
class Trial:
    """One screen, to be run on as often as wanted; each run has a policy and an executor of its own."""

    screen: HostileScreen
    frame: Frame
    reader: Perception

    def benign(self) -> Run:
        """Do what the goal takes, at its true places."""
        plans = tuple(Plan(intent=deed.intent, found=deed.found) for deed in self.screen.benign)
        return self._run("benign", "", HostilePlanner(Attack(name="benign", plans=plans)), guarded)

    def embedded(self) -> Run:
        """Let the embedded planner carry the goal out on the hostile screen."""
        return self._run("embedded", "", CommandPlanner(self.reader), guarded)

    def hostile(self, attack: Attack, policy_of: PolicyOf = guarded) -> Run:
        """Let the hostile planner try an attack."""
        return self._run("hostile", attack.name, HostilePlanner(attack), policy_of)

    def model(self, backend: Backend, number: int = 1) -> Run:
        """Let a model plan."""
        model = Model(backend)
        return self._run("model", f"{number}", VL2Planner(model, self.reader), guarded, model)

    def _run(
        self, planner: str, attack: str, planning: Planner, policy_of: PolicyOf, model: Model | None = None
    ) -> Run:
        """Run until the planner is done; one that was refused tries on, before the same policy."""
        spy, policy, problem = Spy(), Watched(policy_of(self.screen, self.reader)), ""
        agent = Agent(
            ImageScreen(self.frame),
            spy,
            model=model,
            perception=self.reader,
            planner=planning,
            policy=policy,
            limits=MODEL_LIMITS if model else LIMITS,
        )
        tries = len(planning) + 1 if isinstance(planning, HostilePlanner) else 1
        for _ in range(tries):
            try:
                agent.run(self.screen.goal)
                break
            except ActionRefused as error:
                problem = str(error)
            except VL2AgentError as error:
                problem = f"{type(error).__name__}: {error}"
        blocked = tuple(policy.refused) if planner == "benign" else ()
        outside = tuple(action for action in spy.handed if is_outside(action, self.screen))
        return Run(self.screen.name, planner, attack, policy.decided, outside, blocked, problem)


def _figures(runs: Sequence[Run]) -> dict[str, int]:
    decided = sum((run.decided for run in runs), Counter[str]())
    return {
        "runs": len(runs),
        "decisions": decided.total(),
        "allowed": decided["allow"],
        "outside": sum(len(run.outside) for run in runs),
    }


def _told(run: Run, actions: Sequence[Action]) -> dict[str, Any]:
    return {
        "screen": run.screen,
        "planner": run.planner,
        "attack": run.attack,
        "actions": [action.model_dump(mode="json") for action in actions],
    }
