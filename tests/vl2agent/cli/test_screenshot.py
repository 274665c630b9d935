"""The screenshot command on a real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.errors import ImageError, InputError, NoDisplay, SandboxGone
from vl2agent.sandbox.desktop import Sandbox

pytestmark = pytest.mark.display


def test_a_part_of_the_screen_is_saved(sandbox: Sandbox, tmp_path: Path) -> None:
    """The file has the size of the region, and JSON tells where it lies."""
    file = tmp_path / "part.png"
    args = ["screenshot", "-o", str(file), "--display", sandbox.display, "--region", "10,20,210,120", "--json"]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["region"] == [10, 20, 210, 120]
    with Image.open(file) as image:
        assert image.size == (200, 100)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--display", ":9876"], NoDisplay),
        (["--sandbox", "no-such"], SandboxGone),
        (["--sandbox", "a", "--display", ":1"], InputError),
        (["--region", "1,2,3"], InputError),
        (["--region", "5,5,5,9"], InputError),
    ],
)
def test_what_cannot_be_shot_is_a_typed_error(args: list[str], error: type[Exception], tmp_path: Path) -> None:
    """Displays, sandboxes and regions that are not there."""
    result = CliRunner().invoke(app, ["screenshot", "-o", str(tmp_path / "x.png"), *args])
    assert isinstance(result.exception, error)


def test_a_place_that_cannot_be_written_is_a_typed_error(sandbox: Sandbox, tmp_path: Path) -> None:
    """A folder that does not exist, and a kind of picture that does not."""
    for name in ("missing/x.png", "x.picture"):
        result = CliRunner().invoke(app, ["screenshot", "-o", str(tmp_path / name), "--display", sandbox.display])
        assert isinstance(result.exception, ImageError)
