"""Some seconds of load on a real server: the short form of `tools/bench/serve.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "bench" / "serve.py"


@pytest.mark.slow
def test_under_load_nobody_is_lost_or_mixed_up() -> None:
    """Every reply is the right one, refusals are clean, memory stays flat, and the server ends well."""
    command = [sys.executable, str(TOOL), *["--seconds", "3", "--clients", "5", "--max-queue", "2", "--rounds", "1"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mixed up" in done.stdout
