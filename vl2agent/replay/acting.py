"""The agent of a recorded run, on a playback: today's loop, planner and perception, with what is recorded under them."""

from __future__ import annotations

import math
from dataclasses import replace

from vl2agent.agent import Agent
from vl2agent.contracts import Perception, Planner
from vl2agent.loop.limits import Limits
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.planner.commands import CommandPlanner
from vl2agent.planner.reply import places
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.recording.schema import Planned
from vl2agent.recording.writer import Recorder
from vl2agent.replay.playback import Playback

NOBODY = "NoneType"
"""How a part that was not there is recorded."""


def seeing(played: Playback) -> Perception:
    """Give what the run saw with: its readings, and the code that makes more of them with a model's answers."""
    parts = played.course.run.parts if played.course.run else {}
    if played.model is None or parts.get("perception") != VL2Perception.__name__:
        return played.perception
    return VL2Perception(played.model, played.perception if _had_reader(played) else None)


def planner_of(played: Playback, perception: Perception) -> Planner | None:
    """Give what planned the run; None where that was a person, a script, or something that is not ours."""
    name = played.course.run.parts.get("planner", "") if played.course.run else ""
    if name == VL2Planner.__name__ and played.model is not None:
        return VL2Planner(played.model, perception if _looked_while_planning(played) else None)
    return CommandPlanner(perception) if name == CommandPlanner.__name__ else None


def agent_on(played: Playback, planner: Planner, perception: Perception, *, recorder: Recorder | None = None) -> Agent:
    """Put an agent together on which nothing takes time."""
    agent = Agent(
        played.screen,
        played.executor,
        model=played.model,
        perception=perception,
        planner=planner,
        policy=played.policy,
        approve=played.approve,
        recorder=recorder,
        hooks=played.hooks,
        limits=limits_of(played),
    )
    reader = played.perception if played.model and _had_reader(played) else None
    agent.parts = replace(agent.parts, clock=played.clock, reader=reader)
    return agent


def limits_of(played: Playback) -> Limits:
    """Give the limits of the run."""
    told = played.course.run.limits if played.course.run else {}
    usual = Limits()
    boundless = {"timeout_s": math.inf, "settle_s": math.inf} if told else {}  # what has no limit is not written
    told = boundless | told
    return Limits(
        max_steps=int(told.get("max_steps", usual.max_steps)),
        timeout_s=told.get("timeout_s", usual.timeout_s),
        max_repeats=int(told.get("max_repeats", usual.max_repeats)),
        settle_s=told.get("settle_s", usual.settle_s),
    )


def _looked_while_planning(played: Playback) -> bool:
    """Tell whether the planner looked for what it named; else that was left to the loop."""
    plans = [event.plan for _, event in played.course.of(Planned)]
    return any(plan.found for plan in plans) or not any(places(plan.intent) for plan in plans)


def _had_reader(played: Playback) -> bool:
    parts = played.course.run.parts if played.course.run else {}
    return parts.get("reader", "") != NOBODY
