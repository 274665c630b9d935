"""Screens and agents whose every run is a take: played back from a recording, or done for real and recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vl2agent import contracts
from vl2agent.agent import Agent, RunResult
from vl2agent.defaults import planning_with
from vl2agent.loop.clock import Clock
from vl2agent.recording.reader import Recording
from vl2agent.replay.acting import agent_on, planner_of, seeing
from vl2agent.replay.playback import Playback
from vl2agent.scripting.screen import Screen as AsyncScreen
from vl2agent.scripting.session import Session
from vl2agent.scripting.sync_screen import Screen
from vl2agent.steps import Frame
from vl2agent.testing.takes import NoRecording, Takes, find_recording, recording_name


class Stage:
    """Opens the screens and agents of one test, and ends them with it.

    Args:
        takes: its recordings.
        surface: gives what is recorded; a sandbox, as a rule. Not asked while everything is played back.
        options: of the test's screens and agents, as its marker `vl2` says.
    """

    def __init__(self, takes: Takes, surface: Callable[[], contracts.Screen], options: Mapping[str, Any]) -> None:
        self._takes, self._surface, self._options = takes, surface, dict(options)
        self._open: list[tuple[Session, Playback | None]] = []

    def screen(self) -> Screen:
        """Open a screen to script."""
        options, played = self._parts()
        screen = Screen(**options)
        self._hold(screen.core.patience.session, played)
        return screen

    def async_screen(self) -> AsyncScreen:
        """Open a screen to script with `await`."""
        options, played = self._parts()
        screen = AsyncScreen(**options)
        self._hold(screen.patience.session, played)
        return screen

    def agent(self) -> RecordedAgent:
        """Make an agent."""
        return RecordedAgent(self._new_agent)

    def close(self, error: BaseException | None) -> None:
        """End the scripts; where nothing went wrong in the test, make sure that all that was recorded was done again.

        Raises:
            ReplayMismatch: it was not.
        """
        for session, _ in self._open:
            session.close(error)
        for _, played in self._open:
            if played and error is None:
                played.finished()

    def last_frame(self) -> Frame | None:
        """Give what the test's scripts saw last; None where they saw nothing."""
        seen = [getattr(session.turns, "settled", None) for session, _ in self._open]
        return next((settled.frame for settled in reversed(seen) if settled), None)

    def _hold(self, session: Session, played: Playback | None) -> None:
        self._open.append((session, played))
        if played:
            session.parts = session.turns.parts = replace(session.parts, clock=ScriptClock(played.clock))
            session.runs = lambda number, _: _played_run(played, number)

    def _new_agent(self) -> tuple[Agent, Playback | None]:
        take, options = self._takes.next(), dict(self._options)
        for name in ("timeout_s", "confidence"):
            options.pop(name, None)
        if take.found is None:
            return Agent(self._surface(), recorder=take.recorder, **options), None
        return played_agent(take.found)

    def _parts(self) -> tuple[dict[str, Any], Playback | None]:
        """Choose what serves a script."""
        take, options = self._takes.next(), {name: value for name, value in self._options.items() if name != "limits"}
        if take.found is None:
            return {"surface": self._surface(), "recorder": take.recorder, **options}, None
        played = Playback(Recording(take.found))
        parts: dict[str, Any] = {
            "surface": played.screen,
            "executor": played.executor,
            "perception": seeing(played),
            "model": played.model,
            "policy": played.policy,
            "approve": played.approve,
        }
        return {**options, **parts}, played


class ScriptClock(Clock):
    """Time for a script that is played back: as it was recorded, and where it waits for nothing, as fast as can be.

    Args:
        played: shows the time of what was played last.
    """

    def __init__(self, played: Clock) -> None:
        self._played, self._now_s = played, 0.0

    def now_s(self) -> float:
        return max(self._now_s, self._played.now_s())

    def wait(self, seconds: float, cancelled: threading.Event) -> None:
        self.skip(seconds)

    def skip(self, seconds: float) -> float:
        self._now_s = self.now_s() + seconds
        return 0.0


class RecordedAgent(Agent):
    """An agent whose every run is a recording of its own.

    Args:
        opened: makes the agent that a run is done with, and its playback where it is not done for real.

    Raises:
        NoRecording: the first run has none.
    """

    def __init__(self, opened: Callable[[], tuple[Agent, Playback | None]]) -> None:
        self._opened, self._used = opened, False
        self._prepare()

    def run(self, goal: str) -> RunResult:
        """Do what `Agent.run` does; a run that is played back must come to the end of its recording.

        Raises:
            ReplayMismatch: the recorded run did something else.
            NoRecording: it has no recording.
        """
        __tracebackhide__ = True
        if self._used:  # the first run is made ready before the test, which so fails early
            self._prepare()
        self._used = True
        result = super().run(goal)
        if self._played:
            self._played.finished()
        return result

    def _prepare(self) -> None:
        agent, self._played = self._opened()
        self.parts, self.planner = agent.parts, agent.planner


def played_agent(found: Path) -> tuple[Agent, Playback]:
    """Make the agent of a recorded run, on which nothing takes time."""
    played = Playback(Recording(found), strict=True)
    seen = seeing(played)
    return agent_on(played, planner_of(played, seen) or planning_with(played.model, seen), seen), played


def _played_run(script: Playback, number: int) -> Agent:
    """Make the agent of a run that a script asked for; its recording lies beside the script's."""
    path = script.recording.path
    name = recording_name(path)
    found = find_recording(path.with_name(f"{name}-run-{number}"))
    if found is None:
        raise NoRecording(path.with_name(f"{name}-run-{number}"), "is not there; record the test with --vl2-record=all")
    return played_agent(found)[0]
