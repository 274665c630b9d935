"""Which backend runs which model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vl2agent.backends.deepseek_vl import DeepseekVLBackend
from vl2agent.backends.families import open_backend
from vl2agent.backends.local import LocalBackend
from vl2agent.errors import BackendError, UnknownModel


def test_a_folder_of_deepseek_vl2_runs_here(nano_checkpoint: Path) -> None:
    """It is called what the caller called it."""
    backend = open_backend(str(nano_checkpoint))
    assert isinstance(backend, LocalBackend)
    assert backend.model == str(nano_checkpoint)


def test_a_folder_of_the_predecessor_runs_here(predecessor_checkpoint: Path) -> None:
    """Both of its families."""
    assert isinstance(open_backend(predecessor_checkpoint), DeepseekVLBackend)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "llama"}, "'deepseek_vl_v2|expected a model of type deepseek_vl_v2 or .*'llama'"),
        ({"model_type": "multi_modality"}, "deepseek-community"),
        ({}, "found None"),
        ([], "found None"),
    ],
)
def test_other_models_are_refused(tmp_path: Path, config: object, said: str) -> None:
    """The error lists what could be run."""
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnknownModel, match=said) as caught:
        open_backend(tmp_path)
    assert "deepseek_vl_hybrid" in str(caught.value)


def test_a_folder_without_a_config_is_an_error(tmp_path: Path) -> None:
    """It names the file that is missing."""
    with pytest.raises(BackendError, match=r"config\.json"):
        open_backend(tmp_path)


def test_a_broken_config_is_an_error(tmp_path: Path) -> None:
    """Cut short, say."""
    (tmp_path / "config.json").write_text('{"model_type": ')
    with pytest.raises(BackendError, match="JSON"):
        open_backend(tmp_path)


@pytest.mark.parametrize("name", ["./no-such-folder", "no-such-folder", "/a/b", "a/b/c"])
def test_what_is_neither_folder_nor_repository_is_an_error(name: str) -> None:
    """Without asking any server."""
    with pytest.raises(BackendError, match="no such folder"):
        open_backend(name)
