"""A recording scripted like a screen: reading works, acting does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from vl2agent.capture.files import ImageScreen
from vl2agent.errors import InputError, LocatorTimeout
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.perception.embedded import OcrPerception
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Ended
from vl2agent.recording.writer import Recorder
from vl2agent.scripting.sync_expecting import expect
from vl2agent.scripting.sync_screen import Screen
from vl2agent.steps import Frame, Settled


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Two pictures: a file being saved, and saved."""
    path = tmp_path_factory.mktemp("recording") / "save.v2a"
    with Recorder(path) as recorder:
        for text in ("Saving report", "Report saved"):
            recorder.see(Settled(picture(text), "settled", 0.1))
        recorder.finish(Ended(ok=True, message="done"))
    return Recording(path)


def picture(text: str) -> Frame:
    """Write a text on a page, large enough to be read for certain."""
    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).text((40, 80), text, "black", ImageFont.load_default(28))
    return Frame.from_image(image)


def test_what_happened_can_be_asserted(recording: Recording, perception: OcrPerception) -> None:
    """Waiting goes through the frames as they were seen."""
    screen = Screen(ImageScreen(*recording.frames()), perception=perception)
    expect(screen.locate("Saving report")).to_be_visible()
    expect(screen).to_show("Report saved")
    expect(screen.locate("Saving report")).to_be_gone()
    assert screen.locate("Report saved").text() == "Report saved"


def test_nothing_can_be_done_to_it(recording: Recording, perception: OcrPerception) -> None:
    """A typed error says what to try."""
    screen = Screen(ImageScreen(*recording.frames()), perception=perception)
    with pytest.raises(InputError, match="DryRunExecutor"):
        screen.locate("Report saved").click()


def test_a_dry_executor_draws_what_would_be_done(
    recording: Recording, perception: OcrPerception, tmp_path: Path
) -> None:
    """On a frame that is searched, not on the next one."""
    surface = ImageScreen(*recording.frames())
    screen = Screen(surface, executor=DryRunExecutor(surface, tmp_path), perception=perception)
    step = screen.locate("Saving report").click()
    assert step.verdict.outcome == "dry"
    assert len(list(tmp_path.glob("*.png"))) == 1


def test_what_never_happened_times_out(recording: Recording, perception: OcrPerception) -> None:
    """Each picture is searched once, however long it is shown."""
    screen = Screen(ImageScreen(*recording.frames()), perception=perception, timeout_s=0.5)
    with pytest.raises(LocatorTimeout, match="nearest: 'Report saved'"):
        screen.locate("Report printed").wait_for()
