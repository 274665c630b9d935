"""Small models with random weights, as checkpoint folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures" / "vl2"


@pytest.fixture(scope="session")
def nano_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay config, weights and tokenizer of a model like tiny side by side, as a checkpoint has them."""
    folder = tmp_path_factory.mktemp("nano-mha")
    for file in ("nano-mha/config.json", "nano-mha/model.safetensors", "tokenizer/tokenizer.json"):
        shutil.copy(FIXTURES / file, folder)
    return folder


@pytest.fixture(scope="session", params=["deepseek_vl", "deepseek_vl_hybrid"])
def predecessor_checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a DeepSeek-VL of each family."""
    from nano_deepseek_vl import save_checkpoint

    folder = tmp_path_factory.mktemp(request.param)
    save_checkpoint(request.param, folder)
    return folder
