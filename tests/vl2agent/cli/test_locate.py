"""The locate and elements commands on a screenshot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.errors import BackendError, ImageError, InputError, NotOffered, TargetNotFound
from vl2agent.geometry import Size
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Target

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
        (["locate", "Login", "--image", LOGIN, "--model", "./no-such-folder"], BackendError),
        (["elements", "--image", __file__], ImageError),
    ],
)
def test_what_cannot_be_found_is_a_typed_error(args: list[str], error: type[Exception]) -> None:
    """Each has its exit code."""
    result = CliRunner().invoke(app, args)
    assert isinstance(result.exception, error)


def test_a_model_locates_instead(nano_checkpoint: Path, tmp_path: Path) -> None:
    """A box within the picture and its confidence, as reading gives them; the box is drawn."""
    picture = tmp_path / "found.png"
    arguments = ["locate", "Save", "--image", LOGIN, "--model", str(nano_checkpoint), "--draw", str(picture), "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    target = Target.model_validate_json(result.stdout)
    assert (target.words, target.text, target.source) == ("Save", "Save", "model")
    assert target.looks[0].region.size == Size(1280, 800)
    assert target.looks[-1].box == target.box or "not believed" in target.looks[-1].why
    with Image.open(picture) as drawn, Image.open(LOGIN) as original:
        assert drawn.size == original.size
        assert 0 <= target.box.left <= target.point.x < target.box.right <= original.width
        assert 0 <= target.box.top <= target.point.y < target.box.bottom <= original.height
        assert drawn.getpixel((max(target.box.left - 2, 0), max(target.box.top - 2, 0))) == (255, 0, 0)


def test_people_are_told_of_every_look(nano_checkpoint: Path) -> None:
    """Reading overrules random weights; both are told."""
    result = CliRunner().invoke(app, ["locate", "Login with Google", "--image", LOGIN, "--model", str(nano_checkpoint)])
    assert "asked for" in result.stdout
    assert "read 'Login with Google'" in " ".join(result.stdout.split())


def test_a_model_lists_everything_that_fits(nano_checkpoint: Path) -> None:
    """Surest first."""
    arguments = ["locate", "Save", "--image", LOGIN, "--model", str(nano_checkpoint), "--all", "--json"]
    confidences = [target["confidence"] for target in json.loads(CliRunner().invoke(app, arguments).stdout)]
    assert confidences
    assert confidences == sorted(confidences, reverse=True)


def test_a_model_needs_no_reader(nano_checkpoint: Path) -> None:
    """Without the extra `ocr`."""
    lacking = "import sys; sys.modules.update(rapidocr=None, onnxruntime=None, rapidfuzz=None, cv2=None)"
    arguments = ["locate", "Save", "--image", LOGIN, "--model", str(nano_checkpoint)]
    program = f"{lacking}; sys.argv[1:] = {arguments!r}; from vl2agent.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "'Save'" in done.stdout


def test_the_predecessor_cannot_locate(predecessor_checkpoint: Path) -> None:
    """The error says which models can."""
    result = CliRunner().invoke(app, ["locate", "Save", "--image", LOGIN, "--model", str(predecessor_checkpoint)])
    assert isinstance(result.exception, NotOffered)
    assert "DeepSeek-VL2" in str(result.exception)


@pytest.mark.display
def test_a_model_looks_at_a_sandbox(nano_checkpoint: Path, sandbox: Sandbox) -> None:
    """The box lies on its screen."""
    arguments = ["locate", "Save", "--display", sandbox.display, "--model", str(nano_checkpoint), "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    box = Target.model_validate_json(result.stdout).box
    assert box.right <= sandbox.size.width_px
    assert box.bottom <= sandbox.size.height_px


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
