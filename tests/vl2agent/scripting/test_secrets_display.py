"""A secret on a real desktop: typed for real, and nowhere to be read in what is left of the run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vl2agent.perception.embedded import OcrPerception
from vl2agent.recording.masking import Mask
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.scripting.sync_screen import Screen

pytestmark = [
    pytest.mark.display,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]

SECRET = "Kranich-4711-Wolke"


def test_a_secret_in_a_plain_editor_is_seen_by_nobody(
    sandbox: Sandbox, perception: OcrPerception, tmp_path: Path
) -> None:
    """It is in the editor, in its title and in the task bar; neither a byte nor a picture of the recording shows it."""
    sandbox.launch("mousepad --disable-server")
    with Screen(sandbox, perception=perception, recorder=Recorder(tmp_path / "r.v2a"), timeout_s=30) as screen:
        screen.wait_for("Untitled 1")
        screen.type(SECRET, secret=True)
        screen.press("enter")
        screen.type("what follows can be read")
        assert screen.locate("what follows can be read").is_visible()
        shown = " ".join(text for text, _ in perception.texts(sandbox.grab()))
    assert Mask({SECRET: ""}).text(shown) != shown  # the screen itself shows it
    assert SECRET.encode() not in b"".join(file.read_bytes() for file in (tmp_path / "r.v2a").rglob("*.*"))
    read = [" ".join(text for text, _ in perception.texts(frame)) for frame in Recording(tmp_path / "r.v2a").frames()]
    assert not [text for text in read if "ranich" in text or "4711" in text or "olke" in text]
    assert any("what follows can be read" in text for text in read)
