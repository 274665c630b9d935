"""A bare X server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """The name of an Xvfb of 800x600."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb; try: apt-get install xvfb")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader, "rb", buffering=0) as pipe:
            yield f":{int(pipe.readline())}"
    finally:
        process.terminate()
        process.wait()
