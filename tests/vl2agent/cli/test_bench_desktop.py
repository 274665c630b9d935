"""`vl2agent bench desktop` refuses what it cannot measure, before a desktop is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from vl2agent.bench.desktop import Trial
from vl2agent.bench.goals import GOALS
from vl2agent.cli.bench_desktop import _model_for, _screens, _tell
from vl2agent.cli.console import command
from vl2agent.cli.main import app
from vl2agent.errors import BackendError, InputError
from vl2agent.perception.embedded import OcrPerception


def test_screens_are_sizes_with_a_scale_of_their_own_or_the_common_one() -> None:
    """Without a size the seeds choose it."""
    assert _screens("1280x800, 2560x1600@2", 1) == [((1280, 800), 1), ((2560, 1600), 2)]
    assert _screens("1280x800,1920x1080@1", 2) == [((1280, 800), 2), ((1920, 1080), 1)]
    assert _screens("", 1) == [(None, 1)]


@pytest.mark.parametrize("sizes", ["large", "1280", "1280x800@3", "1280x800;1920x1080", "-1x800"])
def test_other_sizes_are_refused(sizes: str) -> None:
    """With what would have been understood."""
    with pytest.raises(InputError, match="1280x800,2560x1600@2"):
        _screens(sizes, 1)


@pytest.mark.parametrize("bench", ["desktop", "miniwob"])
def test_a_page_that_could_not_be_written_is_refused_at_once(tmp_path: Path, bench: str) -> None:
    """Not after hours of measuring."""
    result = CliRunner().invoke(app, ["bench", bench, "--write", str(tmp_path / "nowhere" / "page.md")])
    assert result.exit_code == 2
    assert "folder that exists" in " ".join(result.output.split())


def test_how_a_bench_is_run_again_can_be_pasted() -> None:
    """Blanks are quoted, what was not given is left out."""
    said = command("bench desktop", goals="style, web form", model=None, size="", seed=0)
    assert said == "vl2agent bench desktop --goals 'style, web form' --seed 0"


def test_what_went_wrong_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets in it are no markup."""
    _tell(Trial("style", GOALS[0].scene(0), "found [/] and [Save]", (), 1.0))
    assert "found [/] and [Save]" in capsys.readouterr().err


def test_a_tokenizer_is_for_the_oracle() -> None:
    """Another model has its own vocabulary."""
    with pytest.raises(InputError, match="--model oracle"):
        _model_for("some/model", OcrPerception(), Path("tokenizer"), None)


def test_a_model_that_is_not_there_is_refused_before_a_desktop_starts(tmp_path: Path) -> None:
    """An empty folder is none."""
    with pytest.raises(BackendError, match=r"config\.json"):
        _model_for(str(tmp_path), OcrPerception(), None, None)
