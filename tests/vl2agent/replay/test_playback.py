"""A recording as all the parts of a run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from played_agent import OK, Eyes, Script, agent

from vl2agent.actions import Click, Key, Wait
from vl2agent.agent import Agent
from vl2agent.capture.files import load_frame
from vl2agent.errors import ReplayMismatch
from vl2agent.geometry import ScreenPoint
from vl2agent.recording.packing import pack
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.replay.course import Course
from vl2agent.replay.playback import Playback
from vl2agent.steps import ClickIntent

INTENTS = (OK, Key(keys="enter"), Wait(seconds=0.01), ClickIntent(target="Cancel"))


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """A run of four steps on a screen that changes its colour."""
    made, _ = agent(*INTENTS, recorder=Recorder(tmp_path / "run.v2a"))
    made.run("press a few buttons")
    return Recording(tmp_path / "run.v2a")


def test_its_frames_come_in_order_and_none_before_its_action(recording: Recording) -> None:
    """Looking twice before acting shows the same picture twice."""
    played = Playback(recording)
    shown = [played.screen.settled().frame.digest for _ in range(2)]
    played.executor.perform(recording.steps[0].action)  # type: ignore[arg-type]
    shown.append(played.screen.settled().frame.digest)
    assert shown == [recording.digest(0), recording.digest(0), recording.digest(1)]


def test_another_action_than_the_recorded_one_is_a_mismatch_that_shows_both(recording: Recording) -> None:
    """Both sides in words, as data, and the picture of the screen."""
    played = Playback(recording)
    played.screen.settled()
    with pytest.raises(ReplayMismatch) as caught:
        played.executor.perform(Click(point=ScreenPoint(1, 2)))
    error = caught.value
    assert (error.step, error.what, error.expected, error.got) == (
        1,
        "action",
        f"click at {recording.steps[0].action.point}",  # type: ignore[union-attr]
        f"click at {ScreenPoint(1, 2)}",
    )
    assert error.picture
    assert Path(error.picture).is_file()


def test_the_picture_of_a_packed_recording_is_written_once(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the same difference is found."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    packed = Recording(pack(recording.path))
    pictures = {Course(packed).picture_of(0) for _ in range(2)}
    assert pictures == set(temporary.iterdir())
    assert load_frame(next(iter(temporary.iterdir()))).digest == recording.digest(0)


def test_an_agent_runs_on_it_as_it_did_then(recording: Recording) -> None:
    """The same planner does the same things, and all of them."""
    played = Playback(recording)
    made = Agent(played.screen, played.executor, perception=Eyes(), planner=Script(*INTENTS), policy=played.policy)
    result = made.run("press a few buttons")
    played.finished()
    assert [step.action for step in result.steps] == [step.action for step in recording.steps]


def test_what_was_not_done_again_is_told_at_the_end(recording: Recording) -> None:
    """A run that stops short did not do what was recorded."""
    with pytest.raises(ReplayMismatch, match="3 more, first: click at"):
        Playback(recording).finished()
