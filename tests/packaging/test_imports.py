"""Importing is cheap, silent and goes one way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import vl2
import vl2agent

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "transformers", "onnxruntime", "rapidocr", "cv2", "playwright", "pyautogui", "Xlib", "scipy")
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "vl2agent").rglob("*.py")
    if path.stem not in ("__init__", "__main__")
)


def run_python(code: str, **environment: str) -> str:
    """Run code in a new interpreter with warnings as errors; return what it printed."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment, cwd="/")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", ["vl2agent", "vl2agent.contracts", "vl2agent.cli.main", "vl2", "vl2.processor"])
def test_importing_stays_light(name: str) -> None:
    """Neither a package, nor the command line, nor counting a prompt's tokens loads a model runtime, a browser driver or an input library."""
    code = f"import sys, {name}; print(*(m for m in {HEAVY} if m in sys.modules))"
    assert run_python(code).split() == []


def test_importing_everything_does_nothing() -> None:
    """Every module imports without a display, a HOME or a PATH, prints nothing and starts no thread."""
    code = f"""
import importlib, threading
for name in {MODULES}:
    importlib.import_module(name)
assert threading.active_count() == 1, threading.enumerate()
"""
    assert run_python(code) == ""


@pytest.mark.parametrize("package", [vl2agent, vl2])
def test_every_public_name_is_there(package: ModuleType) -> None:
    """`__all__` names what the package has, each once."""
    assert sorted(set(package.__all__)) == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None


def test_rooms_import_downwards_only() -> None:
    """The import contracts of pyproject.toml hold."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_nothing_is_printed_outside_the_command_line() -> None:
    """Only cli/ speaks to people; other rooms return values, raise errors or log."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "T20", "--exclude", "cli", "vl2agent"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
