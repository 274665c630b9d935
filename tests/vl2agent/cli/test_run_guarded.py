"""`vl2agent run --guard` on a real desktop: what the goal names is done, and the recording replays the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vl2agent.recording.reader import Recording
from vl2agent.replay.verify import verify

pytestmark = pytest.mark.display


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run to the end, without a terminal."""
    command = [sys.executable, "-m", "vl2agent", "run", *arguments, "--guard", "--json", "--record", "run.v2a"]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=150, check=False, cwd=cwd, stdin=subprocess.DEVNULL
    )


@pytest.mark.slow
def test_a_guarded_run_reaches_its_goal_and_replays(tmp_path: Path) -> None:
    """Through the menu into a program, and text into it; the rules and the goal are in the recording."""
    done = run("open mousepad, type 'six eggs'", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    recording = Recording(tmp_path / "run.v2a")
    decided = [step.decision.rule for step in recording.steps if step.decision]
    assert set(decided) == {"the goal"}
    verify(recording)  # raises where anything differs


def test_what_a_rule_denies_is_denied_though_the_goal_names_it(tmp_path: Path) -> None:
    """Nobody is there to ask either."""
    done = run("press ctrl+alt+t", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert "the session's own keys" in json.loads(done.stdout)["error"]["message"]
