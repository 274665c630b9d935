"""Pictures that are stored, and compared with what is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from vl2agent.errors import ImageError, InputError
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame
from vl2agent.testing.explaining import explain
from vl2agent.testing.snapshot import Snapshot, Stored

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """A white picture of 40x20, stored."""
    Image.new("RGB", (40, 20), "white").save(tmp_path / "home.png")
    return Stored(tmp_path / "home.png", tmp_path / "failures")


def with_dot(colour: str = "black") -> Frame:
    """The same with two pixels of another colour."""
    image = Image.new("RGB", (40, 20), "white")
    ImageDraw.Draw(image).rectangle((10, 5, 11, 5), fill=colour)
    return Frame.from_image(image)


def test_the_same_picture_is_equal(stored: Stored) -> None:
    """As a picture, and as a frame in either order."""
    image = Image.new("RGB", (40, 20), "white")
    assert Snapshot(stored) == image
    assert Snapshot(stored) == Frame.from_image(image)
    assert Frame.from_image(image) == Snapshot(stored)
    assert not stored.failures.exists()


def test_a_difference_is_told_and_drawn(stored: Stored) -> None:
    """How much, where, and three pictures that show it."""
    snapshot = Snapshot(stored)
    assert with_dot() != snapshot
    assert "0.25% of the picture differs, 2 pixels within [10, 5, 12, 6]" in snapshot.explain()[0]
    assert {path.name for path in stored.failures.iterdir()} == {
        "home-expected.png",
        "home-actual.png",
        "home-diff.png",
    }
    with Image.open(stored.failures / "home-diff.png") as diff:
        assert diff.getpixel((10, 5)) == (215, 20, 40)


@pytest.mark.parametrize(
    "allowed",
    [{"masks": [ScreenBox(10, 0, 12, 9)]}, {"masks": [(10, 0, 12, 9)]}, {"share": 0.0025}, {"tolerance": 255}],
    ids=str,
)
def test_what_does_not_count_is_no_difference(stored: Stored, allowed: dict[str, object]) -> None:
    """Parts of the screen, a share of the pixels, small changes of colour."""
    assert with_dot() == Snapshot(stored, **allowed)  # type: ignore[arg-type]


def test_another_size_is_a_difference(stored: Stored) -> None:
    """Both sizes are told."""
    snapshot = Snapshot(stored)
    assert snapshot != Image.new("RGB", (41, 20), "white")
    assert "expected 40x20, got 41x20" in snapshot.explain()[0]


def test_a_picture_that_cannot_be_read_is_no_missing_one(stored: Stored) -> None:
    """Nothing is overwritten for it."""
    stored.path.write_bytes(b"no picture")
    with pytest.raises(ImageError):
        _ = with_dot() == Snapshot(stored)


def test_a_picture_on_the_left_is_told_to_go_to_the_right(stored: Stored) -> None:
    """Pillow compares by itself, and would never say why."""
    said = explain("==", Image.new("RGB", (40, 20), "white"), Snapshot(stored))
    assert said == [
        "a Pillow picture on the left compares itself and knows of nothing else: assert snapshot(...) == picture"
    ]


def test_what_cannot_be_looked_at_is_refused(stored: Stored) -> None:
    """With what was expected."""
    with pytest.raises(InputError, match="expected a screen, a frame or a picture"):
        _ = Snapshot(stored) == 3


def test_a_project_stores_compares_and_updates(pytester: pytest.Pytester, run: Run) -> None:
    """Missing: a failure that says what to do; stored: equal; different: a failure with the paths of the pictures."""
    test = "def test_it(sandbox, snapshot):\n    sandbox.text = 'TEXT'\n    assert sandbox == snapshot('app.png')\n"
    pytester.makepyfile(test_app=test)
    run().stdout.fnmatch_lines(["*no picture is stored as */snapshots/app.png", "*--vl2-update-snapshots"])
    run("--vl2-record=new").stdout.fnmatch_lines(["*store it with --vl2-record=new --vl2-update-snapshots"])
    run("--vl2-update-snapshots").assert_outcomes(passed=1)
    run().assert_outcomes(passed=1)
    pytester.makepyfile(test_app=test.replace("TEXT", "another"))
    failures = pytester.path / "vl2-failures/test_app/test_it"
    run().stdout.fnmatch_lines(["*the screen does not look like app.png: *", f"*diff: {failures}/app-diff.png"])
    assert (failures / "app-diff.png").is_file()
    run("--vl2-update-snapshots").assert_outcomes(passed=1)
    run().assert_outcomes(passed=1)


def test_a_mask_that_is_no_box_is_refused(stored: Stored) -> None:
    """At once, and not when something first differs."""
    with pytest.raises(InputError, match="expected a box as"):
        Snapshot(stored, masks=[(1, 2, 3)])
