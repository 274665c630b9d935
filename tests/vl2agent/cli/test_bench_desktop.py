"""`vl2agent bench desktop` refuses what it cannot measure, before a desktop is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from vl2agent.cli.bench_desktop import _model_for, _screens
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


def test_a_tokenizer_is_for_the_oracle() -> None:
    """Another model has its own vocabulary."""
    with pytest.raises(InputError, match="--model oracle"):
        _model_for("some/model", OcrPerception(), Path("tokenizer"), None)


def test_a_model_that_is_not_there_is_refused_before_a_desktop_starts(tmp_path: Path) -> None:
    """An empty folder is none."""
    with pytest.raises(BackendError, match=r"config\.json"):
        _model_for(str(tmp_path), OcrPerception(), None, None)
