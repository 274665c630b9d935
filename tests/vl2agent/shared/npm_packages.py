"""Real compilers of what is written: packages from npm, for tests that ask them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def install(folder: Path, *packages: str) -> Path:
    """Install packages into a folder; skip the test where npm, or what it loads from, is not there."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: apt-get install nodejs npm")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", *packages]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install {' '.join(packages)}: {done.stderr.strip()[-200:]}")
    return folder


def node(folder: Path, script: str, given: str) -> str:
    """Run a module with the packages of a folder; return what it prints."""
    (folder / "script.mjs").write_text(script)
    done = subprocess.run(
        ["node", "script.mjs"],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "NODE_ENV": "production"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
