"""Which backend runs which model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_server import Hub, Repo

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


def count_from(hub: Hub, cache: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Open `owner/model` in a new process whose hub is this one, and count a prompt."""
    code = (
        "from PIL import Image; from vl2agent.backends.families import open_backend;"
        "from vl2agent.completion import Prompt; model = open_backend('owner/model'); model.load();"
        "print(model.model, model.count(Prompt.ask('?'), [Image.new('RGB', (99, 99))]))"
    )
    known = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(cache), "HF_HUB_OFFLINE": "0", **environment}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False, env=known
    )


def test_a_repository_of_deepseek_vl2_is_fetched(nano_checkpoint: Path, tmp_path: Path) -> None:
    """It runs under its own name."""
    with Hub({"owner/model": Repo.of(nano_checkpoint)}) as hub:
        done = count_from(hub, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("owner/model 4")


def test_a_repository_of_the_predecessor_is_fetched(predecessor_checkpoint: Path, tmp_path: Path) -> None:
    """With its own files, no pickle and no code; a second time without the hub."""
    repo = Repo.of(predecessor_checkpoint)
    repo.files |= {"pytorch_model.bin": b"never", "modeling.py": b"never", "original.pth": b"never"}
    with Hub({"owner/model": repo}) as hub:
        done = count_from(hub, tmp_path)
        again = count_from(hub, tmp_path, HF_HUB_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    assert again.stdout == done.stdout
    asked = {path.rpartition("/")[2] for _, path, _ in repo.requests}
    assert not asked & {"pytorch_model.bin", "modeling.py", "original.pth"}


def test_another_model_is_refused_before_its_weights_come(tmp_path: Path) -> None:
    """Nothing but its config is fetched."""
    repo = Repo({"config.json": b'{"model_type": "llava"}', "model.safetensors": b"0" * 1000})
    with Hub({"owner/model": repo}) as hub:
        done = count_from(hub, tmp_path)
    assert "UnknownModel" in done.stderr
    assert "deepseek_vl_hybrid" in done.stderr
    assert not [path for method, path, _ in repo.requests if method == "GET" and path.endswith(".safetensors")]


def test_no_such_repository_is_an_error(tmp_path: Path) -> None:
    """It names the repository and what to check."""
    with Hub({}) as hub:
        done = count_from(hub, tmp_path)
    assert "BackendError: owner/model: no such repository" in done.stderr
