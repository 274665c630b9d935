"""Recordings whose every line is sound, and which make no sense all the same."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from played_agent import OK, agent

from vl2agent.errors import RecordingDamaged
from vl2agent.loop.limits import Limits
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Judged
from vl2agent.recording.writer import Recorder
from vl2agent.replay.verify import verify
from vl2agent.steps import Verdict


@pytest.mark.parametrize("step", [1, 0, -1])
def test_a_step_that_was_never_planned_is_damage(tmp_path: Path, step: int) -> None:
    """It opens, and asking for its steps says what is wrong."""
    with Recorder(tmp_path / "r.v2a") as recorder:
        recorder.write(Judged(step=step, frame=0, verdict=Verdict(outcome="changed"), seconds=0.1))
    with pytest.raises(RecordingDamaged, match="its events make no step"):
        _ = Recording(tmp_path / "r.v2a").steps


def test_a_run_without_limits_reads_back_and_replays(tmp_path: Path) -> None:
    """JSON has no infinity: what is not limited is not written."""
    limits = Limits(timeout_s=math.inf, settle_s=math.inf)
    played, _ = agent(OK, recorder=Recorder(tmp_path / "r.v2a"), limits=limits)
    played.run("press OK")
    recording = Recording(tmp_path / "r.v2a")
    assert recording.run is not None
    assert set(recording.run.limits) == {"max_steps", "max_repeats"}
    verify(recording)
