"""Small models with random weights, as checkpoint folders; and one of them behind a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx
    from running_server import Process

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


@pytest.fixture(scope="session")
def process(nano_checkpoint: Path) -> Iterator[Process]:
    """A server of the small model that all tests share."""
    from running_server import Process

    running = Process(str(nano_checkpoint), "--name", "nano", "--max-pixels", "2000000", "--max-body", "4")
    try:
        running.wait_for("ready")
        yield running
    finally:
        running.process.terminate()
        running.end()


@pytest.fixture(scope="session")
def client(process: Process) -> Iterator[httpx.Client]:
    """Ask the shared server."""
    import httpx

    with httpx.Client(base_url=process.url, timeout=60) as asking:
        yield asking
