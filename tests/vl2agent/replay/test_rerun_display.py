"""A run on a real desktop, done again on fresh ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from played_agent import Eyes, Script

from vl2agent.actions import Key
from vl2agent.agent import Agent
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.replay.rerun import rerun, stage_of
from vl2agent.sandbox.desktop import Sandbox

pytestmark = [pytest.mark.display, pytest.mark.slow]

INTENTS = (Key(keys="alt+f1"), Key(keys="down"), Key(keys="escape"))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Open the applications menu, go down in it, close it."""
    path = tmp_path_factory.mktemp("rerun") / "run.v2a"
    with Sandbox((1024, 768)) as desktop:
        Agent(desktop, perception=Eyes(), planner=Script(*INTENTS), recorder=Recorder(path)).run("look into the menu")
    return Recording(path)


def test_a_fresh_desktop_looks_the_same_at_every_step(recording: Recording) -> None:
    """The clock has gone on, and carets blink; both may differ."""
    stage = stage_of(recording)
    with Sandbox(stage.size, stage.theme, scale=stage.scale) as desktop:
        found = rerun(recording, desktop)
    assert [outcome.state for outcome in found.outcomes] == ["same"] * 4
    assert found.ok


def test_another_theme_is_noticed_and_shown(recording: Recording, tmp_path: Path) -> None:
    """What really looks different ends it, with both screens side by side."""
    with Sandbox(stage_of(recording).size, "Adwaita-dark") as desktop:
        found = rerun(recording, desktop, pictures=tmp_path, patience_s=0.5)
    first = found.first_difference
    assert first is not None
    assert (first.state, found.ok) == ("differs", False)
    assert first.picture is not None
    assert first.picture.is_file()
