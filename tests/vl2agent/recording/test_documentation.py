"""docs/recording.md tells the truth: a stranger's reader works, and nothing is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

from vl2agent.capture.files import load_frame
from vl2agent.recording.painting import PAINT
from vl2agent.recording.reader import Recording
from vl2agent.recording.redaction import Redaction
from vl2agent.recording.schema import VERSION, Event, KnownEvent

PAGE = (Path(__file__).parents[3] / "docs/recording.md").read_text("utf-8")


def test_the_reader_in_the_documentation_reads(record_all: Callable[[Path], Path], tmp_path: Path) -> None:
    """Without this package, it gets the frames that this package gets."""
    path = record_all(tmp_path / "run.v2a")
    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[-1]
    assert "vl2agent" not in code
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=tmp_path, check=True)
    for number, frame in enumerate(Recording(path).frames()):
        assert load_frame(tmp_path / f"{number:04}.png").digest == frame.digest


@pytest.mark.parametrize("kind", get_args(KnownEvent), ids=lambda kind: kind.__name__)
def test_every_event_and_field_is_documented(kind: type[Event]) -> None:
    """In the row of its type."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind.model_fields['type'].default}` |"))
    for name in set(kind.model_fields) - set(Event.model_fields) - {"type"}:
        assert f"`{name}`" in row


def test_the_rules_in_the_documentation_can_be_obeyed(tmp_path: Path) -> None:
    """The file for --redact loads."""
    (tmp_path / "redact.toml").write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
    assert Redaction.load(tmp_path / "redact.toml", environ={"SHOP_PASSWORD": "x"}).secrets == {"SHOP_PASSWORD": "x"}


def test_version_and_paint_are_as_documented() -> None:
    """Both are part of what a stranger relies on."""
    assert f"format {VERSION}" in PAGE
    assert Image.new("RGB", (1, 1), "#4d4d4d").getpixel((0, 0)) == (PAINT,) * 3
