"""Text that a script types as secret is in no file, no message and no step that it gets back to print."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from vl2agent.actions import MAX_TEXT
from vl2agent.capture.files import ImageScreen
from vl2agent.errors import ActionRefused, InputError, TextNotTypable
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.policy.policy import RulePolicy
from vl2agent.recording.words import action_words, intent_words
from vl2agent.recording.writer import Recorder
from vl2agent.scripting.sync_screen import Screen
from vl2agent.steps import Frame

SECRET = "hunter2-Zebra"


def screen(path: Path, policy: RulePolicy | None = None) -> Screen:
    """A page, hands that only draw, and a recording."""
    page = ImageScreen(Frame.from_image(Image.new("RGB", (300, 200), "white")))
    return Screen(page, executor=DryRunExecutor(page, path / "dry-run"), policy=policy, recorder=Recorder(path))


def everything(path: Path) -> bytes:
    """Read all files."""
    return b"".join(file.read_bytes() for file in path.rglob("*") if file.is_file())


def test_it_is_in_no_file_and_no_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the recording, of the step that comes back."""
    with screen(tmp_path / "run.v2a") as page:
        step = page.type(SECRET, secret=True, submit=True)
    assert step.action is not None
    told = f"{step!r} {step} {intent_words(step.plan.intent)} {action_words(step.action)}"
    assert SECRET not in told
    assert SECRET.encode() not in everything(tmp_path / "run.v2a")


def test_it_is_in_no_error(tmp_path: Path) -> None:
    """Refused by a rule, too long, with characters that have no route."""
    forbids = RulePolicy.from_data({"rule": [{"name": "no typing", "verdict": "deny", "actions": ["type"]}]})
    with screen(tmp_path / "run.v2a", forbids) as page, pytest.raises(ActionRefused) as refused:
        page.type(SECRET, secret=True)
    with screen(tmp_path / "other.v2a") as page:
        with pytest.raises(InputError) as too_long:
            page.type(SECRET * MAX_TEXT, secret=True)
        with pytest.raises(TextNotTypable) as untypable:
            page.type("\x07\x08", secret=True)
    assert SECRET not in f"{refused.value} {refused.value.action} {too_long.value}"
    assert too_long.value.__cause__ is None
    assert "x07" not in f"{untypable.value} {untypable.value.text!r}"
    for name in ("run", "other"):
        assert SECRET.encode() not in everything(tmp_path / f"{name}.v2a")
        assert b"u0007" not in everything(tmp_path / f"{name}.v2a")
