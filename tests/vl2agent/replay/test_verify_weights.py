"""A run on weights replays without them: without torch, without a tokenizer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from recorded_runs import Form, FormReader, run_to_its_end

from vl2agent.agent import Agent
from vl2agent.backends.families import open_backend
from vl2agent.calls import Model
from vl2agent.loop.limits import Limits
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder

VERIFY = """
import sys
for name in ("torch", "transformers", "tokenizers", "rapidocr", "onnxruntime", "mss", "pyautogui", "Xlib"):
    sys.modules[name] = None  # whoever imports it fails
from vl2agent.replay.verify import verify
print(verify(sys.argv[1]).steps)
"""


@pytest.mark.slow
def test_a_run_on_weights_replays_where_there_are_none(nano_checkpoint: Path, tmp_path: Path) -> None:
    """A small model with random weights says something; that and its counts are all that a replay needs."""
    form, model = Form(), Model(open_backend(nano_checkpoint))
    seeing = VL2Perception(model, FormReader(form))
    limits = Limits(max_steps=1)
    run_to_its_end(
        Agent(form, model=model, perception=seeing, recorder=Recorder(tmp_path / "run.v2a"), limits=limits),
        "write 'Ann' into Name, then leave",
    )
    recording = Recording(tmp_path / "run.v2a")
    assert recording.calls
    done = subprocess.run(
        [sys.executable, "-c", VERIFY, str(recording.path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stderr, done.stdout.strip()) == ("", str(len(recording.steps)))
