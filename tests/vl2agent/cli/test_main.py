"""The command line as a whole: help, version, errors and exit codes, as a real process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def vl2agent(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal."""
    command = [sys.executable, "-m", "vl2agent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


def test_help_lists_the_commands_with_examples() -> None:
    """`--help` names the commands, shows examples and explains exit codes."""
    done = vl2agent("--help")
    assert done.returncode == 0
    for said in ("run", "trace", "sandbox", "doctor", "Examples", "Exit codes", "--install-completion"):
        assert said in done.stdout


@pytest.mark.parametrize("command", ["run", "trace"])
def test_every_command_has_examples(command: str) -> None:
    """`vl2agent COMMAND --help` shows how it is used."""
    done = vl2agent(command, "--help")
    assert done.returncode == 0
    assert "Examples" in done.stdout
    assert f"vl2agent {command} " in done.stdout


def test_brackets_in_a_help_are_kept() -> None:
    """What stands in square brackets, such as an extra, is no markup: it can be pasted."""
    said = " ".join(vl2agent("bench", "miniwob", "--help").stdout.split())
    assert "pip install 'vl2agent[browser,miniwob,ocr]'" in said


def test_version() -> None:
    """`--version` says which one this is."""
    from vl2agent import __version__

    assert vl2agent("--version").stdout.strip() == f"vl2agent {__version__}"


def test_an_error_is_one_red_message_and_its_exit_code() -> None:
    """No traceback; stdout stays empty for whoever reads it."""
    done = vl2agent("trace", "/nowhere/run.v2a")
    assert done.returncode == 10
    assert done.stdout == ""
    assert done.stderr.startswith("RecordingError: ")
    assert "Traceback" not in done.stderr


def test_an_error_is_json_for_machines() -> None:
    """With --json stdout holds one object, errors included."""
    done = vl2agent("trace", "/nowhere/run.v2a", "--json")
    assert done.returncode == 10
    error = json.loads(done.stdout)["error"]
    assert error["type"] == "RecordingError"
    assert error["exit_code"] == 10
    assert "/nowhere/run.v2a" in error["message"]


def test_wrong_options_give_two() -> None:
    """The command line's own mistakes have the code that wrong input has."""
    assert vl2agent("run").returncode == 2
    assert vl2agent("run", "x", "--max-steps", "0").returncode == 2
    assert vl2agent("no-such-command").returncode == 2


@pytest.mark.parametrize("arguments", [["run", "open settings"], ["locate", "Save", "--image", "none.png"]])
def test_without_the_reading_extra_it_is_named(arguments: list[str]) -> None:
    """The core alone, as `pip install vl2agent` gives it: the exit code and the line that mends it, no traceback."""
    lacking = "import sys; sys.modules.update(rapidocr=None, onnxruntime=None, rapidfuzz=None, cv2=None)"
    program = f"{lacking}; sys.argv[1:] = {arguments!r}; from vl2agent.cli import main; main()"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 9, done.stderr
    assert "vl2agent[ocr]" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr
