"""Pictures of failures: where they go, how many stay, what is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from vl2agent.geometry import ScreenBox
from vl2agent.scripting.picture import KEPT, Pictures
from vl2agent.steps import Frame, Target


@pytest.fixture
def frame() -> Frame:
    """Show nothing."""
    return Frame.from_image(Image.new("RGB", (80, 60), "white"))


def test_a_script_that_fails_often_leaves_few_temporary_files(
    frame: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest ones; none of the files that are there already is touched."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "vl2agent-other.png").touch()
    pictures = Pictures(None)
    kept = [pictures.keep(frame, [], f"failure {number}") for number in range(KEPT + 5)]
    assert {path for path in tmp_path.iterdir() if path.name != "vl2agent-other.png"} == set(kept[5:])
    assert (tmp_path / "vl2agent-other.png").exists()


def test_a_recording_keeps_all_of_its_pictures(frame: Frame, tmp_path: Path) -> None:
    """They belong to what it tells."""
    pictures = Pictures(tmp_path)
    for number in range(KEPT + 5):
        pictures.keep(frame, [], f"failure {number}")
    assert len(list((tmp_path / "pictures").iterdir())) == KEPT + 5


def test_a_picture_that_cannot_be_written_is_none(frame: Frame, tmp_path: Path) -> None:
    """The failure that it belongs to is told all the same."""
    assert Pictures(tmp_path / "gone" / "r.v2a").keep(frame, [], "failure") is None


@pytest.mark.parametrize("text", ["Größe", "日本語 ✓", "two\nlines", "x" * 5000])
def test_whatever_is_written_on_candidates_can_be_drawn(frame: Frame, tmp_path: Path, text: str) -> None:
    """Also when one reaches beyond the picture."""
    box = ScreenBox(-10, -10, 200, 20)
    target = Target(words=text, box=box, point=box.center, confidence=0.5, text=text)
    path = Pictures(tmp_path).keep(frame, [target], text)
    assert path is not None
    with Image.open(path) as drawn:
        assert drawn.size == (80, 60)


def test_no_label_hides_another_candidate(tmp_path: Path) -> None:
    """Two that stand side by side can both be seen."""
    boxes = [ScreenBox(20, 20, 90, 50), ScreenBox(95, 20, 160, 50)]
    found = [Target(words="Save", box=box, point=box.center, confidence=0.5, text="Save") for box in boxes]
    path = Pictures(tmp_path).keep(Frame.from_image(Image.new("RGB", (400, 200), "white")), found, "two fit")
    assert path is not None
    with Image.open(path) as drawn:
        assert [drawn.crop(box.edges).getcolors() for box in boxes] == [[(box.area, (255, 255, 255))] for box in boxes]
