"""The locate and elements commands on a screenshot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.errors import ImageError, InputError, TargetNotFound

LOGIN = str(Path(__file__).parents[2] / "fixtures" / "screens" / "sb-admin-2-login.png")


def test_json_tells_where_to_click() -> None:
    """The point lies in the entry."""
    result = CliRunner().invoke(app, ["locate", "Password input field", "--image", LOGIN, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert 700 <= found["point"]["x"] < 1045
    assert 215 <= found["point"]["y"] < 265


def test_all_lists_everything_that_fits() -> None:
    """Three texts hold 'Login', the button comes first."""
    result = CliRunner().invoke(app, ["locate", "Login", "--image", LOGIN, "--all", "--json"])
    texts = [target["text"] for target in json.loads(result.stdout)]
    assert texts[0] == "Login"
    assert len(texts) >= 3


def test_a_drawing_has_the_size_of_the_screen(tmp_path: Path) -> None:
    """Boxes are drawn on a copy."""
    picture = tmp_path / "found.png"
    result = CliRunner().invoke(app, ["locate", "Login with Google", "--image", LOGIN, "--draw", str(picture)])
    assert result.exit_code == 0, result.output
    with Image.open(picture) as drawn, Image.open(LOGIN) as original:
        assert drawn.size == original.size
        assert drawn.tobytes() != original.convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["locate", "Zebra", "--image", LOGIN], TargetNotFound),
        (["locate", "Zebra", "--image", LOGIN, "--all"], TargetNotFound),
        (["locate", "Login", "--image", __file__], ImageError),
        (["locate", "Login", "--image", "no-such.png"], ImageError),
        (["locate", "Login", "--image", LOGIN, "--sandbox", "demo"], InputError),
        (["elements", "--image", __file__], ImageError),
    ],
)
def test_what_cannot_be_found_is_a_typed_error(args: list[str], error: type[Exception]) -> None:
    """Each has its exit code."""
    result = CliRunner().invoke(app, args)
    assert isinstance(result.exception, error)


def test_elements_are_listed_with_roles() -> None:
    """Machines get boxes, texts and roles."""
    result = CliRunner().invoke(app, ["elements", "--image", LOGIN, "--json"])
    roles = {element["text"]: element["role"] for element in json.loads(result.stdout)}
    assert roles["Login"] == "button"
    assert roles["Password"] == "field"


def test_elements_make_a_table() -> None:
    """People get a table."""
    result = CliRunner().invoke(app, ["elements", "--image", LOGIN])
    assert "Welcome Back!" in result.stdout
