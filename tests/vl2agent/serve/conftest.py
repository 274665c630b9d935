"""The server that tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from running_server import Process


@pytest.fixture(scope="session")
def process(nano_checkpoint: Path) -> Iterator[Process]:
    """A server of a small model that all tests share."""
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
    with httpx.Client(base_url=process.url, timeout=60) as asking:
        yield asking
