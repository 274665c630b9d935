"""A run that is killed at any moment leaves a recording that opens and tells what is certain."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Intended, Received
from vl2agent.recording.writer import Recorder

RUN = """
import sys, itertools
import numpy as np
from vl2agent.actions import Key
from vl2agent.geometry import ScreenBox
from vl2agent.recording.schema import Intended, Judged, Planned, Received, RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Plan, Receipt, Settled, Verdict

path, effects = sys.argv[1], open(sys.argv[2], "ab", buffering=0)
recorder, random = Recorder(path), np.random.default_rng(0)
recorder.write(RunStarted(goal="go on until killed"))
pixels = random.integers(0, 255, (200, 300, 4), np.uint8)
for step in itertools.count(1):
    pixels = pixels.copy()
    changed = 200 if step % 5 == 0 else 20  # a whole picture, or a patch
    pixels[:changed, :changed] = random.integers(0, 255, (changed, changed, 4), np.uint8)
    frame = recorder.see(Settled(Frame(pixels, ScreenBox(0, 0, 300, 200), 0.0), "settled", 0.0))
    recorder.write(Planned(step=step, frame=frame, plan=Plan(intent=Key(keys="a"))))
    recorder.write(Intended(step=step, action=Key(keys="a")), sync=True)
    effects.write(b"%d\\n" % step)  # the effect itself
    recorder.write(Received(step=step, receipt=Receipt(delivery="sent", duration_s=0)), sync=True)
    recorder.write(Judged(step=step, frame=frame, verdict=Verdict(outcome="changed"), seconds=0))
"""


@pytest.mark.parametrize("after_s", [0.0, 0.003, 0.02, 0.05, 0.11, 0.3])
def test_a_killed_run_tells_what_is_certain(tmp_path: Path, after_s: float) -> None:
    """Every effect has its intent on disk; at most one intent is uncertain; every receipt had its effect."""
    path, effects = tmp_path / "run.v2a", tmp_path / "effects"
    process = subprocess.Popen([sys.executable, "-c", RUN, str(path), str(effects)])
    try:
        deadline_s = time.monotonic() + 60
        while not path.exists() and process.poll() is None and time.monotonic() < deadline_s:
            time.sleep(0.001)
        time.sleep(after_s)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    recording = Recording(path)
    happened = {int(line) for line in effects.read_text().split()} if effects.exists() else set()
    intended = {event.step for event in recording.of(Intended)}
    received = {event.step for event in recording.of(Received)}
    assert received <= happened <= intended
    assert len(recording.uncertain) == len(intended - received) <= 1
    assert recording.end is None
    for frame in set(range(len(happened))) - set(recording.gaps):
        assert recording.picture(frame) is not None
    Recorder.resume(path).close()
    assert Recording(path).events[:-1] == recording.events
    assert recording.certainty()
