"""A small DeepSeek-VL2 with random weights, as a checkpoint folder."""

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
