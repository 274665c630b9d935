"""The project that a stranger copies is green with nothing but this package's core and pytest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "recorded_tests"
MAX_BYTES = 400_000
BARE = """
import socket, sys

EXTRAS = {"rapidocr", "onnxruntime", "rapidfuzz", "playwright", "torch", "transformers", "tokenizers", "llguidance",
          "safetensors", "huggingface_hub", "httpx", "fastapi", "uvicorn", "miniwob"}

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in EXTRAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def connect(*_):
    raise AssertionError("a connection was made")

sys.meta_path.insert(0, Missing())
socket.socket.connect = connect
"""


def test_the_recorded_tests_are_green_on_a_bare_machine(tmp_path: Path) -> None:
    """No extras, no display, no network, and nothing of this repository beside the folder itself."""
    project = shutil.copytree(EXAMPLE, tmp_path / "project")
    (tmp_path / "bare.py").write_text(BARE, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"PYTHONPATH": str(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "bare", "-p", "vl2agent.testing.plugin", "-W", "error"]
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in ran.stdout


def test_the_recordings_are_small() -> None:
    """They are committed."""
    folders = (EXAMPLE / "tests" / name for name in ("recordings", "snapshots"))
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*")) <= MAX_BYTES
